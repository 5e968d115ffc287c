"""Dates of identity documents: YYMMDD as in the MRZ, and the usual printed notations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from docverify.documents.date_spelling import (
    BAR_AS_ONE,
    DIGIT_LIKE,
    drop_numbers_of_named_months,
    restore_digits,
    write_eras,
)
from docverify.documents.languages import WordList, find_months, find_words
from docverify.documents.mrz import FILLER

ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
MONTHS = {**find_months(), **{name: number for number, name in enumerate(ROMAN_MONTHS, 1)}}
"""Months by name and abbreviation in capitals, without accents, and by Roman numeral."""

BUDDHIST_ERA = 543  # Thailand counts its years from 543 BC.
BUDDHIST_YEARS = range(2400, 2700)
LIKELY_YEARS = range(1850, 2150)  # in eight digits without separators
MAX_VALIDITY = timedelta(days=50 * 366)
YEAR_WITHOUT_EXPIRY = 9999  # printed on documents that do not expire
MAX_DATE_WORDS = 8  # including a label before the date
MIN_SPLIT_MONTH = 3  # letters of a month with blanks between them
MIN_DIGITS_OF_TWO_DATES = 8  # as in 1 JAN 94 and 1 JAN 04

MISREAD_MONTH = re.compile(r"\b(?=\d*[^\W\d_])(?=[^\W\d_]*\d)\w{3,}\b")
DIGITS_AS_LETTERS = str.maketrans("0158", "OISB")  # as read, and as printed
PUNCTUATION = {code: " " for code in range(128) if not chr(code).isalnum()}


def _alternatives(word_list: WordList) -> str:
    words = (unicodedata.normalize("NFD", word) for word in find_words(word_list))
    return "|".join(sorted(words)).upper()


MEANINGLESS_WORDS = re.compile(
    rf"\b(?:{_alternatives(WordList.DATE_WORDS)})\b"
    rf"|(?<=\d)(?:{_alternatives(WordList.ORDINAL_ENDINGS)})\b"
    rf"|{_alternatives(WordList.DATE_SIGNS)}"
)
# Dates next to further digits belong to something else, or are two dates in one line. A letter of a
# digit's shape that touches a number may be a digit: cutting it off would give another day.
ALONE = (
    rf"(?<!\d)(?<!\d )(?<!\b[{DIGIT_LIKE}])(?<!\d[{DIGIT_LIKE}])"
    rf"{{}}(?! ?\d)(?![{DIGIT_LIKE}]+(?:\b|\d))"
)
WORDS = r"([^\W\d_]{1,12}(?: [^\W\d_]{1,12}){0,3})"
# A date with a month's name and no blanks never touches letters, because E2I55 may be a number.
WORD_START = r"(?:(?<![^\W_])|(?=\d+ ))"
DAY_NAME_YEAR = re.compile(ALONE.format(rf"{WORD_START}(\d\d?) ?{WORDS} ?(\d{{4}}|\d\d)"))
NAME_DAY_YEAR = re.compile(ALONE.format(rf"{WORDS} ?(\d\d?) (\d{{4}}|\d\d)"))
YEAR_NAME_DAY = re.compile(ALONE.format(rf"{WORD_START}(\d{{4}}) ?{WORDS} ?(\d\d?)"))
YEAR_LAST = re.compile(ALONE.format(r"(\d\d?) (\d\d?) (\d{4})"))
YEAR_FIRST = re.compile(ALONE.format(r"(\d{4}) (\d\d?) (\d\d?)"))
SHORT_YEAR_LAST = re.compile(ALONE.format(r"(\d\d?) (\d\d?) (\d\d)"))
SHORT_YEAR_FIRST = re.compile(ALONE.format(r"(\d\d) (\d\d?) (\d\d?)"))
SLASHES_READ_AS_ONES = re.compile(ALONE.format(r"(\d\d)[1IL ](\d\d)[1IL ](\d{4})"))
YEAR_FIRST_WITH_ONES = re.compile(ALONE.format(r"(\d{4})[1IL ](\d\d)[1IL ](\d\d)"))
RANGE_SIGN = re.compile(r" ?[-–/] ?")  # noqa: RUF001
EIGHT_DIGITS = re.compile(ALONE.format(r"(\d\d ?\d\d ?\d\d ?\d\d)"))


def resolve_birth_date(text: str, *, today: date, printed: date | None = None) -> date | None:
    """Resolve YYMMDD to the latest such day that is not after today.

    The MRZ has no century: a printed date, which shows it, takes precedence. None if there is no
    such day or a part of the date is unknown.
    """
    candidates = [day for day in _list_centuries(text, today) if day <= today]
    return printed if printed in candidates else max(candidates, default=None)


def resolve_expiry_date(text: str, *, today: date, printed: date | None = None) -> date | None:
    """Resolve YYMMDD to the nearest such day to today; None if there is no such day.

    A plausible printed date, which shows the century, takes precedence.
    """
    if printed and f"{printed:%y%m%d}" == text:
        is_near = abs(printed - today) <= MAX_VALIDITY
        if is_near or printed.year == YEAR_WITHOUT_EXPIRY:
            return printed
    return min(_list_centuries(text, today), key=lambda day: abs(day - today), default=None)


def _list_centuries(text: str, today: date) -> list[date]:
    """Return the days that YYMMDD may mean: in the last, this and the next century."""
    if FILLER in text or not text.isdigit():
        return []
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    this_century = today.year // 100 * 100
    centuries = (this_century - 100, this_century, this_century + 100)
    found = (build_date(century + year, month, day) for century in centuries)
    return [each for each in found if each]


def build_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None if the calendar does not have it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


class DateOrder(StrEnum):
    """The order of day, month and year in a date of digits only."""

    DAY_FIRST = "DMY"
    MONTH_FIRST = "MDY"
    YEAR_FIRST = "YMD"


ORDER_BY_STATE = {
    "USA": DateOrder.MONTH_FIRST,
    "US": DateOrder.MONTH_FIRST,
    "CAN": DateOrder.YEAR_FIRST,
}
"""The order in dates of digits only, for the states that do not write the day first."""

Meaning = tuple[DateOrder | None, date]
"""A day that a text may mean, and the order for it; None if the month is a name."""

Parts = tuple[DateOrder | None, str, int, int]
"""An order, and the year as printed, the month and the day in this order."""


def parse_dates(text: str, *, order: DateOrder | None = None) -> tuple[date, ...]:
    """Return every day that a printed date may mean, most usual first.

    It may be printed as 12 AUG 1994, AUG 12, 1994, 12.08.1994, 12/08/94 or 1994-08-12. The order
    day, month is more usual, and so is this century if the year has two digits. With `order`, only
    days in this order are returned, if the text has any.
    """
    meanings = tuple(find_meanings(text))
    fitting = [day for each_order, day in meanings if order in (None, each_order)]
    return tuple(dict.fromkeys(fitting or [day for _, day in meanings]))


def split_dates(text: str) -> tuple[str, ...]:
    """Split a line at its blanks into texts with one date each.

    A line with fewer than two dates, or with two dates joined by a dash, is returned whole.
    """
    if sum(map(str.isdecimal, text)) < MIN_DIGITS_OF_TWO_DATES:
        return (text,)
    dates: list[str] = []
    rest: list[str] = []
    for word in text.split():
        is_joined = bool(dates) and not rest and not word[0].isalnum()
        if len(rest) > MAX_DATE_WORDS or is_joined:
            return (text,)
        rest.append(word)
        if any(find_meanings(" ".join(rest))):
            dates.append(" ".join(rest))
            rest = []
    if len(dates) < 2:
        return (text,)
    return *dates[:-1], " ".join((dates[-1], *rest))


def split_range(text: str) -> tuple[str, str] | None:
    """Return both dates of a period, such as 15.09.23-14.09.2033; None if the text has none."""
    for sign in RANGE_SIGN.finditer(text):
        parts = text[: sign.start()], text[sign.end() :]
        if all(any(find_meanings(part)) for part in parts):
            return parts
    return None


def find_date_order(texts: Iterable[str], issuing_state: str | None = None) -> DateOrder | None:
    """Return the order in which a document writes dates.

    A date that is possible in only one order decides, else the issuing state. None if neither does,
    or if the dates contradict each other.
    """
    orders = [{order for order, _ in find_meanings(text) if order} for text in texts]
    certain = {order for each in orders if len(each) == 1 for order in each}
    if certain:
        return certain.pop() if len(certain) == 1 else None
    return ORDER_BY_STATE.get(issuing_state or "")


def choose_date(days: Iterable[date], *, today: date, ahead: bool) -> date | None:
    """Choose one of the days that a text may mean; of two equally likely ones, the first.

    For a birth or an issue, it is the latest day that is not after today; for an expiry (`ahead`),
    the day in the nearest year.
    """
    return min(
        days,
        key=lambda day: (day > today and not ahead, abs(today.year - day.year)),
        default=None,
    )


def find_meanings(text: str) -> Iterator[Meaning]:
    """Yield each day that a text may mean, with the order of this meaning."""
    for order, year, month, day in _split_parts(normalise_date(text)):
        for each in expand_year(year):
            if found := build_date(each, month, day):
                yield order, found


def expand_year(year: str) -> tuple[int, ...]:
    """Return the years that a printed year may mean: of both centuries, or of the Buddhist era."""
    number = int(year)
    if len(year) == 2:
        return (2000 + number, 1900 + number)
    return (number, number - BUDDHIST_ERA) if number in BUDDHIST_YEARS else (number,)


def normalise_date(text: str) -> str:
    """Return the digits of a date and its words in capitals, separated by single blanks.

    Accents and words such as "of" are removed, and misread months are corrected.

    >>> normalise_date("12th of AOÛT, 1994"), normalise_date("12.0CT/okt.94")
    ('12 AOUT 1994', '12 OCT OKT 94')
    """
    upper = BAR_AS_ONE.sub("1", text.upper())
    letters = upper.translate(PUNCTUATION) if upper.isascii() else write_eras(_remove_marks(upper))
    corrected = MISREAD_MONTH.sub(lambda found: correct_month(found[0]), letters)
    words = MEANINGLESS_WORDS.sub(" ", restore_digits(corrected)).split()
    # Between two names of a month, a 1 is the slash that separates them.
    for number in range(len(words) - 2, 0, -1):
        if words[number] == "1" and {words[number - 1], words[number + 1]} <= MONTHS.keys():
            del words[number]
    return " ".join(drop_numbers_of_named_months(words, MONTHS))


def _remove_marks(text: str) -> str:
    """Return letters without accents, digits of any script as 0 to 9, and blanks for the rest."""
    return "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each if each.isalpha() else " "
        for each in unicodedata.normalize("NFD", text)
        if not unicodedata.combining(each)
    )


def correct_month(word: str) -> str:
    """Return the month that a misread word means, such as OCT for 0CT, else the word."""
    letters = word.translate(DIGITS_AS_LETTERS)
    return next((each for each in (letters, letters.replace("I", "L")) if each in MONTHS), word)


def _split_parts(normalised: str) -> Iterator[Parts]:
    if found := DAY_NAME_YEAR.search(normalised):
        yield from _split_named(found[3], found[2], found[1])
    elif found := NAME_DAY_YEAR.search(normalised):
        yield from _split_named(found[3], found[1], found[2])
    elif found := YEAR_NAME_DAY.search(normalised):
        yield from _split_named(found[1], found[2], found[3])
    else:
        yield from _split_numbers(normalised)


def _split_named(year: str, names: str, day: str) -> Iterator[Parts]:
    """Yield a date with the month in one or more languages; none if they name several months."""
    joined = names.replace(" ", "")  # Readers may split a month in two, such as J AN.
    is_split = joined in find_months() and len(joined) >= MIN_SPLIT_MONTH
    months = {MONTHS[name] for name in ([joined] if is_split else names.split()) if name in MONTHS}
    if len(months) == 1:
        yield None, year, months.pop(), int(day)


def _split_numbers(normalised: str) -> Iterator[Parts]:
    if found := YEAR_FIRST.search(normalised):
        yield DateOrder.YEAR_FIRST, found[1], int(found[2]), int(found[3])
    elif found := (
        YEAR_LAST.search(normalised)
        or SHORT_YEAR_LAST.search(normalised)
        or SLASHES_READ_AS_ONES.search(normalised)
    ):
        first, second, year = found.groups()
        yield DateOrder.DAY_FIRST, year, int(second), int(first)
        yield DateOrder.MONTH_FIRST, year, int(first), int(second)
    elif found := YEAR_FIRST_WITH_ONES.search(normalised):
        yield DateOrder.YEAR_FIRST, found[1], int(found[2]), int(found[3])
    elif found := EIGHT_DIGITS.search(normalised):
        yield from _split_eight_digits(found[1].replace(" ", ""))
    if found := SHORT_YEAR_FIRST.search(normalised):
        yield DateOrder.YEAR_FIRST, found[1], int(found[2]), int(found[3])


def _split_eight_digits(digits: str) -> Iterator[Parts]:
    """Yield the meanings of a date whose separators were not read."""
    if int(digits[4:]) in LIKELY_YEARS:
        yield DateOrder.DAY_FIRST, digits[4:], int(digits[2:4]), int(digits[:2])
        yield DateOrder.MONTH_FIRST, digits[4:], int(digits[:2]), int(digits[2:4])
    if int(digits[:4]) in LIKELY_YEARS:
        yield DateOrder.YEAR_FIRST, digits[:4], int(digits[4:6]), int(digits[6:])
