"""How two values of one field compare."""

from __future__ import annotations

from enum import Enum, auto


class Agreement(Enum):
    """How two values of one field compare."""

    SAME = auto()
    MAYBE = auto()  # different, but a misreading may explain it
    OTHER = auto()
    UNKNOWN = auto()  # at least one of them was not read
