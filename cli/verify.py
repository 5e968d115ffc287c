"""`docverify verify`: read and check files on this machine."""

from __future__ import annotations

import argparse
import errno
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.output import build_console, complain
from cli.policy_argument import HELP, parse_allowed_policy
from docverify.applicant import Applicant, parse_applicant
from docverify.checks import CheckResult, Status
from docverify.identities import Identity
from docverify.page import Engine, SecondReading
from docverify.policy import STANDARD, Policy
from docverify.second_engine import choose_second_engine
from docverify.verdict import Outcome, Verdict, judge
from tasks.engines.reader_pool import read_or_refuse
from tasks.errors import EdgeError
from tasks.settings import Settings, read_settings

STYLES = {
    Outcome.VERIFIED: "green",
    Outcome.REFERRED: "yellow",
    Outcome.RESUBMIT: "yellow",
    Outcome.REJECTED: "red",
    Status.PASSED: "green",
    Status.FAILED: "red",
    Status.INCONCLUSIVE: "yellow",
    Status.NOT_PERFORMED: "dim",
}
FROM_WORST = (Status.FAILED, Status.INCONCLUSIVE, Status.NOT_PERFORMED)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="JPEG, PNG, TIFF, WebP, HEIC or PDF"
    )
    parser.add_argument(
        "--policy",
        type=parse_allowed_policy,
        default=STANDARD.name,
        help=f"{HELP} (default: %(default)s)",
    )
    parser.add_argument(
        "--applicant-name",
        type=parse_name,
        metavar="NAME",
        help="the name that the applicant stated",
    )
    parser.add_argument(
        "--applicant-birth-date",
        type=parse_day,
        metavar="YYYY-MM-DD",
        help="the birth date that the applicant stated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per file")
    parser.add_argument(
        "--all", action="store_true", help="print all checks, including passed ones"
    )
    parser.add_argument(
        "--fields",
        action=argparse.BooleanOptionalAction,
        help="print the fields that were read; they are personal data, so by default only on a "
        "terminal",
    )


def parse_name(text: str) -> str:
    """Check a name; raise ArgumentTypeError if it cannot be compared."""
    found = parse_applicant(text, None)
    if not found or found.unreadable:
        raise argparse.ArgumentTypeError("give a name, with letters")
    return text


def parse_day(text: str) -> str:
    """Check a birth date; raise ArgumentTypeError if it is not a date."""
    found = parse_applicant(None, text)
    if not found or found.unreadable:
        raise argparse.ArgumentTypeError("give a date as YYYY-MM-DD")
    return text


def run(options: argparse.Namespace) -> int:
    """Print the verdict of each file; return 2 if one of them has none."""
    applicant = parse_applicant(options.applicant_name, options.applicant_birth_date)
    try:
        settings = read_settings()
    except EdgeError as error:
        return complain(str(error))
    return max(run_file(path, options, applicant, settings) for path in options.files)


def run_file(
    path: Path, options: argparse.Namespace, applicant: Applicant | None, settings: Settings
) -> int:
    """Print the verdict of any file; return 2 if the file cannot be opened."""
    start = perf_counter()
    try:
        content = read_content(path, settings.max_bytes)
        verdict = decide(content, options.policy, applicant, settings)
    except IsADirectoryError:
        return complain(f"{path}: this is a folder: name the files in it, such as {path}/*.jpg")
    except OSError as error:
        return complain(f"{path}: {error.strerror}")
    except EdgeError as error:
        return complain(f"{path}: {error}")
    seconds = perf_counter() - start
    # The bytes of a file's name need not be text.
    name = Path(str(path).encode(errors="replace").decode())
    if options.json:
        print_json(name, verdict, seconds)
    else:
        print_report(name, verdict, seconds, every=options.all, fields_too=options.fields)
    return 0


def read_content(path: Path, max_bytes: int) -> bytes:
    """Read a file; if it is too large, only one byte more than the limit."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def decide(
    content: bytes, policy: Policy, applicant: Applicant | None, settings: Settings
) -> Verdict:
    """Read, check and decide a file as of today, with the policy's second engine if needed."""
    today = date.today()  # noqa: DTZ011 (local day)
    reading = read_or_refuse(content, settings)
    if second := choose_second_engine(reading, today=today, policy=policy):
        reading = replace(reading, second=ask_second_engine(content, second, settings))
    return judge(reading, today=today, policy=policy, applicant=applicant)


