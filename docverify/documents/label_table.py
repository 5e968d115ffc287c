"""Table of the labels of printed fields, in many languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import Levenshtein

from docverify.documents.languages import (
    find_numbered_labels,
    find_sexes,
    fold_letters,
    list_labels,
    list_titles,
)

OTHER = "other"
"""The field of labels whose values are not used; they are listed so as not to count as values."""

MIN_MISREAD_LABEL = 6  # letters: shorter labels must be read without an error
LETTERS_PER_ERROR = 6
END_LETTERS = 3
"""Letters at the beginning and the end of a label; one of the two must be read correctly."""


@dataclass(frozen=True)
class LabelTable:
    """The labels of printed fields.

    Attributes:
        names: The field of each label. Labels are written as `fold_letters` does.
        beginnings: All beginnings of labels; a search ends at letters that are not among them.
        abbreviations: The labels that are printed as abbreviations in capitals, such as DOB.
        numbered: The field of each number on driving licences, such as 4a.
        by_first_letters: The longer labels by their first three letters.
        by_last_letters: The longer labels by their last three letters.
    """

    names: dict[str, str]
    beginnings: frozenset[str]
    abbreviations: frozenset[str]
    numbered: dict[str, str]
    by_first_letters: dict[str, tuple[str, ...]]
    by_last_letters: dict[str, tuple[str, ...]]


@cache
def load_labels() -> LabelTable:
    """Read the labels of all languages; those in capitals are abbreviations.

    Readers mistake "rn" for m, as in Sumame.
    """
    known = {fold_letters(label): name for label, name in list_labels()}
    names = {label.replace("rn", "m"): name for label, name in known.items()} | known
    long_labels = [label for label in names if len(label) >= MIN_MISREAD_LABEL]
    by_first: dict[str, list[str]] = {}
    by_last: dict[str, list[str]] = {}
    for label in long_labels:
        by_first.setdefault(label[:END_LETTERS], []).append(label)
        by_last.setdefault(label[-END_LETTERS:], []).append(label)
    return LabelTable(
        names=names,
        beginnings=frozenset(label[:end] for label in names for end in range(1, len(label) + 1)),
        abbreviations=frozenset(
            fold_letters(label) for label, _ in list_labels() if label.isupper() and label.isascii()
        ),
        numbered=dict(find_numbered_labels()),
        by_first_letters={end: tuple(labels) for end, labels in by_first.items()},
        by_last_letters={end: tuple(labels) for end, labels in by_last.items()},
    )


@cache
def _list_title_letters() -> frozenset[str]:
    """Return the titles of documents, folded with `fold_letters`."""
    return frozenset(fold_letters(title) for title, _ in list_titles())


def match_label(letters: str) -> str | None:
    """Return the field that the letters label, or None.

    One letter in six of a long label may be misread, lost or added. Letters that are equally
    near to labels of different fields match none. Neither do words for the sex and titles: HOMBRE
    is not a misread NOMBRE, nor PASSPORT a misread "Passport N".
    """
    table = load_labels()
    exact = table.names.get(letters)
    is_short = len(letters) < MIN_MISREAD_LABEL - 1
    if exact or is_short or letters in find_sexes() or letters in _list_title_letters():
        return exact
    near: dict[str, int] = {}
    for label in (
        *table.by_first_letters.get(letters[:END_LETTERS], ()),
        *table.by_last_letters.get(letters[-END_LETTERS:], ()),
    ):
        max_errors = len(label) // LETTERS_PER_ERROR
        if abs(len(letters) - len(label)) <= max_errors:
            errors = Levenshtein.distance(letters, label, score_cutoff=max_errors)
            if errors <= max_errors:
                near[label] = errors
    fewest = min(near.values(), default=0)
    names = {table.names[label] for label, errors in near.items() if errors == fewest}
    return names.pop() if len(names) == 1 else None
