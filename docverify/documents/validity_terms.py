"""Validity of documents: the longest term per kind, issuer and age."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from docverify.documents.code_tables import load_table
from docverify.documents.kinds import DocumentKind

ANY_AGE = 200  # above every age


@dataclass(frozen=True)
class Term:
    """The longest validity of a document.

    Attributes:
        years: Number of years.
        is_known: Whether it is a known rule of the issuer and not just a usual limit.
    """

    years: int
    is_known: bool


TermsByAge = tuple[tuple[int, int], ...]
"""Pairs of an age and the years for holders below that age at the issue, in order of age."""

FOR_LIFE = 150
TEN_YEARS = ((ANY_AGE, 10),)
TERMS: dict[tuple[DocumentKind, str], TermsByAge] = {
    # The practice of issuers, not checked against each law: the longest term of all classes.
    (DocumentKind.PASSPORT, "CAN"): ((16, 5), (ANY_AGE, 10)),
    (DocumentKind.PASSPORT, "D"): ((24, 6), (ANY_AGE, 10)),
    (DocumentKind.PASSPORT, "ESP"): ((5, 2), (30, 5), (ANY_AGE, 10)),
    (DocumentKind.PASSPORT, "FRA"): ((18, 5), (ANY_AGE, 10)),
    (DocumentKind.PASSPORT, "GBR"): ((16, 5), (ANY_AGE, 10)),
    (DocumentKind.PASSPORT, "USA"): ((16, 5), (ANY_AGE, 10)),
    **{
        (DocumentKind.PASSPORT, state): TEN_YEARS
        for state in ("AUT", "BEL", "CHN", "IND", "ITA", "KAZ", "NLD", "PHL", "POL", "RUS")
    },
    (DocumentKind.IDENTITY_CARD, "BEL"): ((75, 10), (ANY_AGE, 30)),
    (DocumentKind.IDENTITY_CARD, "D"): ((24, 6), (ANY_AGE, 10)),
    (DocumentKind.IDENTITY_CARD, "ESP"): ((5, 2), (30, 5), (70, 10), (ANY_AGE, FOR_LIFE)),
    (DocumentKind.IDENTITY_CARD, "FRA"): ((18, 10), (ANY_AGE, 15)),  # 15: issued from 2004 to 2021
    (DocumentKind.IDENTITY_CARD, "ITA"): ((ANY_AGE, 11),),  # until the birthday after ten years
    (DocumentKind.IDENTITY_CARD, "POL"): ((ANY_AGE, FOR_LIFE),),  # older ones for holders over 65
}
USUAL_LICENCE_YEARS = 8  # of a US state
USUAL_YEARS = {
    DocumentKind.PASSPORT: 10,
    DocumentKind.EMERGENCY_PASSPORT: 1,
    DocumentKind.IDENTITY_CARD: 15,
    DocumentKind.RESIDENCE_PERMIT: 10,
    DocumentKind.VISA: 10,
    DocumentKind.LICENCE: 15,
    DocumentKind.CREW_CERTIFICATE: 10,
}


def find_longest_term(
    kind: DocumentKind, issuing_state: str, age_at_issue: int | None
) -> Term | None:
    """Return the longest term, or None for a kind without a usual term.

    Without an age, the longest term over all ages.
    """
    steps = TERMS.get((kind, issuing_state))
    if steps is None:
        return Term(USUAL_YEARS[kind], is_known=False) if kind in USUAL_YEARS else None
    if age_at_issue is None:
        return Term(max(years for _, years in steps), is_known=True)
    return Term(next(years for below, years in steps if age_at_issue < below), is_known=True)


def find_licence_term(jurisdiction: str) -> Term:
    """Return the longest term of a licence of a US state (VA); 8 years if it is not known."""
    row = load_table("licence_numbers")["USA"].get(jurisdiction, {})
    years: int | None = row.get("max_years")
    return Term(years or USUAL_LICENCE_YEARS, is_known=years is not None)


ADULT_AGE = 18
EXTENDED_SINCE = date(2004, 1, 2)


def compute_french_card_expiry(
    issue_month: str, birth_date: date | None, today: date
) -> date | None:
    """Return the last day on which an old French card can be valid.

    The MRZ has no expiry date but the month of issue (YYMM); None if it is not a month. Cards are
    valid for 10 years, and for 15 if issued to an adult since 2004: decree 2013-1188 added 5 years
    to cards in use, regardless of the printed date.
    """
    if not issue_month.isdecimal() or not 1 <= int(issue_month[2:]) <= 12:
        return None
    month = int(issue_month[2:])
    century = today.year // 100 * 100
    year = century + int(issue_month[:2])
    year -= 100 if (year, month) > (today.year, today.month) else 0
    issued = date(year, month, monthrange(year, month)[1])
    adult = birth_date is None or compute_age(issued, birth_date) >= ADULT_AGE
    expires = year + (15 if adult and issued >= EXTENDED_SINCE else 10)
    return date(expires, month, monthrange(expires, month)[1])


RUSSIAN_LIMITS = (20, 45)  # ages
RUSSIAN_DAYS_AFTER = 90


def compute_russian_passport_expiry(birth_date: date | None, issued: date | None) -> date | None:
    """Return the last day on which a Russian internal passport can be valid.

    It is valid until its holder is 20 or 45 years old, and 90 days more (decree 828 of 1997, with
    the amendment of 2021). None if it was issued to a holder of 45 or more, who keeps it for life,
    or if one of the dates is not known.
    """
    if birth_date is None or issued is None:
        return None
    age = compute_age(issued, birth_date)
    limit = next((each for each in RUSSIAN_LIMITS if age < each), None)
    if limit is None:
        return None
    # A holder who is born on 29 February comes of age on 1 March.
    birthday = date(birth_date.year + limit, birth_date.month, 1) + timedelta(birth_date.day - 1)
    return birthday + timedelta(days=RUSSIAN_DAYS_AFTER)


def compute_age(day: date, birth_date: date) -> int:
    """Return the holder's age in whole years on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
