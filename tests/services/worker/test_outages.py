"""The warm worker outlasts an outage of Prefect, and ends if Prefect refuses it."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import httpx
import pytest
from anyio import CapacityLimiter, create_task_group, wait_all_tasks_blocked
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError
from prefect.workers.base import BaseWorker

from services.worker.remembering_client import RememberingClient
from services.worker.warm_worker import WarmWorker

LOOPS = ["get_and_submit_flow_runs", "_sync_and_initialize"]
REQUEST = httpx.Request("POST", "http://127.0.0.1/api")


def status_error(status: int) -> PrefectHTTPStatusError:
    response = httpx.Response(status, request=REQUEST)
    return PrefectHTTPStatusError("", request=REQUEST, response=response)


@pytest.fixture(name="failing")
def _failing(monkeypatch):
    """Return a function that makes both loops of a worker raise an error."""

    def fail(error: Exception) -> WarmWorker:
        async def raise_error(self: BaseWorker) -> None:
            raise error

        for name in LOOPS:
            monkeypatch.setattr(BaseWorker, name, raise_error)
        return WarmWorker("pool", slots=1, max_runs=1, max_memory=1)

    return fail


OUTAGES = [httpx.ConnectError("refused"), status_error(500), status_error(429)]


@pytest.mark.parametrize("error", OUTAGES)
def test_outage_of_any_length_ends_no_loop_and_is_logged_once(error, failing, caplog):
    worker = failing(error)

    for _ in range(20):
        assert asyncio.run(worker.get_and_submit_flow_runs()) == []
        asyncio.run(worker._sync_and_initialize())

    assert len(caplog.messages) == 1
    assert "Prefect's API does not answer" in caplog.messages[0]


def test_worker_that_polls_in_vain_is_not_restarted(failing):
    worker = failing(httpx.ConnectError("refused"))
    worker._last_polled_time = datetime.now(UTC) - timedelta(hours=1)
    assert not worker.is_worker_still_polling(query_interval_seconds=10)

    asyncio.run(worker.get_and_submit_flow_runs())

    assert worker.is_worker_still_polling(query_interval_seconds=10)


@pytest.mark.parametrize("error", OUTAGES)
def test_run_that_cannot_start_in_an_outage_is_left_to_a_later_poll(error):
    worker = WarmWorker("pool", slots=1, max_runs=1, max_memory=1)
    run = FlowRun(id=uuid4(), flow_id=uuid4(), deployment_id=uuid4(), name="run")

    class Client:
        async def read_deployment(self, _: UUID) -> None:
            raise error

    async def submit() -> list[FlowRun]:
        worker._client = RememberingClient(Client())
        worker._limiter = CapacityLimiter(1)
        async with create_task_group() as worker._runs_task_group:
            waiting = [SimpleNamespace(flow_run=run)]
            first = await worker._submit_scheduled_flow_runs(waiting)
            await wait_all_tasks_blocked()
        return first

    for _ in range(2):
        assert asyncio.run(submit()) == [run]
        assert worker._limiter.available_tokens == 1


@pytest.mark.parametrize("loop", LOOPS)
def test_refusal_is_not_an_outage(loop, failing):
    worker = failing(status_error(401))

    with pytest.raises(PrefectHTTPStatusError):
        asyncio.run(getattr(worker, loop)())
