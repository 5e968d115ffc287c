"""`docverify token`: create, list and revoke tokens of the read API."""

from __future__ import annotations

import argparse

from rich.markup import escape
from rich.table import Table

from cli.output import build_console, complain
from cli.service import explain_errors
from tasks.arguments import whole_number
from tasks.record import tokens
from tasks.record.tokens import Scope


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the steps; without a step, the command lists the tokens."""
    steps = parser.add_subparsers(metavar="STEP")
    create = steps.add_parser("create", help="create a token, and print it once")
    create.add_argument("name", help="the system that uses it")
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[each.value for each in Scope],
        help="a right of the token; repeat the option for more than one",
    )
    create.add_argument(
        "--days", type=whole_number(0), default=0, help="valid for this many days (default: no end)"
    )
    create.set_defaults(run=run_create)
    listing = steps.add_parser("list", help="list the tokens, without their secrets")
    listing.set_defaults(run=run)
    revoke = steps.add_parser("revoke", help="invalidate a token immediately")
    revoke.add_argument("id", type=whole_number(1), help="its number in the list")
    revoke.set_defaults(run=run_revoke)


@explain_errors
def run(_options: argparse.Namespace) -> int:
    """List the tokens, the newest first."""
    table = Table("id", "name", "scopes", "created", "expires", "revoked")
    for each in tokens.list_tokens():
        times = (each.created_at, each.expires_at, each.revoked_at)
        days = (f"{time:%Y-%m-%d}" if time else "" for time in times)
        table.add_row(str(each.id), escape(each.name), ", ".join(each.scopes), *days)
    build_console().print(table)
    return 0


@explain_errors
def run_create(options: argparse.Namespace) -> int:
    """Print a new token."""
    print(tokens.create_token(options.name, options.scope, options.days))
    return 0


@explain_errors
def run_revoke(options: argparse.Namespace) -> int:
    """Revoke a token."""
    if tokens.revoke_token(options.id):
        return 0
    return complain(f"no valid token has the id {options.id}: see `docverify token list`")
