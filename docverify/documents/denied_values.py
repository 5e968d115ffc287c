"""Printed values that are denied, or contradicted within their own line."""

from __future__ import annotations

import re
from collections.abc import Collection

from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.documents.sexes import SEPARATORS, parse_sex

WORDS = re.compile(r"[^\W\d_]+")
NUMBERS = re.compile(r"[A-Z0-9]+")
MIN_RELATIVE = 5  # letters; shorter words for relatives are also other words
MIN_LENGTH, MIN_DIGITS = 6, 4  # of a further number


def is_value_denied(text: str) -> bool:
    """Return whether words next to a value say that it is not, or no longer, the holder's.

    >>> is_value_denied("NOT 12 APR 1990"), is_value_denied("12 APR 1990")
    (True, False)
    """
    words = [fold_letters(word) for word in WORDS.findall(text)]
    joined = f" {' '.join(words)} "
    relatives = find_words(WordList.RELATIVES) | find_words(WordList.CHILDREN)
    return any(f" {each} " in joined for each in find_words(WordList.DENIALS)) or any(
        len(word) >= MIN_RELATIVE and word in relatives for word in words
    )


def has_further_number(text: str, number: str, explained: Collection[str] = ()) -> bool:
    """Return whether a line has another number of the form of a number, and not an explained one.

    >>> has_further_number("QX7182035 / ZZ9999999", "QX7182035")
    True
    """
    form = _write_form(number)
    return (
        len(number) >= MIN_LENGTH
        and form.count("9") >= MIN_DIGITS
        and any(
            word not in {number, *explained} and _write_form(word) == form
            for word in NUMBERS.findall(text.upper())
        )
    )


def _write_form(number: str) -> str:
    return "".join("9" if each.isdigit() else "A" for each in number)


def names_both_sexes(text: str) -> bool:
    """Return whether a text states both M and F.

    >>> names_both_sexes("F/M"), names_both_sexes("V/F")
    (True, False)
    """
    return {parse_sex(word) for word in SEPARATORS.split(text)} >= {"F", "M"}
