"""Names in two spellings: as printed, as the machine readable zone writes them, as claimed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docverify.documents.transliteration import remove_marks, transliterate

TITLES = frozenset(
    ["MR", "MRS", "MS", "MISS", "MME", "MLLE", "HERR", "FRAU", "DR", "PROF", "DIPL", "DIPLING"]
)
SUFFIXES = frozenset(["JR", "SR", "JUNIOR", "SENIOR", "II", "III", "IV", "2ND", "3RD", "4TH"])
SPELT_OUT = {"JUNIOR": "JR", "SENIOR": "SR", "2ND": "II", "3RD": "III", "4TH": "IV"}
ABSENT = frozenset(["NONE", "UNAVL", "UNAVAILABLE", "FNU", "LNU", "NFN", "NMN", "NLN", "XXX"])
"""What stands where there is no name, on American documents above all."""


@dataclass(frozen=True)
class PersonName:
    """The name of a person as one source writes it.

    Where the source does not part it, or a person has one name only, the other part is empty.
    """

    surname: str = field(default="", repr=False)
    given_names: str = field(default="", repr=False)


@dataclass(frozen=True)
class NameComparison:
    """How alike two names are, from 0 to 1, and what had to be allowed for to find them so.

    `missing` counts the names that one of the two lacks.
    """

    score: float
    swapped: bool = False
    transliterated: bool = False
    truncated: bool = False
    suffix_differs: bool = False
    missing: int = 0


INITIAL = 0.95
MISSING_GIVEN_NAME = 0.03
MISSING_SURNAME = 0.10
MISSING_PART = 0.20  # where a source has one name only: the other name is no middle name
SWAPPED = 0.05
MAX_WITH_OTHER_SUFFIX = 0.84  # father and son are two persons

Words = tuple[str, ...]


def split_name(full_name: str) -> PersonName:
    """Part a name at its comma: DOE, JOHN A; one without is left whole, its order unknown."""
    surname, comma, given_names = full_name.partition(",")
    return (
        PersonName(surname.strip(), given_names.strip())
        if comma
        else PersonName("", full_name.strip())
    )


def compare_names(
    first: PersonName, second: PersonName, *, truncated: bool = False
) -> NameComparison:
    """Compare the names of two sources, in any spelling that Doc 9303 allows.

    The score is that of the less alike of surname and given names. Given names may stand in any
    order; one that is missing costs 0.03, an initial 0.05, names swapped with the surname 0.05.
    `truncated` tells that the second source may have cut names short (Doc 9303-3, 4.6). Titles
    count for nothing; a suffix that only one source has neither; two different ones cap the score.
    """
    forms = _forms(first), _forms(second)
    score, missing, swapped = _best(*forms, truncated=truncated)
    plains = _plain_form(first), _plain_form(second)
    plain = score if plains == forms else _best(*plains, truncated=truncated)[0]
    whole = _best(*forms, truncated=False)[0] if truncated else score
    suffixes = _suffix(forms[0]), _suffix(forms[1])
    differs = all(suffixes) and suffixes[0] != suffixes[1]
    return NameComparison(
        score=min(score, MAX_WITH_OTHER_SUFFIX) if differs else score,
        swapped=swapped,
        transliterated=plain < score,
        truncated=whole < score,
        suffix_differs=differs,
        missing=missing,
    )


def score_name(printed: str, zone: str, *, truncated: bool) -> float:
    """Compare one part of a name with the zone's, from 0 to 1; 1 when a form of it is the same.

    A truncated name agrees when its words begin the printed ones (Doc 9303-3, 4.6).
    """
    compared = compare_names(PersonName("", printed), PersonName("", zone), truncated=truncated)
    return compared.score


def is_partial_name(printed: str, zone: str) -> bool:
    """Tell whether one of two names has all the words of the other."""
    words = set(zone.split())
    forms = (set(form.split()) for form in transliterate(printed))
    return any(words <= form or form <= words for form in forms)


# Of names in capitals: a reader takes an I for a small L or a 1, an O for a 0.
CAPITAL_I = re.compile("(?<=[A-Z])[l|]|[l|](?=[A-Z])")
DIGITS_AS_LETTERS = str.maketrans("01568", "OISGB")
LOST_MARKS = re.compile("(?<=A)[AE]|(?<=[OU])E")  # Doc 9303-3, section 6: of Å, Ä, Ö, Ø and Ü


def is_same_name(printed: str, zone: str, *, truncated: bool = False) -> bool:
    """Tell whether a printed name is that of zone or barcode, but for what is lost in reading.

    Its words may stand in any order and some of them as initials; marks of letters may be lost,
    and figures or a small L stand for the letters that they look like.
    """
    return any(
        _is_same(_core(one)[0], _core(other)[0]) or (truncated and _is_truncation(one, other))
        for one in _misread(printed)
        for other in _spellings(zone)
        if one and other
    )


def contains_name(line: str, zone: str) -> bool:
    """Tell whether all the words of a name stand in a line, in any order, among others."""
    return any(
        other and not _without(_core(one)[0], _core(other)[0])[1]
        for one in _misread(line)
        for other in _spellings(zone)
    )


def _misread(printed: str) -> Iterator[Words]:
    """Yield the words of a name, and what they are if the reader took letters for others."""
    yield from _spellings(printed)
    letters = CAPITAL_I.sub("I", printed).translate(DIGITS_AS_LETTERS)
    if letters != printed:
        yield from _spellings(letters)


def _is_same(printed: Words, zone: Words) -> bool:
    if _lost("".join(printed), "".join(zone)):
        return True  # in the same order, whatever blanks were lost
    left, lacking = _without(printed, zone)
    initials = len(left) == len(lacking) < len(printed)
    return initials and all(map(_is_initial, sorted(left), sorted(lacking)))


def _without(printed: Words, zone: Words) -> tuple[list[str], list[str]]:
    """Take away the words that are the same; what is left of both."""
    left, lacking = list(printed), []
    for word in zone:
        found = next((each for each in left if _lost(each, word)), None)
        if found is None:
            lacking.append(word)
        else:
            left.remove(found)
    return left, lacking


def _lost(printed: str, zone: str) -> bool:
    """Tell whether two words are the same, or the printed one only lost its marks: MULLER."""
    if printed == zone or len(printed) >= len(zone):
        return printed == zone
    return LOST_MARKS.sub("", printed) == LOST_MARKS.sub("", zone)


def _is_initial(one: str, other: str) -> bool:
    return 1 in (len(one), len(other)) and one[0] == other[0]


Forms = tuple[tuple[Words, ...], tuple[Words, ...]]
"""The spellings of surname and given names, as words."""

Likeness = tuple[float, int]
"""A score, and how many names are missing."""


def _forms(name: PersonName) -> Forms:
    return _spellings(name.surname), _spellings(name.given_names)


def _spellings(text: str) -> tuple[Words, ...]:
    return tuple(dict.fromkeys(_words(form) for form in transliterate(text)))


def _plain_form(name: PersonName) -> Forms:
    """Return the spelling that only drops what the zone has not: accents, dots, apostrophes."""
    surname, given = (
        _words(next(transliterate(text)) if text.isascii() else remove_marks(text))
        for text in (name.surname, name.given_names)
    )
    return (surname,), (given,)


def _words(form: str) -> Words:
    return tuple(word for word in form.split() if word not in ABSENT)


def _suffix(forms: Forms) -> str | None:
    found = (_core(words)[1] for part in forms for words in part)
    return next((each for each in found if each), None)


def _core(words: Words) -> tuple[Words, str | None]:
    """Part a name from its titles and its suffix; a name of these words alone stays."""
    names = [word for word in words if word not in TITLES and word not in SUFFIXES]
    suffix = next((word for word in words[1:] if word in SUFFIXES), None)
    return tuple(names) or words, SPELT_OUT.get(suffix or "", suffix)


def _best(first: Forms, second: Forms, *, truncated: bool) -> tuple[float, int, bool]:
    """Compare part by part, swapped, and where a part is empty, as a whole."""
    parts = [part for form in (first, second) for part in form]
    if not all(words for part in parts for words in part):
        return (*_alike(_whole(first), _whole(second), truncated, _cost_of_parts(parts)), False)
    surname = _alike(first[0], second[0], truncated, MISSING_SURNAME)
    given = _alike(first[1], second[1], truncated, MISSING_GIVEN_NAME)
    straight = (min(surname[0], given[0]), surname[1] + given[1], False)
    if straight[0] >= 1 - SWAPPED:
        return straight
    across = [_alike(first[at], second[1 - at], truncated, MISSING_GIVEN_NAME) for at in (0, 1)]
    turned = (min(across)[0] - SWAPPED, across[0][1] + across[1][1], True)
    return max(straight, turned, key=lambda each: each[0])


def _cost_of_parts(parts: Sequence[tuple[Words, ...]]) -> float:
    """Tell what a missing word costs: little among given names, much where a part is missing."""
    surnames, given = (parts[0], parts[2]), (parts[1], parts[3])
    only_given = all(not words for part in surnames for words in part)
    only_surnames = all(not words for part in given for words in part)
    return MISSING_GIVEN_NAME if only_given else MISSING_SURNAME if only_surnames else MISSING_PART


def _whole(forms: Forms) -> tuple[Words, ...]:
    return tuple(surname + given for surname in forms[0] for given in forms[1])


def _alike(
    first: Sequence[Words], second: Sequence[Words], truncated: bool, missing: float
) -> Likeness:
    """Compare the spellings of two names: the most alike ones count."""
    if set(first) & set(second) - {()}:
        return 1.0, 0
    found = (_likeness(one, other, truncated, missing) for one in first for other in second)
    return max(found, key=lambda each: each[0])


def _likeness(first: Words, second: Words, truncated: bool, missing: float) -> Likeness:
    if not first or not second:
        return 0.0, 0
    names, others = _core(first)[0], _core(second)[0]
    if sorted(names) == sorted(others) or (truncated and _is_truncation(first, second)):
        return 1.0, 0
    # A reader often loses the blank between two words: that is no other name.
    if "".join(names) == "".join(others):
        return 1.0, 0
    scores = _aligned(names, others, truncated)
    lacking = abs(len(names) - len(others))
    return max(sum(scores) / len(scores) - missing * lacking, 0.0), lacking


def _is_truncation(printed: Words, zone: Words) -> bool:
    """Tell whether each word of the zone begins a printed one, in their order."""
    rest = iter(printed)
    return all(any(word.startswith(part) for word in rest) for part in zone)


def _aligned(first: Words, second: Words, truncated: bool) -> list[float]:
    """Pair the words of two names, the most alike first; the scores of the pairs."""
    # Equal pairs come in the order of their words, whichever of the names is the first.
    pairs = sorted(
        (
            (_word_likeness(one, other, truncated), (row, column))
            for row, one in enumerate(first)
            for column, other in enumerate(second)
        ),
        key=lambda pair: (-pair[0], sorted((first[pair[1][0]], second[pair[1][1]]))),
    )
    rows: set[int] = set()
    columns: set[int] = set()
    scores = []
    for score, (row, column) in pairs:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            scores.append(score)
    return scores


def _word_likeness(first: str, second: str, truncated: bool) -> float:
    if first == second or (truncated and first.startswith(second)):
        return 1.0
    if 1 in (len(first), len(second)):
        return INITIAL if first[0] == second[0] else 0.0
    return jaro_winkler(first, second)


def jaro_winkler(first: str, second: str) -> float:
    """Tell how alike two words are, from 0 to 1 (Winkler 1990): 0.1 for each of 4 first letters."""
    score = _jaro(*sorted((first, second), key=lambda each: (len(each), each)))
    same = 0
    while same < min(4, len(first), len(second)) and first[same] == second[same]:
        same += 1
    return score + 0.1 * same * (1 - score)


def _jaro(shorter: str, longer: str) -> float:
    """Count the letters that both have within half the length, and those in another order."""
    if shorter == longer:
        return 1.0
    reach = max(len(longer) // 2 - 1, 0)
    free = list(longer)
    common = []
    for at, letter in enumerate(shorter):
        start = max(at - reach, 0)
        if letter in free[start : at + reach + 1]:
            free[free.index(letter, start)] = ""
            common.append(letter)
    if not common:
        return 0.0
    others = [letter for letter, left in zip(longer, free, strict=True) if not left]
    moved = sum(one != other for one, other in zip(common, others, strict=True)) // 2
    count = len(common)
    return (count / len(shorter) + count / len(longer) + (count - moved) / count) / 3
