"""`docverify parked`: list the uploads that have no verdict, and why."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from cli.output import build_console, complain
from cli.service import explain_errors
from tasks.arguments import whole_number
from tasks.record.failures import Failure, forget_failure, list_failures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--json", action="store_true", help="print one JSON object per upload")
    parser.add_argument(
        "--forget",
        type=whole_number(1),
        metavar="ID",
        help="delete one permanently; its upload stays in S3",
    )


@explain_errors
def run(options: argparse.Namespace) -> int:
    """List the uploads without a verdict, or forget one."""
    if options.forget is not None:
        if forget_failure(options.forget):
            return 0
        return complain(f"no parked upload has the id {options.forget}: see `docverify parked`")
    failures = list_failures()
    if options.json:
        for each in failures:
            print(json.dumps(asdict(each), default=str, ensure_ascii=False))
    else:
        build_console().print(build_table(failures))
    return 0


def build_table(failures: Sequence[Failure]) -> Table:
    """Return a table of the uploads, with the whole key of each and, below it, the remedy."""
    table = Table(title=f"{len(failures)} uploads without a verdict", title_justify="left")
    for column in ("id", "tries", "last", "next"):
        table.add_column(column, no_wrap=True)
    table.add_column("upload and reason", overflow="fold")
    for each in failures:
        last = f"{each.last_failed_at:%Y-%m-%d %H:%M}"
        following = "parked" if each.parked_at else describe_wait(each)
        why = f"{each.fault} {each.code}".strip() + f": {each.reason}"
        place = f"{each.bucket}/{each.key}"
        # A key may contain control characters, which a terminal would obey.
        where = "".join(sign if sign.isprintable() else "\ufffd" for sign in place)
        table.add_row(str(each.id), str(each.tries), last, following, escape(f"{where}\n{why}"))
    return table


def describe_wait(failure: Failure) -> str:
    """Return until when an upload waits for its next try."""
    return f"waits until {failure.retry_at:%Y-%m-%d %H:%M}" if failure.retry_at else "waits"
