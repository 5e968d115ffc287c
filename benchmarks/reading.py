"""Accuracy and cost of reading MRZs, compared with peers on the same images in one run.

    python -m benchmarks.reading [FOLDER] [--readers docverify,rapidocr] [--captures "as it is"]
        [--json FILE]
    python -m benchmarks.reading --seed 2026 --each 5 --store

FOLDER contains images and a truth.json: {"NAME": {"mrz": ["LINE", ...]}}; without one, the
project's own specimens are read. Each image is read unchanged and in nine degraded copies. With
`--each`, that many synthetic documents of each capture are read instead; `--store` stores the
results for docs/accuracy.md. A reader that is run again on the same documents replaces
its own outcomes.
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
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import results
from benchmarks.captures import CAPTURES
from benchmarks.corpus import captures as corpus_captures
from benchmarks.corpus.documents import Sample as Made
from benchmarks.corpus.documents import capture_of, sample
from benchmarks.environments import ROOT, missing, python_of, variables
from docverify.documents.mrz import parse_mrz
from docverify.errors import MalformedMrz
from docverify.evaluation.intervals import format_share
from docverify.evaluation.metrics import count_matching
from docverify.reading.files.pages import Limits, read_pages

READERS = ("docverify", "rapidocr", "tesseract", "tesseract_eng", "passporteye", "fastmrz")
CLEAN = (next(iter(CAPTURES)), "scan", "scan, PNG", "scan, turned", "PDF")
SPECIMENS = ROOT / "specimens"
STORED = "readers"


@dataclass(frozen=True)
class Sample:
    """One image in one capture, with the lines of its MRZ."""

    path: Path
    capture: str
    truth: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """The result of a reader for a sample; `cpu` and `networks` in seconds, peak memory in MB."""

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
        samples = list(_samples(arguments, Path(folder)))
        outcomes: list[Outcome] = []
        for reader in arguments.readers.split(","):
            own = list(_run(reader, samples, console))
            outcomes += own
            if arguments.store:
                _store(reader, own, {"seed": arguments.seed, "each": arguments.each})
    console.print(by_reader(outcomes), by_capture(outcomes))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))


def _store(reader: str, own: Iterable[Outcome], drawn: Mapping[str, int]) -> None:
    """Store the outcomes of a reader with those of the others on the same images."""
    known = results.load(STORED)
    others = known["outcomes"] if known.get("drawn") == drawn else []
    rows = [each for each in others if each["reader"] != reader]
    results.store(STORED, {"drawn": drawn, "outcomes": [*rows, *map(asdict, own)]})


def stored() -> tuple[Outcome, ...]:
    """Return the stored outcomes on synthetic documents, with the readers in their usual order."""
    stored_rows = results.load(STORED).get("outcomes", ())
    rows = [
        Outcome(**row | {"capture": results.current_name(row["capture"])}) for row in stored_rows
    ]
    return tuple(sorted(rows, key=lambda each: READERS.index(each.reader)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare the reading of MRZs with peers.")
    parser.add_argument("folder", nargs="?", type=Path, default=SPECIMENS)
    parser.add_argument("--readers", default=",".join(READERS), help="comma-separated names")
    parser.add_argument("--captures", default=";".join(CAPTURES), help="copies, separated by ;")
    parser.add_argument("--each", type=int, help="synthetic documents of each capture instead")
    parser.add_argument("--seed", type=int, default=1, help="of the synthetic documents")
    parser.add_argument("--json", type=Path, help="file for the outcomes")
    parser.add_argument(
        "--store", action="store_true", help="store the results for docs/accuracy.md"
    )
    return parser.parse_args()


def _samples(arguments: argparse.Namespace, folder: Path) -> Iterator[Sample]:
    if arguments.each:
        return _draw_samples(arguments.seed, arguments.each, folder)
    return _copies(arguments.folder, arguments.captures.split(";"), folder)


def _copies(folder: Path, captures: Sequence[str], copies: Path) -> Iterator[Sample]:
    truths = json.loads((folder / "truth.json").read_text("utf-8"))
    for name, truth in truths.items():
        content = cv2.imdecode(np.fromfile(folder / name, np.uint8), cv2.IMREAD_COLOR)
        if content is not None and truth["mrz"]:
            picture = np.asarray(content, np.uint8)
            for number, capture in enumerate(captures):
                path = copies / f"{number}-{name}.jpg"
                path.write_bytes(CAPTURES[capture](picture))
                yield Sample(path, capture, tuple(truth["mrz"]))


def _draw_samples(seed: int, each: int, folder: Path) -> Iterator[Sample]:
    """Draw legible, genuine documents with an MRZ until each capture has enough."""
    drawn: Counter[str] = Counter()
    legible = [capture for capture in corpus_captures.CAPTURES if capture.legible]
    for place in count():
        if min(drawn[capture.name] for capture in legible) >= each:
            return
        capture = capture_of(place)
        if capture and capture.legible and drawn[capture.name] < each:
            made = sample(seed, place)
            mrz = made.truth["mrz"]
            if isinstance(mrz, list):
                drawn[capture.name] += 1
                yield Sample(_picture_file(folder, made), capture.name, tuple(mrz))


def _picture_file(folder: Path, made: Made) -> Path:
    """Write a document as an image, because some readers cannot read PDF."""
    path = folder / made.name
    if path.suffix != ".pdf":
        path.write_bytes(made.content)
        return path
    (page,) = read_pages(made.content, Limits())
    cv2.imwrite(str(path.with_suffix(".png")), page)
    return path.with_suffix(".png")


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
        right=count_matching("".join(lines), truth),
        characters=len(truth),
        valid=_is_valid(lines),
        certain=bool(answer.get("certain")),
        cpu=float(str(answer["cpu"])),
        peak_mb=float(str(answer["peak_mb"])),
        networks=float(str(answer.get("networks", 0))),
    )


def _is_valid(lines: Sequence[str]) -> bool:
    try:
        return all(digit.is_correct for digit in parse_mrz(lines).check_digits)
    except MalformedMrz:
        return False


def by_reader(outcomes: Sequence[Outcome]) -> Table:
    """Build the comparison of the readers: accuracy with 95 % intervals, wrong answers, cost."""
    table = Table(title="MRZs, exact in every character")
    heads = (
        "as it is, scans",
        "photos, degraded",
        "characters",
        "wrong, digits correct",
        "wrong, certain",
    )
    table.add_column("reader")
    for head in (*heads, "CPU s, median", "p95", "x networks", "peak MB"):
        table.add_column(head, justify="right")
    for reader, own in grouped(outcomes, "reader"):
        table.add_row(reader, *_accuracy(own), *_cost(own))
    return table


def _accuracy(own: Sequence[Outcome]) -> Iterator[str]:
    for clean in (True, False):
        group = [each for each in own if (each.capture in CLEAN) is clean]
        yield format_share(sum(each.exact for each in group), len(group)) if group else "-"
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
    """Build the comparison by capture: the MRZs that were read exactly, of all."""
    table = Table(title="by capture: exact of all")
    table.add_column("reader")
    captures = list(dict.fromkeys(each.capture for each in outcomes))
    for capture in captures:
        table.add_column(capture, justify="right")
    for reader, own in grouped(outcomes, "reader"):
        hits = Counter(each.capture for each in own if each.exact)
        counts = Counter(each.capture for each in own)
        table.add_row(reader, *(f"{hits[name]}/{counts[name]}" for name in captures))
    return table


def grouped(outcomes: Iterable[Outcome], name: str) -> Iterator[tuple[str, Sequence[Outcome]]]:
    """Group outcomes by reader, image or capture, in the order of their first appearance."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(getattr(outcome, name), []).append(outcome)
    yield from groups.items()


if __name__ == "__main__":
    main()
