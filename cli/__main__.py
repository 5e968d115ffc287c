"""The command `docverify`: what concerns the running service is here, all else is docverify's.

It has a place of its own because the core imports neither the database nor Prefect.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_args
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli import verify as core
from docverify.page import Engine, SecondReading

COMMANDS = {
    "status": "what is on record, what is missing, what is down",
    "review": "the referred documents, and deciding them",
    "hold": "keep everything of a document, whatever its age",
}
LOG_WIDTH = 120
PROBLEM = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 when all is well, 2 when something could not be done."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in COMMANDS:
        return core.main(given, _ask_second_engine, others=COMMANDS)
    options = _parser().parse_args(given)
    from tasks.errors import EdgeError  # imports Prefect, which takes seconds

    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except EdgeError as error:
        print(f"docverify: {error}", file=sys.stderr)
        return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="docverify")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    status = _added(commands, "status")
    status.add_argument("--quick", action="store_true", help="do not list the bucket")
    status.set_defaults(run=_status)
    _add_review(_added(commands, "review"))
    hold = _added(commands, "hold")
    hold.add_argument("document", type=int, help="its id, as `docverify review` lists it")
    hold.add_argument("--reason", default="", help="why; needed to begin a hold")
    hold.add_argument(
        "--as", dest="reviewer", default="", metavar="NAME", help="who holds it; needed as well"
    )
    hold.add_argument("--end", action="store_true", help="end the hold")
    hold.set_defaults(run=_hold)
    return parser


def _ask_second_engine(content: bytes, engine: Engine) -> SecondReading:
    from tasks.ocr import read_again, try_second_engine
    from tasks.s3 import File
    from tasks.settings import read_settings

    file = File(content, "", len(content), "")
    return try_second_engine(engine, lambda: read_again(file, engine, read_settings()))


def _added(commands: Any, name: str) -> argparse.ArgumentParser:  # noqa: ANN401 (not public)
    text = COMMANDS[name]
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    return parser


def _add_review(review: argparse.ArgumentParser) -> None:
    from tasks.record.reviews import Decision, Reason

    review.set_defaults(run=_queue)
    steps = review.add_subparsers(metavar="STEP")
    claim = steps.add_parser("claim", help="take one, or the oldest that nobody has")
    claim.add_argument("review_id", type=int, nargs="?", default=0)
    claim.add_argument("--hours", type=float, default=24)
    claim.set_defaults(run=_claim)
    release = steps.add_parser("release", help="give one back")
    release.add_argument("review_id", type=int)
    release.set_defaults(run=_release)
    decide = steps.add_parser("decide", help="decide one, with a reason")
    decide.add_argument("review_id", type=int)
    decide.add_argument("outcome", choices=get_args(Decision))
    decide.add_argument("--reason", required=True, choices=get_args(Reason))
    decide.add_argument("--note", default="", help="stays in the record; purged with the fields")
    decide.set_defaults(run=_decide)
    for each in (claim, release, decide):
        each.add_argument("--as", dest="reviewer", required=True, metavar="NAME")
    history = steps.add_parser("history", help="who did what with a document")
    history.add_argument("document", type=int)
    history.set_defaults(run=_history)


def _status(options: argparse.Namespace) -> int:
    from tasks import status
    from tasks.bucket_comparison import places_to_compare

    console, parts = _console(), status.check_components()
    for part in parts:
        sign = "[red]✗[/]" if part.problem else "[green]✓[/]"
        fix = f": {escape(part.problem)}" if part.problem else ""
        console.print(f"{sign} {escape(part.name)}{fix}")
    if any(part.problem for part in parts if part.name.startswith(("record", "uploads"))):
        return PROBLEM
    now = status.count_record()
    rows = {f"verdicts: {name}": count for name, count in sorted(now.outcomes.items())}
    rows |= {"parked": now.parked, "to be tried again": now.waiting_to_be_tried}
    rows |= {"waiting for review": len(now.reviews)}
    for each in now.second_engines:
        rows[f"documents for which {each.engine} was available"] = each.documents
        rows[f"of these, sent to {each.engine}"] = each.asked
        rows[f"of these, not read by {each.engine}"] = each.unanswered
    for place in [] if options.quick else places_to_compare():
        found = status.count_uploads(place)
        named = f"s3://{place.bucket}/{place.prefix}"
        rows |= {f"uploads {each} in {named}": count for each, count in sorted(found.items())}
    table = Table(show_header=False)
    for name, count in rows.items():
        table.add_row(escape(name), str(count))
    console.print(table)
    return PROBLEM if any(part.problem for part in parts) else 0


def _queue(_options: argparse.Namespace) -> int:
    from tasks.record.reviews import list_waiting

    queue = list_waiting()
    columns = ("review", "document", "since", "risk", "reasons", "who has it")
    table = Table(*columns, title=f"{len(queue)} wait for a person", title_justify="left")
    for each in queue:
        holder = each.reviewer and f"{each.reviewer} until {each.expires_at:%Y-%m-%d %H:%M %Z}"
        since, risk = f"{each.since:%Y-%m-%d %H:%M}", f"{each.risk:.2f}"
        named = (str(each.review_id), str(each.document_id))
        table.add_row(*named, since, risk, ", ".join(each.reasons), escape(holder or ""))
    _console().print(table)
    return 0


def _claim(options: argparse.Namespace) -> int:
    from tasks.record.reviews import claim_review

    found = claim_review(options.reviewer, options.review_id, options.hours)
    if found is None:
        print("no document waits for a person")
        return 0
    title = f"review {found.review_id}, document {found.document_id}: {found.summary}"
    table = Table("check", "status", "evidence", title=title, title_justify="left")
    for each in found.checks:
        table.add_row(each.code, each.status, escape(each.evidence))
    console = _console()
    console.print(table)
    where = f"s3://{found.bucket}/{quote(found.key)} version {found.version_id or 'newest'}"
    until = f"yours until {found.expires_at:%Y-%m-%d %H:%M %Z}"
    console.print(f"{where}\n{until}", markup=False, highlight=False, soft_wrap=True)
    return 0


def _release(options: argparse.Namespace) -> int:
    from tasks.record.reviews import release_review

    release_review(options.reviewer, options.review_id)
    return 0


def _decide(options: argparse.Namespace) -> int:
    from tasks.record.reviews import decide_review

    given = (options.outcome, options.reason, options.note)
    record = decide_review(options.reviewer, options.review_id, *given)
    print(record.summary)
    return 0


def _history(options: argparse.Namespace) -> int:
    from tasks.record.reviews import list_events

    for step in list_events(options.document):
        decided = f" {step.outcome} ({step.reason})" if step.outcome else ""
        note = f": {step.note}" if step.note else ""
        print(f"{step.at:%Y-%m-%d %H:%M %Z} {step.reviewer} {step.action}{decided}{note}")
    return 0


def _hold(options: argparse.Namespace) -> int:
    from tasks.record.retention import end_hold, hold

    if options.end:
        return 0 if end_hold(options.document) else PROBLEM
    hold(options.document, options.reason, options.reviewer)
    return 0


def _console() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = LOG_WIDTH
    return console


if __name__ == "__main__":
    sys.exit(main())
