"""Names of other people that their own line explains: FATHER: JOHN MERIDIAN, ANN GABLE QIZI."""

from __future__ import annotations

import re
from collections.abc import Collection

from docverify.documents.languages import WordList, fold_letters
from docverify.documents.misread_names import contains_name
from docverify.layout.explained_words import find_unexplained_words
from docverify.layout.names_without_label import fold_list

WORDS = re.compile(r"[^\W\d_]+")
WORDS_FOR_CHILDREN = frozenset(
    {"QIZI", "QYZY", "KYZY", "GYZY", "OGLU", "OĞLU", "OGLI", "OGLY", "ULY", "UULU"}
)
"""Words for son and daughter after the father's name, in Turkic languages."""
STATES_WITH_PATRONYMICS = frozenset({"AZE", "KAZ", "KGZ", "TKM", "TUR", "UZB"})
"""The States whose documents print such words."""


def has_label_before_colon(text: str, *, with_persons: bool) -> bool:
    """Return whether a line has the label of a place or a relative, as in VILLAGE: LANTERN BAY.

    Without `with_persons`, words for relatives and chiefs do not count, and words for groups of
    people, such as a tribe, only count before a single word.
    """
    label, colon, value = text.partition(":")
    words = {fold_letters(word) for word in WORDS.findall(label)}
    known = fold_list(WordList.PLACE_NOUNS)
    if with_persons:
        known |= fold_list(WordList.RELATIVES)
    else:
        known -= fold_list(WordList.CHIEFS)
        known -= fold_list(WordList.GROUPS) if len(value.split()) > 1 else frozenset()
    return bool(colon) and bool(words) and words <= known


def has_label_of_group(text: str) -> bool:
    """Return whether a line has the label of a chief or a group of people before a colon."""
    label, colon, _ = text.partition(":")
    words = {fold_letters(word) for word in WORDS.findall(label)}
    lists = WordList.CHIEFS, WordList.GROUPS
    return bool(colon) and bool(words) and any(words <= fold_list(each) for each in lists)


def has_patronymic(text: str, known: tuple[str, ...], states: Collection[str]) -> bool:
    """Return whether the father's name follows the given names, as in CEYLA DILAVAR QIZI.

    It is one word, and the document or its holder is of a State of a Turkic language. `known` are
    the holder's surname and given names.
    """
    *names, _, last = ("", *text.split())
    return (
        last in WORDS_FOR_CHILDREN
        and not STATES_WITH_PATRONYMICS.isdisjoint(states)
        and not find_unexplained_words(" ".join(names), known, ())
        and any(contains_name(" ".join(names), each) for each in known[-1:])
    )
