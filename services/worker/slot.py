"""A slot, as a program: it executes one flow run after another, in this process.

`python -m services.worker.slot` reads ids of flow runs from its input, one per line, and answers
each, once Prefect knows how the run ended, with a line of JSON: the largest memory that the process
has had, in bytes, and the readers that failed in the run, by cause. It ends when its input ends,
and dies of an error that is not the flow's.
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
from uuid import UUID

from prefect.context import SyncClientContext
from prefect.exceptions import Abort, Pause
from prefect.flow_engine import load_flow_and_flow_run, run_flow
from prefect.logging.loggers import flow_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

import flows.document_verification  # noqa: F401 - the flow of nearly all runs: load it before one
from tasks.engines.reader_pool import FAILURES


def main() -> None:
    """Execute the runs that the worker names, until it closes this program's input."""
    # Only the worker ends a slot: it receives the signals of the terminal and of the container.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    # The output of a flow is not an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    gc.freeze()  # What was imported stays: then a collection takes milliseconds.
    answers.write("ready\n")
    heartbeats = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value()}
    sending_heartbeats = partial(temporary_settings, heartbeats)
    # A run with a time limit needs no heartbeats to be found stale, and at its end, Prefect waits
    # up to a second for the thread that sends them. Settings take a tenth of a second to make, so
    # those without heartbeats are made once.
    with ExitStack() as kept, temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for line in sys.stdin:
            if SyncClientContext.get() is None:
                # Without it, each run would create two clients, each with its TLS settings.
                kept.enter_context(SyncClientContext())
            FAILURES.clear()
            execute(UUID(line.strip()), sending_heartbeats)
            # Prefect's run refers to itself, and holds the file: Python would keep many of them.
            gc.collect()
            found = {"memory": measure_memory(), "reader_failures": dict(FAILURES)}
            answers.write(f"{json.dumps(found)}\n")


def execute(
    flow_run_id: UUID, sending_heartbeats: Callable[[], AbstractContextManager[object]]
) -> None:
    """Execute a flow run, with heartbeats unless its flow has a time limit.

    A flow that raises an error ends as Failed, and raises nothing here.
    """
    # Prefect may refuse to start a run, or pause it for a person: both are its own decisions.
    with suppress(Abort, Pause):
        flow_run, flow = load_flow_and_flow_run(flow_run_id)
        logger = flow_run_logger(flow_run)
        with nullcontext() if flow.timeout_seconds else sending_heartbeats():
            run_flow(flow, flow_run=flow_run, return_type="state", error_logger=logger)  # type: ignore[arg-type]


def measure_memory() -> int:
    """Return the largest memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
