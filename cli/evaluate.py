"""`docverify evaluate`: read and check labelled documents, and measure the results."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import track

from cli.output import complain
from cli.policy_argument import HELP, parse_policy
from docverify.applicant import parse_applicant
from docverify.evaluation.metrics import Measurement, failed_measurement, measure
from docverify.evaluation.tables import Table, build_tables, render_table, table_as_json
from docverify.evaluation.truth import (
    Truth,
    TruthError,
    parse_csv_truths,
    parse_json_truth,
    parse_json_truths,
)
from docverify.policy import STANDARD
from docverify.verdict import judge
from tasks.arguments import parse_day, whole_number
from tasks.engines.reader_pool import read_or_refuse
from tasks.errors import SetupError
from tasks.settings import Settings, read_settings

SUFFIXES = {".jpg", ".jpeg", ".png", ".pdf", ".tif", ".tiff", ".webp", ".heic", ".heif"}
MAX_NAMES = 5  # files that an error names

Documents = Mapping[Path, Truth]
Document = tuple[Path, Truth]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.description = (
        "Read and check a folder of labelled documents, and report how often the results are "
        "right. "
        "The labels are in truth.json, in truth.csv, or in NAME.json next to each file."
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of the documents")
    parser.add_argument(
        "--policy",
        action="append",
        type=check_policy,
        metavar="NAME|FILE",
        help=f"{HELP}; may be given more than once (default: {STANDARD.name})",
    )
    parser.add_argument(
        "--report", type=parse_output, metavar="FILE", help="write the report as Markdown"
    )
    parser.add_argument(
        "--json", type=parse_output, metavar="FILE", help="write the figures as JSON"
    )
    parser.add_argument(
        "--jobs",
        type=whole_number(1),
        default=1,
        help="number of processes that read at the same time (default: %(default)s)",
    )
    parser.add_argument(
        "--today",
        type=parse_day,
        default=date.today(),  # noqa: DTZ011 (local day)
        metavar="YYYY-MM-DD",
        help="decide documents as of this day if their labels have none (default: today)",
    )


def check_policy(name: str) -> str:
    """Check that a policy exists; only its name is passed to the processes, which load it again."""
    parse_policy(name)
    return name


def parse_output(text: str) -> Path:
    """Check that a file can be written, before anything is read; raise ArgumentTypeError if not."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder: name a file in it")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be written: check its folder and rights")
    return path


def run(options: argparse.Namespace) -> int:
    """Write the report; return 2 if the labels cannot be used."""
    policies = tuple(dict.fromkeys(options.policy or [STANDARD.name]))
    try:
        documents, settings = find_documents(options.folder), read_settings()
    except OSError as error:
        return complain(f"{error.filename}: {error.strerror}")
    except (TruthError, SetupError) as error:
        return complain(str(error))
    found = list(evaluate(documents, policies, settings, today=options.today, jobs=options.jobs))
    written = list(build_tables(found))
    report = build_page(f"Evaluation of {len(found)} documents", written)
    if options.report:
        options.report.write_text(report, "utf-8")
    if options.json:
        facts = {"documents": len(found), "tables": [table_as_json(each) for each in written]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    if not (options.report or options.json):
        print(report)
    return 0


def build_page(title: str, written: Sequence[Table]) -> str:
    """Return the report as Markdown."""
    words = "Shares with 95 % intervals (Wilson). This report contains no personal data."
    return "\n\n".join((f"# {title}", words, *map(render_table, written))) + "\n"


def find_documents(folder: Path) -> Documents:
    """Find the documents of a folder and their labels; raise TruthError if either is missing."""
    files = {
        each.name: each
        for each in sorted(folder.iterdir())
        if each.suffix.lower() in SUFFIXES and each.is_file()
    }
    truths = read_truths(folder, files)
    check_none("without labels", files.keys() - truths.keys())
    check_none("with labels do not exist", truths.keys() - files.keys())
    if not files:
        raise TruthError(f"no documents in {folder}: looked for {', '.join(sorted(SUFFIXES))}")
    return {path: truths[name] for name, path in files.items()}


def read_truths(folder: Path, files: Mapping[str, Path]) -> dict[str, Truth]:
    """Read the labels of a folder: truth.json, truth.csv, or else a JSON file for each document.

    The JSON file of a document is NAME.jpg.json, or NAME.json.
    """
    if (table := folder / "truth.json").exists():
        return parse_json_truths(read_text(table))
    if (table := folder / "truth.csv").exists():
        return parse_csv_truths(read_text(table))
    truths = {}
    for name, path in files.items():
        long, short = path.with_name(f"{name}.json"), path.with_suffix(".json")
        labels = long if long.exists() else short
        if labels.exists():
            truths[name] = parse_json_truth(name, read_text(labels))
    return truths


def read_text(path: Path) -> str:
    """Read labels; raise TruthError if they are not written in UTF-8."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise TruthError(f"{path.name}: must be written in UTF-8") from None


def check_none(what: str, names: set[str]) -> None:
    """Raise TruthError that lists some of the files, if there are any."""
    if names:
        some = ", ".join(sorted(names)[:MAX_NAMES])
        raise TruthError(f"{len(names)} files {what}: {some}{', ...' * (len(names) > MAX_NAMES)}")


def evaluate(
    documents: Documents,
    policies: Sequence[str],
    settings: Settings,
    *,
    today: date,
    jobs: int = 1,
) -> Iterator[Measurement]:
    """Read and decide each document under the policies of these names, in the given order.

    Each thread has a reader process. A document that fails is measured as failed.
    """
    work = partial(evaluate_document, policies=policies, settings=settings, today=today)
    with ThreadPoolExecutor(jobs) as threads:
        found = threads.map(work, documents.items())
        yield from track(found, "documents", len(documents), console=Console(stderr=True))


def evaluate_document(
    document: Document, policies: Sequence[str], settings: Settings, today: date
) -> Measurement:
    """Read and decide one document; if it raises any error, it is measured as failed."""
    path, truth = document
    day = truth.judged_on or today
    applicant = parse_applicant(truth.applicant.get("name"), truth.applicant.get("birth_date"))
    try:
        with path.open("rb") as file:
            reading = read_or_refuse(file.read(settings.max_bytes + 1), settings)
        verdicts = [
            judge(reading, today=day, policy=parse_policy(name), applicant=applicant)
            for name in policies
        ]
    except Exception as error:  # noqa: BLE001 (whatever one file does, the others continue)
        return failed_measurement(truth, type(error).__name__)
    return measure(truth, reading, verdicts)
