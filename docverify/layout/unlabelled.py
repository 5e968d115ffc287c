"""Dates and numbers that are printed without a label near them.

A value next to a label is a printed field. What has no label is either a value whose label could
not be read, or a value of somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from docverify.documents.dates import parse_dates, split_dates
from docverify.documents.labels import find_segments, has_numbered_labels
from docverify.page import Line

FILLER = "<"  # only an MRZ has them
MAX_GAP_HEIGHTS = 2.5  # from a label down to its value, in heights of the taller one
MAX_ASIDE_HEIGHTS = 15.0  # from a label to the value at its right
MIN_DATE_DIGITS = 3  # 1 APR 99
MIN_NUMBER_DIGITS = 4
MIN_NUMBER_LENGTH = 6


@dataclass(frozen=True)
class UnlabelledValue:
    """A date or a number without a label.

    Attributes:
        line: The line that it is printed in.
        days: The days that a date may mean; empty for a number.
        number: The letters and digits of a number; empty for a date.
    """

    line: Line = field(repr=False)
    days: tuple[date, ...] = field(default=(), repr=False)
    number: str = field(default="", repr=False)


def find_unlabelled_values(lines: Iterable[Line]) -> tuple[UnlabelledValue, ...]:
    """Return the dates and numbers of a page that have no label above, before or left of them."""
    lines = [line for line in lines if FILLER not in line.text]
    numbered = has_numbered_labels("\n".join(line.text for line in lines))
    labels: list[Line] = []
    others: list[Line] = []
    for line in lines:
        segments = find_segments(line.text, numbered=numbered)
        (labels if any(each.name for each in segments) else others).append(line)
    return tuple(
        value for line in others if not _has_label(line, labels) for value in _values(line)
    )


def _has_label(line: Line, labels: Sequence[Line]) -> bool:
    return any(_is_below(line, label) or _is_right_of(line, label) for label in labels)


def _is_below(line: Line, label: Line) -> bool:
    height = label.box.height
    gap = line.box.top - label.box.bottom
    overlaps = line.box.left < label.box.right + height and line.box.right > label.box.left - height
    return overlaps and -0.5 * height <= gap <= MAX_GAP_HEIGHTS * max(height, line.box.height)


def _is_right_of(line: Line, label: Line) -> bool:
    height = label.box.height
    middle = (label.box.top + label.box.bottom) / 2
    gap = line.box.left - label.box.right
    same_row = line.box.top < middle < line.box.bottom
    return same_row and -0.5 * height <= gap <= MAX_ASIDE_HEIGHTS * height


def _values(line: Line) -> Iterator[UnlabelledValue]:
    dates = tuple(_dates(line.text))
    for days in dates:
        yield UnlabelledValue(line, days=days)
    if not dates:
        for word in line.text.split():
            number = "".join(filter(str.isalnum, word)).upper()
            digits = sum(map(str.isdigit, number))
            if len(number) >= MIN_NUMBER_LENGTH and digits >= MIN_NUMBER_DIGITS:
                yield UnlabelledValue(line, number=number)


def _dates(text: str) -> Iterator[tuple[date, ...]]:
    """Yield what each date of a text may mean; a misread label may be before the first one."""
    if sum(map(str.isdigit, text)) < MIN_DATE_DIGITS:
        return
    parts = split_dates(text)
    if len(parts) > 1:
        yield from filter(None, map(parse_dates, parts))
        return
    words = text.split()
    endings = (" ".join(words[start:]) for start in range(len(words)))
    found = next(filter(None, map(parse_dates, endings)), None)
    if found:
        yield found


def shape_of(number: str) -> str:
    """Return the pattern of a number: A for each letter, 9 for each digit.

    >>> shape_of("ZT6834497")
    'AA9999999'
    """
    return "".join("9" if each.isdigit() else "A" for each in number)
