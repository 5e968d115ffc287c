"""`docverify status`: count the uploads by state, and show which components do not work."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from cli.output import build_console
from cli.service import explain_errors
from tasks import status
from tasks.bucket_comparison import places_to_compare
from tasks.record.deliveries import STATES, count_deliveries

NEEDED = ("record", "uploads")  # Without these components, nothing can be counted.


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--quick", action="store_true", help="do not list the bucket")


@explain_errors
def run(options: argparse.Namespace) -> int:
    """Check the components, then count the record and the uploads; return 2 if one fails."""
    console, components = build_console(), status.check_components()
    for each in components:
        sign = "[red]✗[/]" if each.problem else "[green]✓[/]"
        remedy = f": {escape(each.problem)}" if each.problem else ""
        console.print(f"{sign} {escape(each.name)}{remedy}")
    failed = [each.name for each in components if each.problem]
    if not any(name.startswith(NEEDED) for name in failed):
        table = Table(show_header=False)
        for name, count in [*count_record(), *([] if options.quick else count_uploads())]:
            table.add_row(escape(name), str(count))
        console.print(table)
    return 2 if failed else 0


def count_record() -> Sequence[tuple[str, int]]:
    """Return the counts of the record, each with its description."""
    now = status.count_record()
    rows = [(f"verdicts: {name}", count) for name, count in sorted(now.outcomes.items())]
    rows += [
        ("parked", now.parked),
        ("to be retried", now.waiting_to_be_tried),
        ("waiting for review", len(now.reviews)),
    ]
    deliveries = count_deliveries()
    rows += [(f"deliveries {state}", deliveries[state]) for state in STATES if state in deliveries]
    for each in now.second_engines:
        rows += [
            (f"documents for which {each.engine} was available", each.documents),
            (f"of these, sent to {each.engine}", each.asked),
            (f"of these, not read by {each.engine}", each.unanswered),
        ]
    return rows


def count_uploads() -> Sequence[tuple[str, int]]:
    """Return the counts of all places, each with its description."""
    until = datetime.now(UTC) - status.GRACE
    return [
        (f"uploads {state} in s3://{place.bucket}/{place.prefix}", count)
        for place in places_to_compare()
        for state, count in sorted(status.count_uploads(place, until).items())
    ]
