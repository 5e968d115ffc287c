"""Names of States in a printed line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache

from rapidfuzz.distance import Prefix

from docverify.documents.code_tables import load_table
from docverify.documents.states import (
    find_state,
    find_states_of_people,
    fold_name,
    list_jurisdiction_names,
    load_foreign_names,
    load_names_without_issuer,
    load_own_names,
    load_states,
)
from docverify.documents.titles import find_title_kinds, has_title_word, list_title_words

MAX_NAME_WORDS = 10
STEM_LETTERS = 5  # with which the names of a State and of its people begin: CANADIAN
LONG_NAME_LETTERS = 8  # for which one more letter is compared: AUSTRALIAN, not AUSTRIAN
STEM_LENGTHS = (STEM_LETTERS, STEM_LETTERS + 1)
BEGINNING_LETTERS = 4  # that words for people in other languages share with the State's name
FORMS_OF_STATES = (
    *("REPUBL", "RESPUB", "KINGD", "FEDER", "DEMOCR", "UNITE", "STATE", "ESTAD", "PEOPLE"),
    *("ISLAN", "TERRIT", "NORTH", "SOUTH", "SAINT"),
)
"""Beginnings of words that occur in the names of several States."""
LINKS = frozenset(
    {
        *("OF", "THE", "AND", "DE", "DEL", "DU", "DES", "D", "LA", "DI", "DO", "DA", "VAN", "DER"),
        *("COMMONWEALTH", "DISTRICT", "REINO", "ROYAUME", "REGNO", "KONIGREICH", "KONINKRIJK"),
    }
)
"""Words between them, and words for kingdoms."""
WORDS = re.compile(r"[^\W\d_]+")


def find_state_names(text: str) -> frozenset[str]:
    """Return the codes of the States that a text names, in English or as they name themselves.

    >>> sorted(find_state_names("THE REPUBLIC OF KENYA - PASSPORT"))
    ['KEN']
    """
    return frozenset(code for _, _, code in _find_runs(split_letters(text), list_state_names()))


def find_foreign_names(text: str) -> frozenset[str]:
    """Return the codes of the States that a text names in a language that is not their own.

    The text may contain nothing else but titles of documents and forms of States, such as kingdom.

    >>> sorted(find_foreign_names("REINO DE SUECIA - PASAPORTE")), find_foreign_names("ANA SUECIA")
    (['SWE'], frozenset())
    """
    return _find_whole_names(text, load_foreign_names())


def names_no_issuer(text: str) -> bool:
    """Return whether a text names a former State or a fantasy passport, and nothing else.

    >>> names_no_issuer("REPUBLIC OF ZAIRE - PASSPORT"), names_no_issuer("REPUBLIC OF KENYA")
    (True, False)
    """
    return bool(_find_whole_names(text, load_names_without_issuer()))


def _find_whole_names(text: str, names: Mapping[str, str]) -> frozenset[str]:
    words = split_letters(text)
    named = [*_find_runs(words, names)]
    places = {place for start, stop, _ in named for place in range(start, stop)}
    is_whole = all(place in places or is_form_of_state(word) for place, word in enumerate(words))
    return frozenset(value for _, _, value in named) if is_whole else frozenset()


def is_form_of_state(word: str) -> bool:
    """Return whether a word in capitals is a form of States, a title or a link between them."""
    is_of_state = word.startswith(FORMS_OF_STATES) or word in LINKS
    return is_of_state or has_title_word(word) or bool(find_title_kinds(word))


def find_words_of_states(words: Sequence[str], states: Collection[str] = ()) -> frozenset[str]:
    """Return the words in capitals that occur in the names of States and their forms.

    The names of `states` in other languages count, too, such as ROUMANIE on a Romanian card.

    >>> sorted(find_words_of_states(["REPUBLIC", "OF", "KENYA", "MILLER"]))
    ['KENYA', 'OF', 'REPUBLIC']
    """
    text = " ".join(words)
    foreign = {name: code for name, code in load_foreign_names().items() if code in states}
    runs = (*_find_runs(words, list_state_names()), *_find_runs(words, foreign))
    named = [word for start, stop, _ in runs for word in words[start:stop]]
    named += [word for name in find_jurisdictions(text) for word in split_letters(name)]
    named += [word for word in words if word in _list_joined_jurisdictions()]
    forms = [word for word in words if word.startswith(FORMS_OF_STATES) or word in LINKS]
    return frozenset((*named, *forms))


def _find_runs(words: Sequence[str], names: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Yield where the longest names of States begin and end among words, and their codes."""
    start = 0
    while start < len(words):
        stop = min(start + MAX_NAME_WORDS, len(words))
        while stop > start and "".join(words[start:stop]) not in names:
            stop -= 1
        if stop > start:
            yield start, stop, names["".join(words[start:stop])]
        start = max(stop, start + 1)


def names_nationality(text: str, codes: Collection[str]) -> bool:
    """Return whether a text names the people of one of these States, in English or their language.

    A word for the people of other States does not, even if it begins like the name of one of these.

    >>> names_nationality("AUSTRALIAN", ["AUS"]), names_nationality("AUSTRIAN", ["AUS"])
    (True, False)
    >>> names_nationality("AUSTRALIAN", ["AUT"]), names_nationality("ÖSTERREICHISCH", ["AUT"])
    (False, True)
    """
    stems = _list_stems(frozenset(codes))
    return any(
        word.startswith(stems) and not _names_other_people(word, codes)
        for word in split_letters(text)
    )


