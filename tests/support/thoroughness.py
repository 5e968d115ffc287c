"""What only `make test-all` runs: further examples, and further cases of one kind."""

from collections.abc import Iterable

import hypothesis
import pytest

WHOLE = 100  # examples of a property in `make test-all`


def examples(number: int) -> hypothesis.settings:
    """Draw this many examples in `make test-all`, and fewer in `make test`."""
    return hypothesis.settings(
        max_examples=number * hypothesis.settings.default.max_examples // WHOLE
    )


def one_of_each_kind(values: Iterable[object], *kinds: object) -> list[object]:
    """Return test parameters of which all but the named ones are slow."""
    return [
        each if each in kinds else pytest.param(each, marks=pytest.mark.slow) for each in values
    ]
