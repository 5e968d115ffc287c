"""Tasks that Prefect records only if they fail.

Prefect sends three events for each task run, and Prefect Cloud meters events. Steps that take
milliseconds are therefore called without a task run; their effects are in the record. A step that
fails is called again as a task: its task run shows the error and the retries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefect import Task
from prefect.utilities.timeout import timeout

from tasks.errors import EdgeError, is_run_over

P = ParamSpec("P")
R = TypeVar("R")


def quiet(task: Task[P, R]) -> Callable[P, R]:
    """Return a function that calls a task, with a task run only if the first try fails.

    The time limit of the task also applies to that try, which counts as one of its tries. The task
    must be repeatable.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with timeout(seconds=task.timeout_seconds):
                return task.fn(*args, **kwargs)
        except (EdgeError, TimeoutError):
            if is_run_over():
                raise
            further = task.with_options(retries=max(0, task.retries - 1))
            return further(*args, **kwargs)

    return call
