"""Benchmark of the image evidence: the forgeries that each check finds, and its false alarms.

    python -m benchmarks.evidence [--genuine 125] [--seed 7319] [--readings FOLDER]
    python -m benchmarks.evidence --specimens FOLDER … [--readings FOLDER]
    python -m benchmarks.evidence --cost FOLDER …

The first command draws documents with and without an edit, reads each as it was saved and as it
arrives when it was sent, and stores how often each check failed in
benchmarks/results/evidence.json. The seed is another one than that of the documents that served
for tuning. With `--readings`, an interrupted run continues where it stopped. The second command
counts the false alarms on genuine documents of your own, and the third one measures the processor
time of all checks; both add to what is stored. Then `make docs` writes docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from rich.progress import track

from benchmarks import results
from benchmarks.corpus.evidence_samples import CLASSES, draw_sample
from benchmarks.corpus.papers import TODAY
from benchmarks.corpus.recompression import WAYS
from benchmarks.evidence_page import STORED
from benchmarks.evidence_reading import measure_pages, read_evidence
from docverify.case import open_case
from docverify.checks import Status, run_checks
from docverify.page import Reading
from docverify.policy import STANDARD
from docverify.reading import models, wire

CODES = ("mrz_typeface", "mrz_character_shape", "portraits_differ", "background_erased")
COMMAND = "python -m benchmarks.evidence --genuine {genuine} --seed {seed}"
KEPT = ("command", "seed", "found", "specimens", "cost")
"""Earlier results of the other commands; day, machine and load are those of the last one."""
AS_SAVED, *SENT = ("as saved", *WAYS)
SUFFIXES = {".jpg", ".jpeg", ".png", ".pdf", ".tif", ".tiff", ".webp"}
Row = dict[str, Any]
Statuses = dict[str, Status]


def main() -> None:
    """Measure drawn documents, specimens or the processor time; store the counts."""
    options = parse_arguments()
    kept = {name: each for name, each in results.load(STORED).items() if name in KEPT}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.readings or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results.store(STORED, kept | measure(options, folder))


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure the checks of image evidence.")
    parser.add_argument("--genuine", type=int, default=125, help="documents of each genuine class")
    parser.add_argument("--seed", type=int, default=7319)
    parser.add_argument(
        "--specimens", type=Path, nargs="+", metavar="FOLDER", help="folders of genuine documents"
    )
    parser.add_argument(
        "--cost", type=Path, nargs="+", metavar="FOLDER", help="folders of any documents"
    )
    parser.add_argument(
        "--readings", type=Path, metavar="FOLDER", help="keep the readings there, and use those"
    )
    return parser.parse_args()


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure what the command line asks for."""
    if options.specimens:
        return {"specimens": [measure_specimens(options.specimens, folder)]}
    if options.cost:
        return {"cost": measure_cost(options.cost)}
    return {
        "command": COMMAND.format(**vars(options)),
        "seed": options.seed,
        "found": list(measure_drawn(options, folder)),
    }


def measure_drawn(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Yield the counts of each class: as saved, and for each way of sending the same files."""
    for name, of in CLASSES.items():
        count = of.documents if of.code else options.genuine
        found: dict[str, list[Statuses]] = {form: [] for form in (AS_SAVED, *SENT)}
        for number in track(range(count), name, count):
            for form in choose_forms(number, of.longer):
                draw = partial(draw_form, options.seed, name, number, form)
                key = f"{options.seed}:{name}:{number}:{form}"
                found[form].append(decide(find_reading(folder, key, draw)))
        for form, statuses in found.items():
            if statuses:
                yield {"class": name, "form": form, "finds": of.code, **count_failures(statuses)}


def choose_forms(number: int, longer: int) -> Iterator[str]:
    """Yield the forms in which a document is measured; the first `longer` are also forwarded."""
    usual, *others = SENT
    yield from (AS_SAVED, usual)
    if number < longer:
        yield others[number % len(others)]


def draw_form(seed: int, name: str, number: int, form: str) -> bytes:
    """Draw a document, and send it in this form."""
    content = draw_sample(seed, name, number)
    if form == AS_SAVED:
        return content
    # A fictitious document, not a secret.
    return WAYS[form](content, Random(f"{seed}:{name}:{number}:{form}"))  # noqa: S311


def measure_specimens(folders: Iterable[Path], readings: Path) -> Row:
    """Count the failed checks of all files in some folders, which must be genuine."""
    files = list_files(folders)
    statuses = [
        decide(find_reading(readings, sha256(each.read_bytes()).hexdigest(), each.read_bytes))
        for each in track(files, "specimens", len(files))
    ]
    return count_failures(statuses)


def measure_cost(folders: Iterable[Path]) -> Row:
    """Measure the processor time of all checks on each page, with the search for faces."""
    models.load()
    files = list_files(folders)
    seconds = [
        each.seconds
        for path in track(files, "pages", len(files))
        for each in measure_pages(path.read_bytes())
    ]
    median, most = (round(float(np.percentile(seconds, each)), 3) for each in (50, 95))
    return {"pages": len(seconds), "median": median, "p95": most}


def list_files(folders: Iterable[Path]) -> list[Path]:
    """List the documents in some folders."""
    return [
        each
        for folder in folders
        for each in sorted(folder.iterdir())
        if each.suffix.lower() in SUFFIXES
    ]


def find_reading(folder: Path, key: str, draw: Callable[[], bytes]) -> Reading:
    """Return the stored reading of a document, or read it and store the reading."""
    path = folder / f"{sha256(key.encode()).hexdigest()[:16]}.json"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(wire.write(read_evidence(draw())), "utf-8")
        partial.rename(path)
    return wire.read(path.read_text("utf-8"))


def decide(reading: Reading) -> Statuses:
    """Return the status of each check of image evidence."""
    case = open_case(reading, today=TODAY, policy=STANDARD)
    return {each.code: each.status for each in run_checks(case) if each.code in CODES}


def count_failures(statuses: Sequence[Statuses]) -> Row:
    """Count the documents, those on which each check was performed, and those on which it failed.

    `any` counts the documents of which at least one check failed.
    """
    failed = Counter(code for own in statuses for code in own if own[code] is Status.FAILED)
    unknown = Counter(code for own in statuses for code in own if own[code] is Status.NOT_PERFORMED)
    return {
        "documents": len(statuses),
        "performed": {code: len(statuses) - unknown[code] for code in CODES},
        "failed": {code: failed[code] for code in CODES},
        "any": sum(Status.FAILED in own.values() for own in statuses),
    }


if __name__ == "__main__":
    main()
