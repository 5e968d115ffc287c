"""The command `evaluate`: reads and judges labelled documents, and says how well that went."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import track

from docverify.applicant import Applicant, parse_applicant
from docverify.evaluation.metrics import (
    Measurement,
    Table,
    build_tables,
    failed_measurement,
    measure,
    render_table,
    table_as_json,
)
from docverify.evaluation.truth import (
    Truth,
    TruthError,
    parse_csv_truths,
    parse_json_truth,
    parse_json_truths,
)
from docverify.policy import POLICIES, STANDARD, PolicyError
from docverify.policy_file import find_policy
from docverify.reading.files.pages import Limits
from docverify.reading.local import read
from docverify.verdict import judge

SUFFIXES = {".jpg", ".jpeg", ".png", ".pdf", ".tif", ".tiff", ".webp", ".heic", ".heif"}
NAMED = 5  # files that an error names

Documents = Mapping[Path, Truth]
Document = tuple[Path, Truth]
Work = Callable[[Document], Measurement]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when a report was made, 2 when the labels cannot be used."""
    options = _parser().parse_args(arguments)
    policies = tuple(dict.fromkeys(options.policy or [STANDARD.name]))
    try:
        documents = labelled(options.folder)
    except (TruthError, OSError) as error:
        print(f"docverify evaluate: {error}", file=sys.stderr)
        return 2
    found = list(evaluate(documents, policies, today=options.today, jobs=options.jobs))
    written = list(build_tables(found))
    report = page(f"Evaluation of {len(found)} documents", written)
    if options.report:
        options.report.write_text(report, "utf-8")
    if options.json:
        facts = {"documents": len(found), "tables": [table_as_json(each) for each in written]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    if not (options.report or options.json):
        print(report)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="docverify evaluate",
        description="Read and judge a folder of labelled documents, and report how well that went."
        " The labels are in truth.json, in truth.csv, or in NAME.json beside each file.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--policy",
        action="append",
        type=_policy,
        metavar="NAME|FILE",
        help=f"{', '.join(POLICIES)}, or the JSON file of your own; may be given more than once "
        f"(default: {STANDARD.name})",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as Markdown")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--jobs", type=_jobs, default=1, help="processes (default: %(default)s)")
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        default=date.today(),  # noqa: DTZ011 (local day)
        metavar="YYYY-MM-DD",
        help="judge as of this day what has no day of its own in its labels",
    )
    return parser


def _policy(name: str) -> str:
    """Check that there is such a policy; its name goes to the processes, which find it anew."""
    try:
        find_policy(name)
    except (PolicyError, OSError) as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None
    return name


def _jobs(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def page(title: str, written: Sequence[Table]) -> str:
    """Write the report; its first words say what intervals these are."""
    words = "Shares with 95 % intervals (Wilson). No value of a person is in this report."
    return "\n\n".join((f"# {title}", words, *map(render_table, written))) + "\n"


def labelled(folder: Path) -> Documents:
    """Find the documents of a folder and their labels; raises TruthError where one has none."""
    pictures = {each.name: each for each in sorted(folder.iterdir()) if _is_document(each)}
    truths = _truths(folder, pictures)
    _name_the_rest("without labels", pictures.keys() - truths.keys())
    _name_the_rest("with labels, but not there", truths.keys() - pictures.keys())
    if not pictures:
        raise TruthError(f"no documents in {folder}: looked for {', '.join(sorted(SUFFIXES))}")
    return {path: truths[name] for name, path in pictures.items()}


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def _truths(folder: Path, pictures: Mapping[str, Path]) -> dict[str, Truth]:
    if (table := folder / "truth.json").exists():
        return parse_json_truths(_text(table))
    if (table := folder / "truth.csv").exists():
        return parse_csv_truths(_text(table))
    beside = ((name, _beside(path)) for name, path in pictures.items())
    return {name: parse_json_truth(name, _text(file)) for name, file in beside if file.exists()}


def _beside(path: Path) -> Path:
    """Name the labels of a file: NAME.jpg.json, or NAME.json."""
    whole = path.with_name(f"{path.name}.json")
    return whole if whole.exists() else path.with_suffix(".json")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise TruthError(f"{path.name}: must be written in UTF-8") from None


def _name_the_rest(what: str, names: set[str]) -> None:
    if names:
        some = ", ".join(sorted(names)[:NAMED])
        raise TruthError(f"{len(names)} files {what}: {some}{', ...' * (len(names) > NAMED)}")


def evaluate(
    documents: Documents, policies: Sequence[str], *, today: date, jobs: int = 1
) -> Iterator[Measurement]:
    """Read and judge each document under the policies of these names, in the given order.

    A document that fails, or ends the process that reads it, is told as such.
    """
    work = partial(measured, policies=policies, today=today)
    items = list(documents.items())
    found = map(work, items) if jobs == 1 else _in_processes(work, items, jobs)
    yield from track(found, "documents", len(items), console=Console(stderr=True))


def _in_processes(work: Work, waiting: Sequence[Document], jobs: int) -> Iterator[Measurement]:
    """Share the work out; where a process ends, the first document without result goes alone."""
    while waiting:
        done = 0
        with _pool(jobs) as pool:
            try:
                for future in [pool.submit(work, each) for each in waiting]:
                    found = future.result()
                    done += 1
                    yield found
            except BrokenProcessPool:
                done += 1
                yield _alone(work, waiting[done - 1])
        waiting = waiting[done:]


def _alone(work: Work, document: Document) -> Measurement:
    with _pool(1) as pool:
        try:
            return pool.submit(work, document).result()
        except BrokenProcessPool:
            return failed_measurement(document[1], "the process that read it ended")


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))


def measured(document: Document, policies: Sequence[str], today: date) -> Measurement:
    """Read and judge one document; one that fails is told as such, and raises nothing."""
    path, truth = document
    day = truth.judged_on or today
    try:
        with path.open("rb") as file:
            reading = read(file.read(Limits.max_bytes + 1))
        verdicts = [
            judge(reading, today=day, policy=find_policy(name), applicant=_applicant(truth))
            for name in policies
        ]
    except Exception as error:  # noqa: BLE001 (whatever one file does, the others go on)
        return failed_measurement(truth, type(error).__name__)
    return measure(truth, reading, verdicts)


def _applicant(truth: Truth) -> Applicant | None:
    return parse_applicant(truth.applicant.get("name"), truth.applicant.get("birth_date"))


if __name__ == "__main__":
    sys.exit(main())
