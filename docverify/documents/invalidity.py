"""Marks of invalidity, such as CANCELLED, VOID and COPY, in the languages of the labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from docverify.documents.languages import WordList, find_words, fold_letters

MAX_MARK_WORDS = 6  # words of a line that is a mark; longer ones are sentences
WORDS = re.compile(r"[^\W\d_]+")


def has_invalidity_mark(text: str) -> bool:
    """Return whether a printed line marks its document as invalid, or as a copy.

    The mark is the line, or among the words of a short line without a condition.

    >>> has_invalidity_mark("C A N C E L L E D"), has_invalidity_mark("CERTIFIED COPY")
    (True, True)
    >>> has_invalidity_mark("VOID IF ALTERED")
    False
    """
    words = _fold_words(text)
    if "".join(words) in _join(WordList.INVALIDITY_MARKS):
        return True
    marks = _split(WordList.INVALIDITY_MARKS)
    if len(words) > MAX_MARK_WORDS:
        return any({*words} == {*mark} for mark in marks)  # The mark, printed many times.
    return not has_condition(text) and any(_has_run(words, mark) for mark in marks)


def has_condition(text: str) -> bool:
    """Return whether a printed line is a sentence with a condition, such as VOID IF ALTERED."""
    words = _fold_words(text)
    return any(_has_run(words, each) for each in _split(WordList.CONDITIONS))


def _has_run(words: Sequence[str], run: Sequence[str]) -> bool:
    starts = range(len(words) - len(run) + 1)
    return any(words[start : start + len(run)] == run for start in starts)


@cache
def _join(word_list: WordList) -> Collection[str]:
    return frozenset("".join(words) for words in _split(word_list))


@cache
def _split(word_list: WordList) -> tuple[tuple[str, ...], ...]:
    return tuple(_fold_words(each) for each in sorted(find_words(word_list)))


def _fold_words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(fold_letters, WORDS.findall(text))))
