"""Spellings of printed dates, converted to digits and names of months before parsing.

Readers mistake letters for digits, issuers print the number of a month before its name, and some
count years in their own eras.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from docverify.documents.languages import find_eras
from docverify.documents.look_alikes import DIGIT_GROUPS, LETTERS_TO_DIGITS

DIGIT_LIKE = "".join(group[1:] for group in DIGIT_GROUPS)
"""Letters that readers confuse with digits."""

# A bar next to one digit is a 1; between two numbers it separates them.
BAR_AS_ONE = re.compile(r"(?<![\w|!])[|!](?=\d(?!\d))|(?<=(?<!\d)\d)[|!](?![\w|!])")
MISREAD_NUMBER = re.compile(rf"(?<!\w)(?=[A-Z]*\d)(?=\d*[A-Z])[\d{DIGIT_LIKE}]{{2,4}}(?!\w)")
STROKES = frozenset("1IL")  # 11, or the Roman month II
FIRST_YEAR = "元"


def restore_digits(text: str) -> str:
    """Return a text in capitals with digits in place of letters that look like them: 20 for 2O.

    A number that is more than half letters keeps them. Two strokes between other numbers remain,
    because they may be either the month II or an 11.

    >>> restore_digits("2O APR 199O"), restore_digits("12.1I.1990")
    ('20 APR 1990', '12.1I.1990')
    """

    def restore(found: re.Match[str]) -> str:
        number = found[0]
        is_between_numbers = text[: found.start()].rstrip(" .-/")[-1:].isdigit() and bool(
            re.match(r"[ ./-]*\d", text[found.end() :])
        )
        may_be_month = is_between_numbers and STROKES.issuperset(number)
        if may_be_month or 2 * sum(map(str.isalpha, number)) > len(number):
            return number
        return number.translate(LETTERS_TO_DIGITS)

    return MISREAD_NUMBER.sub(restore, text)


def write_eras(text: str) -> str:
    """Replace the years of Japanese and Chinese eras by years of the common era.

    A year that is printed in both ways is kept once.

    >>> write_eras("昭和60年4月12日"), write_eras("2024年 令和06年 6月1日")
    ('1985年4月12日', '2024年 6月1日')
    """

    def write(found: re.Match[str]) -> str:
        own, era, number = found.groups()
        year = str(find_eras()[era] + (1 if number == FIRST_YEAR else int(number)))
        return year if own in (None, year) else f"{own} {year}"

    return _era_years().sub(write, text)


@cache
def _era_years() -> re.Pattern[str]:
    names = "|".join(sorted(find_eras(), key=len, reverse=True))
    return re.compile(
        rf"(?:(\d{{4}}) ?年? *)?(?<![^\W\d_])({names}) ?({FIRST_YEAR}|\d{{1,3}})(?!\d)"
    )


def drop_numbers_of_named_months(words: Sequence[str], months: Mapping[str, int]) -> list[str]:
    """Return the words of a date without the number of a month next to the month's name.

    Korean passports print 12 4월/APR 1990 since 2021. Another number remains.
    """
    kept = list(words)
    for place in range(len(kept) - 2, 0, -1):
        month = months.get(kept[place])
        around = kept[max(place - 2, 0) : place], kept[place + 1 : place + 3]
        if month is None or not all(map(str.isdigit, (*around[0], *around[1]))):
            continue
        if len(around[0]) == 2 and int(kept[place - 1]) == month:
            del kept[place - 1]
        elif len(around[1]) == 2 and int(kept[place + 1]) == month:
            del kept[place + 1]
    return kept
