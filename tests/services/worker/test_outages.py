"""The warm worker outlasts an outage of Prefect, and ends if Prefect refuses it."""

import asyncio

import httpx
import pytest
from prefect.exceptions import PrefectHTTPStatusError
from prefect.workers.base import BaseWorker

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


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), status_error(500)])
def test_outage_of_any_length_ends_no_loop_and_is_logged_once(error, failing, caplog):
    worker = failing(error)

    for _ in range(20):
        assert asyncio.run(worker.get_and_submit_flow_runs()) == []
        asyncio.run(worker._sync_and_initialize())

    assert len(caplog.messages) == 1
    assert "Prefect's API does not answer" in caplog.messages[0]


@pytest.mark.parametrize("loop", LOOPS)
def test_refusal_is_not_an_outage(loop, failing):
    worker = failing(status_error(401))

    with pytest.raises(PrefectHTTPStatusError):
        asyncio.run(getattr(worker, loop)())
