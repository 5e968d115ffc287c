"""Titles that name a State or nationality other than the issuer's, or misspell a State's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from docverify.documents.states import find_states_of_people, list_people_words
from docverify.documents.titles import find_title_kinds, has_title_word
from docverify.layout.state_names import (
    STEM_LENGTHS,
    begins_like_state,
    cut_stem,
    find_foreign_names,
    find_jurisdictions,
    find_state_names,
    is_form_of_state,
    list_single_word_names,
    list_state_names,
    list_words_of_jurisdictions,
    names_nationality,
    names_no_issuer,
    split_letters,
)

FORMS_OF_STATES = frozenset(
    {"REPUBLIC", "KINGDOM", "CONFEDERATION", "FEDERATION", "PRINCIPALITY", "SULTANATE", "EMIRATES"}
)
PHRASE = re.compile(
    r"\b(?:REPUBLIC|KINGDOM|STATES?|COMMONWEALTH|UNION|FEDERATION|PRINCIPALITY|SULTANATE)"
    r" OF (?:THE )?(.+)"
)
UNKNOWN = re.compile(
    r"(?:\w+ ){0,4}"
    r"(?:REPUBLIC|KINGDOM|PRINCIPALITY|SULTANATE|EMPIRE|EMIRATE|COMMONWEALTH|FEDERATION|DUCHY)"
    r" OF (?:THE )?(\w+(?: \w+)??)(?: PASSPORT)?"
)
"""A form of State and its name, with words such as FEDERAL or PEOPLE'S DEMOCRATIC before it."""

UNKNOWN_PEOPLE = re.compile(r"(?:THE )?(\w+(?:IAN|ESE|ISH)) PASSPORT")
NOT_PEOPLE = frozenset({"CIVILIAN", "HUMANITARIAN", "GUARDIAN"})
"""Words in titles of passports that end like those for people."""
LETTERS_PER_MISREADING = 3
MIN_NAME_LETTERS = 5  # of a State whose name may be misspelt
MIN_ALONE_LETTERS = 7  # of such a name without "Republic of": shorter names resemble first names
MAX_WORDS_OF_PEOPLE = 2
"""Words of a nationality; longer texts may have a word that begins like a State by chance."""

MIN_SAME_LETTERS = 3  # that a word for people shares with a State: SVENSK and SVERIGE
LETTERS_PER_ERROR = 6
FIRST_LETTERS, LAST_LETTERS = 3, 2  # which names in other languages rarely have, too
SAME_SHAPES = str.maketrans("01|5L8QGVYD", "OIISIBOCUUO")
"""Characters that readers mistake for letters of the same shape."""


