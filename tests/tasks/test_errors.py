"""Only our errors leave a task; any other is reported by its kind and line only."""

import pytest

from tasks.errors import Defect, SetupError, WorldError, only_our_errors


@only_our_errors()
def raising(error: Exception) -> None:
    raise error


def test_a_foreign_error_is_reported_without_its_message():
    with pytest.raises(Defect, match=r"^ValueError in test_errors.py, line \d+: report") as caught:
        raising(ValueError("canary"))

    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("error", [WorldError("w"), SetupError("s"), TimeoutError("t")])
def test_our_own_errors_are_not_changed(error):
    with pytest.raises(type(error)) as caught:
        raising(error)

    assert caught.value is error
