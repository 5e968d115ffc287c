"""Thresholds of a policy: what a number means, its limits, and which value is stricter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PolicyError(ValueError):
    """A policy is not valid; the message names the key and its allowed values."""


class Stricter(StrEnum):
    """Which of two values of a threshold is the stricter one."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"  # A different value fails some documents and passes others.


HIGHER, LOWER, NEITHER = Stricter


@dataclass(frozen=True)
class Limits:
    """The meaning of a number in a policy, its smallest and largest value, and the stricter one."""

    least: float
    most: float
    stricter: Stricter
    about: str


@dataclass(frozen=True)
class Threshold(Limits):
    """A number of a policy with its default; `whole`: it has no fraction."""

    default: float
    whole: bool

    def check(self, key: str, value: object) -> None:
        """Raise PolicyError with the allowed values unless the value is within the limits."""
        if (
            isinstance(value, bool)
            or not isinstance(value, int if self.whole else (int, float))
            or not self.least <= value <= self.most  # True for NaN as well
        ):
            raise PolicyError(f"{key}: must be {self.allowed}")

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.least:g} to {self.most:g} ({self.about})"
