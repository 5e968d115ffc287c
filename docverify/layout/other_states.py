"""Titles of a State that has not issued the document: its people, or its name misspelt."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from docverify.documents.states import find_people
from docverify.documents.titles import find_title_kinds, has_title_word
from docverify.layout.state_names import (
    STEM_LENGTHS,
    cut_stem,
    find_state_names,
    list_single_word_names,
    list_state_names,
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
LETTERS_PER_ERROR = 6
SAME_SHAPES = str.maketrans("01|5L8Q", "OIISIBO")
"""Characters that readers take for letters of the same shape."""


def names_other_state(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title names a State or its people, and none of the accepted codes.

    The name may be misspelt. Titles in languages that the tables lack name nothing.

    >>> names_other_state("KENYAN PASSPORT", ["AUS"]), names_other_state("KENYAN PASSPORT", ["KEN"])
    (True, False)
    >>> names_other_state("REPUBLIC OF KENIA", ["KEN"]), names_other_state("AUSTRAILIA", ["FIN"])
    (True, True)
    >>> names_other_state("DOMINICAN PASSPORT", ["DOM"])
    False
    """
    if find_state_names(text) & set(accepted):
        return False
    return _names_other_people(text, accepted) or any(
        _resembles_other_state(name, accepted, is_whole=is_whole)
        for name, is_whole in _list_names(text)
    )


def _names_other_people(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title such as KENYAN PASSPORT or PERUVIAN REPUBLIC has other people."""
    words = split_letters(text)
    if not (find_title_kinds(text) or FORMS_OF_STATES.intersection(words)):
        return False
    people = [codes for word in words if (codes := find_people(word))]
    has_other = any(codes.isdisjoint(accepted) for codes in people)
    has_own = any(not codes.isdisjoint(accepted) for codes in people)
    is_foreign = has_other or (not has_own and _has_title_of_other_language(text, accepted))
    return is_foreign and not names_people(text, accepted)


def _has_title_of_other_language(text: str, accepted: Collection[str]) -> bool:
    """Return whether a title has a word like a State's name, as PASSAPORTO ITALIANO.

    Words for people begin with the letters of the name in English or in the State's own language.
    """
    if not find_title_kinds(text):
        return False
    words = split_letters(text)
    found = [_stems_of_names().get(word[:length]) for word in words for length in STEM_LENGTHS]
    return any(codes and codes.isdisjoint(accepted) for codes in found)


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
    """
    letters = name.replace(" ", "")
    if len(letters) < (MIN_NAME_LETTERS if is_whole else MIN_ALONE_LETTERS):
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
        return False  # A name without an error is compared elsewhere; DOMINICAN is no DOMINICA.
    if not own:
        return bool(nearest)
    # Titles in French or Spanish end in other letters: only the English phrase has English names.
    return is_whole and all(_fold_shapes(letters) != _fold_shapes(each) for each in own)


def _fold_shapes(letters: str) -> str:
    """Return letters as a reader may take them, with double letters once."""
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
