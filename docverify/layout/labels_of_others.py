"""Labels of other people's fields and of other documents, such as Old passport No."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING

from docverify.documents.label_table import match_label
from docverify.documents.labels import find_line_segments
from docverify.documents.languages import (
    WordList,
    find_words,
    fold_letters,
    list_labels,
    list_titles,
)
from docverify.documents.titles import TitleKind
from docverify.layout.other_date_labels import is_aligned, list_general_words
from docverify.layout.printed_states import OWN_NATIONALS
from docverify.layout.sides import find_viz_lines
from docverify.layout.state_names import split_letters
from docverify.layout.unlabelled import is_nearest
from docverify.page import Line

if TYPE_CHECKING:
    from docverify.case import Case

OWN_LABELS = {
    "surname": ("surname", "second_surname", "birth_name", "full_name"),
    "given_names": ("given_names", "middle_name", "full_name"),
    "document_number": ("document_number", "other_number"),
    "birth_date": ("birth_date",),
    "expiry_date": ("expiry_date",),
}
"""The labels that ask for a field, by the field."""

PARTS = re.compile(r"[/|,]")  # between the languages of a label
IN_BRACKETS = re.compile(r"\s*\([^)]*\)")  # as in DOB (father)
MIN_RELATIVE = 4  # letters of a word for a relative: MOR and ANA are also other words


def is_labelled_as_others(case: Case, field: str, is_value: Callable[[str], bool]) -> bool:
    """Return whether a value has only labels of another person's field or of another document.

    Such labels are Father's date of birth, Surname of spouse, Date of expiry of visa and Old
    passport No. The holder's own label must be printed nowhere. Labels that were read with doubt
    do not count.
    """
    if field not in OWN_LABELS:
        return False
    pages = [find_viz_lines(page) for page in case.viz_pages]
    words = _list_words_of_others(with_visas=case.kind in OWN_NATIONALS)
    others = {
        id(line)
        for lines in pages
        for line in lines
        if line.confidence >= case.policy.min_confidence and _is_label_of(line.text, field, words)
    }
    if not others or any(_has_own_label(line, field, words) for page in pages for line in page):
        return False
    found = [
        any(_is_label_and_value(line, each, lines, others, is_value) for each in lines)
        for lines in pages
        for line in lines
        if is_value(line.text) or (id(line) in others and is_value(_cut_value(line.text, field)))
    ]
    return bool(found) and all(found)


def _is_label_and_value(
    line: Line,
    label: Line,
    lines: Sequence[Line],
    others: Collection[int],
    is_value: Callable[[str], bool],
) -> bool:
    """Return whether a line has its label in it, above it or left of it."""
    if id(label) not in others:
        return False
    rivals = [each for each in lines if id(each) not in others]
    return line is label or (is_nearest(line, label, rivals) and is_aligned(line, label))


def _is_label_of(text: str, field: str, words: Collection[str]) -> bool:
    """Return whether a line has one of the words, and a word of the labels of the field."""
    found = {fold_letters(word) for word in split_letters(text)}
    return _has_word(found, words) and not found.isdisjoint(_list_words_of_labels(field))


def _has_word(found: Collection[str], words: Collection[str]) -> bool:
    return any(word in words or word.removesuffix("s") in words for word in found)


def _has_own_label(line: Line, field: str, words: Collection[str]) -> bool:
    """Return whether a line has a label of the field, of which one part has none of the words."""
    start = 0
    for segment in find_line_segments(line):
        behind = IN_BRACKETS.match(line.text, segment.end)
        label = line.text[start : behind.end() if behind else segment.end]
        parts = PARTS.split(label)
        is_own = segment.name in OWN_LABELS[field]
        if any(
            _is_own_part(part, field, words)
            and (is_own or match_label(fold_letters(part)) in OWN_LABELS[field])
            for part in (parts if is_own or len(parts) > 1 else ())
        ):
            return True
        start = segment.end if segment.name and segment.value else start
    return False


def _is_own_part(part: str, field: str, words: Collection[str]) -> bool:
    """Return whether a part of a label asks for the holder's field: Name of Name / Father's name.

    Brackets with such words alone belong to what is before them: DOB (father).
    """
    own = {fold_letters(word) for word in split_letters(IN_BRACKETS.sub(" ", part))}
    bracketed = [
        {fold_letters(word) for word in split_letters(found[0])}
        for found in IN_BRACKETS.finditer(part)
    ]
    is_of_others = any(
        each and all(_has_word({word}, words) for word in each) for each in bracketed
    )
    return not (
        is_of_others or _has_word(own, words) or own.isdisjoint(_list_words_of_labels(field))
    )


def _cut_value(text: str, field: str) -> str:
    """Return the words of a line that are not in labels."""
    known = _list_words_of_labels(field) | list_general_words()
    known |= _list_words_of_others(with_visas=True)
    words = text.replace(":", " ").split()
    return " ".join(word for word in words if not _has_word({fold_letters(word)}, known))


@cache
def _list_words_of_labels(field: str) -> frozenset[str]:
    labels = (label for label, name in list_labels() if name in OWN_LABELS[field])
    words = {fold_letters(word) for label in labels for word in split_letters(label)}
    return frozenset(words - list_general_words())


@cache
def _list_words_of_others(*, with_visas: bool) -> frozenset[str]:
    relatives = (word for word in find_words(WordList.RELATIVES) if len(word) >= MIN_RELATIVE)
    earlier = find_words(WordList.EARLIER_DOCUMENTS)
    words = (*relatives, *find_words(WordList.CHILDREN), *earlier)
    visas = (title for title, kind in list_titles() if with_visas and kind == TitleKind.VISA)
    return frozenset(map(fold_letters, (*words, *visas)))
