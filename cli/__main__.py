"""The command `docverify`: one parser and a module for each command.

A module is imported only when its command runs, because the libraries of the service take seconds
to import, and reading a file does not need them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

COMMANDS = {
    "verify": "read and check files on this machine, without a server or a database",
    "evaluate": "read and check labelled documents, and measure how often the results are right",
    "policy": "print a policy, or the schema of policy files, as JSON",
    "parked": "list the uploads that have no verdict, and why",
    "status": "count recorded, missing and failed uploads, and show which components do not work",
    "review": "list the referred documents, and decide them",
    "deliveries": "list the deliveries of verdicts to the webhook, and deliver verdicts again",
    "token": "create, list and revoke tokens of the read API",
    "hold": "keep all data of a document, regardless of its age",
    "erase": "erase signatures of portraits, which are biometric data, ahead of their time",
}
"""Each is a module of this package with `add_arguments(parser)` and `run(options) -> int`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 0 if all is well, 2 if something could not be done."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser(given).parse_args(given)
    run: Callable[[argparse.Namespace], int] = options.run
    return run(options)


def build_parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser of all commands, with the arguments of only the given one."""
    parser = argparse.ArgumentParser(
        prog="docverify",
        description="Read, check and decide identity documents.",
        epilog="`docverify COMMAND --help` lists the options of a command.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if given[:1] == [name]:
            module = import_module(f"cli.{name}")
            command.set_defaults(run=module.run)
            module.add_arguments(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
