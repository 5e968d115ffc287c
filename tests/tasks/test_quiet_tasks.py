"""Tasks that have a task run only if they fail."""

import time

import pytest
from prefect import flow, task

from tasks.errors import SetupError, WorldError, may_work_later
from tasks.quiet_tasks import quiet

OPTIONS = {"persist_result": False, "retry_condition_fn": may_work_later}


def test_task_that_succeeds_is_only_called():
    """Outside a flow, with no server: the engine is not asked."""
    add = task(lambda one, other: one + other, name="add", **OPTIONS)

    assert quiet(add)(1, other=2) == 3


def test_task_that_fails_is_repeated_with_its_retries(prefect_server):
    tries = []

    @task(retries=2, retry_delay_seconds=0, **OPTIONS)
    def answer() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise WorldError("not now")
        return len(tries)

    @flow(persist_result=False)
    def ask() -> int:
        return quiet(answer)()

    assert ask() == 3


def test_error_that_stays_is_raised(prefect_server):
    @task(retries=2, retry_delay_seconds=0, **OPTIONS)
    def refuse() -> None:
        raise SetupError("not at all")

    @flow(persist_result=False)
    def ask() -> str:
        with pytest.raises(SetupError, match="not at all"):
            quiet(refuse)()
        return "raised"

    assert ask() == "raised"


def test_task_is_not_repeated_after_the_time_limit_of_its_run(prefect_server):
    """The limit of the run rings once, within the step, whose own limit takes it for itself."""
    tries = []

    @task(timeout_seconds=3, retries=3, retry_delay_seconds=0, **OPTIONS)
    def hang() -> None:
        tries.append(1)
        time.sleep(6)

    @flow(persist_result=False, timeout_seconds=2)
    def ask() -> str:
        with pytest.raises(TimeoutError):
            quiet(hang)()
        with pytest.raises(TimeoutError):
            hang()
        return "ended"

    ask(return_state=True)

    assert len(tries) == 2


def test_time_limit_of_the_task_ends_the_first_try(prefect_server):
    started = []

    @task(timeout_seconds=2, **OPTIONS)
    def hang_once() -> str:
        started.append(1)
        if len(started) == 1:
            time.sleep(60)
        return "answered"

    @flow(persist_result=False)
    def ask() -> str:
        return quiet(hang_once)()

    assert ask() == "answered"
