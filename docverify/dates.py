"""Dates of identity documents: two-digit years and the usual printed notations."""

from __future__ import annotations

import re
from datetime import date

from docverify.mrz import FILLER

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("JAN", "JANV", "JANVIER", "JANUARY"),
            ("FEB", "FEV", "FEVR", "FEVRIER", "FEBRUARY"),
            ("MAR", "MARS", "MARCH"),
            ("APR", "AVR", "AVRIL", "APRIL"),
            ("MAY", "MAI"),
            ("JUN", "JUIN", "JUNE"),
            ("JUL", "JUIL", "JUILLET", "JULY"),
            ("AUG", "AOU", "AOUT", "AUGUST"),
            ("SEP", "SEPT", "SEPTEMBRE", "SEPTEMBER"),
            ("OCT", "OCTOBRE", "OCTOBER"),
            ("NOV", "NOVEMBRE", "NOVEMBER"),
            ("DEC", "DECEMBRE", "DECEMBER"),
        ),
        1,
    )
    for name in names
}
DAY_FIRST = re.compile(r"(\d{1,2})[ ./-]+(\d{1,2})[ ./-]+(\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})[ ./-]+(\d{1,2})[ ./-]+(\d{1,2})")
MONTH_NAME = re.compile(r"(\d{1,2})[ ./-]*([A-Z]{3,9})[ ./-]*(?:([A-Z]{3,9})[ ./-]*)?(\d{4})")


def birth_date(text: str, *, today: date) -> date | None:
    """Resolve YYMMDD to the latest such day that is not after today.

    The century is not part of the standard; None when no such day exists or a part is unknown.
    """
    candidates = [day for day in _centuries(text, today) if day <= today]
    return max(candidates, default=None)


def expiry_date(text: str, *, today: date) -> date | None:
    """Resolve YYMMDD to such a day nearest to today; None when no such day exists."""
    return min(_centuries(text, today), key=lambda day: abs((day - today).days), default=None)


def _centuries(text: str, today: date) -> list[date]:
    if FILLER in text or not text.isdigit():
        return []
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    first = today.year // 100 - 1
    found = (_day(100 * (first + step) + year, month, day) for step in range(3))
    return [each for each in found if each]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def printed_date(text: str) -> date | None:
    """Read a printed date: 12 AUG 1994, 12 AUG/AOUT 1994, 12.08.1994, 1994-08-12.

    With numbers only, the day comes before the month, except after a year.
    """
    upper = text.upper()
    if found := MONTH_NAME.search(upper):
        day, month, other, year = found.groups()
        number = MONTHS.get(month) or MONTHS.get(other or "")
        return _day(int(year), number, int(day)) if number else None
    if found := YEAR_FIRST.search(upper):
        return _day(*(int(part) for part in found.groups()))
    if found := DAY_FIRST.search(upper):
        return _day(*(int(part) for part in reversed(found.groups())))
    return None
