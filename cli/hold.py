"""`docverify hold`: begin or end a legal hold, under which no data of a document are purged."""

from __future__ import annotations

import argparse

from cli.output import complain
from cli.service import explain_errors
from tasks.record.retention import end_hold, hold


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("document", type=int, help="the id of the document")
    parser.add_argument("--reason", default="", help="why; required to begin a hold")
    parser.add_argument(
        "--as",
        dest="reviewer",
        default="",
        metavar="NAME",
        help="your name, for the record; required to begin a hold",
    )
    parser.add_argument("--end", action="store_true", help="end the hold")


@explain_errors
def run(options: argparse.Namespace) -> int:
    """Begin or end a hold, and confirm it."""
    document = options.document
    if not options.end:
        hold(document, options.reason, options.reviewer)
        print(f"document {document} is under a legal hold")
        return 0
    if not end_hold(document):
        return complain(f"document {document} is not under a legal hold")
    print(f"the legal hold on document {document} has ended")
    return 0
