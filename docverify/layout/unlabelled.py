"""Dates and numbers that are printed without a label that explains them.

A value next to a label is a printed field. A value without a label is either a field whose label
could not be read, or belongs to someone else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from docverify.documents.dates import parse_dates, split_dates
from docverify.documents.label_table import OTHER
from docverify.documents.labels import Segment, find_line_segments, has_numbered_labels
from docverify.documents.languages import fold_letters, list_labels
from docverify.documents.licence_issuers import is_city_line_of_state
from docverify.documents.licence_labels import find_line_licence_segments
from docverify.documents.mrz import is_mrz_text
from docverify.documents.value_shapes import DATE_FIELDS, has_latin_letters
from docverify.page import Line

MAX_GAP_HEIGHTS = 2.5  # from a label down to the value, in heights of the taller one
MAX_GAP_TO_RIGHT_HEIGHTS = 15.0  # from a label to the value on its right
MIN_DATE_DIGITS = 3  # 1 APR 99
MIN_NUMBER_DIGITS = 4
MIN_NUMBER_LENGTH = 6
POSTAL_CODE = re.compile(r"\d{5}-?(?:\d{4})?$")  # after a State: COLUMBIA, SC 290161234
LIKELY_YEARS = range(1850, 2150)
DATES = frozenset(DATE_FIELDS)
OTHER_DATE = "other_date"
DATE_OR_OTHER = DATES | {OTHER, OTHER_DATE}
FIELDS_WITHOUT_NUMBERS = DATES | frozenset(
    {
        *("surname", "second_surname", "given_names", "middle_name", "full_name", "sex", "height"),
        *("nationality", "issuing_state", "place_of_birth"),
    }
)
MIN_DATE_WORD = 4  # letters
OTHER_DATE_WORDS = frozenset({"rev", "since", "until"})
EVENTS = frozenset(
    {
        "replaced",
        "replacement",
        "renewed",
        "reissued",
        "duplicate",
        "dup",
        "revised",
        "rev",
        "since",
    }
)
"""Words for events of a licence; their date follows a colon."""


@dataclass(frozen=True)
class UnlabelledValue:
    """A date or a number without a label.

    Attributes:
        line: The line that it is printed in.
        days: The days that the date may mean; empty for a number.
        number: The letters and digits of a number; empty for a date.
    """

    line: Line = field(repr=False)
    days: tuple[date, ...] = field(default=(), repr=False)
    number: str = field(default="", repr=False)


@dataclass(frozen=True)
class ReadLine:
    """A line with its labels and dates.

    Attributes:
        segments: The labels of the line, each with the text after it.
        dates: The days that each date may mean, if the line has no label.
    """

    line: Line
    segments: tuple[Segment, ...]
    dates: tuple[tuple[date, ...], ...]

    @property
    def has_label(self) -> bool:
        """Whether the line has a label."""
        return any(each.name for each in self.segments)

    @property
    def open_date_labels(self) -> int:
        """How many labels of other things may have their date in another line."""
        return sum(
            not each.value
            and (
                each.name == OTHER_DATE
                or (each.name == OTHER and is_date_label(self.line.text[each.start : each.end]))
            )
            for each in self.segments
        )


def find_unlabelled_values(
    found: Sequence[ReadLine], *, is_american: bool = False
) -> tuple[UnlabelledValue, ...]:
    """Return the dates and numbers on a page that no label of another thing explains.

    Such a label is above or to the left, and explains one date: the nearer one of two. Dates next
    to the label of a birth, an issue or an expiry are returned too, because each of them must be a
    date of the case. With `is_american`, postal codes after a town and a State of North America are
    left out.
    """
    labels = [each for each in found if each.has_label]
    others = [each for each in found if not each.has_label]
    dates = [each.line for each in others if each.dates]
    numbered = [each for each in others if any(_find_numbers(each.line.text, is_american))]
    numbers = [each.line for each in numbered]
    return (
        *(value for each in labels for value in _find_wrong_dates(each)),
        *(value for each in others for value in _find_unlabelled_dates(each, labels, dates)),
        *(
            UnlabelledValue(each.line, number=number)
            for each in numbered
            if not _has_label_of_number(each, labels, numbers)
            for number in _find_numbers(each.line.text, is_american)
        ),
    )


def find_lines_without_label(
    found: Sequence[ReadLine], *, one_each: bool = False
) -> tuple[Line, ...]:
    """Return the lines of a page without a label in the line, above it or to its left.

    With `one_each`, a label has only the nearest line below or to its right.
    """
    labels = [each.line for each in found if each.has_label]
    others = [each.line for each in found if not each.has_label]
    competing = others if one_each else []
    return tuple(
        line for line in others if not any(is_nearest(line, each, competing) for each in labels)
    )


def read_labels(lines: Iterable[Line], *, is_american: bool = False) -> list[ReadLine]:
    """Read the labels and dates of each line outside an MRZ.

    With `is_american`, the labels are those of licences of the USA and Canada.
    """
    lines = [line for line in lines if not is_mrz_text(line.text)]
    numbered = has_numbered_labels("\n".join(line.text for line in lines))
    found = []
    for line in lines:
        own = _find_licence_labels(line) if is_american else ()
        segments = own or find_line_segments(line, numbered=numbered and not is_american)
        has_label = any(each.name for each in segments)
        found.append(ReadLine(line, segments, () if has_label else tuple(find_dates(line.text))))
    return found


def is_date_label(label: str) -> bool:
    """Return whether a label asks for a date: it has a word that labels of dates have.

    A label without Latin letters may be such a label.

    >>> is_date_label("Date of entry"), is_date_label("Remarks")
    (True, False)
    """
    words = {fold_letters(word) for word in label.split()}
    return not has_latin_letters(label) or not words.isdisjoint(_date_words())


@cache
def _date_words() -> frozenset[str]:
    """Return the words that the labels of several dates have, such as date and valid."""
    fields: dict[str, set[str]] = {}
    for label, name in list_labels():
        for word in label.split() if name in DATES else ():
            fields.setdefault(fold_letters(word), set()).add(name)
    common = {word for word, names in fields.items() if len(names) > 1}
    return frozenset(word for word in common if len(word) >= MIN_DATE_WORD) | OTHER_DATE_WORDS


def _find_licence_labels(line: Line) -> tuple[Segment, ...]:
    """Return the segments of a line with a label of a licence; none for any other line."""
    segments = find_line_licence_segments(line)
    if not any(each.name for each in segments):
        return ()
    return tuple(
        replace(each, name=OTHER) if each.name == "discriminator" else each for each in segments
    )


def _find_wrong_dates(labels: ReadLine) -> Iterator[UnlabelledValue]:
    """Yield the dates after a label that asks for none, and all dates of a label with several."""
    for segment in labels.segments:
        dates = tuple(find_dates(segment.value))
        if len(dates) > (segment.name in DATE_OR_OTHER):
            yield from (UnlabelledValue(labels.line, days=days) for days in dates)


def _find_unlabelled_dates(
    value: ReadLine, labels: Sequence[ReadLine], competing: Sequence[Line]
) -> Iterator[UnlabelledValue]:
    if not value.dates or (len(value.dates) == 1 and _has_event(value.line.text)):
        return
    near = [each for each in labels if is_nearest(value.line, each.line, competing)]
    if len(value.dates) > sum(each.open_date_labels for each in near):
        yield from (UnlabelledValue(value.line, days=days) for days in value.dates)


def _has_label_of_number(
    value: ReadLine, labels: Sequence[ReadLine], competing: Sequence[Line]
) -> bool:
    """Return whether a line is a date, or the nearest number below or to the right of a label."""
    return bool(value.dates) or any(
        is_nearest(value.line, each.line, competing) for each in labels if _may_have_number(each)
    )


def _may_have_number(label: ReadLine) -> bool:
    """Return whether a label may ask for a number: those of names, dates and places do not."""
    return any(each.name and each.name not in FIELDS_WITHOUT_NUMBERS for each in label.segments)


def _has_event(text: str) -> bool:
    """Return whether an event of the document precedes a date, as in REPLACED: 08-16-2003.

    Other words before a colon, such as a name, do not explain a date.
    """
    label, colon, _ = text.partition(":")
    words = {fold_letters(word) for word in label.split()}
    return bool(colon) and bool(words) and words <= EVENTS


def is_nearest(line: Line, label: Line, others: Sequence[Line]) -> bool:
    """Return whether a line is below a label or to its right, and no other line is nearer."""
    if is_below(line, label):
        return not any(is_below(each, label) and each.box.top < line.box.top for each in others)
    return is_right_of(line, label) and not any(
        is_right_of(each, label) and each.box.left < line.box.left for each in others
    )


def is_below(line: Line, label: Line) -> bool:
    """Return whether a line is below a label, as near as its value may be."""
    height = label.box.height
    gap = line.box.top - label.box.bottom
    overlaps = line.box.left < label.box.right + height and line.box.right > label.box.left - height
    return overlaps and -0.5 * height <= gap <= MAX_GAP_HEIGHTS * max(height, line.box.height)


def is_right_of(line: Line, label: Line) -> bool:
    """Return whether a line is to the right of a label, as near as its value may be."""
    height = label.box.height
    middle = (label.box.top + label.box.bottom) / 2
    gap = line.box.left - label.box.right
    same_row = line.box.top < middle < line.box.bottom
    return same_row and -0.5 * height <= gap <= MAX_GAP_TO_RIGHT_HEIGHTS * height


def _find_numbers(text: str, is_american: bool) -> Iterator[str]:
    has_postal_code = is_american and is_city_line_of_state(text)
    for word in (POSTAL_CODE.sub("", text) if has_postal_code else text).split():
        number = "".join(filter(str.isalnum, word)).upper()
        digits = sum(map(str.isdigit, number))
        if len(number) >= MIN_NUMBER_LENGTH and digits >= MIN_NUMBER_DIGITS:
            yield number


def find_dates(text: str) -> Iterator[tuple[date, ...]]:
    """Yield the days that each date of a text may mean; a misread label may precede the first."""
    if sum(map(str.isdigit, text)) < MIN_DATE_DIGITS:
        return
    parts = split_dates(text)
    if len(parts) > 1:
        yield from filter(None, map(_parse_likely_dates, parts))
        return
    words = text.split()
    endings = (" ".join(words[start:]) for start in range(len(words)))
    found = next(filter(None, map(_parse_likely_dates, endings)), None)
    if found:
        yield found


def remove_date(text: str) -> str:
    """Return a text without the date at its end and the colon before it.

    >>> remove_date("AMARA OKONKWO: 12 MAR 1980"), remove_date("SPRINGFIELD 62701")
    ('AMARA OKONKWO', 'SPRINGFIELD 62701')
    """
    words = text.replace(":", ": ").split()
    days = [n for n, word in enumerate(words) if n and any(map(str.isdigit, word))]
    start = next((n for n in days if _parse_likely_dates(" ".join(words[n:]))), len(words))
    return " ".join(words[:start]).rstrip(" :")


def _parse_likely_dates(text: str) -> tuple[date, ...]:
    return tuple(day for day in parse_dates(text) if day.year in LIKELY_YEARS)


def shape_of(number: str) -> str:
    """Return the pattern of a number: A for each letter, 9 for each digit.

    >>> shape_of("ZT6834497")
    'AA9999999'
    """
    return "".join("9" if each.isdigit() else "A" for each in number)
