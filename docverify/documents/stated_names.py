"""Comparison of the name that an applicant gave with the names on a document.

It is stricter than the comparison of two sources of one document: a typed name is never misread,
and the given names of two people with the same surname often differ in only one letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from docverify.documents.name_words import (
    SameWord,
    Words,
    jaro_winkler,
    pair_words,
    remove_titles,
    spell_name,
)
from docverify.documents.names import PersonName

MIN_FUZZY_WORD_LENGTH = 7  # letters; in a shorter surname, one letter often makes a different name
MIN_CUT_WORD_LENGTH = 3  # letters of a word that a truncated MRZ must have
MAX_PARTICLE_LENGTH = 3  # letters: van, der, de, la, bin


def has_stated_name(
    stated: PersonName, shown: PersonName, *, min_similarity: float, truncated: bool = False
) -> bool:
    """Return whether the stated name is the shown one, with surname and given names not swapped.

    Given names must be equal in a spelling of Doc 9303-3, section 6; long surnames must be as
    similar as `min_similarity`. Either name may lack words of the other, but one given name and one
    word of the surname must be equal in full: initials alone are not enough. With `truncated`,
    `shown` may be an MRZ with truncated names (Doc 9303-3, 4.6).
    """

    def is_same_given_name(word: str, other: str) -> bool:
        is_cut = truncated and len(other) >= MIN_CUT_WORD_LENGTH and word.startswith(other)
        return word == other or is_cut

    def is_same_surname(word: str, other: str) -> bool:
        is_long = min(len(word), len(other)) >= MIN_FUZZY_WORD_LENGTH
        is_similar = is_long and jaro_winkler(word, other) >= min_similarity
        return is_similar or is_same_given_name(word, other)

    return any(
        _has_common_words(name, other, is_same_given_name, shortest=2)
        for name, other in _pair_spellings(stated.given_names, shown.given_names)
    ) and any(
        _has_common_words(name, other, is_same_surname, shortest=MAX_PARTICLE_LENGTH + 1)
        for name, other in _pair_spellings(stated.surname, shown.surname)
    )


def has_same_words(stated: str, shown: str) -> bool:
    """Return whether two names have the same words, in any order, in a spelling of Doc 9303-3."""
    return any(_is_equal(*pair) for pair in _pair_spellings(stated, shown))


def _is_equal(name: Words, other: Words) -> bool:
    """Return whether two names have equal words, in any order or without the blanks."""
    return sorted(name) == sorted(other) or "".join(name) == "".join(other)


def _pair_spellings(stated: str, shown: str) -> Iterable[tuple[Words, Words]]:
    pairs = product(spell_name(stated), spell_name(shown))
    return ((remove_titles(one), remove_titles(other)) for one, other in pairs if one and other)


def _has_common_words(name: Words, other: Words, is_same: SameWord, *, shortest: int) -> bool:
    """Return whether the longer name has each word of the shorter one, at least one in full.

    The full word must have at least `shortest` letters, unless the names are equal. The other words
    may be initials.
    """
    if _is_equal(name, other):
        return True
    pairs, rest, others = pair_words(name, other, is_same)
    initials, *_ = pair_words(rest, others, _is_initial)
    is_contained = len(pairs) + len(initials) == min(len(name), len(other))
    return is_contained and any(len(word) >= shortest for word in pairs)


def _is_initial(word: str, other: str) -> bool:
    return 1 in (len(word), len(other)) and word[0] == other[0]
