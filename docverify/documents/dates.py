"""Dates of identity documents: two-digit years and the usual printed notations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

from docverify.documents.languages import WordList, find_months, find_words
from docverify.documents.mrz import FILLER

ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
MONTHS = {**find_months(), **{name: number for number, name in enumerate(ROMAN_MONTHS, 1)}}
"""Months by name and abbreviation in capitals, without accents, and by Roman numeral."""

MISREAD = re.compile(r"\b(?=\d*[^\W\d_])(?=[^\W\d_]*\d)\w{3,}\b")
FIGURES = str.maketrans("0158", "OISB")  # and the letters that readers take for them
PUNCTUATION = {code: " " for code in range(128) if not chr(code).isalnum()}


def _any_of(word_list: WordList) -> str:
    return "|".join(sorted(find_words(word_list))).upper()


SMALL_WORDS = re.compile(
    rf"\b(?:{_any_of(WordList.DATE_WORDS)})\b"
    rf"|(?<=\d)(?:{_any_of(WordList.ORDINAL_ENDINGS)})\b"
    rf"|{_any_of(WordList.DATE_SIGNS)}"
)
# Dates that more numbers touch are parts of something else, or two dates in one line of text.
ALONE = r"(?<!\d)(?<!\d ){}(?! ?\d)"
WORDS = r"([^\W\d_]{1,12}(?: [^\W\d_]{1,12}){0,3})"
DAY_NAME_YEAR = re.compile(ALONE.format(rf"(\d\d?) ?{WORDS} ?(\d{{4}}|\d\d)"))
NAME_DAY_YEAR = re.compile(ALONE.format(rf"{WORDS} ?(\d\d?) (\d{{4}}|\d\d)"))
YEAR_NAME_DAY = re.compile(ALONE.format(rf"(\d{{4}}) ?{WORDS} ?(\d\d?)"))
YEAR_LAST = re.compile(ALONE.format(r"(\d\d?) (\d\d?) (\d{4})"))
YEAR_FIRST = re.compile(ALONE.format(r"(\d{4}) (\d\d?) (\d\d?)"))
SHORT = re.compile(ALONE.format(r"(\d\d?) (\d\d?) (\d\d)"))
SHORT_YEAR_FIRST = re.compile(ALONE.format(r"(\d\d) (\d\d?) (\d\d?)"))
SLASH_AS_ONE = re.compile(ALONE.format(r"(\d\d)[1IL ](\d\d)[1IL ](\d{4})"))
SQUEEZED = re.compile(ALONE.format(r"(\d\d ?\d\d ?\d\d ?\d\d)"))
MONTH_FIRST_STATES = frozenset({"USA", "US"})
"""Where numbers alone are the month, the day and the year."""

BUDDHIST_ERA = 543  # Thailand counts its years from 543 BC.
BUDDHIST_YEARS = range(2400, 2700)
LIKELY_YEARS = range(1850, 2150)  # of eight digits without a sign between them
MAX_VALIDITY = timedelta(days=50 * 366)
MOST_WORDS = 8  # of a date, its label before it
MIN_DIGITS_OF_TWO = 8  # as of 1 JAN 94 and 1 JAN 04
ENDLESS = 9999  # The year that is printed on documents without expiry.


def resolve_birth_date(text: str, *, today: date, printed: date | None = None) -> date | None:
    """Resolve YYMMDD to the latest such day that is not after today.

    The century is not part of the standard: a printed date, which shows it, goes first. None
    when no such day exists or a part is unknown.
    """
    candidates = [day for day in _centuries(text, today) if day <= today]
    return printed if printed in candidates else max(candidates, default=None)


def resolve_expiry_date(text: str, *, today: date, printed: date | None = None) -> date | None:
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


class DateOrder(StrEnum):
    """The order of the day, the month and the year in a date of numbers alone."""

    DAY_FIRST = "DMY"
    MONTH_FIRST = "MDY"
    YEAR_FIRST = "YMD"


Meaning = tuple[DateOrder | None, date]
"""A day that a text may mean, and the order that this takes; None where the month has a name."""


def parse_dates(text: str, *, order: DateOrder | None = None) -> tuple[date, ...]:
    """Read a printed date: 12 AUG 1994, AUG 12, 1994, 12.08.1994, 12/08/94, 1994-08-12.

    Gives every day that the text may mean, the most usual first: the one with the day before the
    month, and this century before the last where the year has two digits. `order` is how the
    document writes its dates; a text that this does not fit may still mean another day.
    """
    meanings = tuple(_meanings(text))
    fitting = [day for how, day in meanings if order in (None, how)]
    return tuple(dict.fromkeys(fitting or [day for _, day in meanings]))


def split_dates(text: str) -> tuple[str, ...]:
    """Part a line at its blanks into texts of a date each; a line of fewer dates stays whole.

    So does a span of time, whose dates a dash joins.
    """
    parts: list[str] = []
    rest: list[str] = []
    for word in text.split() if sum(map(str.isdecimal, text)) >= MIN_DIGITS_OF_TWO else ():
        if len(rest) > MOST_WORDS or (parts and not rest and not word[0].isalnum()):
            return (text,)
        rest.append(word)
        if any(_meanings(" ".join(rest))):
            parts.append(" ".join(rest))
            rest = []
    if len(parts) < 2:
        return (text,)
    return *parts[:-1], " ".join((parts[-1], *rest))


def find_date_order(texts: Iterable[str], issuing_state: str | None = None) -> DateOrder | None:
    """Tell how a document writes dates: by one that has one order only, else by its state."""
    orders = [{how for how, _ in _meanings(text) if how} for text in texts]
    told = {how for each in orders if len(each) == 1 for how in each}
    if told:
        return told.pop() if len(told) == 1 else None
    return DateOrder.MONTH_FIRST if issuing_state in MONTH_FIRST_STATES else None


def choose_date(days: Iterable[date], *, today: date, ahead: bool) -> date | None:
    """Choose among the days that a text may mean; of two equally likely ones, the first.

    A birth or an issue is the latest that is not after today; what lies `ahead`, an expiry, is
    the one whose year is nearest to this one.
    """

    def doubt(day: date) -> tuple[bool, int]:
        return (day > today and not ahead, abs(today.year - day.year))

    return min(days, key=doubt, default=None)


def _meanings(text: str) -> Iterator[Meaning]:
    for how, year, month, day in _readings(_plain(text)):
        for each in _years(year):
            if found := _day(each, month, day):
                yield how, found


def _plain(text: str) -> str:
    """Reduce a text to its letters without accents and its digits, with single blanks."""
    upper = text.upper()
    letters = upper.translate(PUNCTUATION) if upper.isascii() else _without_marks(upper)
    words = SMALL_WORDS.sub(" ", MISREAD.sub(_as_meant, letters)).split()
    if "1" in words:
        words = [word for at, word in enumerate(words) if not _is_slash(words, at)]
    return " ".join(words)


def _without_marks(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each if each.isalpha() else " "
        for each in unicodedata.normalize("NFD", text)
        if not unicodedata.combining(each)
    )


def _is_slash(words: Sequence[str], at: int) -> bool:
    """Tell whether a figure is what a reader took the slash between a month's two names for."""
    inside = 0 < at < len(words) - 1
    return inside and words[at] == "1" and {words[at - 1], words[at + 1]} <= MONTHS.keys()


