"""`docverify deliveries`: list the deliveries of verdicts to the webhook, and repeat them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from rich.markup import escape
from rich.table import Table

from cli.output import build_console, complain
from cli.service import explain_errors
from tasks.arguments import whole_number
from tasks.record import deliveries
from tasks.webhook import deliver_due

MAX_LISTED = 1_000
MAX_SENT = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the steps; without a step, the command lists the newest deliveries."""
    parser.add_argument(
        "--state", choices=deliveries.STATES, default="", help="only deliveries in this state"
    )
    parser.add_argument(
        "--limit", type=whole_number(1), default=100, help="how many to list (default: %(default)s)"
    )
    steps = parser.add_subparsers(metavar="STEP")
    replay = steps.add_parser("replay", help="deliver verdicts again, by id or by time")
    replay.add_argument(
        "verdict_ids", type=whole_number(1), nargs="*", metavar="VERDICT", help="their ids"
    )
    replay.add_argument(
        "--since",
        type=parse_time,
        metavar="TIME",
        help="only verdicts decided at or after this time, in UTC",
    )
    replay.add_argument(
        "--until",
        type=parse_time,
        metavar="TIME",
        help="only verdicts decided before this time, in UTC",
    )
    replay.add_argument("--dead", action="store_true", help="all deliveries that were given up")
    replay.set_defaults(run=run_replay)
    send = steps.add_parser("send", help="attempt the deliveries that are due now")
    send.set_defaults(run=run_send)
    stop = steps.add_parser(
        "stop", help="give up the pending deliveries, and deliver no further verdicts"
    )
    stop.set_defaults(run=run_stop)


def parse_time(text: str) -> datetime:
    """Parse a time, in UTC unless it names an offset; raise ArgumentTypeError if it is not one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a time as 2026-11-30 or 2026-11-30T08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@explain_errors
def run(options: argparse.Namespace) -> int:
    """List the newest deliveries, and count all by state."""
    if not 0 < options.limit <= MAX_LISTED:
        return complain(f"--limit must be a whole number from 1 to {MAX_LISTED}")
    counts = deliveries.count_deliveries()
    title = ", ".join(f"{counts.get(state, 0)} {state}" for state in deliveries.STATES)
    columns = ("verdict", "state", "attempts", "next attempt", "last error")
    table = Table(*columns, title=title, title_justify="left")
    for each in deliveries.list_deliveries(options.state, options.limit):
        following = f"{each.next_attempt_at:%Y-%m-%d %H:%M:%S}" if each.state == "pending" else ""
        numbers = (str(each.verdict_id), each.state, str(each.attempts))
        table.add_row(*numbers, following, escape(each.last_error or ""))
    build_console().print(table)
    return 0


@explain_errors
def run_replay(options: argparse.Namespace) -> int:
    """Mark verdicts for another delivery, and attempt it."""
    chosen = (options.verdict_ids, options.since, options.until)
    if not (any(chosen) or options.dead):
        return complain("give the ids of verdicts, or --since, --until or --dead")
    count = deliveries.replay(*chosen, dead_only=options.dead)
    print(f"Replaying {count} verdicts.")
    return run_send(options)


@explain_errors
def run_send(_options: argparse.Namespace) -> int:
    """Attempt the deliveries that are due, and count those that succeeded."""
    print(f"Delivered now: {deliver_due(MAX_SENT)}.")
    return 0


@explain_errors
def run_stop(_options: argparse.Namespace) -> int:
    """Give up the pending deliveries, and stop recording further ones."""
    count = deliveries.stop_target()
    print(f"Stopped; {count} pending deliveries were given up.")
    return 0
