"""The command line of the warm worker, and how it stops."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from prefect.settings import get_current_settings

from services.metrics.collector import RecordCollector
from services.metrics.server import serving_metrics
from services.worker.backlog import report_backlog, worker_prefix
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE
from services.worker.slots import MIB
from services.worker.status import WorkerCollector
from services.worker.warm_worker import WarmWorker
from tasks.arguments import parse_positive, whole_number
from tasks.logs import is_json, log_event, write_json

STATE_SECONDS = 60.0
MAINTENANCE_POLL_SECONDS = 10.0
"""Maintenance may wait for some seconds, even if documents are polled every second."""


@dataclass(frozen=True)
class WorkerOptions:
    """Options of the worker of a pool.

    Attributes:
        pool: Name of the work pool; the worker creates it if it does not exist.
        slots: Documents at a time, each in its own process.
        runs_per_slot: Runs after which a process is replaced.
        slot_memory: Memory in MiB from which a process is replaced after its run.
        drain_seconds: How long runs may continue after SIGTERM.
        backlog_metric: Environment whose backlog is written to standard output once a minute, as a
            metric of CloudWatch; empty for none.
    """

    pool: str
    slots: int = 2
    runs_per_slot: int = 200
    slot_memory: int = 1024
    drain_seconds: float = 110.0
    backlog_metric: str = ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Execute the runs of a pool until stopped."""
    options = WorkerOptions(**vars(build_parser().parse_args(arguments)))
    if not get_current_settings().api.url:
        sys.exit("Set PREFECT_API_URL to the Prefect server that has the work pool")
    if is_json():
        write_json(sys.stderr)
    asyncio.run(run_workers(options))


async def run_workers(options: WorkerOptions) -> None:
    """Execute the runs of a pool until SIGTERM or SIGINT; then wait for them to finish.

    Maintenance has its own queue and slot, so that documents never keep it waiting.
    """
    workers = [
        build_worker(options, DEFAULT_QUEUE, options.slots),
        build_worker(options, MAINTENANCE_QUEUE, 1, MAINTENANCE_POLL_SECONDS),
    ]
    own = WorkerCollector([each.status for each in workers])
    with serving_metrics(own, RecordCollector(), find_problem=own.find_problem):
        await run_until_stopped(workers, options)


async def run_until_stopped(workers: Sequence[WarmWorker], options: WorkerOptions) -> None:
    """Run workers until SIGTERM or SIGINT; then wait for their runs."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    running = [
        asyncio.create_task(each.start(with_healthcheck=each is workers[0])) for each in workers
    ]
    metric = options.backlog_metric
    reporting = [asyncio.create_task(report_backlog(options.pool, metric))] if metric else []
    waiting = asyncio.create_task(stopped.wait())
    logging_state = asyncio.create_task(log_state(workers))
    await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*(each.drain(options.drain_seconds) for each in workers))
    for task in (*running, *reporting, waiting, logging_state):
        task.cancel()
    for task in (*running, *reporting):
        with suppress(asyncio.CancelledError):
            await task


async def log_state(workers: Sequence[WarmWorker], seconds: float = STATE_SECONDS) -> None:
    """Log the queue and the slots of each worker every minute, as an event."""
    while True:
        for each in workers:
            log_event("worker", **each.status.describe())
        await asyncio.sleep(seconds)


def build_worker(
    options: WorkerOptions, queue: str, slots: int, poll_seconds: float = 0.0
) -> WarmWorker:
    """Build the worker of a queue, which polls it at most once in `poll_seconds`."""
    return WarmWorker(
        options.pool,
        name=f"{worker_prefix(queue)}{os.uname().nodename}-{os.getpid()}",
        work_queues=[queue],
        slots=slots,
        max_runs=options.runs_per_slot,
        max_memory=options.slot_memory * MIB,
        poll_seconds=poll_seconds,
    )


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m services.worker",
        description="Execute runs in processes that are kept for the next run.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--pool", required=True, help="name of the work pool")
    parser.add_argument("--slots", type=whole_number(1), help="documents at a time (default: 2)")
    parser.add_argument(
        "--runs-per-slot",
        type=whole_number(1),
        help="runs after which a process is replaced (default: 200)",
    )
    parser.add_argument(
        "--slot-memory",
        type=whole_number(1),
        metavar="MIB",
        help="memory from which a process is replaced after its run (default: 1024)",
    )
    parser.add_argument(
        "--drain-seconds",
        type=parse_positive,
        metavar="SECONDS",
        help="seconds that runs may continue after SIGTERM (default: 110)",
    )
    parser.add_argument(
        "--backlog-metric",
        metavar="ENVIRONMENT",
        help="write the backlog to standard output once a minute, as a metric of CloudWatch",
    )
    return parser
