"""Numbers and dates on a command line; errors state what to give instead."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import date


def whole_number(least: int) -> Callable[[str], int]:
    """Build a parser of whole numbers that raises ArgumentTypeError for others or smaller ones."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise ArgumentTypeError(f"must be a whole number, at least {least}")
        return number

    return parse


def parse_positive(text: str) -> float:
    """Parse a number above 0; raise ArgumentTypeError for any other text."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentTypeError("must be a number greater than 0")
    return number


def parse_day(text: str) -> date:
    """Parse a date; raise ArgumentTypeError for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("must be a date as YYYY-MM-DD") from None