def ask_second_engine(content: bytes, engine: Engine, settings: Settings) -> SecondReading:
    """Have a cloud engine read a file, with the credentials of the service's settings."""
    from tasks.ocr import read_again, try_second_engine  # imports Prefect, which takes seconds
    from tasks.s3 import File

    file = File(content, "", len(content), "")
    return try_second_engine(engine, lambda: read_again(file, engine, settings))


def print_json(path: Path, verdict: Verdict, seconds: float) -> None:
    """Print a verdict with all facts as one JSON object on one line."""
    facts = {
        "file": str(path),
        "outcome": verdict.outcome,
        "summary": verdict.summary,
        "reasons": verdict.reasons,
        "applicant_message": verdict.applicant_message,
        "kind": verdict.kind.policy_key,
        "risk": round(verdict.risk, 3),
        "policy": f"{verdict.policy_name} {verdict.policy_version}",
        "pipeline_version": verdict.pipeline_version,
        "seconds": round(seconds, 3),
        "checks": [asdict(result) for result in verdict.results],
        "identities": [asdict(identity) for identity in verdict.identities],
    }
    if verdict.choice:
        facts["choice"] = asdict(verdict.choice)
    print(json.dumps(facts, default=str, ensure_ascii=False))


def print_report(
    path: Path, verdict: Verdict, seconds: float, *, every: bool, fields_too: bool | None
) -> None:
    """Print the outcome, then the fields that were read, then the checks that did not pass.

    If `fields_too` is None, the fields are printed only on a terminal.
    """
    console = build_console()
    outcome = f"[bold {STYLES[verdict.outcome]}]{verdict.outcome.upper()}[/]"
    console.print(f"{escape(path.name)}: {outcome} in {seconds:.1f} s", highlight=False)
    print_plain(console, verdict.summary)
    print_plain(console, f"Message for the applicant: {verdict.applicant_message}")
    show_fields = console.is_terminal if fields_too is None else fields_too
    if show_fields and verdict.identities:
        console.print(build_fields_table(verdict))
    if results := verdict.results if every else find_problems(verdict):
        console.print(build_checks_table(results))
    if not every:
        print_plain(console, describe_hidden(verdict))


def print_plain(console: Console, text: str) -> None:
    """Print a text without interpreting it as markup."""
    console.print(text, highlight=False, markup=False)


def build_fields_table(verdict: Verdict) -> Table:
    """Return the fields that were read, with a column for each source."""
    table = Table("field", *(str(each.source) for each in verdict.identities))
    for field in fields(Identity):
        values = [getattr(each, field.name) for each in verdict.identities]
        if field.name != "source" and any(values):
            table.add_row(field.name, *(escape(str(value or "")) for value in values))
    return table


def build_checks_table(results: Iterable[CheckResult]) -> Table:
    """Return the results of checks, with a row for each."""
    table = Table()
    table.add_column("check", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("evidence")
    for result in results:
        style = STYLES[result.status]
        table.add_row(result.code, f"[{style}]{result.status}[/]", escape(result.evidence))
    return table


def find_problems(verdict: Verdict) -> list[CheckResult]:
    """Return the failed and doubtful results, and those that the outcome depends on.

    A check that could not be performed is usually one that this kind of document does not have.
    """
    found = [
        each
        for each in verdict.results
        if each.status in (Status.FAILED, Status.INCONCLUSIVE)
        or (each.status is Status.NOT_PERFORMED and each.code in verdict.reasons)
    ]
    return sorted(found, key=lambda each: FROM_WORST.index(each.status))


def describe_hidden(verdict: Verdict) -> str:
    """Return how many checks are not in the table of problems."""
    shown = [each.code for each in find_problems(verdict)]
    hidden = Counter(each.status for each in verdict.results if each.code not in shown)
    passed, others = hidden[Status.PASSED], hidden[Status.NOT_PERFORMED]
    return f"Not shown: {passed} checks that passed, {others} that were not performed (use --all)."
