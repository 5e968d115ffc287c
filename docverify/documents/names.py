"""Comparison of a person's names as two sources write them: VIZ, MRZ, barcode or applicant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from docverify.documents.name_words import (
    Words,
    find_suffix,
    is_truncation,
    remove_titles,
    score_word_pairs,
    spell_name,
)
from docverify.documents.transliteration import transliterate


@dataclass(frozen=True)
class PersonName:
    """The name of a person as one source writes it.

    Attributes:
        surname: Empty if the source does not separate it, or the person has given names only.
        given_names: The whole name if the source does not separate it; may be empty.
    """

    surname: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)

    @property
    def is_known(self) -> bool:
        """Whether the source has any name."""
        return bool(self.surname or self.given_names)


@dataclass(frozen=True)
class NameComparison:
    """How similar two names are.

    Attributes:
        score: From 0 to 1; 1 means that the names are the same.
        swapped: Whether surname and given names had to be exchanged.
    """

    score: float
    swapped: bool = False


# Deductions from the score
MISSING_GIVEN_NAME = 0.03
MISSING_SURNAME = 0.10
MISSING_PART = 0.20  # if a source has only one name: the other name is not a middle name
SWAPPED = 0.05

MAX_SCORE_OF_OTHER_SUFFIX = 0.84  # because father and son are two people


class Spellings(NamedTuple):
    """The spellings of surname and given names that Doc 9303-3 allows."""

    surnames: tuple[Words, ...]
    given_names: tuple[Words, ...]

    @property
    def is_whole(self) -> bool:
        """Whether both surname and given names are known."""
        return all(self.surnames) and all(self.given_names)

    @property
    def full_names(self) -> tuple[Words, ...]:
        """Each surname, followed by each spelling of the given names."""
        return tuple(surname + given for surname in self.surnames for given in self.given_names)

    @property
    def suffix(self) -> str | None:
        """The suffix of surname or given names: JR, SR, II and so on."""
        found = (find_suffix(words) for part in self for words in part)
        return next(filter(None, found), None)


def split_name(full_name: str) -> PersonName:
    """Split a name at its comma, as in DOE, JOHN A; without a comma, all words are given names."""
    surname, comma, given_names = full_name.partition(",")
    if not comma:
        return PersonName("", full_name.strip())
    return PersonName(surname.strip(), given_names.strip())


def compare_names(
    first: PersonName, second: PersonName, *, truncated: bool = False
) -> NameComparison:
    """Compare the names of two sources in every spelling that Doc 9303-3 allows.

    The score is the lower of those of surname and given names. Given names may have any order; a
    missing one costs 0.03, an initial 0.05, names swapped with the surname 0.05. Titles are
    ignored, and so is a suffix that only one source has; two different suffixes limit the score to
    0.84. With `truncated`, `second` may be an MRZ with truncated names (Doc 9303-3, 4.6).
    """
    names, others = _spell(first), _spell(second)
    best = _compare_spellings(names, others, truncated)
    if truncated:
        # Truncation may leave only the beginning of a word such as UNAVAILABLE.
        uncut = _spell(first, keep_absent=True)
        best = _choose_best([best, _compare_spellings(uncut, others, truncated)])
    if len({names.suffix, others.suffix} - {None}) > 1:
        return replace(best, score=min(best.score, MAX_SCORE_OF_OTHER_SUFFIX))
    return best


def score_name(printed: str, other: str, *, truncated: bool) -> float:
    """Return how similar two surnames, or two lists of given names, are, from 0 to 1.

    With `truncated`, `other` may be cut short (Doc 9303-3, 4.6).
    """
    return compare_names(PersonName("", printed), PersonName("", other), truncated=truncated).score


def is_partial_name(printed: str, other: str) -> bool:
    """Return whether one of two names has all the words of the other."""
    words = set(other.split())
    spellings = (set(form.split()) for form in transliterate(printed))
    return any(words <= each or each <= words for each in spellings)


def _spell(name: PersonName, *, keep_absent: bool = False) -> Spellings:
    return Spellings(
        spell_name(name.surname, keep_absent=keep_absent),
        spell_name(name.given_names, keep_absent=keep_absent),
    )


def _choose_best(comparisons: Iterable[NameComparison]) -> NameComparison:
    return max(comparisons, key=lambda each: each.score)


def _compare_spellings(first: Spellings, second: Spellings, truncated: bool) -> NameComparison:
    """Compare surname and given names, even swapped; or whole names if one part is empty."""
    if not first.is_whole or not second.is_whole:
        cost = _cost_of_missing_word(first, second)
        return NameComparison(_score_part(first.full_names, second.full_names, truncated, cost))
    surname = _score_part(first.surnames, second.surnames, truncated, MISSING_SURNAME)
    given = _score_part(first.given_names, second.given_names, truncated, MISSING_GIVEN_NAME)
    straight = NameComparison(min(surname, given))
    if straight.score >= 1 - SWAPPED:
        return straight
    crossed = min(
        _score_part(first.surnames, second.given_names, truncated, MISSING_GIVEN_NAME),
        _score_part(first.given_names, second.surnames, truncated, MISSING_GIVEN_NAME),
    )
    return _choose_best([straight, NameComparison(crossed - SWAPPED, swapped=True)])


def _cost_of_missing_word(first: Spellings, second: Spellings) -> float:
    """Return the cost of a missing word: low among given names, high if a part is missing."""
    if not any((*first.surnames, *second.surnames)):
        return MISSING_GIVEN_NAME
    if not any((*first.given_names, *second.given_names)):
        return MISSING_SURNAME
    return MISSING_PART


def _score_part(
    first: Sequence[Words], second: Sequence[Words], truncated: bool, missing_cost: float
) -> float:
    """Return the score of the most similar spellings."""
    if any(words and words in second for words in first):
        return 1.0
    return max(
        _score_spelling(one, other, truncated, missing_cost) for one in first for other in second
    )


def _score_spelling(first: Words, second: Words, truncated: bool, missing_cost: float) -> float:
    if not first or not second:
        return 0.0
    names, others = remove_titles(first), remove_titles(second)
    if sorted(names) == sorted(others) or (truncated and is_truncation(first, second)):
        return 1.0
    # Readers often lose the blank between two words, which does not make it a different name.
    if "".join(names) == "".join(others):
        return 1.0
    scores = score_word_pairs(names, others, truncated=truncated)
    missing = abs(len(names) - len(others))
    return max(sum(scores) / len(scores) - missing_cost * missing, 0.0)
