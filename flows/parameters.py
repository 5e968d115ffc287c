"""Parameters of a form, checked where they are used: Prefect would log a value that is wrong."""

from __future__ import annotations

from tasks.errors import SetupError


def whole_number(name: str, value: object, least: int = 0) -> int:
    """Return a whole number; raises SetupError that names the parameter."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SetupError(f"the parameter {name} must be a whole number from {least}")
    return value
