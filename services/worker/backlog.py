"""The backlog of a warm pool, as a metric of CloudWatch.

A line in CloudWatch's embedded metric format becomes a metric when it reaches a log group. So the
worker needs no AWS rights for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkerFilter,
    WorkerFilterStatus,
    WorkPoolFilter,
    WorkPoolFilterName,
    WorkQueueFilter,
    WorkQueueFilterName,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException

from services.worker.queues import DEFAULT_QUEUE

NAMESPACE, DIMENSION = "docverify", "Environment"
WAITING, PER_WORKER = "RunsWaiting", "RunsWaitingPerWorker"
REPORT_SECONDS = 60.0
"""CloudWatch keeps a value for each minute."""

logger = logging.getLogger("docverify.worker")


@dataclass(frozen=True)
class Backlog:
    """Runs of documents that should have started by now, and the workers that could start them.

    Attributes:
        waiting: Number of these runs.
        workers: Number of workers of their queue that are online, at least 1.
    """

    waiting: int
    workers: int


async def report_backlog(pool: str, environment: str, seconds: float = REPORT_SECONDS) -> None:
    """Write the backlog of a pool to standard output every `seconds`, until cancelled.

    While Prefect does not answer, no line is written, and the number of workers does not change.
    """
    async with get_client() as client:
        while True:
            try:
                backlog = await measure_backlog(client, pool)
            except (httpx.HTTPError, PrefectException) as error:
                logger.warning("the backlog is not known: %s", type(error).__name__)
            else:
                sys.stdout.write(f"{format_metric(environment, backlog, time.time())}\n")
                sys.stdout.flush()
            await asyncio.sleep(seconds)


async def measure_backlog(client: PrefectClient, pool: str) -> Backlog:
    """Count the runs of documents that wait in a pool, and its workers that are online."""
    waiting = await client.count_flow_runs(
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[pool])),
        work_queue_filter=WorkQueueFilter(name=WorkQueueFilterName(any_=[DEFAULT_QUEUE])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        ),
    )
    online = WorkerFilter(status=WorkerFilterStatus(any_=["ONLINE"]))
    workers = await client.read_workers_for_work_pool(pool, worker_filter=online)
    ours = [each for each in workers if each.name.startswith(worker_prefix(DEFAULT_QUEUE))]
    return Backlog(waiting, max(1, len(ours)))


def worker_prefix(queue: str) -> str:
    """Return the beginning of the names of a queue's workers."""
    return f"warm-{queue}-"


def format_metric(environment: str, backlog: Backlog, now: float) -> str:
    """Return the line that CloudWatch reads as two metrics; `now` is in seconds since 1970."""
    names = (WAITING, PER_WORKER)
    line = {
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in names],
                }
            ],
        },
        DIMENSION: environment,
        WAITING: backlog.waiting,
        PER_WORKER: backlog.waiting / backlog.workers,
    }
    return json.dumps(line)
