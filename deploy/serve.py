"""Serve the flows on this machine: `python -m deploy.serve`.

Each run gets a process of its own here. A work pool does the same on other machines.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType

from docverify.policy import STANDARD
from flows.backfill import backfill, backfill_chunk
from flows.daily_report import daily_report
from flows.document_verification import document_verification
from flows.reconciliation import reconciliation
from flows.redecision import redecision
from flows.retention import retention
from flows.retry_parked import retry_parked
from flows.review import review
from tasks.errors import SetupError
from tasks.policies import policy_names

DEPLOYMENT = "document-verification-deployment"
REDECISION = "redecision-deployment"
DAILY = "5 0 * * *"  # UTC, when the day that it reports is over
RETENTION = "40 0 * * *"
RETRY = "*/20 * * * *"
WAITING = {"which": "waiting"}
"""What is parked waits for somebody who mends its cause: no schedule starts that again."""
DAYS = ("picture_days", "verified_days", "rejected_days", "resubmit_days")
RETRY_PARKED = "retry-parked-deployment"
FRUGAL = {
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "15",
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
}
"""For the environment of a run: Prefect Cloud meters requests and log lines.

No token is asked for where no browser takes part; log lines go out together, at the latest when
the run ends; a task that went well says so by its state alone.
"""

# Runs import a flow as a module, wherever the clone is.
deployment_of = partial(RunnerDeployment.from_flow, entrypoint_type=EntrypointType.MODULE_PATH)


def main() -> None:
    """Create the deployments, and run what is scheduled for them until stopped."""
    try:
        options = _parser().parse_args()
    except SetupError as error:
        sys.exit(str(error))
    if not get_current_settings().api.url:
        # Prefect would start a server of its own, which no upload ever reaches.
        sys.exit("Set PREFECT_API_URL to the server that starts the runs")
    days = dict(zip(DAYS, options.purge_after, strict=True)) if options.purge_after else None
    serve(
        deployment_of(
            document_verification,
            DEPLOYMENT,
            description="Verifies each document that is put into the bucket.",
            parameters={"policy": options.policy},
        ),
        deployment_of(
            redecision,
            REDECISION,
            description="Judges recorded documents again, without reading them again.",
            parameters={"policy": options.policy},
            concurrency_limit=1,
        ),
        deployment_of(
            retry_parked,
            RETRY_PARKED,
            description="Starts uploads again whose runs failed.",
            schedule=Cron(RETRY, parameters=WAITING) if options.reconcile_every else None,
            concurrency_limit=1,
        ),
        *_operation(options.policy, every=options.reconcile_every, days=days),
        limit=options.limit,
        webserver=True,
        print_starting_message=False,
    )


def purging(days: Mapping[str, int] | None) -> dict[str, object]:
    """Return what a scheduled retention is started with: it purges after chosen days alone."""
    return {**days, "dry_run": False} if days else {}


def _operation(policy: str, every: int, days: Mapping[str, int] | None) -> list[RunnerDeployment]:
    """Make the deployments of operation; those that look after themselves have a schedule.

    The report and what it counts belong to the same schedule as reconciliation: where that is
    switched off, as in the demo, nothing starts by itself.
    """
    return [
        deployment_of(
            reconciliation,
            "reconciliation-deployment",
            description="Finds uploads that have no verdict, and starts a run for each.",
            interval=timedelta(minutes=every) if every else None,
            concurrency_limit=1,
        ),
        deployment_of(
            backfill,
            "backfill-deployment",
            description="Verifies every document of a place that has no verdict yet.",
            parameters={"policy": policy},
            concurrency_limit=1,
        ),
        deployment_of(
            backfill_chunk,
            "backfill-chunk-deployment",
            description="Verifies a span of keys; backfill starts it.",
            parameters={"policy": policy},
        ),
        deployment_of(
            review,
            "review-deployment",
            description="Shows a referred document, and lets a person decide it by a form.",
        ),
        deployment_of(
            retention,
            "retention-deployment",
            description="Purges what is kept of people, when its time is over.",
            schedule=Cron(RETENTION, parameters=purging(days)) if every else None,
            concurrency_limit=1,
        ),
        deployment_of(
            daily_report,
            "daily-report-deployment",
            description="Shows the outcomes, failures and slowest stages of a day.",
            cron=DAILY if every else None,
        ),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=__doc__)
    parser.add_argument(
        "--policy",
        choices=policy_names(),
        default=STANDARD.name,
        help="what the forms and the automation begin with (default: %(default)s)",
    )
    parser.add_argument("--limit", type=int, default=2, help="runs at the same time")
    parser.add_argument(
        "--reconcile-every", type=int, default=15, metavar="MINUTES", help="0: not by itself"
    )
    parser.add_argument(
        "--purge-after",
        type=_days,
        nargs=len(DAYS),
        metavar=("PICTURE", "VERIFIED", "REJECTED", "RESUBMIT"),
        help="days after which the nightly retention purges; without: it only counts",
    )
    return parser


def _days(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    main()
