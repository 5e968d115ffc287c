"""States and organisations that issue documents, and document codes (ICAO Doc 9303-3, 5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import chain

from docverify.documents.code_tables import load_table

NO_STATE = frozenset({"XXA", "XXB", "XXC", "XXX"})
"""Nationalities of stateless persons, refugees and persons whose nationality is not known."""


class CodeStatus(StrEnum):
    """The status of a code of three letters."""

    ASSIGNED = "assigned"
    NONSTANDARD = "nonstandard"
    WITHDRAWN = "withdrawn"
    SPECIMEN = "specimen"
    FANTASY = "fantasy"
    UNKNOWN = "unknown"


STATUSES = {
    "current": CodeStatus.ASSIGNED,
    "iso_only": CodeStatus.NONSTANDARD,
    "nonstandard": CodeStatus.NONSTANDARD,
    "master_list_only": CodeStatus.NONSTANDARD,
    "deprecated": CodeStatus.WITHDRAWN,
    "withdrawn": CodeStatus.WITHDRAWN,
    "specimen": CodeStatus.SPECIMEN,
    "fantasy_or_sample": CodeStatus.FANTASY,
}


@dataclass(frozen=True)
class State:
    """A code of ISO 3166-1 or Doc 9303.

    Attributes:
        code: As in the MRZ, without fillers.
        alpha2: The code of two letters, or None.
        may_issue: Whether the code may be that of an issuing state or organisation.
        may_be_nationality: Whether the code may be a nationality.
    """

    code: str
    alpha2: str | None
    name: str
    status: CodeStatus
    may_issue: bool
    may_be_nationality: bool


@dataclass(frozen=True)
class Jurisdiction:
    """An issuer of licences with an issuer identification number.

    Attributes:
        code: The state or province, such as VA.
        country: USA, CAN or MEX.
        is_verified: Whether two published lists have it. Otherwise, no check fails because of it.
    """

    code: str
    country: str
    name: str
    is_verified: bool


def find_state(code: str) -> State | None:
    """Return the state with a code of the MRZ, without fillers; None if it is not known."""
    return load_states().get(code)


def find_code_status(code: str) -> CodeStatus:
    """Return the status of a code (Doc 9303-3, section 5)."""
    found = find_state(code)
    return found.status if found else CodeStatus.UNKNOWN


def find_state_code(printed: str) -> str | None:
    """Return a State's code for its name in one of several languages, or for a different code."""
    name = fold_name(printed)
    return load_state_names().get(name) or load_foreign_names().get(name)


def find_jurisdiction(issuer_id: str) -> Jurisdiction | None:
    """Return the issuer with an issuer identification number (AAMVA, ISO/IEC 7812)."""
    numbers = load_table("iin")
    if issuer_id not in numbers["issuers"]:
        return None
    code, country, name = numbers["issuers"][issuer_id]
    return Jurisdiction(code, country, name, issuer_id not in numbers["unverified"])


def list_jurisdictions(countries: Collection[str]) -> Iterator[Jurisdiction]:
    """Yield each issuer with an issuer number in these countries, once for each number."""
    found = map(find_jurisdiction, load_table("iin")["issuers"])
    return (each for each in found if each and each.country in countries)


def list_jurisdiction_names(countries: Collection[str]) -> Iterator[str]:
    """Yield the names of all issuers with an issuer number in these countries."""
    return (each.name for each in list_jurisdictions(countries))


def list_issuers_without_barcode() -> Sequence[str]:
    """Return the issuers outside North America whose driver licences have no AAMVA barcode."""
    names: Sequence[str] = load_table("iin")["without_barcode"]
    return names


@cache
def load_states() -> dict[str, State]:
    """Return all states by code."""
    return {
        code: State(code, alpha2, name, STATUSES[status], issuer, nationality)
        for code, alpha2, name, status, issuer, nationality in load_table("country_codes")["codes"]
    }


@cache
def load_state_names() -> dict[str, str]:
    """Return the codes by folded name and code; if two states share one, the assigned code."""
    found: dict[str, str] = {}
    assigned_first = sorted(
        load_states().values(), key=lambda each: each.status is not CodeStatus.ASSIGNED
    )
    for each in assigned_first:
        for name in (each.code, each.alpha2, each.name):
            if name:
                found.setdefault(fold_name(name), each.code)
    return found | load_own_names() | OTHER_CODES


