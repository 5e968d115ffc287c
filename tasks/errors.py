"""Errors at the edges, by fault; a fault of the document is a fact, not an error.

EdgeError
├── WorldError        throttling, network, 5xx: retried, never recorded as a decision
│   └── ReaderKilled  the kernel killed the reader process: retried a few times
├── SetupError        ours: a setting, a right, a missing object; the run fails with the remedy
│   └── InvalidInput  a parameter is wrong; a person who mistyped it gets it as a result
│       └── NotAllowed    the upload is not one of this service's documents
│           └── NoDocument    it is not a document at all, such as a folder of the console
└── Defect            ours: a bug in this program; the run fails with the line

No message contains an object's key or a value of the holder, because Prefect stores messages.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:  # The command that reads a file must not wait for the import of Prefect.
    from prefect import State, Task
    from prefect.client.schemas.objects import TaskRun


class Fault(StrEnum):
    """Why a document has no verdict yet."""

    WORLD = "world"
    SETUP = "setup"
    DEFECT = "defect"
    DIED = "died"  # The run, or its reader process, was killed.


class EdgeError(Exception):
    """Something outside the core failed.

    Attributes:
        code: The other side's name for the error; empty if it has none. Failures are counted by it.
    """

    fault: ClassVar[Fault]

    def __init__(self, message: str, code: str = "") -> None:
        """Store a message and a code, both without personal data."""
        super().__init__(message)
        self.code = code


class WorldError(EdgeError):
    """The task may succeed in a moment, so it is retried."""

    fault = Fault.WORLD


class ReaderKilled(WorldError):
    """The kernel killed the process that read the document, which may or may not be the cause.

    Runs count it like their own death: the same document is tried again only a few times.
    """

    fault = Fault.DIED


class SetupError(EdgeError):
    """The run cannot succeed until someone changes a setting, a right or an object."""

    fault = Fault.SETUP


class InvalidInput(SetupError):
    """The run cannot succeed with these parameters; the message names parameter and remedy."""


class NotAllowed(InvalidInput):
    """The upload is not one of this service's documents, so nothing about it is recorded."""


class NoDocument(NotAllowed):
    """The upload is not a document, so the run is completed and its state names the reason."""


class Defect(EdgeError):
    """The run cannot succeed until this program is fixed."""

    fault = Fault.DEFECT


def may_work_later(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Return whether Prefect should retry a task: if something outside failed or was too slow."""
    if is_run_over():
        return False
    return isinstance(state.result(raise_on_failure=False), WorldError | TimeoutError)


def is_run_over(reserve_seconds: float = 0) -> bool:
    """Return whether less than `reserve_seconds` are left until the time limit of this run.

    Prefect interrupts a run at its limit only once. If the current step has its own limit, Prefect
    mistakes the interruption for that limit.
    """
    from prefect.context import FlowRunContext  # Prefect takes seconds to import.

    context = FlowRunContext.get()
    limit = context.flow.timeout_seconds if context and context.flow else None
    if context is None or not limit:
        return False
    return (datetime.now(UTC) - context.start_time).total_seconds() >= limit - reserve_seconds


@contextmanager
def only_our_errors() -> Iterator[None]:
    """Raise a foreign exception as a Defect: Prefect would store the values in its message."""
    try:
        yield
    except (EdgeError, TimeoutError):
        raise
    except Exception as error:  # noqa: BLE001 (only its kind and its line may be shown)
        kind = type(error).__name__
        last = traceback.extract_tb(error.__traceback__)[-1]
        line = f"{Path(last.filename).name}, line {last.lineno}"
        raise Defect(f"{kind} in {line}: report this as a bug", kind) from None
