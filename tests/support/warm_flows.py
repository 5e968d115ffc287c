"""Flows that a warm worker executes in the tests."""

import os
import time
from pathlib import Path

from prefect import State, flow
from prefect.states import Completed


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
def fail() -> None:
    raise ValueError


@flow(persist_result=False)
def leave() -> None:
    os._exit(3)
