"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(read: Callable[[], T], wanted: Callable[[T], bool] = bool, seconds: float = 30) -> T:
    """Read until it is as wanted, and return it; fail with what was read last."""
    deadline = time.monotonic() + seconds
    while not wanted(found := read()):
        assert time.monotonic() < deadline, f"after {seconds} s still {found!r}"
        time.sleep(0.1)
    return found
