"""A Prefect worker whose runs start in processes that are already warm."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import cast
from uuid import UUID

import anyio.abc
import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from services.worker.queues import DEFAULT_QUEUE
from services.worker.remembering_client import RememberingClient
from services.worker.slots import OVERTIME_SECONDS, Slot, SlotPool
from services.worker.status import CANCELLED, CRASHED, ENDED, WorkerStatus
from tasks.errors import EdgeError
from tasks.record.claims import release_claims
from tasks.signs_of_life import name_executor

POOL_TYPE = "docverify-warm"
CANCEL_SECONDS = 10.0
"""Between two checks for a cancellation; nearly all documents take less time and need none."""
BUSY_POLL_SECONDS = 10.0
"""Between two polls while no slot is free: they only measure the queue."""
BUSY = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS)
"""Status codes of a Prefect API that has too much to do."""
OF_ONE_RUN = "PREFECT__"
"""Prefixes of variables that belong to one run; a slot gets its runs by their ids."""

logger = logging.getLogger("docverify.worker")


class WarmWorkerResult(BaseWorkerResult):
    """The result of a process that executed a run."""


class WarmJobConfiguration(BaseJobConfiguration):
    """The environment variables that a run needs in its process."""

    def prepare_for_flow_run(self, *_: object, **__: object) -> None:
        """Add nothing: a slot has the variables of the worker, and gets its runs by their ids."""


class WarmWorker(BaseWorker[WarmJobConfiguration, BaseVariables, WarmWorkerResult]):
    """A worker that executes each run in one of a few processes, which it keeps.

    Every run stays a flow run of its deployment, with its states, logs, limits and cancellation.
    """

    type = POOL_TYPE
    job_configuration = WarmJobConfiguration
    job_configuration_variables = BaseVariables

    _display_name = "docverify warm worker"
    _description = "Executes runs in processes that are kept for the next run."

    def __init__(
        self,
        work_pool_name: str,
        *,
        slots: int,
        max_runs: int,
        max_memory: int,
        cancel_seconds: float = CANCEL_SECONDS,
        overtime_seconds: float = OVERTIME_SECONDS,
        poll_seconds: float = 0.0,
        work_queues: list[str] | None = None,
        name: str | None = None,
    ) -> None:
        """Create a worker of a pool.

        `slots` is the number of runs at a time. A process is replaced after `max_runs` runs, or
        once it has had `max_memory` bytes. Every `cancel_seconds`, the worker checks whether
        someone has cancelled a run. It kills a process whose run does not end within
        `overtime_seconds` after its time limit. It waits at least `poll_seconds` between two polls,
        even if the interval in Prefect's settings is shorter.
        """
        super().__init__(
            work_pool_name,
            work_queues=work_queues,
            name=name,
            limit=slots,
            # A run that waits for its scheduled time would occupy a slot.
            prefetch_seconds=0,
        )
        self.slots = SlotPool(max_runs, max_memory)
        self.cancel_seconds = cancel_seconds
        self.overtime_seconds = overtime_seconds
        self.poll_seconds = poll_seconds
        self.draining = False
        self.is_answered = True
        self.status = WorkerStatus(next(iter(work_queues or ()), DEFAULT_QUEUE), self.slots)

    async def run(
        self,
        flow_run: FlowRun,
        configuration: WarmJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> WarmWorkerResult:
        """Execute a run in a slot; the result has the exit code of a process that died."""
        slot = await self.slots.take(find_own_variables(configuration))
        status = 1
        watching = asyncio.create_task(self._cancel_on_request(slot, flow_run.id))
        try:
            if task_status:
                # Prefect stores it as text, and only a number is declared.
                executor = name_executor(self.name, slot.process.pid)
                task_status.started(executor)  # type: ignore[arg-type]
            status = await slot.execute(flow_run.id, self.overtime_seconds)
        finally:
            await self.slots.put_back(slot, status)
            if not slot.cancelled:
                watching.cancel()
        if slot.cancelled:
            await watching
        if slot.cancelled or status:
            await release(flow_run.id, died=not slot.cancelled)
        self.status.runs[CANCELLED if slot.cancelled else CRASHED if status else ENDED] += 1
        if status == 0:
            self.status.reader_failures += slot.reader_failures
        if slot.hung:
            await self._propose_crashed_state(flow_run, slot.hung)
        if slot.cancelled or slot.hung:
            status = 0  # Prefect knows how the run ended.
        return WarmWorkerResult(identifier=str(slot.process.pid), status_code=status)

    async def drain(self, seconds: float) -> None:
        """Take no further runs, and wait up to `seconds` until those in the slots have ended."""
        self.draining = True
        with anyio.move_on_after(seconds):
            while self.slots.busy or self._submitting_flow_run_ids:
                await asyncio.sleep(0.1)

    async def setup(self) -> None:
        """Prepare the worker to execute runs."""
        await super().setup()
        self._client = cast("PrefectClient", RememberingClient(self.client))

    async def teardown(self, *exc_info: object) -> None:
        """End the slots, then everything else."""
        with anyio.CancelScope(shield=True):
            await self.slots.end()
        await super().teardown(*exc_info)

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Submit the waiting runs; none as long as Prefect does not answer."""
        with self._outlasting_outages():
            return await super().get_and_submit_flow_runs()
        # ECS checks whether this loop is alive. A new container would not reach Prefect either.
        self._last_polled_time = datetime.now(UTC)
        return []

    async def _sync_and_initialize(self) -> None:
        with self._outlasting_outages():
            await super()._sync_and_initialize()

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Start a run; leave it to a later poll if Prefect does not answer."""
        with self._outlasting_outages():
            await super()._submit_run(flow_run)
        if flow_run.id in self._submitting_flow_run_ids:
            self._submitting_flow_run_ids.remove(flow_run.id)
            self._release_limit_slot(flow_run.id)
            if self._cancelling_observer is not None:
                self._cancelling_observer.remove_in_flight_flow_run_id(flow_run.id)

    @contextmanager
    def _outlasting_outages(self) -> Iterator[None]:
        """Suppress the errors of an outage of Prefect, and log the first one.

        After several errors, Prefect's loop would end the worker, and with it the runs in its
        slots.
        """
        try:
            yield
            self.is_answered = True
        except httpx.TransportError as error:
            self._note_outage(type(error).__name__)
        except PrefectHTTPStatusError as error:
            status = error.response.status_code
            if status < httpx.codes.INTERNAL_SERVER_ERROR and status not in BUSY:
                raise
            self._note_outage(f"status {status}")

    def _note_outage(self, cause: str) -> None:
        if self.is_answered:
            logger.warning("Prefect's API does not answer (%s): the worker keeps asking", cause)
        self.is_answered = False

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        if self.draining or not self._is_poll_due():
            return []
        waiting = await super()._get_scheduled_flow_runs()
        self.status.note_poll([each.flow_run for each in waiting])
        return waiting

    def _is_poll_due(self) -> bool:
        """Return whether to ask for runs now: few requests cost Prefect more."""
        is_free = self.limiter.available_tokens >= 1
        return self.status.poll_age >= (self.poll_seconds if is_free else BUSY_POLL_SECONDS)

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Send nothing: a run names its worker in `infrastructure_pid`."""

    async def _propose_submitting_state(self, flow_run: FlowRun) -> None:
        """Send nothing: a slot takes the run immediately, which is Pending until it is Running."""

    def _emit_flow_run_submitted_event(self, configuration: BaseJobConfiguration) -> None:
        """Send neither this event nor the one at the end: both repeat the states of the run."""

    async def _submit_run_and_capture_errors(
        self,
        flow_run: FlowRun,
        task_status: anyio.abc.TaskStatus[int | Exception] | None = None,
    ) -> BaseWorkerResult | Exception:
        """Execute a run, then look for the next one; otherwise the slot idles until the next poll.

        After a run that did not start, the worker waits for the next poll.
        """
        result = await super()._submit_run_and_capture_errors(flow_run, task_status=task_status)
        if isinstance(result, WarmWorkerResult):
            with suppress(httpx.HTTPError, PrefectHTTPStatusError):
                await self.get_and_submit_flow_runs()
        return result

    async def _cancel_on_request(self, slot: Slot, flow_run_id: UUID) -> None:
        """Wait until someone cancels a run; then end its process, and mark it as cancelled."""
        while True:
            await asyncio.sleep(self.cancel_seconds)
            with suppress(httpx.HTTPError, PrefectHTTPStatusError):
                flow_run = await self.client.read_flow_run(flow_run_id)
                if flow_run.state and flow_run.state.is_cancelling():
                    break
        slot.cancelled = True
        # Not with SIGTERM: Prefect's engine would mark the run as crashed, which sends an alert.
        try:
            await self._mark_flow_run_as_cancelled(
                flow_run, {"message": "The run was cancelled, and its process was ended."}
            )
        finally:
            await slot.kill()


async def release(flow_run_id: UUID, *, died: bool) -> None:
    """Release the document of a run whose process has ended, so that another run can take it.

    If the record does not answer, reconciliation releases it.
    """
    with suppress(EdgeError):
        await asyncio.to_thread(release_claims, [flow_run_id], died=died)


def find_own_variables(configuration: BaseJobConfiguration) -> dict[str, str]:
    """Find the variables of a run that its process does not already get from the worker."""
    common = list_worker_variables()
    return {
        name: value
        for name, value in configuration.env.items()
        if value is not None and common.get(name) != value and not name.startswith(OF_ONE_RUN)
    }


@cache
def list_worker_variables() -> Mapping[str, str]:
    """List the variables and settings of this process, once: Prefect is slow to list its own."""
    return {**os.environ, **get_current_settings().to_environment_variables(exclude_unset=True)}
