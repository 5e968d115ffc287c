"""Tasks that are tried again after pauses."""

import pytest

from tasks.errors import Defect, may_work_later
from tasks.retried_tasks import retried_task
from tasks.settings import retry_pauses


def test_each_pause_is_followed_by_a_further_try():
    @retried_task(2, 10, timeout_seconds=90)
    def ask() -> None: ...

    assert (ask.retries, ask.retry_delay_seconds) == (2, retry_pauses(2, 10))
    assert (ask.name, ask.timeout_seconds) == ("ask", 90)
    assert ask.retry_condition_fn is may_work_later


def test_result_of_a_retried_task_is_not_stored():
    @retried_task(1)
    def ask() -> None: ...

    assert ask.persist_result is False
    assert ask.timeout_seconds is None


def test_error_of_a_library_is_raised_without_its_value():
    @retried_task(1)
    def ask() -> None:
        raise KeyError("canary")

    with pytest.raises(Defect, match=r"KeyError in .*: report this as a bug") as caught:
        ask.fn()

    assert "canary" not in str(caught.value)
