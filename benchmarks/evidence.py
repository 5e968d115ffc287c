"""Benchmark of the image evidence: what each check finds, and its false alarms.

    python -m benchmarks.evidence [--genuine 60] [--each 20] [--seed 5077] [--readings FOLDER]
    python -m benchmarks.evidence --specimens FOLDER … [--readings FOLDER]

The first command draws documents with and without an edit, reads each as it was saved and as a
messenger sends it, and stores how often each check failed in benchmarks/results/evidence.json.
The seed is another one than that of the documents that served for tuning. With `--readings`, an
interrupted run continues where it stopped. The second command counts the false alarms on genuine
documents of your own, and adds the counts. Then `make docs` writes docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks import results
from benchmarks.corpus.captured_edits import send_by_messenger
from benchmarks.corpus.evidence_samples import CLASSES, draw_sample
from benchmarks.corpus.papers import TODAY
from benchmarks.evidence_page import STORED
from docverify.case import open_case
from docverify.checks import Status, run_checks
from docverify.page import Reading
from docverify.policy import STANDARD
from docverify.reading import wire
from docverify.reading.local import read

CODES = ("mrz_typeface", "mrz_character_shape", "portraits_differ", "background_erased")
COMMAND = "python -m benchmarks.evidence --genuine {genuine} --each {each} --seed {seed}"
AS_SAVED, BY_MESSENGER = "as saved", "sent by a messenger"
SUFFIXES = {".jpg", ".jpeg", ".png", ".pdf", ".tif", ".tiff", ".webp"}
Row = dict[str, Any]
Statuses = dict[str, Status]


def main() -> None:
    """Measure drawn documents, or count the false alarms on specimens; store the counts."""
    options = parse_arguments()
    kept = results.load(STORED)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.readings or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if options.specimens:
            facts = kept | {"specimens": [measure_specimens(options.specimens, folder)]}
        else:
            facts = {
                "command": COMMAND.format(**vars(options)),
                "seed": options.seed,
                "found": list(measure_drawn(options, folder)),
                "specimens": kept.get("specimens", []),
            }
    results.store(STORED, facts)


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Measure the checks of image evidence.")
    parser.add_argument("--genuine", type=int, default=60, help="documents of each genuine class")
    parser.add_argument("--each", type=int, default=20, help="documents of each kind of edit")
    parser.add_argument("--seed", type=int, default=5077)
    parser.add_argument(
        "--specimens", type=Path, nargs="+", metavar="FOLDER", help="folders of genuine documents"
    )
    parser.add_argument(
        "--readings", type=Path, metavar="FOLDER", help="keep the readings there, and use those"
    )
    return parser.parse_args()


def measure_drawn(options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Yield the counts of each class: as saved, and as a messenger sends the same files."""
    for name, of in CLASSES.items():
        count = options.each if of.code else options.genuine
        found: dict[str, list[Statuses]] = {AS_SAVED: [], BY_MESSENGER: []}
        for number in track(range(count), name, count):
            key = f"{options.seed}:{name}:{number}"

            draw = partial(draw_sample, options.seed, name, number)
            found[AS_SAVED].append(decide(find_reading(folder, key, draw)))
            sent = find_reading(folder, f"{key}:sent", partial(send, draw))
            found[BY_MESSENGER].append(decide(sent))
        for form, statuses in found.items():
            yield {"class": name, "form": form, "finds": of.code, **count_failures(statuses)}


def send(draw: Callable[[], bytes]) -> bytes:
    """Draw a document, and send it by a messenger."""
    return send_by_messenger(draw())


def measure_specimens(folders: Sequence[Path], readings: Path) -> Row:
    """Count the failed checks of all files in some folders, which must be genuine."""
    files = [
        each
        for folder in folders
        for each in sorted(folder.iterdir())
        if each.suffix.lower() in SUFFIXES
    ]
    statuses = [
        decide(find_reading(readings, sha256(each.read_bytes()).hexdigest(), each.read_bytes))
        for each in track(files, "specimens", len(files))
    ]
    return count_failures(statuses)


def find_reading(folder: Path, key: str, draw: Callable[[], bytes]) -> Reading:
    """Return the kept reading of a document, or read it and keep the reading."""
    path = folder / f"{sha256(key.encode()).hexdigest()[:16]}.json"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(wire.write(read(draw())), "utf-8")
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