def names_other_state(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title names a State or nationality other than those of the accepted codes.

    The name may be misspelt, or in a language other than the State's own. Titles in languages that
    are not in the tables name nothing.

    >>> names_other_state("KENYAN PASSPORT", ["AUS"]), names_other_state("KENYAN PASSPORT", ["KEN"])
    (True, False)
    >>> names_other_state("REPUBLIC OF KENIA", ["KEN"]), names_other_state("AUSTRAILIA", ["FIN"])
    (True, True)
    >>> names_other_state("DOMINICAN PASSPORT", ["DOM"]), names_other_state("ALEMANIA", ["FRA"])
    (False, True)
    >>> names_other_state("KINGDOM OF NARNIA", ["AUS"]), names_other_state("AUSTRALIA", ["AUS"])
    (True, False)
    """
    if names_no_issuer(text) or _names_unknown_state(text, accepted):
        return True
    if find_state_names(text) & set(accepted):
        return False
    if foreign := find_foreign_names(text):
        # KENIA is right in Spanish, REPUBLIC OF KENIA in no language.
        return foreign.isdisjoint(accepted) or PHRASE.search(text.upper()) is not None
    return _names_other_nationality(text, accepted) or any(
        _resembles_other_state(name, accepted, is_whole=is_whole)
        for name, is_whole in _list_names(text)
    )


def _names_other_nationality(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title such as KENYAN PASSPORT names a nationality that is not accepted."""
    words = split_letters(text)
    if not (find_title_kinds(text) or FORMS_OF_STATES.intersection(words)):
        return False
    nationalities = {word: codes for word in words if (codes := find_states_of_people(word))}
    if any(not codes.isdisjoint(accepted) for codes in nationalities.values()):
        return False
    # Equal first letters do not make a nationality right: GUINEAN on Guinea-Bissau's passport.
    rest = " ".join(word for word in words if word not in nationalities)
    is_foreign = bool(nationalities) or _has_title_of_other_language(text, accepted)
    return is_foreign and not names_nationality(rest, accepted)


def _has_title_of_other_language(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title such as PASSAPORTO ITALIANO has a word like another State's name.

    Words for nationalities begin like the State's name in English or in its own language.
    """
    if not find_title_kinds(text):
        return False
    found = _find_stems(split_letters(text))
    return bool(found) and all(codes.isdisjoint(accepted) for codes in found)


def _names_unknown_state(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title such as KINGDOM OF NARNIA or NARNIAN PASSPORT names no known State.

    A name like an accepted one may be misread, or an older form of it.
    """
    title = " ".join(split_letters(text))
    phrase = UNKNOWN.fullmatch(title) or UNKNOWN_PEOPLE.fullmatch(title)
    if phrase is None or find_state_names(text) or find_foreign_names(text):
        return False
    name = phrase[1]
    letters = name.replace(" ", "")
    is_known = bool(find_states_of_people(name) or find_jurisdictions(name)) or name in NOT_PEOPLE
    if is_known or len(letters) < MIN_NAME_LETTERS or all(map(is_form_of_state, name.split())):
        return False
    own = [each for each, code in _long_names().items() if code in accepted]
    own += [word for code in accepted for word in list_people_words(code)]
    limit = len(letters) // LETTERS_PER_MISREADING
    near = process.extractOne(letters, own, scorer=Levenshtein.distance, score_cutoff=limit)
    return near is None and not any(begins_like_state(name, code) for code in accepted)


def names_foreign_nationality(text: str, code: str) -> bool:
    """Return whether a word begins like the name of another State, and unlike that of this code.

    Words for people in languages other than English do so, too.

    >>> names_foreign_nationality("KENIANISCH", "AUS"), names_foreign_nationality("MAGYAR", "HUN")
    (True, False)
    """
    words = split_letters(text)
    found = _find_stems(words) if len(words) <= MAX_WORDS_OF_PEOPLE else []
    is_foreign = bool(found) and all(code not in codes for codes in found)
    return is_foreign and not begins_like_state(text, code, MIN_SAME_LETTERS)


def _find_stems(words: Iterable[str]) -> list[frozenset[str]]:
    """Return the States whose names begin like the words, as one set of codes per beginning."""
    stems = _stems_of_names()
    return [
        codes for word in words for length in STEM_LENGTHS if (codes := stems.get(word[:length]))
    ]


def _list_names(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what a line may name as a State, and whether "Republic of" or "State of" is in it."""
    line = " ".join(word for word in split_letters(text) if not has_title_word(word))
    phrase = PHRASE.search(line)
    yield line, phrase is not None
    if phrase:
        yield phrase[1], True


def _resembles_other_state(name: str, accepted: Collection[str], *, is_whole: bool) -> bool:
    """Return whether a name is misspelt, and is not a misread name of an accepted State.

    Only names with the right first letter count: a forger who hopes to go unnoticed keeps it. The
    COLUMBIA of British Columbia is not a misspelt Colombia.
    """
    letters = name.replace(" ", "")
    if len(letters) < (MIN_NAME_LETTERS if is_whole else MIN_ALONE_LETTERS):
        return False
    if not is_whole and letters in list_words_of_jurisdictions():
        return False
    known = _long_names()
    limit = max(1, len(letters) // LETTERS_PER_ERROR)
    near = process.extract(
        letters, known.keys(), scorer=Levenshtein.distance, score_cutoff=limit, limit=None
    )
    near = [each for each in near if each[0][0] == letters[0]]
    fewest = min((errors for _, errors, _ in near), default=0)
    nearest = [each for each, errors, _ in near if errors == fewest]
    own = [each for each in nearest if known[each] in accepted]
    if fewest == 0 or not find_states_of_people(letters).isdisjoint(accepted):
        return False  # Names without an error are compared elsewhere; DOMINICAN is not DOMINICA.
    if not own:
        return bool(nearest)
    # Names in French or Spanish end differently: only the English phrase has English names.
    is_misread = any(_fold_shapes(letters) == _fold_shapes(each) for each in own)
    return not is_misread and (is_whole or any(_has_same_ends(letters, each) for each in own))


def _has_same_ends(letters: str, name: str) -> bool:
    """Return whether a misspelt name begins and ends like the right one, such as AUSTRAILIA."""
    return letters[:FIRST_LETTERS] == name[:FIRST_LETTERS] and (
        letters[-LAST_LETTERS:] == name[-LAST_LETTERS:]
    )


def _fold_shapes(letters: str) -> str:
    """Fold letters that a reader confuses, and double letters, into one."""
    single = "".join(letter for letter, _ in groupby(letters))
    return single.replace("RN", "M").translate(SAME_SHAPES)


@cache
def _long_names() -> Mapping[str, str]:
    names = list_state_names()
    return {name: code for name, code in names.items() if len(name) >= MIN_NAME_LETTERS}


@cache
def _stems_of_names() -> Mapping[str, frozenset[str]]:
    """Return the codes of States by the first letters of their names of one word."""
    found: dict[str, set[str]] = {}
    for name, code in list_single_word_names():
        if len(name) >= MIN_NAME_LETTERS:
            found.setdefault(cut_stem(name), set()).add(code)
    return {stem: frozenset(codes) for stem, codes in found.items()}
