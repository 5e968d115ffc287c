"""Birth and expiry dates that are printed under the label of another date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from docverify.documents.dates import parse_dates
from docverify.documents.label_table import OTHER
from docverify.documents.labels import Segment, find_line_segments
from docverify.documents.languages import (
    WordList,
    find_months,
    find_words,
    fold_letters,
    list_labels,
)
from docverify.documents.value_shapes import has_latin_letters
from docverify.layout.state_names import split_letters
from docverify.layout.unexplained import read_viz_labels
from docverify.layout.unlabelled import (
    DATES,
    ReadLine,
    find_dates,
    is_date_label,
    is_nearest,
    is_right_of,
)
from docverify.page import Line

if TYPE_CHECKING:
    from docverify.case import Case

IN_ENGLISH = re.compile(r"\bdate of\b", re.IGNORECASE)
MAX_SHIFT_HEIGHTS = 1.0  # between the left edges of a label and the date below it


def is_labelled_as_other_date(case: Case, name: str, day: date) -> bool:
    """Return whether a date of the holder or the document has only labels of other dates.

    `name` is the date's own field. Its label must be printed nowhere, else a label may have been
    read next to the value of another one. A label such as Date alone, or one that was read with
    doubt, names no other date.
    """
    pages = [read_viz_labels(page, case.is_american_licence) for page in case.viz_pages]
    names = {segment.name for lines in pages for each in lines for segment in each.segments}
    # A long label may go over the edge of the document.
    lines_of_pages = [line for page in case.viz_pages for line in page.lines]
    names |= {each.name for line in lines_of_pages for each in find_line_segments(line)}
    if name in names:
        return False
    labels = [
        label
        for lines in pages
        for each in lines
        if _has_day(each, day)
        for label in _list_labels_of(each, lines, day)
    ]
    return bool(labels) and all(
        label.line.confidence >= case.policy.min_confidence
        and _names_other_date(label, segment, name)
        and (segment.name == OTHER or _has_own_date(pages, segment, day))
        for label, segment in labels
    )


def _has_day(line: ReadLine, day: date) -> bool:
    texts = [segment.value for segment in line.segments] if line.has_label else [line.line.text]
    return any(day in days for text in texts for days in find_dates(text))


def _list_labels_of(
    line: ReadLine, lines: Sequence[ReadLine], day: date
) -> list[tuple[ReadLine, Segment]]:
    """Return the labels of a date that a day has before it in its line, above it or left of it."""
    if line.has_label:
        return [
            (line, segment)
            for segment in line.segments
            if segment.name and any(day in days for days in find_dates(segment.value))
        ]
    if not _is_date_alone(line.line.text, day):
        return []  # Other words next to the day may be its own label, misread.
    rivals = [each.line for each in lines if each.dates]
    return [
        (each, segment)
        for each in lines
        if each.has_label
        and is_nearest(line.line, each.line, rivals)
        and is_aligned(line.line, each.line)
        for segment in each.segments
        if not segment.value and (segment.name in DATES or is_date_label(_cut_label(each, segment)))
    ]


def is_aligned(line: Line, label: Line) -> bool:
    """Return whether a line begins where a label above it does, or is right of the label.

    A long label is above the value of the next one, too.
    """
    shift = abs(line.box.left - label.box.left)
    return is_right_of(line, label) or shift <= MAX_SHIFT_HEIGHTS * line.box.height


def _is_date_alone(text: str, day: date) -> bool:
    first = text.split()[0].upper()
    begins_as_date = any(map(str.isdigit, first)) or first.rstrip(".") in find_months()
    return begins_as_date and day in parse_dates(text)


def _cut_label(line: ReadLine, segment: Segment) -> str:
    return line.line.text[segment.start : segment.end]


def _names_other_date(label: ReadLine, segment: Segment, name: str) -> bool:
    """Return whether a label specifies a date other than the field, such as Date of entry.

    A label with an unknown word may be the field's own in a language that the tables lack, or an
    abbreviation; but after "date of", all words for births and expiries are known.
    """
    if segment.name != OTHER:
        return segment.name in DATES - {name}
    text = _cut_label(label, segment)
    words = {fold_letters(word) for word in split_letters(text)} - list_general_words()
    is_known = words <= _list_words_of_labels(OTHER) or bool(IN_ENGLISH.search(text))
    is_specific = bool(words) and words.isdisjoint(_list_words_of_labels(name))
    return is_specific and is_known and has_latin_letters(text) and is_date_label(text)


def _has_own_date(pages: Sequence[Sequence[ReadLine]], label: Segment, day: date) -> bool:
    """Return whether a label of the same field has another day after it, below or right of it."""
    for lines in pages:
        rivals = [each.line for each in lines if each.dates]
        for line in lines:
            values = [each.value for each in line.segments if each.name == label.name]
            near = [each.text for each in rivals if values and is_nearest(each, line.line, rivals)]
            if any(day not in days for text in (*values, *near) for days in find_dates(text)):
                return True
    return False


@cache
def list_general_words() -> frozenset[str]:
    """Return the words of labels that specify no field: words for a date, and of, at and the."""
    lists = (WordList.DATE_NOUNS, WordList.CONTINUATIONS)
    return frozenset(fold_letters(word) for each in lists for word in find_words(each))


@cache
def _list_words_of_labels(name: str) -> frozenset[str]:
    labels = (label for label, field in list_labels() if field == name)
    return frozenset(fold_letters(word) for label in labels for word in split_letters(label))
