"""Flows that a warm worker executes in the tests."""

import gc
import os
import signal
import time
from pathlib import Path
from uuid import UUID
from weakref import WeakSet

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Completed

from docverify.page import Engine
from docverify.policy import STANDARD
from tasks.record.claims import claim_document
from tasks.s3 import File, Upload


@flow(timeout_seconds=600)
def end_in_time() -> None:
    """Have a time limit."""


@flow(persist_result=False, timeout_seconds=1)
def hang() -> None:
    """Hang where no signal of a time limit arrives, as in a library that waits for ever."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(600)


@flow(persist_result=False)
def report_process() -> State[None]:
    return Completed(message=str(os.getpid()))


@flow(persist_result=False)
def wait_for_file(path: str) -> None:
    """Write the id of the process next to a file, and wait until the file exists."""
    waiting = Path(path)
    waiting.with_suffix(".pid").write_text(str(os.getpid()))
    while not waiting.exists():
        time.sleep(0.05)


@flow(persist_result=False)
def claim_and_wait(key: str, path: str) -> None:
    """Claim a document as a run of document verification does, and then wait for a file."""
    upload, file = Upload("documents", key, "v1", "e"), File(b"x", key, 1, "v1", None, "e")
    claim_document.fn(upload, file, Engine.LOCAL, STANDARD, UUID(flow_run.id))
    wait_for_file.fn(path)


class Garbage:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


ALIVE: WeakSet[Garbage] = WeakSet()


@flow(persist_result=False)
def leave_garbage() -> State[None]:
    """Report what earlier runs of this process have left, and leave an old object like it."""
    left = len(ALIVE)
    garbage = Garbage()
    ALIVE.add(garbage)
    gc.collect()  # It survives, as what lives for a whole run does: only a full collection ends it.
    return Completed(message=str(left))


@flow(persist_result=False)
def fail() -> None:
    raise ValueError


@flow(persist_result=False)
def leave() -> None:
    os._exit(3)
