"""Texts that can be the value of a printed field."""

from __future__ import annotations

import re

from docverify.documents.languages import WordList, find_words, fold_letters

DATE_FIELDS = ("birth_date", "issue_date", "expiry_date")
NUMBER_FIELDS = frozenset({"document_number", "other_number", "national_number", "height"})
DIGITS_LIKE_LETTERS = frozenset("01568")  # A reader may read 0Z for the name OZ.
MIN_NUMBER_LENGTH = 2  # letters and digits of a document number
LONG_WORD = re.compile(r"\d[^\W\d_]{9,}|[^\W\d_]{9,}\d")  # letters that touch a figure
HOUSE_AND_STREET = re.compile(r"\d{1,5}[A-Za-z]? [^\W\d_]{5,}")  # 12 HARBOUR ROW
MAX_SEX_LENGTH = 12  # characters, as in MANNLICH/M


def can_be_value(name: str, text: str) -> bool:
    """Return whether a text can be the value of a field: it has letters, digits or both."""
    digits = sum(map(str.isdecimal, text))
    if name in DATE_FIELDS:
        return digits > 1 or fold_letters(text) in find_words(WordList.UNLIMITED)
    if name == "document_number":
        return digits > 0 and _has_shape_of_number(text)
    if name in NUMBER_FIELDS:
        return digits > 0
    if name == "sex":
        return digits == 0 and len(text) <= MAX_SEX_LENGTH
    if name == "address":
        return bool(text)
    if name in ("nationality", "issuing_state"):
        return digits == 0
    letters = sum(map(str.isalpha, text))
    like_letters = sum(1 for each in text if each in DIGITS_LIKE_LETTERS)
    return letters > digits or 0 < letters == digits == like_letters


def _has_shape_of_number(text: str) -> bool:
    """Return whether a text is long enough for a document number, and not a word or street."""
    is_long = sum(map(str.isalnum, text)) >= MIN_NUMBER_LENGTH
    return is_long and not LONG_WORD.search(text) and not HOUSE_AND_STREET.match(text)


def has_latin_letters(text: str) -> bool:
    """Return whether a text has a letter of the basic Latin alphabet, with or without accent."""
    return any("a" <= each <= "z" for each in fold_letters(text))
