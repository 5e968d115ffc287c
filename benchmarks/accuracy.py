"""Accuracy benchmark: reads and decides synthetic documents and writes docs/accuracy.md.

    python -m benchmarks.accuracy [--documents 300] [--seed 2026] [--jobs 1]
    python -m benchmarks.accuracy --page

Each document is generated, read, and decided under every preset for real documents. The result is
stored in benchmarks/results/accuracy.json as the run goes, so an interrupted run loses nothing and
continues where it stopped. `--page` writes the page, its plots and this release's entry in the
history from the stored results.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks import results
from benchmarks.accuracy_page import POLICIES, build_headline, build_page, extend_history
from benchmarks.accuracy_plots import draw_confusion, draw_outcomes
from benchmarks.corpus.documents import sample, truth_json
from benchmarks.corpus.papers import TODAY
from benchmarks.environments import ROOT
from cli.evaluate import evaluate_document
from docverify import PIPELINE_VERSION
from docverify.evaluation.metrics import Hit, Measurement, MrzScore
from docverify.evaluation.truth import parse_json_truths
from docverify.verdict import Outcome
from tasks.settings import read_settings

STORED = "accuracy"
PAGE = ROOT / "docs" / "accuracy.md"
README = ROOT / "README.md"
HISTORY = results.FOLDER / "accuracy_history.json"
PLOT = ROOT / "docs" / "pictures" / "accuracy.png"
CONFUSION = ROOT / "docs" / "pictures" / "confusion.png"
SAVE_EVERY = 10  # documents


def main() -> None:
    """Measure if asked to, and write the page from the stored results."""
    options = parse_arguments()
    if not options.page:
        measure(options)
    if not options.keep:
        write_page()


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a corpus of synthetic documents.")
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=1, help="number of reading processes")
    parser.add_argument("--page", action="store_true", help="write the page from stored results")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write each document's result as JSON, no page"
    )
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    """Measure the documents that no stored result covers, and store the results."""
    rows = [] if options.keep else load_rows(options.seed)[: options.documents]
    numbers = range(len(rows), options.documents)
    found = measure_documents(options.seed, numbers, options.jobs)
    for each in track(found, "documents", len(numbers)):
        rows.append(build_row(each))
        if len(rows) % SAVE_EVERY and len(rows) != options.documents:
            continue
        if options.keep:
            options.keep.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
        else:
            results.store(STORED, {"seed": options.seed, "found": rows})


def load_rows(seed: int) -> list[Mapping[str, object]]:
    """Load the results that this version already has for the first documents of a seed."""
    stored = results.load(STORED)
    same = (stored.get("seed"), stored.get("version")) == (seed, PIPELINE_VERSION)
    return list(stored["found"]) if same else []


def measure_documents(seed: int, numbers: Sequence[int], jobs: int) -> Iterator[Measurement]:
    """Yield the measurement of each document, in order."""
    work = partial(measure_document, seed)
    if jobs == 1:
        yield from map(work, numbers)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, numbers)


def measure_document(seed: int, number: int) -> Measurement:
    """Generate one document, read it and decide it under each policy."""
    each = sample(seed, number)
    truth = parse_json_truths(truth_json({each.name: each.truth}))[each.name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / each.name
        path.write_bytes(each.content)
        return evaluate_document((path, truth), POLICIES, read_settings(), TODAY)


def build_row(each: Measurement) -> dict[str, object]:
    """Build the JSON form of a measurement."""
    return {
        "kind": each.kind,
        "capture": each.capture,
        "attack": each.attack,
        "legible": each.legible,
        "zone": vars(each.mrz) if each.mrz else None,
        "payload": each.payload,
        "fields": {" ".join(key): hit for key, hit in each.fields.items()},
        "outcomes": dict(each.outcomes),
        "reasons": {name: list(codes) for name, codes in each.reasons.items()},
        "failure": each.failure,
    }


def parse_row(row: Mapping[str, Any]) -> Measurement:
    """Parse a measurement that `build_row` wrote."""
    fields = {(key.split(" ")[0], key.split(" ")[1]): hit for key, hit in row["fields"].items()}
    return Measurement(
        row["kind"],
        results.current_name(row["capture"]),
        results.current_name(row["attack"]),
        row["legible"],
        mrz=MrzScore(**row["zone"]) if row["zone"] else None,
        payload=Hit(row["payload"]) if row["payload"] else None,
        fields={key: Hit(hit) for key, hit in fields.items()},
        outcomes={name: Outcome(outcome) for name, outcome in row["outcomes"].items()},
        reasons={name: tuple(codes) for name, codes in row["reasons"].items()},
        failure=row["failure"],
    )


def write_page() -> None:
    """Write the page, its plots and the history from the stored results."""
    stored = results.load(STORED)
    found = [parse_row(row) for row in stored["found"]]
    history = extend_history(load_history(), found, stored)
    HISTORY.write_text(json.dumps(history, indent=1) + "\n", "utf-8")
    draw_outcomes(found).save(PLOT, optimize=True)
    draw_confusion(found).save(CONFUSION, optimize=True)
    PAGE.write_text(build_page(found, history, stored), "utf-8")
    results.write_block(README, STORED, build_headline(found, stored))


def load_history() -> list[dict[str, Any]]:
    """Load the measurements of all releases."""
    return list(json.loads(HISTORY.read_text("utf-8"))) if HISTORY.exists() else []


if __name__ == "__main__":
    main()
