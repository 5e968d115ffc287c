"""Words of a line that the document explains: its holder, State, title and labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain

from docverify.documents.code_tables import load_table
from docverify.documents.label_table import OTHER
from docverify.documents.languages import (
    WordList,
    find_sexes,
    find_words,
    fold_letters,
    list_labels,
    list_titles,
)
from docverify.documents.licence_mottos import leave_out_mottos
from docverify.documents.misread_names import DIGITS_AS_LETTERS, is_same_word
from docverify.documents.name_words import SUFFIXES, TITLES, spell_name
from docverify.documents.states import find_states_of_people
from docverify.documents.titles import find_title_kinds
from docverify.documents.value_shapes import has_latin_letters
from docverify.layout.state_names import (
    find_state_names,
    find_words_of_states,
    names_nationality,
    split_letters,
)

NO_APOSTROPHES = str.maketrans("", "", "'’`")  # noqa: RUF001 -- documents print all of them
BLANK_APOSTROPHES = str.maketrans("'’`", "   ")  # noqa: RUF001
SEPARATORS = str.maketrans("_", " ")
EXPLAINING_LISTS = (
    *(WordList.CONTINUATIONS, WordList.DATE_NOUNS, WordList.LICENCE_TITLES, WordList.OTHER_NAMES),
    *(WordList.SPECIMEN_MARKS, WordList.CONDITIONS, WordList.INSTRUCTIONS),
    *(WordList.POSSIBILITIES, WordList.PRINTED_LARGE),
)
"""Lists of words that do not occur in a person's name, or that a separate check finds."""


def find_unexplained_words(
    text: str, names: Collection[str], states: Collection[str], *, is_american: bool = False
) -> tuple[str, ...]:
    """Return the words of a line that are not from a title, label or State, nor from the names.

    `states` are the codes of the issuer and the nationality: a title may name their people. With
    `is_american`, words that only licences of North America print are explained, too. Numbers are
    left out; digits within a word are read as the letters that they look like.

    >>> find_unexplained_words("PASSPORT OF JANE MILLER", ["JANE"], ["KEN"])
    ('MILLER',)
    >>> find_unexplained_words("REPUBLIC OF KENYA", ["JANE"], ["KEN"])
    ()
    """
    joined = text.translate(NO_APOSTROPHES).translate(SEPARATORS).split()
    split = text.translate(BLANK_APOSTROPHES).translate(SEPARATORS).split()
    spellings = (
        _leave_out_explained(each, names, states, _list_words_of_forms(is_american))
        for each in (joined, split)
    )
    return min(spellings, key=len)


def _leave_out_explained(
    texts: Sequence[str], names: Collection[str], states: Collection[str], forms: Collection[str]
) -> tuple[str, ...]:
    letters = (each.translate(DIGITS_AS_LETTERS) for each in texts if _is_of_letters(each))
    words = leave_out_mottos(split_letters(" ".join(letters)))
    own = {each for name in names for spelling in spell_name(name) for each in spelling}
    explained = TITLES | SUFFIXES | find_words_of_states(words, states)
    unknown = tuple(
        word
        for word in words
        if word not in explained
        and word not in forms
        and not any(is_same_word(word, each) for each in own)
        and not names_nationality(word, states)
        and find_states_of_people(word).isdisjoint(states)
        and not find_title_kinds(word)
    )
    return () if _is_translation(unknown, words, states) else unknown


def _is_translation(unknown: Sequence[str], words: Sequence[str], states: Collection[str]) -> bool:
    """Return whether words in another script translate the State or the title in their line."""
    text = " ".join(words)
    has_translation = bool(find_state_names(text) & set(states) or find_title_kinds(text))
    return has_translation and not any(map(has_latin_letters, unknown))


def _is_of_letters(text: str) -> bool:
    return sum(map(str.isalpha, text)) > sum(map(str.isdigit, text))


@cache
def _list_words_of_forms(is_american: bool) -> frozenset[str]:
    """Return the words of titles and labels in all languages, in capitals.

    Marks of invalidity and labels of other things count only if they are a single word: FAUX of
    FAUX DOCUMENT and BRANCH of BRANCH OF SERVICE are names, too.
    """
    lists = chain.from_iterable(find_words(each) for each in EXPLAINING_LISTS)
    marks = (mark for mark in find_words(WordList.INVALIDITY_MARKS) if " " not in mark)
    labels = (label for label, name in list_labels() if name != OTHER or " " not in label)
    titles = dict(list_titles())
    cards = load_table("licence_cards")
    on_licences = chain(cards["not_names"], cards["printed_large"]) if is_american else ()
    words = {
        word
        for form in chain(lists, marks, labels, titles, on_licences, *cards["labels"].values())
        for word in split_letters(form.translate(BLANK_APOSTROPHES))
    }
    return frozenset(words | {fold_letters(each).upper() for each in find_sexes()})
