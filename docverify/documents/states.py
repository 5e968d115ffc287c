"""States and organizations that issue documents, and codes of documents (ICAO Doc 9303-3, 5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from docverify.documents.code_tables import load_table


class CodeStatus(StrEnum):
    """What a code of three letters is, or was."""

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
    """A code of ISO 3166-1 or Doc 9303, and whether it may issue documents or be a nationality."""

    code: str
    alpha2: str | None
    name: str
    status: CodeStatus
    may_issue: bool
    may_be_nationality: bool


@dataclass(frozen=True)
class Jurisdiction:
    """Who issues licences under an issuer identification number: `VA` in `USA`, for example."""

    code: str
    country: str
    name: str
    is_verified: bool
    """Whether two published lists have it; one from memory alone is no ground for a failure."""


def find_state(code: str) -> State | None:
    """Return the State of a code as the zone writes it, without fillers; None if it has none."""
    return _states().get(code)


def find_code_status(code: str) -> CodeStatus:
    """Tell whether a code is assigned (Doc 9303-3, section 5)."""
    found = find_state(code)
    return found.status if found else CodeStatus.UNKNOWN


def find_state_code(printed: str) -> str | None:
    """Return the code for a printed English name, or a code of two or three letters."""
    return _names().get(_folded(printed))


def find_jurisdiction(issuer_id: str) -> Jurisdiction | None:
    """Return who has an issuer identification number (AAMVA, ISO/IEC 7812)."""
    numbers = load_table("iin")
    if issuer_id not in numbers["issuers"]:
        return None
    code, country, name = numbers["issuers"][issuer_id]
    return Jurisdiction(code, country, name, issuer_id not in numbers["unverified"])


def list_jurisdiction_names(countries: Collection[str]) -> Iterator[str]:
    """Yield the names of all who issue licences under such a number in some countries."""
    issuers = load_table("iin")["issuers"].values()
    return (name for _, country, name in issuers if country in countries)


@cache
def _states() -> dict[str, State]:
    return {
        code: State(code, alpha2, name, STATUSES[status], issuer, nationality)
        for code, alpha2, name, status, issuer, nationality in load_table("country_codes")["codes"]
    }


@cache
def _names() -> dict[str, str]:
    """Names and codes to codes; where two share one, the assigned goes first."""
    found: dict[str, str] = {}
    assigned_first = sorted(
        _states().values(), key=lambda each: each.status is not CodeStatus.ASSIGNED
    )
    for each in assigned_first:
        for name in (each.code, each.alpha2, each.name):
            if name:
                found.setdefault(_folded(name), each.code)
    return found | {_folded(name): code for name, code in OTHER_NAMES.items()}


OTHER_NAMES = {
    "Bolivia, Plurinational State of": "BOL",
    "Czech Republic": "CZE",
    "DEU": "D",
    "Federal Republic of Germany": "D",
    "Great Britain": "GBR",
    "Iran": "IRN",
    "Korea": "KOR",
    "Republic of Korea": "KOR",
    "Russia": "RUS",
    "The Netherlands": "NLD",
    "Turkey": "TUR",
    "UK": "GBR",
    "United Kingdom of Great Britain and Northern Ireland": "GBR",
    "United States of America": "USA",
}


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.upper())
    return "".join(each for each in letters if each.isalnum())


class DocumentCodeStatus(StrEnum):
    """What the standard says of a document code."""

    KNOWN = "known"
    UNKNOWN_LETTER = "unknown_letter"
    """The first letter is none of A, C, D, I, P, V."""

    RESERVED = "reserved"
    """The second letter is one that the standard does not leave to issuers."""

    NOT_HARMONISED = "not_harmonised"
    """A passport issued when its second letter had to be one of the table, and it is not."""


# Doc 9303-4, 4.2.2.3: ordinary, emergency, diplomatic, official, refugee, alien, stateless,
# laissez-passer, military, and the emergency document of one sheet.
PASSPORT_CODES = {f"P{letter}" for letter in "PEDORTSLMU"}
HARMONISED_SINCE = date(2026, 1, 1)
MANDATORY_SINCE = date(2028, 1, 1)
FIRST_LETTERS = "ACDIPV"  # D: driving licences, which are no travel documents.


def classify_document_code(code: str, issue_date: date | None) -> DocumentCodeStatus:
    """Tell whether a document code is one of Doc 9303; that of a licence is known by its letter.

    From 2026 a second letter of a passport must be in the table, and from 2028 there must be one;
    what was issued before, or on an unknown day, may have any.
    """
    if code[:1] not in FIRST_LETTERS or not code:
        return DocumentCodeStatus.UNKNOWN_LETTER
    if code in ("AI", "AV", "CV", "IV"):  # Doc 9303-5, 4.2.2.3
        return DocumentCodeStatus.RESERVED
    return (
        DocumentCodeStatus.KNOWN
        if _is_harmonised(code, issue_date)
        else DocumentCodeStatus.NOT_HARMONISED
    )


def _is_harmonised(code: str, issue_date: date | None) -> bool:
    if not code.startswith("P") or code in PASSPORT_CODES or issue_date is None:
        return True
    return issue_date < (HARMONISED_SINCE if len(code) > 1 else MANDATORY_SINCE)
