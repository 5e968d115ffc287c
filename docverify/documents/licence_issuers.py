"""The State or province that a licence names in its title, or else in the holder's address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from rapidfuzz.distance import Levenshtein

from docverify.documents.code_tables import load_table
from docverify.documents.languages import fold_letters, list_titles
from docverify.documents.misread_names import DIGITS_AS_LETTERS
from docverify.documents.states import Jurisdiction, list_jurisdictions

NORTH_AMERICA = ("USA", "CAN")
MAX_TITLE_DIGITS = 1  # a line with more digits is an address, a date or a number
MIN_LETTERS_WITHIN_WORDS = 7  # of a name that is found among other letters: NEWMEXICO, WAWASHINGTON
MAX_OTHER_LETTERS = 2  # next to a shorter name in one word, as in IDIDAHO
LETTERS_PER_ERROR = 6

FORM = re.compile(r"\b(?:state|commonwealth|province|territory) [o0]f\b", re.IGNORECASE)
AUTHORITY = re.compile(
    r"\b(?:department|dept|division|bureau|registry|office|board|commission)\b\.?"
    r" of (?:motor vehicles?|public safety|transportation|licensing|revenue|driver services)"
    r"|\bmotor vehicles?(?: (?:administration|commission|department|division|services))?\b"
    r"|\bsecretary of state\b|\b(?:dmv|dps|bmv|rmv|mva|mvd|mvc)\b",
    re.IGNORECASE,
)
"""The names of the offices that issue licences."""

CLASS = re.compile(r"\bclass [a-z]{1,2}\b", re.IGNORECASE)
GENERAL = re.compile(r"\b(?:the|great|official|of|real id)\b", re.IGNORECASE)
MIN_TOWN_LETTERS = 3  # because DL ID 512345678 is not a town in Idaho
CODE_LIKE_LABEL = "ID"
US_CITY = re.compile(
    r"[^\W\d_]{2}.*?([ ,.]+)([A-Z][A-Z])[ ,.]*\d[\dOILSB]{4}(?: ?-? ?[\dOILSB]{4})?\W*$"
)
CANADIAN_CITY = re.compile(r"[^\W\d_]{2}.*?(\W+)([A-Z][A-Z])\W+[A-Z]\d[A-Z] ?\d[A-Z]\d\W*$")


def find_printed_jurisdiction(texts: Iterable[str]) -> Jurisdiction | None:
    """Return the issuer named first from the top by the lines of a licence; or None.

    A name takes precedence over one with misread letters, and that over the State of an address,
    because people move. Last comes the code of a State next to that of its country: USA SD.
    """
    texts = tuple(texts)
    titles = [_fold_title(each) for each in texts if _may_be_title(each)]
    found = filter(None, map(_find_name, titles))
    misread = filter(None, map(_find_misread_name, titles))
    named = next(found, None) or next(misread, None) or next(_find_in_addresses(texts), None)
    return named or _find_code(texts)


def _find_code(texts: Iterable[str]) -> Jurisdiction | None:
    """Return the only issuer whose code is printed next to USA or CAN, without other words."""
    alone = _list_words_alone(texts)
    found = [
        each
        for code, each in _jurisdictions_by_code().items()
        if code in alone and each.country in alone
    ]
    return found[0] if len(found) == 1 else None


def prints_code(texts: Iterable[str], issuer: Jurisdiction) -> bool:
    """Return whether the code of an issuer and that of its country are printed, as USA OH."""
    return {issuer.code, issuer.country} <= _list_words_alone(texts)


def _list_words_alone(texts: Iterable[str]) -> set[str]:
    """Return the words of the lines that have one or two words."""
    lines = (text.split() for text in texts)
    return {word for words in lines if len(words) <= 2 for word in words}


def names_jurisdiction(texts: Iterable[str], issuer: Jurisdiction) -> bool:
    """Return whether a line other than an address names an issuer, even joined or misread."""
    titles = (_fold_title(each) for each in texts if _may_be_title(each))
    return any(issuer.code == found.code for each in titles if (found := _find_title(each)))


def find_titled_jurisdiction(text: str) -> Jurisdiction | None:
    """Return the issuer whose name a line is, with a title, an authority or State of; else None.

    After words such as State of, other words may follow the name.

    >>> found = find_titled_jurisdiction("TEXAS DRIVER LICENSE")
    >>> found.code if found else None
    'TX'
    >>> found = find_titled_jurisdiction("THE GREAT STATE OF TEXAS")
    >>> found.code if found else None
    'TX'
    >>> find_titled_jurisdiction("TEXAS"), find_titled_jurisdiction("TEXAS CITY")
    (None, None)
    """
    form = FORM.search(text)
    if form and _may_be_title(text):
        return _find_name_at_start(text[form.end() :])
    words = AUTHORITY.sub(" ", text)
    rest = CLASS.sub(" ", words)
    has_title = words != text or _has_title(rest)
    return find_jurisdiction_alone(GENERAL.sub(" ", rest)) if has_title else None


def _find_name_at_start(text: str) -> Jurisdiction | None:
    """Return the issuer with whose name a text begins, West Virginia before Virginia."""
    words = [_fold_title(word) for word in text.split()]
    beginnings = ("".join(words[:end]) for end in range(len(words), 0, -1))
    names = _jurisdictions_by_letters()
    return next((names[each] for each in beginnings if each in names), None)


def list_names_of_issuer(issuer: Jurisdiction) -> tuple[str, ...]:
    """Return the names of an issuer, and those that its licences have in the table of cards."""
    return (issuer.name, *load_table("licence_cards")["other_names"].get(issuer.code, ()))


def find_jurisdiction_alone(text: str) -> Jurisdiction | None:
    """Return the issuer whose name a line is, with nothing but titles next to it; else None."""
    letters = _remove_title_words(_fold_title(text))
    return _jurisdictions_by_letters().get(letters) if _may_be_title(text) else None


def _has_title(text: str) -> bool:
    letters = _fold_title(text)
    return _remove_title_words(letters) != letters


def is_city_line(text: str) -> bool:
    """Return whether a line is the last one of an address: city, State and postal code.

    The State may be misread only after a comma or a point; otherwise LIC NO 12345 would count.
    """
    match = _match_city(text)
    return match is not None and (
        match[2] in _jurisdictions_by_code() or ("," in match[1] or "." in match[1])
    )


def is_city_line_of_state(text: str) -> bool:
    """Return whether a line has a town, the code of a State of North America and a postal code.

    A comma or a point must be before ID, which is Idaho only then: STATE ID 512345678.

    >>> is_city_line_of_state("COLUMBIA, SC 290161234"), is_city_line_of_state("PL 512345678")
    (True, False)
    >>> is_city_line_of_state("STATE ID 512345678"), is_city_line_of_state("BOISE, ID 837011234")
    (False, True)
    """
    match = _match_city(text)
    if match is None or match[2] not in _jurisdictions_by_code():
        return False
    if match[2] == CODE_LIKE_LABEL and not match[1].strip():
        return False
    town = text[: match.start(1)]
    return sum(map(str.isalpha, town)) >= MIN_TOWN_LETTERS


def _match_city(text: str) -> re.Match[str] | None:
    return US_CITY.match(text.upper()) or CANADIAN_CITY.match(text.upper())


def _may_be_title(text: str) -> bool:
    return sum(map(str.isdigit, text)) <= MAX_TITLE_DIGITS and not is_city_line(text)


def _fold_title(text: str) -> str:
    """Return the letters of a title; digits count as letters that look like them, as in 0HIO."""
    return fold_letters(text.translate(DIGITS_AS_LETTERS))


def _find_title(letters: str) -> Jurisdiction | None:
    return _find_name(letters) or _find_misread_name(letters)


def _find_name(letters: str) -> Jurisdiction | None:
    """Return the issuer whose name is among the letters, West Virginia before Virginia."""
    found = [
        name
        for name in _jurisdictions_by_letters()
        if name in letters and (len(name) >= MIN_LETTERS_WITHIN_WORDS or _is_alone(name, letters))
    ]
    longest = max(found, key=len, default=None)
    return _jurisdictions_by_letters()[longest] if longest else None


def _is_alone(name: str, letters: str) -> bool:
    return len(_remove_title_words(letters)) <= len(name) + MAX_OTHER_LETTERS


def _find_misread_name(letters: str) -> Jurisdiction | None:
    """Return the issuer that a line names with up to one letter in six misread, lost or added."""
    rest = _remove_title_words(letters)
    errors = {
        name: Levenshtein.distance(rest, name, score_cutoff=len(name) // LETTERS_PER_ERROR)
        for name in _jurisdictions_by_letters()
    }
    near = [name for name, count in errors.items() if count <= len(name) // LETTERS_PER_ERROR]
    return _jurisdictions_by_letters()[near[0]] if len(near) == 1 else None


def _remove_title_words(letters: str) -> str:
    for title in _title_letters():
        letters = letters.replace(title, "")
    return letters


def _find_in_addresses(texts: Iterable[str]) -> Iterator[Jurisdiction]:
    for match in map(_match_city, texts):
        if match and (found := _jurisdictions_by_code().get(match[2])):
            yield found


@cache
def _jurisdictions_by_code() -> Mapping[str, Jurisdiction]:
    return {each.code: each for each in list_jurisdictions(NORTH_AMERICA)}


@cache
def _jurisdictions_by_letters() -> Mapping[str, Jurisdiction]:
    """Return the issuers by the letters of their names, with the names of the table of cards."""
    other_names = load_table("licence_cards")["other_names"]
    by_code = _jurisdictions_by_code()
    return {fold_letters(each.name): each for each in by_code.values()} | {
        fold_letters(name): by_code[code] for code, names in other_names.items() for name in names
    }


@cache
def _title_letters() -> tuple[str, ...]:
    """Return the letters of titles that a line may have next to the issuer, the longest first."""
    titles = {fold_letters(title) for title, _ in list_titles() if title.isascii()}
    titles |= {"usa", "state"}
    return tuple(sorted(titles, key=len, reverse=True))
