"""Dates of identity documents: two-digit years and the usual printed notations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

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
# Dates that more numbers touch are parts of something else, or two dates in one line of text.
ALONE = r"(?<!\d)(?<!\d ){}(?! ?\d)"
DAY_FIRST = re.compile(ALONE.format(r"(\d\d?) (\d\d?) (\d{4})"))
YEAR_FIRST = re.compile(ALONE.format(r"(\d{4}) (\d\d?) (\d\d?)"))
MONTH_NAME = re.compile(ALONE.format(r"(\d\d?) ?([A-Z]{3,9}) ?([A-Z]{3,9})? ?(\d{4})"))
MAX_VALIDITY = timedelta(days=50 * 366)
ENDLESS = 9999  # The year that is printed on documents without expiry.


def birth_date(text: str, *, today: date, printed: date | None = None) -> date | None:
    """Resolve YYMMDD to the latest such day that is not after today.

    The century is not part of the standard: a printed date, which shows it, goes first. None
    when no such day exists or a part is unknown.
    """
    candidates = [day for day in _centuries(text, today) if day <= today]
    return printed if printed in candidates else max(candidates, default=None)


def expiry_date(text: str, *, today: date, printed: date | None = None) -> date | None:
    """Resolve YYMMDD to such a day nearest to today; None when no such day exists.

    A printed date, which shows the century, goes first if it can be believed.
    """
    if printed and f"{printed:%y%m%d}" == text and _is_near(printed, today):
        return printed
    return min(_centuries(text, today), key=lambda day: abs(day - today), default=None)


def _is_near(expiry: date, today: date) -> bool:
    return abs(expiry - today) <= MAX_VALIDITY or expiry.year == ENDLESS


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


def printed_dates(text: str) -> tuple[date, ...]:
    """Read a printed date: 12 AUG 1994, 12 AUG/AOÛT 1994, 12.08.1994, 1994-08-12.

    Numbers alone may mean two days: the one with the day before the month comes first.
    """
    decomposed = unicodedata.normalize("NFD", text.upper())
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    numbers = _numbers(re.sub(r"[^0-9A-Z]+", " ", letters))
    return tuple(day for each in numbers if (day := _day(*each)))


def _numbers(plain: str) -> Iterator[tuple[int, int, int]]:
    """Yield year, month and day as they may be meant."""
    if found := MONTH_NAME.search(plain):
        day, *names, year = found.groups()
        months = {MONTHS[name] for name in names if name in MONTHS}
        if len(months) == 1:
            yield int(year), months.pop(), int(day)
    elif found := YEAR_FIRST.search(plain):
        yield int(found[1]), int(found[2]), int(found[3])
    elif found := DAY_FIRST.search(plain):
        yield int(found[3]), int(found[2]), int(found[1])
        yield int(found[3]), int(found[1]), int(found[2])
