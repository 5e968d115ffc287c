"""How often a warm worker asks Prefect for runs: few requests cost Prefect as much."""

import asyncio
from time import monotonic
from uuid import uuid4

import pytest
from anyio import CapacityLimiter

from services.worker.warm_worker import BUSY_POLL_SECONDS, WarmWorker

SECOND = 1.0


class Client:
    """Counts the polls, and has no run."""

    polls = 0

    async def get_scheduled_flow_runs_for_work_pool(self, **_: object) -> list[object]:
        self.polls += 1
        return []


async def count_polls(*, busy: int, ago: float, poll_seconds: float = 0.0) -> int:
    """Return how often a worker with one slot asks, some seconds after its last poll."""
    worker = WarmWorker("pool", slots=1, max_runs=1, max_memory=1, poll_seconds=poll_seconds)
    worker._limiter, worker._client = CapacityLimiter(1), Client()
    for _ in range(busy):
        worker._limiter.acquire_on_behalf_of_nowait(uuid4())
    worker.status.polled_at = monotonic() - ago
    await worker._get_scheduled_flow_runs()
    return worker._client.polls


@pytest.mark.parametrize(
    ("busy", "ago", "polls"),
    [(0, SECOND, 1), (1, SECOND, 0), (1, BUSY_POLL_SECONDS + SECOND, 1)],
)
def test_worker_without_a_free_slot_seldom_asks_for_runs(busy, ago, polls):
    assert asyncio.run(count_polls(busy=busy, ago=ago)) == polls


@pytest.mark.parametrize(("ago", "polls"), [(SECOND, 0), (61 * SECOND, 1)])
def test_queue_is_asked_no_more_often_than_it_should_be(ago, polls):
    assert asyncio.run(count_polls(busy=0, ago=ago, poll_seconds=60)) == polls
