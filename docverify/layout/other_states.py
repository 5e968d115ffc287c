"""Titles that name a State other than the issuer, or its people, or misspell a State's name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from docverify.documents.states import find_people
from docverify.documents.titles import find_title_kinds, has_title_word
from docverify.layout.state_names import (
    STEM_LENGTHS,
    begins_like_state,
    cut_stem,
    find_foreign_names,
    find_state_names,
    list_single_word_names,
    list_state_names,
    list_words_of_jurisdictions,
    names_people,
    split_letters,
)

FORMS_OF_STATES = frozenset(
    {"REPUBLIC", "KINGDOM", "CONFEDERATION", "FEDERATION", "PRINCIPALITY", "SULTANATE", "EMIRATES"}
)
PHRASE = re.compile(
    r"\b(?:REPUBLIC|KINGDOM|STATES?|COMMONWEALTH|UNION|FEDERATION|PRINCIPALITY|SULTANATE)"
    r" OF (?:THE )?(.+)"
)
MIN_NAME_LETTERS = 5  # of a State whose name may be misspelt
MIN_ALONE_LETTERS = 7  # of such a name without "Republic of": shorter ones resemble first names
MAX_WORDS_OF_PEOPLE = 2  # of a nationality; other text may have a word that begins like a State
MIN_SAME_LETTERS = 3  # that a word for people shares with a State: SVENSK and SVERIGE
LETTERS_PER_ERROR = 6
FIRST_LETTERS, LAST_LETTERS = 3, 2  # that names in other languages seldom have, too
SAME_SHAPES = str.maketrans("01|5L8QGVYD", "OIISIBOCUUO")
"""Characters that readers take for letters of the same shape."""


def names_other_state(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title names a State or people other than those of the accepted codes.

    The name may be misspelt, or in a language other than the State's own. Titles in languages that
    the tables lack name nothing.

    >>> names_other_state("KENYAN PASSPORT", ["AUS"]), names_other_state("KENYAN PASSPORT", ["KEN"])
    (True, False)
    >>> names_other_state("REPUBLIC OF KENIA", ["KEN"]), names_other_state("AUSTRAILIA", ["FIN"])
    (True, True)
    >>> names_other_state("DOMINICAN PASSPORT", ["DOM"]), names_other_state("ALEMANIA", ["FRA"])
    (False, True)
    """
    if find_state_names(text) & set(accepted):
        return False
    if foreign := find_foreign_names(text):
        # KENIA is right in Spanish, REPUBLIC OF KENIA in no language.
        return foreign.isdisjoint(accepted) or PHRASE.search(text.upper()) is not None
    return _names_other_people(text, accepted) or any(
        _resembles_other_state(name, accepted, is_whole=is_whole)
        for name, is_whole in _list_names(text)
    )


def _names_other_people(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title such as KENYAN PASSPORT or PERUVIAN REPUBLIC names other people."""
    words = split_letters(text)
    if not (find_title_kinds(text) or FORMS_OF_STATES.intersection(words)):
        return False
    people = {word: codes for word in words if (codes := find_people(word))}
    if any(not codes.isdisjoint(accepted) for codes in people.values()):
        return False
    # A word for other people excuses nothing by its first letters: GUINEAN on Guinea-Bissau's.
    rest = " ".join(word for word in words if word not in people)
    is_foreign = bool(people) or _has_title_of_other_language(text, accepted)
    return is_foreign and not names_people(rest, accepted)


def _has_title_of_other_language(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title has a word like a State's name, such as PASSAPORTO ITALIANO.

    Words for people begin with the letters of the name in English or in the State's own language.
    """
    if not find_title_kinds(text):
        return False
    found = _find_stems(split_letters(text))
    return bool(found) and all(codes.isdisjoint(accepted) for codes in found)


def names_foreign_people(text: str, code: str) -> bool:
    """Return whether a word begins like the name of another State, and none like that of the code.

    So do words for people in other languages than English.

    >>> names_foreign_people("KENIANISCH", "AUS"), names_foreign_people("MAGYAR", "HUN")
    (True, False)
    """
    words = split_letters(text)
    found = _find_stems(words) if len(words) <= MAX_WORDS_OF_PEOPLE else []
    is_foreign = bool(found) and all(code not in codes for codes in found)
    return is_foreign and not begins_like_state(text, code, MIN_SAME_LETTERS)


def _find_stems(words: Iterable[str]) -> list[frozenset[str]]:
    """Return the codes of the States whose names begin like a word, for each such beginning."""
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
    """Return whether a name is misspelt, and is not an accepted State's that was misread.

    Only a name with the right first letter counts: a forger who hopes to be overlooked keeps it.
    The COLUMBIA of British Columbia is not a misspelt Colombia.
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
    if fewest == 0 or not find_people(letters).isdisjoint(accepted):
        return False  # A name without an error is compared elsewhere; DOMINICAN is not DOMINICA.
    if not own:
        return bool(nearest)
    # Titles in French or Spanish end in other letters: only the English phrase has English names.
    is_misread = any(_fold_shapes(letters) == _fold_shapes(each) for each in own)
    return not is_misread and (is_whole or any(_has_same_ends(letters, each) for each in own))


def _has_same_ends(letters: str, name: str) -> bool:
    """Return whether a misspelt name begins and ends like the right one, such as AUSTRAILIA."""
    return letters[:FIRST_LETTERS] == name[:FIRST_LETTERS] and (
        letters[-LAST_LETTERS:] == name[-LAST_LETTERS:]
    )


def _fold_shapes(letters: str) -> str:
    """Return letters as a reader may misread them, with double letters once."""
    single = "".join(letter for letter, _ in groupby(letters))
    return single.replace("RN", "M").translate(SAME_SHAPES)


@cache
def _long_names() -> Mapping[str, str]:
    names = list_state_names()
    return {name: code for name, code in names.items() if len(name) >= MIN_NAME_LETTERS}


@cache
def _stems_of_names() -> Mapping[str, frozenset[str]]:
    """Return the codes of States by the letters that their names of one word begin with."""
    found: dict[str, set[str]] = {}
    for name, code in list_single_word_names():
        if len(name) >= MIN_NAME_LETTERS:
            found.setdefault(cut_stem(name), set()).add(code)
    return {stem: frozenset(codes) for stem, codes in found.items()}
