"""Results that are kept with the page or line that they were computed from.

Many checks need the lines and labels of the same page, and computing them takes most of the time of
a decision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

Value = TypeVar("Value")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ATTRIBUTE = "_kept_results"


def keep_with_value(
    function: Callable[Concatenate[Value, Arguments], Result],
) -> Callable[Concatenate[Value, Arguments], Result]:
    """Keep what a pure function of a frozen dataclass returns, until its instance is deleted.

    Further arguments must be hashable. Like a cached property, the results are not a field of the
    instance: they are neither compared nor stored.
    """

    @wraps(function)
    def find_kept(value: Value, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        results = vars(value).setdefault(ATTRIBUTE, {})
        key = function, args, tuple(kwargs.items())
        if key not in results:
            results[key] = function(value, *args, **kwargs)
        result: Result = results[key]
        return result

    return find_kept
