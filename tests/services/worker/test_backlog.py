"""The backlog of a warm pool, counted by a real Prefect server, as a metric of CloudWatch."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Scheduled

from services.worker.backlog import (
    PER_WORKER,
    WAITING,
    Backlog,
    format_metric,
    measure_backlog,
    worker_prefix,
)
from services.worker.pool import create_pool
from services.worker.queues import DEFAULT_QUEUE, MAINTENANCE_QUEUE


def measure(pool: str) -> Backlog:
    async def ask() -> Backlog:
        async with get_client() as client:
            return await measure_backlog(client, pool)

    return asyncio.run(ask())


@pytest.fixture
def pool(prefect_server) -> str:
    """Create a pool in which two runs wait, one is for tomorrow, and one is of maintenance."""
    name, now = f"backlog-{uuid4().hex[:8]}", datetime.now(UTC)
    with get_client(sync_client=True) as client:
        create_pool(client, name)
        flow = client.create_flow_from_name("waiting")
        deployments = {
            queue: client.create_deployment(
                flow, f"{name}-{queue}", work_pool_name=name, work_queue_name=queue
            )
            for queue in (DEFAULT_QUEUE, MAINTENANCE_QUEUE)
        }
        earlier, later = now - timedelta(minutes=1), now + timedelta(days=1)
        for queue, moment in (
            (DEFAULT_QUEUE, earlier),
            (DEFAULT_QUEUE, earlier),
            (DEFAULT_QUEUE, later),
            (MAINTENANCE_QUEUE, earlier),
        ):
            client.create_flow_run_from_deployment(
                deployments[queue], state=Scheduled(scheduled_time=moment)
            )
    return name


def heartbeat(pool: str, worker: str) -> None:
    with get_client(sync_client=True) as client:
        body = {"name": worker, "heartbeat_interval_seconds": 30}
        client.request("POST", f"/work_pools/{pool}/workers/heartbeat", json=body)


def test_only_runs_of_documents_that_should_have_started_wait(pool):
    assert measure(pool) == Backlog(waiting=2, workers=1)


def test_backlog_is_divided_by_the_workers_of_documents(pool):
    for worker in (f"{worker_prefix(DEFAULT_QUEUE)}{number}" for number in range(3)):
        heartbeat(pool, worker)
    heartbeat(pool, f"{worker_prefix(MAINTENANCE_QUEUE)}0")

    assert measure(pool) == Backlog(waiting=2, workers=3)


def test_line_is_a_metric_of_cloudwatch():
    """The format is that of the embedded metric format: one line of JSON with `_aws`."""
    line = json.loads(format_metric("staging", Backlog(30, 4), 1_700_000_000.5))
    (directive,) = line["_aws"]["CloudWatchMetrics"]

    assert line["_aws"]["Timestamp"] == 1_700_000_000_500
    assert directive["Namespace"] == "docverify"
    assert directive["Dimensions"] == [["Environment"]]
    assert {each["Name"] for each in directive["Metrics"]} == {WAITING, PER_WORKER}
    assert (line["Environment"], line[WAITING], line[PER_WORKER]) == ("staging", 30, 7.5)
