"""Accuracy benchmark: read and decide synthetic documents, and write docs/accuracy.md.

    python -m benchmarks.accuracy [--documents N] [--seed 2026] [--readings FOLDER]
    python -m benchmarks.accuracy --page

Each document is generated, read, and decided under every preset for real documents. With
`--readings`, an interrupted run continues where it stopped. The results are stored in
benchmarks/results/accuracy.json. `--page` writes the page, its plots and this release's entry in
the history from the stored results.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.progress import track

from benchmarks import results
from benchmarks.accuracy_groups import split_visas
from benchmarks.accuracy_page import POLICIES, build_headline, build_page, extend_history
from benchmarks.accuracy_plots import draw_confusion, draw_outcomes
from benchmarks.accuracy_readings import plan_documents, read_documents
from benchmarks.corpus.papers import TODAY
from benchmarks.environments import ROOT
from docverify.applicant import parse_applicant
from docverify.evaluation.metrics import Hit, Measurement, MrzScore
from docverify.evaluation.metrics import measure as measure_reading
from docverify.evaluation.truth import Truth
from docverify.page import Reading
from docverify.policy import POLICIES as PRESETS
from docverify.verdict import Outcome, judge

STORED = "accuracy"
PAGE = ROOT / "docs" / "accuracy.md"
README = ROOT / "README.md"
HISTORY = results.FOLDER / "accuracy_history.json"
PLOT = ROOT / "docs" / "pictures" / "accuracy.png"
CONFUSION = ROOT / "docs" / "pictures" / "confusion.png"


def main() -> None:
    """Measure unless only the page is wanted, and write the page from the stored results."""
    options = parse_arguments()
    if not options.page:
        measure(options)
    write_page()


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Evaluate a corpus of synthetic documents.")
    parser.add_argument("--documents", type=int, help="only the first ones of the plan")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument(
        "--readings", type=Path, metavar="FOLDER", help="keep the readings there, and use those"
    )
    parser.add_argument("--page", action="store_true", help="write the page from stored results")
    return parser.parse_args()


def measure(options: argparse.Namespace) -> None:
    """Read and decide the planned documents, and store the results."""
    planned = plan_documents()[: options.documents]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.readings or Path(temporary)
        found = read_documents(planned, options.seed, folder)
        rows = [
            build_row(decide_reading(truth, reading))
            for truth, reading in track(found, "documents", len(planned))
        ]
    results.store(STORED, {"seed": options.seed, "found": rows})


def decide_reading(truth: Truth, reading: Reading) -> Measurement:
    """Decide a reading under each policy and compare it with its labels."""
    applicant = parse_applicant(truth.applicant.get("name"), truth.applicant.get("birth_date"))
    verdicts = [
        judge(reading, today=TODAY, policy=PRESETS[name], applicant=applicant) for name in POLICIES
    ]
    return measure_reading(truth, reading, verdicts)


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
        "issuer": each.issuer,
        "design": each.design,
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
        issuer=row.get("issuer", ""),
        design=row.get("design", ""),
    )


def write_page() -> None:
    """Write the page, its plots and the history from the stored results."""
    stored = results.load(STORED)
    found, visas = split_visas(map(parse_row, stored["found"]))
    history = extend_history(load_history(), found, stored)
    HISTORY.write_text(json.dumps(history, indent=1) + "\n", "utf-8")
    draw_outcomes(found).save(PLOT, optimize=True)
    draw_confusion(found).save(CONFUSION, optimize=True)
    PAGE.write_text(build_page(found, history, stored, visas=visas), "utf-8")
    results.write_block(README, STORED, build_headline(found, stored))


def load_history() -> list[dict[str, Any]]:
    """Load the measurements of all releases."""
    return list(json.loads(HISTORY.read_text("utf-8"))) if HISTORY.exists() else []


if __name__ == "__main__":
    main()
