"""Misread names: comparison of a printed name with that of the MRZ or the barcode."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docverify.documents.name_words import (
    Words,
    is_truncation,
    pair_words,
    remove_titles,
    spell_name,
)
from docverify.kept import keep_with_value
from docverify.page import Line

# In names in capitals, readers mistake an I for a small L, a 1 or a bar, and an O for a 0.
CAPITAL_I = re.compile("(?<=[A-Z])[l|]|[l|](?=[A-Z])")
DIGITS_AS_LETTERS = str.maketrans("01568", "OISGB")
"""Digits, and the letters that readers confuse them with."""

LETTERS_OF_ONE_SHAPE = str.maketrans("Čč", "Ğğ")
"""Letters that readers confuse with rarer ones, such as a C with a caron for a G with a breve."""

LATIN_AS_CYRILLIC = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")  # noqa: RUF001
"""Cyrillic letters and the Latin ones that readers mistake them for, as in HECTEPEHKO."""

MAX_SPELLED_LENGTH = 3
"""Letters that Doc 9303-3 writes for one letter at most, such as NXX for Ñ."""

TRANSLITERATED_MARKS = re.compile("(?<=A)[AE]|(?<=[OU])E")
"""The second letters that Doc 9303-3, section 6, writes for Å, Ä, Ö, Ø and Ü."""


def is_same_name(printed: str, other: str, *, truncated: bool = False) -> bool:
    """Return whether a printed name is that of the MRZ or the barcode, except for misreadings.

    The words may have any order, and some may be initials. Accents may be missing, and digits or a
    small L may replace letters that look like them. With `truncated`, `other` may be cut short (Doc
    9303-3, 4.6).

    >>> is_same_name("ÇIČDEM", "CIGDEM"), is_same_name("ČAN", "CAN"), is_same_name("CAN", "GAN")
    (True, True, False)
    """
    others = [words for words in spell_name(other) if words]
    # Truncation may leave only the beginning of a word such as UNAVAILABLE.
    uncut = _spell_misread(printed, keep_absent=True) if truncated else ()
    return any(is_truncation(words, each) for words in uncut for each in others) or any(
        _is_same_in_some_order(remove_titles(words), remove_titles(each))
        for words in _spell_misread(printed)
        for each in others
        if words
    )


def contains_name(line: str, name: str) -> bool:
    """Return whether a printed line has all the words of a name, in any order, among others."""
    if MAX_SPELLED_LENGTH * len(line) < len(name):
        return False
    names = [remove_titles(words) for words in spell_name(name) if words]
    return any(
        not remove_common_words(remove_titles(printed), words)[1]
        for printed in _spell_misread(line)
        for words in names
    )


@keep_with_value
def line_contains_name(line: Line, name: str) -> bool:
    """Return whether a line of a page has all the words of a name, in any order, among others."""
    return contains_name(line.text, name)


def remove_common_words(printed: Words, other: Words) -> tuple[list[str], list[str]]:
    """Return the words of each name that the other one lacks."""
    _, only_other, only_printed = pair_words(
        other, printed, lambda word, each: is_same_word(each, word)
    )
    return only_printed, only_other


def is_same_word(printed: str, other: str) -> bool:
    """Return whether two words are equal, or the printed one only lost its accents.

    >>> is_same_word("MULLER", "MUELLER"), is_same_word("MUELLER", "MULLER")
    (True, False)
    """
    if len(printed) >= len(other):
        return printed == other
    return TRANSLITERATED_MARKS.sub("", printed) == TRANSLITERATED_MARKS.sub("", other)


def _spell_misread(printed: str, *, keep_absent: bool = False) -> Iterator[Words]:
    """Yield the spellings of a name as read, then with letters that look like those."""
    yield from spell_name(printed, keep_absent=keep_absent)
    letters = CAPITAL_I.sub("I", printed).translate(DIGITS_AS_LETTERS | LETTERS_OF_ONE_SHAPE)
    if letters != printed:
        yield from spell_name(letters, keep_absent=keep_absent)


def _is_same_in_some_order(printed: Words, other: Words) -> bool:
    if is_same_word("".join(printed), "".join(other)):
        return True  # The order is the same; blanks may be lost.
    only_printed, only_other = remove_common_words(printed, other)
    if len(only_printed) != len(only_other) or len(only_printed) == len(printed):
        return False
    pairs = zip(sorted(only_printed), sorted(only_other), strict=True)
    return all(1 in (len(one), len(two)) and one[0] == two[0] for one, two in pairs)
