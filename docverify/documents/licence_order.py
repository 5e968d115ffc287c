"""Fields of European licences whose numbers were not read, found by their order.

Surname (1), given names (2), birth (3) and issue (4a) are printed below each other, left aligned
(Directive 2006/126/EC, annex I). The numbers are tiny, so readers lose them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from docverify.documents.dates import parse_dates
from docverify.documents.titles import find_title_kinds
from docverify.page import Box

ORDER = ("surname", "given_names", "birth_date", "issue_date")
MAX_GAP_HEIGHTS = 2.0  # from one line to the next
MAX_SHIFT_HEIGHTS = 4.0  # of the left edge: a line may begin with its number or not


class Placed(Protocol):
    """A text and its box."""

    @property
    def text(self) -> str: ...  # noqa: D102

    @property
    def box(self) -> Box: ...  # noqa: D102


Text = TypeVar("Text", bound=Placed)


def find_unnumbered_values(
    numbered: dict[str, Text], free: Sequence[Text]
) -> Iterator[tuple[str, Text]]:
    """Yield the fields above the issue date that have no number, from the bottom up.

    `numbered` has the box of each field with a number, `free` the texts without a label.
    """
    found = dict(numbered)
    for below, name in pairwise(reversed(ORDER)):
        if name in found or below not in found:
            continue
        fits: Callable[[str], object] = parse_dates if name == "birth_date" else _is_name
        above = [
            each for each in free if _is_right_above(each.box, found[below].box) and fits(each.text)
        ]
        if above:
            nearest = max(above, key=lambda each: each.box.bottom)
            found[name] = nearest
            yield name, nearest


def _is_right_above(box: Box, below: Box) -> bool:
    height = max(box.height, below.height)
    gap = below.top - box.bottom
    shift = abs(box.left - below.left)
    return -0.5 * height <= gap <= MAX_GAP_HEIGHTS * height and shift <= MAX_SHIFT_HEIGHTS * height


def _is_name(text: str) -> bool:
    return not any(map(str.isdigit, text)) and not find_title_kinds(text)
