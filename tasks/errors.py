"""What can go wrong at the edges; the document's own faults are facts, never one of these.

EdgeError
├── WorldError        throttling, network, 5xx: tried again, never recorded as a decision
├── SetupError        ours: a setting, a right, a missing object; the run fails and says what to do
└── Defect            ours: this program is wrong; the run fails and says where

No message holds an object's key or a person's value: Prefect keeps messages.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect import State, Task
from prefect.client.schemas.objects import TaskRun


class EdgeError(Exception):
    """Something outside the judgement did not do what was asked."""


class WorldError(EdgeError):
    """It may work in a moment."""


class SetupError(EdgeError):
    """It will not work until somebody changes something."""


class Defect(EdgeError):
    """It will not work until this program is mended."""


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
        raise Defect(f"{type(error).__name__} {_place(error)}: report this as a bug") from None


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {Path(last.filename).name}, line {last.lineno}"
