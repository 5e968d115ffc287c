"""A slot, as a program: it executes one flow run after another, in this process.

`python -m services.worker.slot` reads ids of flow runs from its input, one per line. It answers
each with two lines of JSON. The first has the time limit of the run in seconds and is written when
the run begins; it is missing if the run does not begin. The second is written once Prefect knows
how the run ended, and has the process's peak memory in bytes and the readers that failed in the
run, by cause. The process ends when its input ends, and dies of an error that is not the flow's.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from time import monotonic
from typing import IO
from uuid import UUID

from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.context import SyncClientContext
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import load_flow, load_flow_run, run_flow
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

import flows.document_verification  # noqa: F401 - the flow of nearly all runs: load it before one
from services.worker.remembering_client import REMEMBER_SECONDS
from tasks.engines.reader_pool import FAILURES


def main() -> None:
    """Execute the runs that the worker names, until it closes this program's input."""
    # Only the worker ends a slot: it receives the signals of the terminal and of the container.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # The output of a flow is not an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.freeze()  # Imported objects stay, so freezing them makes a collection take milliseconds.
    answers.write("ready\n")
    loaded = LoadedFlows()
    heartbeats = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value()}
    sending_heartbeats = partial(temporary_settings, heartbeats)
    # A run with a time limit needs no heartbeats to be found stale, and at its end, Prefect waits
    # up to a second for the thread that sends them. Settings take a tenth of a second to make, so
    # those without heartbeats are created once.
    with ExitStack() as kept, temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for line in sys.stdin:
            if SyncClientContext.get() is None:
                # Without it, each run would create two clients, each with its TLS settings.
                kept.enter_context(SyncClientContext())
            FAILURES.clear()
            execute(UUID(line.strip()), loaded, sending_heartbeats, answers)
            # Prefect's run object refers to itself and to the file, so Python would keep many.
            gc.collect()
            found = {"memory": measure_memory(), "reader_failures": dict(FAILURES)}
            answers.write(f"{json.dumps(found)}\n")


class LoadedFlows:
    """The flows of deployments; each is loaded again after a while."""

    def __init__(self, seconds: float = REMEMBER_SECONDS) -> None:
        """Start without a flow; each is kept for `seconds`."""
        self.seconds = seconds
        self.loaded: dict[UUID, tuple[Flow[..., object], float]] = {}

    def load(self, flow_run: FlowRun) -> Flow[..., object]:
        """Return the flow of a run, from its deployment."""
        deployment = flow_run.deployment_id
        if deployment is None:
            return load_flow(flow_run)
        flow, at = self.loaded.get(deployment, (None, 0.0))
        if flow is None or monotonic() - at > self.seconds:
            flow = load_flow(flow_run)
            self.loaded[deployment] = flow, monotonic()
        return flow


def execute(
    flow_run_id: UUID,
    loaded: LoadedFlows,
    sending_heartbeats: Callable[[], AbstractContextManager[object]],
    answers: IO[str],
) -> None:
    """Write the time limit of a flow run, and execute it, with heartbeats if it has no limit.

    A flow that raises an error ends as Failed, and raises nothing here.
    """
    # Prefect may refuse to start a run, or pause it for a person: both are its own decisions.
    with suppress(Abort, Pause):
        flow_run = load_flow_run(flow_run_id)
        flow = loaded.load(flow_run)
        answers.write(f"{json.dumps({'limit_seconds': flow.timeout_seconds})}\n")
        logger = flow_run_logger(flow_run)
        with nullcontext() if flow.timeout_seconds else sending_heartbeats():
            run_flow(flow, flow_run=flow_run, return_type="state", error_logger=logger)  # type: ignore[arg-type]


def measure_memory() -> int:
    """Return the peak memory of this process, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
