"""The command line: reads and judges files on this machine, and shows policies and failures."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli import evaluate
from docverify.applicant import Applicant, parse_applicant
from docverify.checks import Status
from docverify.page import Engine, SecondReading
from docverify.policy import POLICIES, STANDARD, Policy, PolicyError
from docverify.policy_file import find_policy, schema
from docverify.reading.files.pages import Limits
from docverify.reading.local import read
from docverify.second_engine import choose_second_engine
from docverify.verdict import Outcome, Verdict, judge

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

LOG_WIDTH = 100
Ask = Callable[[bytes, Engine], SecondReading]


def main(
    arguments: Sequence[str] | None = None,
    ask: Ask | None = None,
    *,
    others: Mapping[str, str] | None = None,
) -> int:
    """Run the command line; return 0 when every file got a verdict, 2 when one can't be opened.

    `ask` reads a file with an engine elsewhere, where a policy names a second one. `others` are
    commands that are run elsewhere, and only named here, each with its help.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["evaluate"]:
        return evaluate.main(arguments[1:])
    parser = _parser(others or {})
    options = parser.parse_args(arguments)
    if options.command == "policy":
        return _show_policy(options.policy, as_schema=options.schema)
    if options.command == "parked":
        return _parked(options.forget, as_json=options.json)
    applicant = parse_applicant(options.applicant_name, options.applicant_birth_date)
    if applicant and applicant.unreadable:
        field = applicant.unreadable[0].replace("_", "-")
        parser.error(f"argument --applicant-{field}: give a name, or a day as YYYY-MM-DD")
    codes = [
        _verify(path, options.policy, applicant, ask, as_json=options.json)
        for path in options.files
    ]
    return max(codes)


def _parser(others: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="docverify", description="Read identity documents and say which checks they pass."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    verify = commands.add_parser(
        "verify", help="read and judge files on this machine, without server or database"
    )
    verify.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="JPEG, PNG, TIFF, WebP, HEIC or PDF"
    )
    verify.add_argument(
        "--policy",
        type=_policy,
        default=STANDARD.name,
        help=f"{', '.join(POLICIES)}, or the JSON file of your own (default: %(default)s)",
    )
    verify.add_argument("--applicant-name", help="the name that the applicant gave")
    verify.add_argument("--applicant-birth-date", metavar="YYYY-MM-DD", help="and the birth date")
    verify.add_argument("--json", action="store_true", help="print one JSON object per file")
    shown = commands.add_parser("policy", help="print all that a policy says, as JSON")
    shown.add_argument("policy", type=_policy, nargs="?", default=STANDARD.name)
    shown.add_argument("--schema", action="store_true", help="print the schema of policy files")
    commands.add_parser("evaluate", help="read and judge labelled documents: how well that went")
    parked = commands.add_parser(
        "parked", help="list the uploads without a verdict, and why (the record of DATABASE_URL)"
    )
    parked.add_argument("--json", action="store_true", help="print one JSON object per upload")
    parked.add_argument("--forget", type=int, metavar="ID", help="drop one for good")
    for name, text in others.items():
        commands.add_parser(name, help=text)
    return parser


def _policy(name: str) -> Policy:
    """Find a preset, or load a file; argparse shows the message of its own kind of error only."""
    try:
        return find_policy(name)
    except PolicyError as error:
        raise argparse.ArgumentTypeError(f"{name}: {error}") from None
    except OSError as error:
        known = ", ".join(POLICIES)
        why = f"{error.strerror}: give one of {known}, or a JSON file"
        raise argparse.ArgumentTypeError(f"{name}: {why}") from None


def _show_policy(policy: Policy, *, as_schema: bool) -> int:
    print(json.dumps(schema() if as_schema else policy.content, indent=2, ensure_ascii=False))
    return 0


def _parked(forget: int | None, *, as_json: bool) -> int:
    # They need the database's libraries, which reading a file does not.
    from tasks.errors import EdgeError
    from tasks.record.failures import forget_failure, list_failures

    try:
        if forget is not None:
            return 0 if forget_failure(forget) else _complain("there is none with this id")
        listed = [asdict(each) for each in list_failures()]
    except EdgeError as error:
        return _complain(str(error))
    if as_json:
        for each in listed:
            print(json.dumps(each, default=str, ensure_ascii=False))
        return 0
    _console().print(_failures(listed))
    return 0


def _failures(listed: Sequence[Mapping[str, Any]]) -> Table:
    """Draw uploads without a verdict: where each is, whole, and below it what to do."""
    table = Table(title=f"{len(listed)} without a verdict", title_justify="left")
    for column in ("id", "tries", "last", "next"):
        table.add_column(column, no_wrap=True)
    table.add_column("upload, and why", overflow="fold")
    for each in listed:
        last = f"{each['last_failed_at']:%Y-%m-%d %H:%M}"
        nearest = "parked" if each["parked_at"] else "waits"
        why = f"{each['fault']} {each['code']}".strip() + f": {each['reason']}"
        place = f"{each['bucket']}/{each['key']}"
        # A key may hold what a terminal obeys.
        where = "".join(sign if sign.isprintable() else "\ufffd" for sign in place)
        told = escape(f"{where}\n{why}")
        table.add_row(str(each["id"]), str(each["tries"]), last, nearest, told)
    return table


def _complain(message: str) -> int:
    print(f"docverify: {message}", file=sys.stderr)
    return 2


def _verify(
    path: Path, policy: Policy, applicant: Applicant | None, ask: Ask | None, *, as_json: bool
) -> int:
    start = perf_counter()
    try:
        content = _content(path)
    except OSError as error:
        return _complain(f"{path}: {error.strerror}")
    today = date.today()  # noqa: DTZ011 (local day)
    reading = read(content)
    if ask and (second := choose_second_engine(reading, today=today, policy=policy)):
        reading = replace(reading, second=ask(content, second))
    verdict = judge(reading, today=today, policy=policy, applicant=applicant)
    show = _print_json if as_json else _print_table
    # The bytes of a name need not be text.
    printable = Path(str(path).encode(errors="replace").decode())
    show(printable, verdict, perf_counter() - start)
    return 0


def _content(path: Path) -> bytes:
    """Read a file, of one that is too large only as much as tells so."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "Not a regular file")
    with path.open("rb") as file:
        return file.read(Limits.max_bytes + 1)


def _print_json(path: Path, verdict: Verdict, seconds: float) -> None:
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


def _print_table(path: Path, verdict: Verdict, seconds: float) -> None:
    console = _console()
    outcome = f"[bold {STYLES[verdict.outcome]}]{verdict.outcome.upper()}[/]"
    title = f"{escape(path.name)}: {outcome} in {seconds:.1f} s"
    table = Table(title=title, title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("evidence")
    for result in verdict.results:
        style = STYLES[result.status]
        table.add_row(result.code, f"[{style}]{result.status}[/]", result.evidence)
    console.print(table)
    console.print(verdict.summary, highlight=False, markup=False)
    told = f"The applicant may be told: {verdict.applicant_message}"
    console.print(told, highlight=False, markup=False)


def _console() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    return console


if __name__ == "__main__":
    sys.exit(main())
