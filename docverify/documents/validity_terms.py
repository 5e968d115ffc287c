"""For how long documents are issued: the longest term of each kind, issuer and age."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from docverify.documents.code_tables import load_table
from docverify.documents.kinds import DocumentKind

NO_AGE = 200


@dataclass(frozen=True)
class Term:
    """The most years for which a document is issued.

    `is_known` is False where no rule of the issuer is known and only a usual bound stands.
    """

    years: int
    is_known: bool


TermsByAge = tuple[tuple[int, int], ...]
"""Years for holders younger than an age at the issue, ages ascending."""

FOR_LIFE = 150
ANYONE = ((NO_AGE, 10),)
TERMS: dict[tuple[DocumentKind, str], TermsByAge] = {
    # As issuers are known to do, not checked against each law; by class, the longest.
    (DocumentKind.PASSPORT, "CAN"): ((16, 5), (NO_AGE, 10)),
    (DocumentKind.PASSPORT, "D"): ((24, 6), (NO_AGE, 10)),
    (DocumentKind.PASSPORT, "ESP"): ((5, 2), (30, 5), (NO_AGE, 10)),
    (DocumentKind.PASSPORT, "FRA"): ((18, 5), (NO_AGE, 10)),
    (DocumentKind.PASSPORT, "GBR"): ((16, 5), (NO_AGE, 10)),
    (DocumentKind.PASSPORT, "USA"): ((16, 5), (NO_AGE, 10)),
    **{
        (DocumentKind.PASSPORT, state): ANYONE
        for state in ("AUT", "BEL", "CHN", "IND", "ITA", "KAZ", "NLD", "PHL", "POL", "RUS")
    },
    (DocumentKind.IDENTITY_CARD, "BEL"): ((75, 10), (NO_AGE, 30)),
    (DocumentKind.IDENTITY_CARD, "D"): ((24, 6), (NO_AGE, 10)),
    (DocumentKind.IDENTITY_CARD, "ESP"): ((5, 2), (30, 5), (70, 10), (NO_AGE, FOR_LIFE)),
    (DocumentKind.IDENTITY_CARD, "FRA"): ((18, 10), (NO_AGE, 15)),  # 15: issued from 2004 to 2021
    (DocumentKind.IDENTITY_CARD, "ITA"): ((NO_AGE, 11),),  # until the birthday after ten years
    (DocumentKind.IDENTITY_CARD, "POL"): ((NO_AGE, FOR_LIFE),),  # older ones for holders over 65
}
USUAL = {
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
    """Return the longest term, or None for a kind without a usual one.

    Without an age, the longest term over all ages.
    """
    steps = TERMS.get((kind, issuing_state))
    if steps is None:
        return Term(USUAL[kind], is_known=False) if kind in USUAL else None
    if age_at_issue is None:
        return Term(max(years for _, years in steps), is_known=True)
    return Term(next(years for below, years in steps if age_at_issue < below), is_known=True)


def find_licence_term(jurisdiction: str) -> Term:
    """Return the longest term of a licence of a state of the USA (`VA`); 8 years if not known."""
    row = load_table("licence_numbers")["USA"].get(jurisdiction, {})
    years: int | None = row.get("max_years")
    return Term(years or 8, is_known=years is not None)


ADULT = 18
EXTENDED_SINCE = date(2004, 1, 2)


def compute_french_card_expiry(
    issue_month: str, birth_date: date | None, today: date
) -> date | None:
    """Return the last day on which an old French card (YYMM) can be valid; None for no month.

    Cards last 10 years, and 15 if issued from 2004 on to an adult: decree 2013-1188 added 5 for
    those in use, whatever is printed on them. The zone has the month of issue, and no expiry date.
    """
    if not issue_month.isdecimal() or not 1 <= int(issue_month[2:]) <= 12:
        return None
    month = int(issue_month[2:])
    century = today.year // 100 * 100
    year = century + int(issue_month[:2])
    year -= 100 if (year, month) > (today.year, today.month) else 0
    issued = date(year, month, monthrange(year, month)[1])
    adult = birth_date is None or compute_age(issued, birth_date) >= ADULT
    expires = year + (15 if adult and issued >= EXTENDED_SINCE else 10)
    return date(expires, month, monthrange(expires, month)[1])


def compute_age(day: date, birth_date: date) -> int:
    """Return how many birthdays the holder had on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
