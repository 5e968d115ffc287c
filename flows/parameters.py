"""Parameters of a form, checked where they are used: Prefect would log a value that is wrong."""

from __future__ import annotations

from tasks.errors import SetupError

MOST = 700_000
"""As many days lead back to the year 110; nothing that is asked for here needs more."""


def whole_number(name: str, value: object, least: int = 0) -> int:
    """Return a whole number; raises SetupError that names the parameter."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        raise SetupError(f"the parameter {name} must be a whole number from {least} to {MOST}")
    return value