def _names_other_people(word: str, codes: Collection[str]) -> bool:
    people = find_states_of_people(word)
    return bool(people) and people.isdisjoint(codes)


def begins_like_state(text: str, code: str, letters: int = BEGINNING_LETTERS) -> bool:
    """Return whether a word begins like a name of a State in any language of the tables.

    Words for its people in other languages do: VENEZOLANA, KENIANISCH, MAROCAINE.

    >>> begins_like_state("VENEZOLANA", "VEN"), begins_like_state("NARNIAN", "KEN")
    (True, False)
    """
    beginnings = {word[:letters] for word in _list_words_of_state(code) if len(word) >= letters}
    return any(word[:letters] in beginnings for word in split_letters(text))


def find_words_like_state(text: str, code: str, other: str) -> list[str]:
    """Return the words that begin like a State's names, with more letters than like another's.

    >>> find_words_like_state("AUSTRALIENNE", "AUS", "AUT")
    ['AUSTRALIENNE']
    >>> find_words_like_state("AUSTRALIENNE", "AUT", "AUS")
    []
    """
    return [
        word
        for word in split_letters(text)
        if _count_same_letters(word, code) > _count_same_letters(word, other)
    ]


def _count_same_letters(word: str, code: str) -> int:
    """Return the most letters with which a word and a word for a State or its people begin."""
    known = _list_words_of_state(code)
    return max((Prefix.similarity(word, each) for each in known), default=0)


@lru_cache(maxsize=512)
def _list_words_of_state(code: str) -> frozenset[str]:
    """Return the words for a State and its people in any language, without forms of States."""
    titles = load_table("state_titles")
    state = find_state(code)
    tables = (titles["names"], titles["foreign_names"], titles["people"])
    names = [name for each in tables for name in each.get(code, ())]
    words = split_letters(" ".join([*names, state.name if state else ""]))
    return frozenset(
        word for word in words if not word.startswith(FORMS_OF_STATES) and word not in LINKS
    )


@lru_cache(maxsize=256)  # an MRZ may have any code
def _list_stems(codes: frozenset[str]) -> tuple[str, ...]:
    """Return the first letters of the names of these States, in English or their own language."""
    own = load_table("state_titles")["names"]
    names = [state.name for code in codes if (state := find_state(code))]
    names += [name for code in codes for name in own.get(code, ())]
    return tuple(
        cut_stem(word)
        for name in names
        for word in split_letters(name)
        if len(word) >= STEM_LETTERS and not word.startswith(FORMS_OF_STATES)
    )


def cut_stem(name: str) -> str:
    """Return the letters with which a State's name and the words for its people begin."""
    return name[: STEM_LENGTHS[len(name) >= LONG_NAME_LETTERS]]


def list_single_word_names() -> Iterator[tuple[str, str]]:
    """Yield the names of issuing States that are one word, each with its code.

    Names in other languages that begin like a word of a title are left out: SERVIE and SERVICES.
    """
    states = [state for state in load_states().values() if state.may_issue]
    names = [(state.name, state.code) for state in states]
    own = load_table("state_titles")["names"]
    names += [(name, code) for code, each in own.items() for name in each]
    titles = [word.upper() for word in list_title_words()]
    names += [
        (name, code)
        for name, code in load_foreign_names().items()
        if not any(word.startswith(cut_stem(name)) for word in titles)
    ]
    for name, code in names:
        words = split_letters(name)
        if len(words) == 1:
            yield words[0], code


def find_jurisdictions(text: str) -> frozenset[str]:
    """Return the States and provinces of North America whose names are in a text.

    Of two names in the same words, the longer one counts: West Virginia, not Virginia.
    """
    printed = f" {' '.join(split_letters(text))} "
    names = [name for name, words in _words_of_jurisdictions().items() if words in printed]
    return frozenset(
        name for name in names if not any(name != other and name in other for other in names)
    )


@cache
def _words_of_jurisdictions() -> Mapping[str, str]:
    """Return the words of each name in capitals, with blanks around them."""
    names = list_jurisdiction_names(("USA", "CAN"))
    return {name: f" {' '.join(split_letters(name))} " for name in names}


@cache
def list_words_of_jurisdictions() -> frozenset[str]:
    """Return the single words of those names, which may be printed on separate lines."""
    return frozenset(word for words in _words_of_jurisdictions().values() for word in words.split())


@cache
def _list_joined_jurisdictions() -> frozenset[str]:
    """Return their names without blanks, because readers join words: NEWMEXICO."""
    return frozenset(words.replace(" ", "") for words in _words_of_jurisdictions().values())


@cache
def list_state_names() -> Mapping[str, str]:
    """Return the code of each issuing State by the letters of its names."""
    states = load_states().values()
    english = {fold_name(each.name): each.code for each in states if each.may_issue}
    return english | load_own_names()


def split_letters(text: str) -> list[str]:
    """Return the words of a text in capitals without accents."""
    letters = unicodedata.normalize("NFKD", text.upper())
    return WORDS.findall("".join(each for each in letters if not unicodedata.combining(each)))
