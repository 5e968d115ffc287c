"""Serve the flows on this machine: `python -m deploy.serve`.

Each run gets a process of its own here. A work pool does the same on other machines.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Interval, Schedule
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType

from deploy.prefect_objects.deployments import (
    DEPLOYMENTS,
    RECONCILIATION,
    RETENTION_DAYS,
    FlowDeployment,
)
from docverify.policy import STANDARD
from tasks.errors import SetupError
from tasks.policies import list_policies


def main() -> None:
    """Create the deployments, and run what is scheduled for them until stopped."""
    try:
        options = build_parser().parse_args()
    except SetupError as error:
        sys.exit(str(error))
    if not get_current_settings().api.url:
        # Without it, Prefect would start a server of its own that no upload ever reaches.
        sys.exit("Set PREFECT_API_URL to the Prefect server that starts the runs")
    serve(
        *local_deployments(options.policy, options.reconcile_every, options.purge_after),
        limit=options.limit,
        webserver=True,
        print_starting_message=False,
    )


def local_deployments(
    policy: str, reconcile_minutes: int, purge_after: Sequence[int] | None
) -> list[RunnerDeployment]:
    """Build every declared deployment for this machine.

    `reconcile_minutes` is the interval of reconciliation; 0 switches all schedules off, as in the
    demo. `purge_after` are the retention days; None makes retention count only.
    """
    days = dict(zip(RETENTION_DAYS, purge_after, strict=True)) if purge_after else None
    return [
        RunnerDeployment.from_flow(
            each.flow,
            each.name,
            description=each.description,
            parameters=each.parameters({"policy": policy}),
            schedule=local_schedule(each, reconcile_minutes, days),
            concurrency_limit=each.concurrency,
            # Runs import a flow as a module, wherever the clone is.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for each in DEPLOYMENTS
    ]


def local_schedule(
    deployment: FlowDeployment, reconcile_minutes: int, days: Mapping[str, int] | None
) -> Schedule | None:
    """Return the deployment's schedule on this machine; None if it does not run by itself."""
    if not reconcile_minutes:
        return None
    if deployment is RECONCILIATION:
        return Interval(timedelta(minutes=reconcile_minutes))
    return deployment.schedule(days)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=__doc__)
    parser.add_argument(
        "--policy",
        choices=list_policies(),
        default=STANDARD.name,
        help="policy that the forms and the automation begin with (default: %(default)s)",
    )
    parser.add_argument("--limit", type=int, default=2, help="runs at the same time")
    parser.add_argument(
        "--reconcile-every",
        type=int,
        default=15,
        metavar="MINUTES",
        help="interval of reconciliation; 0 switches all schedules off (default: %(default)s)",
    )
    parser.add_argument(
        "--purge-after",
        type=parse_days,
        nargs=len(RETENTION_DAYS),
        metavar=("PICTURE", "VERIFIED", "REJECTED", "RESUBMIT"),
        help="days after which the nightly retention purges; without this option it only counts",
    )
    return parser


def parse_days(text: str) -> int:
    """Parse a number of days, at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    main()
