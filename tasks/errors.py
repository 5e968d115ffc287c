"""What can go wrong at the edges; the document's own faults are facts, never one of these.

EdgeError
├── WorldError        throttling, network, 5xx: tried again, never recorded as a decision
├── SetupError        ours: a setting, a right, a missing object; the run fails and says what to do
│   └── NotAllowed    asked for something that is none of this service's documents
└── Defect            ours: this program is wrong; the run fails and says where

No message holds an object's key or a person's value: Prefect keeps messages.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from prefect import State, Task
from prefect.client.schemas.objects import TaskRun


class Fault(StrEnum):
    """Why a document has no verdict yet."""

    WORLD = "world"
    SETUP = "setup"
    DEFECT = "defect"
    DIED = "died"  # The run ended without a word.


class EdgeError(Exception):
    """Something outside the judgement did not do what was asked.

    `code` is what the other side calls it, as far as it does: failures are counted by it.
    """

    fault: ClassVar[Fault]

    def __init__(self, message: str, code: str = "") -> None:
        """Take a message without a person's value, and a code that can hold none."""
        super().__init__(message)
        self.code = code


class WorldError(EdgeError):
    """It may work in a moment."""

    fault = Fault.WORLD


class SetupError(EdgeError):
    """It will not work until somebody changes something."""

    fault = Fault.SETUP


class NotAllowed(SetupError):
    """It is none of this service's documents, so nothing is kept of it."""


class Defect(EdgeError):
    """It will not work until this program is mended."""

    fault = Fault.DEFECT


def may_work_later(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Tell Prefect to try a task again: only when the world was at fault, or too slow."""
    return isinstance(state.result(raise_on_failure=False), WorldError | TimeoutError)


@contextmanager
def only_our_errors() -> Iterator[None]:
    """Let no foreign exception out: its message may hold a value, and Prefect would keep it."""
    try:
        yield
    except (EdgeError, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, only its place may be told)
        kind = type(error).__name__
        raise Defect(f"{kind} {_place(error)}: report this as a bug", kind) from None


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {Path(last.filename).name}, line {last.lineno}"
