"""`docverify erase`: erase signatures of portraits, which are biometric data, immediately."""

from __future__ import annotations

import argparse

from cli.service import explain_errors
from tasks.arguments import whole_number
from tasks.record.erasure import erase_portraits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "data", choices=("portraits",), help="the data to erase: signatures of portraits"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("document", type=whole_number(1), nargs="?", help="the id of a document")
    which.add_argument("--all", action="store_true", help="erase the signatures of all documents")
    parser.add_argument(
        "--yes", action="store_true", help="erase them; without this option, only count them"
    )


@explain_errors
def run(options: argparse.Namespace) -> int:
    """Erase signatures of portraits, or count them, and print how many."""
    erasure = erase_portraits(options.document, dry_run=not options.yes)
    done = "erased" if options.yes else "to be erased with --yes"
    print(f"portrait signatures {done}: {erasure.erased}; under a legal hold: {erasure.held}")
    return 0