@cache
def load_own_names() -> dict[str, str]:
    """Return the codes by the folded names that States print on their own documents."""
    names = load_table("state_titles")["names"]
    return {fold_name(name): code for code, each in names.items() for name in each}


@cache
def load_native_names() -> dict[str, Sequence[str]]:
    """Return the names of States in scripts other than Latin, by code."""
    names: dict[str, Sequence[str]] = load_table("state_titles")["native_names"]
    return names


@cache
def load_foreign_names() -> dict[str, str]:
    """Return the codes by the folded names of States in other languages, such as ALLEMAGNE."""
    names = load_table("state_titles")["foreign_names"]
    return {fold_name(name): code for code, each in names.items() for name in each}


def find_states_of_people(word: str) -> frozenset[str]:
    """Return the codes of the States whose people a word in capitals names.

    The words are English, or in other languages unlike every name of the State: NEERLANDESA.

    >>> sorted(find_states_of_people("KENYAN")), sorted(find_states_of_people("CONGOLESE"))
    (['KEN'], ['COD', 'COG'])
    """
    return _load_nationalities().get(word, frozenset())


def list_people_words(code: str) -> Sequence[str]:
    """Return the words in capitals for the people of a State, in English."""
    words: Sequence[str] = load_table("state_titles")["people"].get(code, ())
    return words


@cache
def load_names_without_issuer() -> dict[str, str]:
    """Return the folded names of former States, States without a code and fantasy passports."""
    names = load_table("state_titles")["no_issuers"]
    return {fold_name(name): name for name in names}


def is_word_for_stateless(word: str) -> bool:
    """Return whether a word in capitals is printed as the nationality of people without a State."""
    return word in load_table("state_titles")["stateless"]


@cache
def _load_nationalities() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    titles = load_table("state_titles")
    for code, words in chain(titles["people"].items(), titles["foreign_people"].items()):
        for word in words:
            found.setdefault(word, set()).add(code)
    return {word: frozenset(codes) for word, codes in found.items()}


#: Codes that are printed but not used in an MRZ, with the code that the MRZ has instead.
OTHER_CODES = {"DEU": "D", "UK": "GBR"}


def fold_name(name: str) -> str:
    """Return the letters and digits of a name in capitals."""
    letters = unicodedata.normalize("NFKD", name.upper())
    return "".join(each for each in letters if each.isalnum())


class DocumentCodeStatus(StrEnum):
    """Whether a document code is one of the standard."""

    KNOWN = "known"
    UNKNOWN_LETTER = "unknown_letter"
    """The first letter is not A, C, D, I, P or V."""

    RESERVED = "reserved"
    """Issuers may not choose the second letter."""

    NOT_HARMONISED = "not_harmonised"
    """The second letter of a passport is not in the table, which was mandatory at its issue."""


# Doc 9303-4, 4.2.2.3: ordinary, emergency, diplomatic, official, refugee, alien, stateless,
# laissez-passer, military, and the emergency document of one sheet.
PASSPORT_CODES = {f"P{letter}" for letter in "PEDORTSLMU"}
HARMONISED_SINCE = date(2026, 1, 1)
MANDATORY_SINCE = date(2028, 1, 1)
FIRST_LETTERS = "ACDIPV"  # D: driving licences, which are not travel documents


def classify_document_code(code: str, issue_date: date | None) -> DocumentCodeStatus:
    """Return whether a document code is from Doc 9303, or begins with the D of licences.

    From 2026 on, the second letter of a passport must be in the table, and from 2028 on there must
    be one. Passports issued earlier, or on an unknown day, may have any code.
    """
    if code[:1] not in FIRST_LETTERS or not code:
        return DocumentCodeStatus.UNKNOWN_LETTER
    if code in ("AI", "AV", "CV", "IV"):  # Doc 9303-5, 4.2.2.3
        return DocumentCodeStatus.RESERVED
    return (
        DocumentCodeStatus.KNOWN
        if is_harmonised(code, issue_date)
        else DocumentCodeStatus.NOT_HARMONISED
    )


def is_harmonised(code: str, issue_date: date | None) -> bool:
    """Return whether the second letter of a passport's code is as its issue date requires."""
    if not code.startswith("P") or code in PASSPORT_CODES or issue_date is None:
        return True
    return issue_date < (HARMONISED_SINCE if len(code) > 1 else MANDATORY_SINCE)
