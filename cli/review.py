"""`docverify review`: list the documents that wait for a person; claim, decide and appeal them."""

from __future__ import annotations

import argparse
import sys
from typing import get_args
from urllib.parse import quote

from rich.markup import escape
from rich.table import Table

from cli.output import build_console
from cli.service import explain_errors
from docverify.checks import Status
from docverify.decisions import Decision, Reason, describe_reasons
from tasks.arguments import parse_positive, whole_number
from tasks.dispatch import announce
from tasks.record import reviews
from tasks.record.appeals import record_appeal
from tasks.record.overrides import override_verdict
from tasks.record.review_queue import explain_empty_queue, list_waiting
from tasks.record.verdicts import RecordedVerdict

PROBLEMS = (Status.FAILED, Status.INCONCLUSIVE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the steps of a review; without a step, the command lists the queue."""
    steps = parser.add_subparsers(metavar="STEP")
    claim = add_step(steps, "claim", "claim a document, or the oldest that is not claimed")
    claim.add_argument(
        "review_id",
        type=whole_number(1),
        nargs="?",
        default=0,
        help="a review's number in the queue (default: the oldest)",
    )
    claim.add_argument(
        "--hours",
        type=parse_positive,
        default=24,
        help="hours to reserve it for (default: %(default)s)",
    )
    claim.add_argument("--all", action="store_true", help="show all checks, passed ones as well")
    claim.set_defaults(run=run_claim)
    release = add_step(steps, "release", "return a document to the queue")
    release.set_defaults(run=run_release)
    decide = add_step(steps, "decide", "decide a document, with a reason")
    decide.set_defaults(run=run_decide)
    for step in (release, decide):
        step.add_argument(
            "review_id", type=whole_number(1), help="the number of the claimed document"
        )
    override = add_step(
        steps, "override", "override the current verdict of a document, as a supervisor"
    )
    override.add_argument(
        "verdict_id", type=whole_number(1), help="the number of the current verdict"
    )
    override.set_defaults(run=run_override)
    appeal = add_step(
        steps,
        "appeal",
        "put a rejected document into the queue, because its applicant asks for a person to decide",
    )
    appeal.add_argument("document", type=whole_number(1), help="the id of the document")
    appeal.set_defaults(run=run_appeal)
    for step in (decide, override):
        add_decision(step)
    for step in (decide, override, appeal):
        step.add_argument(
            "--note", default="", help="stored in the record, and purged with the holder fields"
        )
    for step in (claim, release, decide, override, appeal):
        step.add_argument(
            "--as", dest="reviewer", required=True, metavar="NAME", help="your name, for the record"
        )
    history = add_step(steps, "history", "list what reviewers did with a document")
    history.add_argument("document", type=whole_number(1), help="the id of the document")
    history.set_defaults(run=run_history)


def add_decision(step: argparse.ArgumentParser) -> None:
    """Add the arguments of a decision."""
    outcomes = [str(each) for each in get_args(Decision)]
    step.add_argument("outcome", choices=outcomes, help=", ".join(outcomes), metavar="OUTCOME")
    step.add_argument(
        "--reason",
        required=True,
        choices=get_args(Reason),
        metavar="REASON",
        help=f"reason for the decision, one that fits it ({describe_reasons()})",
    )


def add_step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    """Add a step; its help is also the first sentence of its own page."""
    return steps.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")


@explain_errors
def run(_options: argparse.Namespace) -> int:
    """List the queue, the oldest document first."""
    queue = list_waiting()
    columns = ("review", "document", "since", "risk", "reasons", "claimed by")
    table = Table(*columns, title=f"{len(queue)} wait for a review", title_justify="left")
    for each in queue:
        claimed = each.reviewer and f"{each.reviewer} until {each.expires_at:%Y-%m-%d %H:%M %Z}"
        since, risk = f"{each.since:%Y-%m-%d %H:%M}", f"{each.risk:.2f}"
        ids = (str(each.review_id), str(each.document_id))
        reasons = ", ".join((*(["appeal"] if each.is_appeal else []), *each.reasons))
        table.add_row(*ids, since, risk, reasons, escape(claimed or ""))
    build_console().print(table)
    return 0


@explain_errors
def run_claim(options: argparse.Namespace) -> int:
    """Claim a document, and show which checks did not pass and where its image is stored."""
    found = reviews.claim_review(options.reviewer, options.review_id, options.hours)
    if found is None:
        print(explain_empty_queue(list_waiting()))
        return 0
    title = f"review {found.review_id}, document {found.document_id}: {found.summary}"
    table = Table("check", "status", "evidence", title=title, title_justify="left")
    shown = [
        each
        for each in found.checks
        if options.all or each.status in PROBLEMS or each.code in found.reasons
    ]
    for each in shown:
        table.add_row(each.code, each.status, escape(each.evidence))
    console = build_console()
    console.print(table)
    if hidden := len(found.checks) - len(shown):
        console.print(f"Not shown: {hidden} checks that passed or were not performed (use --all).")
    where = f"s3://{found.bucket}/{quote(found.key)} version {found.version_id or 'newest'}"
    until = f"reserved for you until {found.expires_at:%Y-%m-%d %H:%M %Z}"
    replaced = f"\nreplaces document {found.replaces_id}" if found.replaces_id else ""
    console.print(f"{where}{replaced}\n{until}", markup=False, highlight=False, soft_wrap=True)
    return 0


@explain_errors
def run_release(options: argparse.Namespace) -> int:
    """Return a document to the queue."""
    reviews.release_review(options.reviewer, options.review_id)
    return 0


@explain_errors
def run_decide(options: argparse.Namespace) -> int:
    """Record a decision, and print it."""
    decision = (options.outcome, options.reason, options.note)
    record = reviews.decide_review(options.reviewer, options.review_id, *decision)
    return print_announced(record)


@explain_errors
def run_override(options: argparse.Namespace) -> int:
    """Record a supervisor's decision against the current verdict, and print it."""
    decision = (options.outcome, options.reason, options.note)
    record = override_verdict(options.reviewer, options.verdict_id, *decision)
    return print_announced(record)


def print_announced(record: RecordedVerdict) -> int:
    """Print a decision and announce it; if it is announced later, print why."""
    print(record.summary)
    if later := announce(record):
        print(f"Recorded, but not announced yet: {later}.", file=sys.stderr)
    return 0


@explain_errors
def run_appeal(options: argparse.Namespace) -> int:
    """Put a rejected document into the queue, and print the number of its review."""
    review_id = record_appeal(options.reviewer, options.document, options.note)
    print(f"document {options.document} waits for another person as review {review_id}")
    return 0


@explain_errors
def run_history(options: argparse.Namespace) -> int:
    """Print what reviewers did with a document."""
    events = reviews.list_events(options.document)
    if not events:
        print(f"No reviewer has done anything with a document {options.document}.")
    for event in events:
        decided = f" {event.outcome} ({event.reason})" if event.outcome else ""
        note = f": {event.note}" if event.note else ""
        print(f"{event.at:%Y-%m-%d %H:%M %Z} {event.reviewer} {event.action}{decided}{note}")
    return 0