def _as_meant(found: re.Match[str]) -> str:
    """Read a month with figures in its name as that month: 0CT, 5EP, JU1."""
    letters = found[0].translate(FIGURES)
    return next((each for each in (letters, letters.replace("I", "L")) if each in MONTHS), found[0])


Parts = tuple[DateOrder | None, str, int, int]
"""An order, and the year, the month and the day that it gives."""


def _readings(plain: str) -> Iterator[Parts]:
    if found := DAY_NAME_YEAR.search(plain):
        yield from _named(found[3], found[2], found[1])
    elif found := NAME_DAY_YEAR.search(plain):
        yield from _named(found[3], found[1], found[2])
    elif found := YEAR_NAME_DAY.search(plain):
        yield from _named(found[1], found[2], found[3])
    else:
        yield from _in_numbers(plain)


def _named(year: str, names: str, day: str) -> Iterator[Parts]:
    """Read a month in one or more languages; those that name another month leave no date."""
    months = {MONTHS[name] for name in names.split() if name in MONTHS}
    if len(months) == 1:
        yield None, year, months.pop(), int(day)


def _in_numbers(plain: str) -> Iterator[Parts]:
    if found := YEAR_FIRST.search(plain):
        yield DateOrder.YEAR_FIRST, found[1], int(found[2]), int(found[3])
    elif found := YEAR_LAST.search(plain) or SHORT.search(plain) or SLASH_AS_ONE.search(plain):
        first, second, year = found.groups()
        yield DateOrder.DAY_FIRST, year, int(second), int(first)
        yield DateOrder.MONTH_FIRST, year, int(first), int(second)
    elif found := SQUEEZED.search(plain):
        yield from _in_eight_digits(found[1].replace(" ", ""))
    if found := SHORT_YEAR_FIRST.search(plain):
        yield DateOrder.YEAR_FIRST, found[1], int(found[2]), int(found[3])


def _in_eight_digits(digits: str) -> Iterator[Parts]:
    """Read a date whose signs between the numbers the reader lost."""
    if int(digits[4:]) in LIKELY_YEARS:
        yield DateOrder.DAY_FIRST, digits[4:], int(digits[2:4]), int(digits[:2])
        yield DateOrder.MONTH_FIRST, digits[4:], int(digits[:2]), int(digits[2:4])
    if int(digits[:4]) in LIKELY_YEARS:
        yield DateOrder.YEAR_FIRST, digits[:4], int(digits[4:6]), int(digits[6:])


def _years(text: str) -> tuple[int, ...]:
    year = int(text)
    if len(text) == 2:
        return (2000 + year, 1900 + year)
    return (year, year - BUDDHIST_ERA) if year in BUDDHIST_YEARS else (year,)
