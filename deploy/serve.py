"""Serve the flows on this machine: `python -m deploy.serve`.

It creates the deployments, and executes their runs in warm processes until it is stopped. With
`--process-per-run`, each run gets its own process, as it gets its own container on AWS.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Interval, Schedule
from prefect.settings import get_current_settings
from prefect.types.entrypoint import EntrypointType

from deploy.aws.errors import DeployError
from deploy.prefect_objects.connection import explaining_refusals, workspace
from deploy.prefect_objects.deployments import (
    DEPLOYMENTS,
    RECONCILIATION,
    RETENTION_DAYS,
    FlowDeployment,
)
from docverify.policy import STANDARD
from services.worker.pool import create_pool
from services.worker.program import WorkerOptions, run_workers
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE, MAINTENANCE_RUNS
from tasks.arguments import whole_number
from tasks.errors import SetupError
from tasks.policies import list_policies
from tasks.settings import read_settings

POOL = "document-verification-pool-warm"
QUEUES: Mapping[str, str] = {each.flow.name: each.queue for each in DEPLOYMENTS}
"""The queue of each flow."""
NO_KEY = (
    "DOCVERIFY_HMAC_KEY is not set: no document is compared with earlier ones. Set it to a secret "
    "of at least 32 characters, and keep that secret"
)


def main() -> None:
    """Create the deployments, and run what is scheduled for them until stopped."""
    try:
        options = build_parser().parse_args()
        has_key = bool(read_settings().hmac_key.get_secret_value())
    except SetupError as error:
        sys.exit(str(error))
    if not has_key:
        print(NO_KEY, file=sys.stderr)
    url = get_current_settings().api.url
    if not url:
        # Without it, Prefect would start its own server, which no upload ever reaches.
        sys.exit("Set PREFECT_API_URL to the Prefect server that starts the runs")
    deployments = local_deployments(options.policy, options.reconcile_every, options.purge_after)
    try:
        with workspace() as client, explaining_refusals(url):
            if not options.process_per_run:
                create_pool(client, POOL)
                apply_to_pool(deployments)
    except DeployError as error:
        sys.exit(str(error))
    if options.process_per_run:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve_processes(deployments, options.limit))
    else:
        asyncio.run(run_workers(WorkerOptions(POOL, slots=options.limit)))


def apply_to_pool(deployments: Sequence[RunnerDeployment]) -> None:
    """Create the deployments on the warm pool."""
    for each in deployments:
        each.work_pool_name, each.work_queue_name = POOL, QUEUES[each.flow_name or ""]
        each.apply()


async def serve_processes(deployments: Sequence[RunnerDeployment], limit: int) -> None:
    """Create the deployments, and execute each run in its own process until stopped.

    `limit` is the number of runs at a time. Maintenance has its own slots in addition, so that
    documents, and processes that hang, never keep it waiting.
    """
    limits = {DEFAULT_QUEUE: limit, MAINTENANCE_QUEUE: MAINTENANCE_RUNS}
    runners = {
        queue: Runner(limit=runs, webserver=queue == DEFAULT_QUEUE)
        for queue, runs in limits.items()
    }
    for each in deployments:
        await runners[QUEUES[each.flow_name or ""]].aadd_deployment(each)
    serving = [asyncio.create_task(each.start()) for each in runners.values()]
    await asyncio.sleep(0)  # Each runner has started by now, and has set its own handler.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_runners, runners.values())
    await asyncio.gather(*serving)


def stop_runners(runners: Iterable[Runner]) -> None:
    """Stop runners in the way in which each one stops by itself when the process ends."""
    for each in runners:
        each.handle_sigterm()


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
        help="default policy of the forms and the automation (default: %(default)s)",
    )
    parser.add_argument(
        "--limit",
        type=whole_number(1),
        default=2,
        help="runs at the same time, in addition to those of maintenance (default: %(default)s)",
    )
    parser.add_argument(
        "--process-per-run",
        action="store_true",
        help="start a process for each run, which takes three times the processor time",
    )
    parser.add_argument(
        "--reconcile-every",
        type=whole_number(0),
        default=15,
        metavar="MINUTES",
        help="interval of reconciliation; 0 switches all schedules off (default: %(default)s)",
    )
    parser.add_argument(
        "--purge-after",
        type=whole_number(1),
        nargs=len(RETENTION_DAYS),
        metavar=("PICTURE", "VERIFIED", "REJECTED", "RESUBMIT"),
        help="days after which the nightly retention purges; without this option it only counts",
    )
    return parser


if __name__ == "__main__":
    main()
