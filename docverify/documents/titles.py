"""Titles of passports, visas, cards and licences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from docverify.documents.languages import fold_letters, list_titles
from docverify.kept import keep_with_value
from docverify.page import Line

MIN_UNSPACED_LETTERS = 8  # titles of at least this length are found without blanks around them
MIN_TITLE_WORD = 6  # letters of a word of a title; such a word is not a name
MAX_TITLE_WORDS = 5
SEPARATORS = re.compile(r"[/|·•]")
WORDS = re.compile(r"[^\W\d_]+")


class TitleKind(StrEnum):
    """The kinds of document that a title names."""

    PASSPORT = "passport"
    VISA = "visa"
    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    LICENCE = "licence"
    OTHER_DOCUMENT = (
        "other_document"  # of a school, a library or an insurance company: not an identity document
    )


def find_title_kinds(text: str) -> frozenset[TitleKind]:
    """Return the kinds of document whose title is printed in a line.

    >>> sorted(find_title_kinds("PASSPORT / PASSEPORT"))
    [<TitleKind.PASSPORT: 'passport'>]
    """
    words = _words(text)
    runs = {
        " ".join(words[start:stop])
        for start in range(len(words))
        for stop in range(start + 1, min(start + MAX_TITLE_WORDS, len(words)) + 1)
    }
    letters = "".join(words)
    found = {kind for run in runs if (kind := _titles().get(run))}
    if len(letters) >= MIN_UNSPACED_LETTERS:
        found |= {kind for title, kind in _long_titles() if title in letters}
    return frozenset(found)


@keep_with_value
def find_line_title_kinds(line: Line) -> frozenset[TitleKind]:
    """Return the kinds of document whose title is printed in a line of a page."""
    return find_title_kinds(line.text)


def is_title(text: str) -> bool:
    """Return whether a line is only a title, in one or more languages.

    >>> is_title("IDENTITY CARD / CARTE D'IDENTITÉ"), is_title("Identity Card No")
    (True, False)
    """
    parts = [" ".join(_words(part)) for part in SEPARATORS.split(text)]
    return all(part in _titles() for part in parts)


def has_title_word(text: str) -> bool:
    """Return whether a line has a long word from a title, such as FOR IDENTIFICATION ONLY."""
    return not list_title_words().isdisjoint(_words(text))


@cache
def list_title_words() -> frozenset[str]:
    """Return the long words of titles, folded with `fold_letters`."""
    words = (word for title in _titles() for word in title.split())
    return frozenset(word for word in words if len(word) >= MIN_TITLE_WORD)


@cache
def _titles() -> Mapping[str, TitleKind]:
    return {" ".join(_words(title)): TitleKind(kind) for title, kind in list_titles()}


@cache
def _long_titles() -> tuple[tuple[str, TitleKind], ...]:
    """Return the titles that are long enough to be found among other letters, without blanks."""
    unspaced = ((title.replace(" ", ""), kind) for title, kind in _titles().items())
    return tuple(each for each in unspaced if len(each[0]) >= MIN_UNSPACED_LETTERS)


def _words(text: str) -> list[str]:
    return [fold_letters(word) for word in WORDS.findall(text)]
