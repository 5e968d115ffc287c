"""Entries of the lists of words that occur in a printed line, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from docverify.documents.languages import WordList, find_words, fold_letters

WORDS = re.compile(r"[^\W_]+")
DIGITS_AS_LETTERS = str.maketrans("013458", "OIEASB")


def begins_with(words: Sequence[str], word_list: WordList) -> bool:
    """Return whether successive words begin with an entry of a list."""
    return any(start == 0 for start, _ in find_runs(words, word_list))


def find_runs(words: Sequence[str], word_list: WordList) -> Iterator[tuple[int, int]]:
    """Yield where entries of a list begin and end among successive words."""
    runs = _group_by_first_word(word_list)
    for start, word in enumerate(words):
        for run in runs.get(word, ()):
            if words[start : start + len(run)] == run:
                yield start, start + len(run)


@cache
def _group_by_first_word(word_list: WordList) -> Mapping[str, Sequence[tuple[str, ...]]]:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for run in filter(None, split_entries(word_list)):
        groups.setdefault(run[0], []).append(run)
    return groups


@cache
def split_entries(word_list: WordList) -> tuple[tuple[str, ...], ...]:
    """Return the words of each entry of a list."""
    return tuple(fold_words(each) for each in sorted(find_words(word_list)))


def fold_words(text: str) -> tuple[str, ...]:
    """Return the words of a text; digits within a word are letters of their shape."""
    words = (word for word in WORDS.findall(text) if not word.isdigit())
    return tuple(filter(None, (fold_letters(word.translate(DIGITS_AS_LETTERS)) for word in words)))
