"""Tasks that are tried again after pauses while a service does not answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

from tasks.errors import may_work_later, only_our_errors
from tasks.settings import retry_pauses

P = ParamSpec("P")
R = TypeVar("R")


def retried_task(
    *pauses: float, timeout_seconds: float | None = None
) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Return a decorator that makes a function a task with a further try after each pause.

    Only a temporary error is followed by a further try. The result is neither cached nor stored. An
    exception of a library is raised as a Defect, which shows no value.

    Args:
        pauses: Seconds before each further try, times DOCVERIFY_RETRY_PAUSE_FACTOR.
        timeout_seconds: Time limit of each try; None: no limit.
    """

    def make_task(function: Callable[P, R]) -> Task[P, R]:
        options = task(
            retries=len(pauses),
            retry_delay_seconds=retry_pauses(*pauses),
            retry_jitter_factor=0.5,
            retry_condition_fn=may_work_later,
            timeout_seconds=timeout_seconds,
            cache_policy=NO_CACHE,
            persist_result=False,
        )
        return options(only_our_errors()(function))

    return make_task
