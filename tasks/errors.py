"""What can go wrong at the edges; the document's own faults are facts, never one of these.

EdgeError
├── WorldError        throttling, network, 5xx: tried again, never recorded as a decision
└── SetupError        ours: a setting, a right, a missing object; the run fails and says what to do

No message holds an object's key or a person's value: Prefect keeps messages.
"""

from __future__ import annotations

from prefect import State, Task
from prefect.client.schemas.objects import TaskRun


class EdgeError(Exception):
    """Something outside this process did not do what was asked."""


class WorldError(EdgeError):
    """It may work in a moment."""


class SetupError(EdgeError):
    """It will not work until somebody changes something."""


def may_work_later(_task: Task[..., object], _run: TaskRun, state: State[object]) -> bool:
    """Tell Prefect to try a task again: only when the world was at fault."""
    return isinstance(state.result(raise_on_failure=False), WorldError)
