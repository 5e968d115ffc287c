"""`docverify hold`: begin, end and list legal holds, which keep all data of a document."""

from __future__ import annotations

import argparse

from cli.output import complain
from cli.service import explain_errors
from tasks.arguments import whole_number
from tasks.record.holds import LegalHold, end_hold, hold, list_holds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        *("document",),
        type=whole_number(1),
        nargs="?",
        default=0,
        help="the id of the document; without one, list the documents under a hold",
    )
    parser.add_argument("--reason", default="", help="reason for the hold; required to begin one")
    parser.add_argument(
        "--as",
        dest="reviewer",
        default="",
        metavar="NAME",
        help="your name, for the record; required to begin or end a hold",
    )
    parser.add_argument("--end", action="store_true", help="end the hold")
    parser.add_argument(
        "--number",
        type=whole_number(1),
        default=0,
        metavar="N",
        help="number of the hold to end, if there are several",
    )
    parser.add_argument(
        "--history", action="store_true", help="list all holds on the document, with their ends"
    )


@explain_errors
def run(options: argparse.Namespace) -> int:
    """Begin or end a hold and confirm it, or list holds."""
    document = options.document
    if not document or options.history:
        for each in list_holds(document):
            print(describe_hold(each))
        return 0
    if not options.reviewer.strip():
        return complain("give your name with --as")
    if not options.end and not options.reason.strip():
        return complain("give the reason of the hold with --reason, or end it with --end")
    if not options.end:
        number = hold(document, options.reason, options.reviewer)
        print(f"document {document} is under legal hold {number}")
        return 0
    if not end_hold(document, options.reviewer, options.number):
        return complain(f"document {document} is not under such a legal hold")
    print(f"the legal hold on document {document} has ended")
    return 0


def describe_hold(each: LegalHold) -> str:
    """Return a hold in one line: number, document, who began and ended it and when, reason."""
    begun = f"from {each.held_at:%Y-%m-%d %H:%M %Z} by {each.held_by}"
    ended = f" until {each.ended_at:%Y-%m-%d %H:%M %Z} by {each.ended_by}" if each.ended_at else ""
    return f"hold {each.hold_id}, document {each.document_id}, {begun}{ended}: {each.reason}"
