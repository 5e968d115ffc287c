"""Words of names: their spellings, titles and suffixes, and how similar two names are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

from rapidfuzz.distance import Jaro

from docverify.documents.transliteration import transliterate

TITLES = frozenset(
    ["MR", "MRS", "MS", "MISS", "MME", "MLLE", "HERR", "FRAU", "DR", "PROF", "DIPL", "DIPLING"]
)
SUFFIXES = frozenset(["JR", "SR", "JUNIOR", "SENIOR", "II", "III", "IV", "2ND", "3RD", "4TH"])
SUFFIX_ABBREVIATIONS = {"JUNIOR": "JR", "SENIOR": "SR", "2ND": "II", "3RD": "III", "4TH": "IV"}
ABSENT_NAMES = frozenset(["NONE", "UNAVL", "UNAVAILABLE", "FNU", "LNU", "NFN", "NMN", "NLN", "XXX"])
"""Words that documents, mostly American ones, print in place of a missing name."""

INITIAL_SCORE = 0.95  # for an initial and a name that begins with it
PREFIX_WEIGHT = 0.1  # Winkler 1990: for each of the first letters that are equal
MAX_PREFIX_LETTERS = 4

Words = tuple[str, ...]
SameWord = Callable[[str, str], bool]


def spell_name(text: str, *, keep_absent: bool = False) -> tuple[Words, ...]:
    """Return the spellings of a name in the MRZ, each as its words.

    Words such as NONE are left out unless `keep_absent`.
    """
    dropped = frozenset[str]() if keep_absent else ABSENT_NAMES
    spellings = (
        tuple(word for word in form.split() if word not in dropped) for form in transliterate(text)
    )
    return tuple(dict.fromkeys(spellings))


def is_absent_name(text: str | None) -> bool:
    """Return whether a source has no name: nothing, or a word such as FNU instead."""
    return not text or not any(spell_name(text))


def remove_titles(words: Words) -> Words:
    """Return the words of a name without titles and suffixes, or all words if these are all."""
    names = tuple(word for word in words if word not in TITLES and word not in SUFFIXES)
    return names or words


def pair_words(
    name: Iterable[str], other: Iterable[str], is_same: SameWord
) -> tuple[list[str], list[str], list[str]]:
    """Return the words of the other name that are in the first, and the words that each lacks."""
    common, only_name, only_other = [], [], list(other)
    for word in name:
        same = next((each for each in only_other if is_same(word, each)), None)
        if same is None:
            only_name.append(word)
        else:
            only_other.remove(same)
            common.append(same)
    return common, only_name, only_other


def find_suffix(words: Words) -> str | None:
    """Return the suffix of a name as its abbreviation: JR for JUNIOR."""
    suffix = next((word for word in words[1:] if word in SUFFIXES), None)
    return SUFFIX_ABBREVIATIONS.get(suffix, suffix) if suffix else None


def is_truncation(printed: Words, mrz: Words) -> bool:
    """Return whether the MRZ has the beginnings of the printed words, in the same order."""
    remaining = iter(printed)
    return all(any(word.startswith(part) for word in remaining) for part in mrz)


def score_word_pairs(first: Words, second: Words, *, truncated: bool) -> list[float]:
    """Pair the words of two names, most similar first, and return the scores of the pairs."""
    pairs = [
        (score_words(one, other, truncated=truncated), row, column)
        for row, one in enumerate(first)
        for column, other in enumerate(second)
    ]
    # If scores are equal, the words decide, so that the order of the two names does not matter.
    pairs.sort(key=lambda pair: (-pair[0], sorted((first[pair[1]], second[pair[2]]))))
    paired_rows: set[int] = set()
    paired_columns: set[int] = set()
    scores = []
    for score, row, column in pairs:
        if row not in paired_rows and column not in paired_columns:
            paired_rows.add(row)
            paired_columns.add(column)
            scores.append(score)
    return scores


def score_words(first: str, second: str, *, truncated: bool) -> float:
    """Return how similar two words are, from 0 to 1; `second` may be cut short if `truncated`."""
    if first == second or (truncated and first.startswith(second)):
        return 1.0
    if 1 in (len(first), len(second)):
        return INITIAL_SCORE if first[0] == second[0] else 0.0
    return jaro_winkler(first, second)


def score_words_in_all_spellings(first: str, second: str) -> float:
    """Return how similar two printed words are in their most similar spellings, from 0 to 1."""
    spellings = ({"".join(form) for form in spell_name(word) if form} for word in (first, second))
    return max((score_words(*pair, truncated=False) for pair in product(*spellings)), default=0.0)


def jaro_winkler(first: str, second: str) -> float:
    """Compute the Jaro-Winkler similarity of two words, from 0 to 1 (Winkler 1990).

    Equal first letters count at any similarity; RapidFuzz counts them only above 0.7.
    """
    shorter, longer = sorted((first, second), key=lambda word: (len(word), word))
    score = Jaro.similarity(shorter, longer)
    prefix = 0
    while prefix < min(MAX_PREFIX_LETTERS, len(shorter)) and shorter[prefix] == longer[prefix]:
        prefix += 1
    return score + PREFIX_WEIGHT * prefix * (1 - score)
