"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 600
"""Seconds until a test gives up waiting, however busy the machine is."""


def eventually(read: Callable[[], T], wanted: Callable[[T], bool] = bool) -> T:
    """Read until it is as wanted, and return it; fail with what was read last."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(found := read()):
        assert time.monotonic() < deadline, f"after {PATIENCE} s still {found!r}"
        time.sleep(0.1)
    return found
