"""How well and at what cost zones are read, beside peers, on the same pictures in one run.

    python -m benchmarks.reading [FOLDER] [--readers docverify,rapidocr] [--json FILE]

FOLDER holds pictures and a truth.json: {"NAME": {"mrz": ["LINE", ...]}}; without one, the
project's own specimens are read. Each picture is read as it is and in nine worse copies.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.captures import CAPTURES, Picture
from benchmarks.environments import ROOT, missing, python_of, variables
from docverify.errors import MalformedMrz
from docverify.evaluation import matching
from docverify.mrz import parse_mrz
from docverify.wilson import share

READERS = ("docverify", "rapidocr", "tesseract", "passporteye", "fastmrz")
CLEAN = next(iter(CAPTURES))
SPECIMENS = ROOT / "specimens"


@dataclass(frozen=True)
class Sample:
    """One picture in one capture, with what stands in its zone."""

    path: Path
    capture: str
    truth: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a reader made of a sample; `cpu` and `networks` in seconds, memory since its start."""

    reader: str
    picture: str
    capture: str
    exact: bool
    right: int
    characters: int
    valid: bool
    certain: bool
    cpu: float
    peak_mb: float
    networks: float


def main() -> None:
    """Read all samples with each reader and print the tables."""
    arguments = _arguments()
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        samples = list(_samples(arguments.folder, Path(folder)))
        outcomes = [
            outcome
            for reader in arguments.readers.split(",")
            for outcome in _run(reader, samples, console)
        ]
    console.print(by_reader(outcomes), by_capture(outcomes))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Read zones beside peers.")
    parser.add_argument("folder", nargs="?", type=Path, default=SPECIMENS)
    parser.add_argument("--readers", default=",".join(READERS), help="comma-separated names")
    parser.add_argument("--json", type=Path, help="where to keep each outcome")
    return parser.parse_args()


def _samples(folder: Path, copies: Path) -> Iterator[Sample]:
    truths = json.loads((folder / "truth.json").read_text("utf-8"))
    for name, truth in truths.items():
        picture = cv2.imdecode(np.fromfile(folder / name, np.uint8), cv2.IMREAD_COLOR)
        if picture is not None and truth["mrz"]:
            yield from _captures(name, np.asarray(picture, np.uint8), tuple(truth["mrz"]), copies)


def _captures(
    name: str, picture: Picture, truth: tuple[str, ...], copies: Path
) -> Iterator[Sample]:
    for number, (capture, change) in enumerate(CAPTURES.items()):
        path = copies / f"{number}-{name}.jpg"
        path.write_bytes(change(picture))
        yield Sample(path, capture, truth)


def _run(reader: str, samples: Sequence[Sample], console: Console) -> Iterator[Outcome]:
    if why := missing(reader):
        console.print(f"{reader}: left out, {why}")
        return
    command = [str(python_of(reader)), "-m", f"benchmarks.readers.{reader}"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables(reader),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        for sample in track(samples, reader, console=console):
            process.stdin.write(f"{sample.path}\n")
            process.stdin.flush()
            yield _outcome(reader, sample, json.loads(process.stdout.readline()))
        process.stdin.close()


def _outcome(reader: str, sample: Sample, answer: Mapping[str, object]) -> Outcome:
    lines = tuple(map(str, answer["lines"]))  # type: ignore[call-overload]
    truth = "".join(sample.truth)
    return Outcome(
        reader,
        sample.path.name,
        sample.capture,
        exact=lines == sample.truth,
        right=matching("".join(lines), truth),
        characters=len(truth),
        valid=_is_valid(lines),
        certain=bool(answer.get("certain")),
        cpu=float(str(answer["cpu"])),
        peak_mb=float(str(answer["peak_mb"])),
        networks=float(str(answer.get("networks", 0))),
    )


def _is_valid(lines: Sequence[str]) -> bool:
    try:
        return all(digit.holds for digit in parse_mrz(lines).check_digits)
    except MalformedMrz:
        return False


def by_reader(outcomes: Sequence[Outcome]) -> Table:
    """Compare the readers: accuracy with 95 % intervals, wrong answers, cost."""
    table = Table(title="zones, exact in every character")
    heads = ("as it is", "degraded", "characters", "wrong, digits hold", "wrong, certain")
    table.add_column("reader")
    for head in (*heads, "CPU s, median", "p95", "x networks", "peak MB"):
        table.add_column(head, justify="right")
    for reader, own in _grouped(outcomes, "reader"):
        table.add_row(reader, *_accuracy(own), *_cost(own))
    return table


def _accuracy(own: Sequence[Outcome]) -> Iterator[str]:
    for clean in (True, False):
        group = [each for each in own if (each.capture == CLEAN) is clean]
        yield share(sum(each.exact for each in group), len(group))
    yield f"{100 * sum(each.right for each in own) / sum(each.characters for each in own):.1f} %"
    wrong = [each for each in own if not each.exact]
    yield str(sum(each.valid for each in wrong))
    yield str(sum(each.certain for each in wrong))


def _cost(own: Sequence[Outcome]) -> Iterator[str]:
    seconds = sorted(each.cpu for each in own)
    networks = sum(each.networks for each in own)
    yield f"{statistics.median(seconds):.2f}"
    yield f"{seconds[int(0.95 * (len(seconds) - 1))]:.2f}"
    yield f"{sum(seconds) / networks:.2f}" if networks else "-"
    yield f"{max(each.peak_mb for each in own):.0f}"


def by_capture(outcomes: Sequence[Outcome]) -> Table:
    """Compare the readers by what happened to the picture: exact of all."""
    table = Table(title="by capture: exact of all")
    table.add_column("reader")
    for capture in CAPTURES:
        table.add_column(capture, justify="right")
    for reader, own in _grouped(outcomes, "reader"):
        hits = Counter(each.capture for each in own if each.exact)
        counts = Counter(each.capture for each in own)
        table.add_row(reader, *(f"{hits[name]}/{counts[name]}" for name in CAPTURES))
    return table


def _grouped(outcomes: Iterable[Outcome], name: str) -> Iterator[tuple[str, Sequence[Outcome]]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(getattr(outcome, name), []).append(outcome)
    yield from groups.items()


if __name__ == "__main__":
    main()
