"""Values on licences of the USA and Canada: dates, numbers, sexes and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from docverify.documents.dates import parse_dates
from docverify.documents.document_numbers import FormatMatch, check_licence_number, compact_number
from docverify.documents.licence_issuers import is_city_line
from docverify.documents.look_alikes import find_group
from docverify.documents.states import Jurisdiction

DATE = re.compile(
    r"(?<!\d)(?:"
    r"\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?(?:\d{4}|\d\d)"
    r"|\d{1,2} \d{1,2} \d{4}"
    r"|\d\d[-/.1Il]\d\d[-/.1Il]\d{4}"
    r"|\d{4}[-/.1Il]\d\d[-/.1Il]\d\d"
    r"|\d{4} ?[-/. ] ?(?:\d{1,2}|[A-Za-z0]{3,9}) ?[-/. ] ?\d{1,2}"
    r"|\d{1,2} ?[-/. ]? ?(?=\D)[A-Za-z0]{3,9} ?[-/., ]* ?(?:\d{4}|\d\d)"
    r"|[A-Za-z]{3,9} ?[-/. ] ?\d{1,2} ?[-/., ]+ ?\d{4}"
    r"|\d{8}"
    r")(?!\d)"
)
NUMBER = re.compile(r"[A-Z0-9*]+(?:[ .-]{1,3}[A-Z0-9*]+)*")
HEIGHT_OR_WEIGHT = re.compile(
    r"\d['’′-]{1,2} ?\d{1,2}[\"”″']*|\d{2,3} ?(?:LBS?|IBS?|KG|CM|IN)\b\.?",  # noqa: RUF001
    re.IGNORECASE,
)
SEX = re.compile(r"(?:M|F|X|MALE(?!/F)|FEMALE)(?![^\W\d_])", re.IGNORECASE)
LABEL_REMAINS = re.compile(r"^(?:[0-9]?D|I?D|DL|DLN|LIC|NO|N)+[ .:#]*", re.IGNORECASE)
"""What is left of a misread label before a number, as in D123 456 789 for ID: 123 456 789."""

DIGITS_LIKE_LETTERS = frozenset("01568")
MIN_NUMBER_DIGITS = 4
MAX_JOINED_CHARACTERS = 4  # of a year or a shorter part of a date
MIN_NUMBER_LENGTH = 5
MIN_FORMATTED_LENGTH = 4  # shorter ones may be the number of an element or a height
MAX_LETTERS_OF_PART = 2  # of a word between the digits of a number, as in 123 AB 4567


class FoundText(NamedTuple):
    """A value in a text, with its beginning and its end, which is after the last character."""

    text: str
    start: int
    end: int

    def __repr__(self) -> str:
        """Show the positions but not the text."""
        return f"FoundText({self.start}, {self.end})"


def find_dates(text: str) -> Iterator[FoundText]:
    """Yield the texts of the dates in a line, from the left."""
    for match in DATE.finditer(text):
        if parse_dates(match[0]):
            yield FoundText(match[0], match.start(), match.end())


def find_number(text: str, issuer: Jurisdiction | None) -> FoundText | None:
    """Return the number at the beginning of a text; None if it is a date, a height or a weight.

    What is left of a misread label is removed if only then the number has the issuer's format.
    """
    match = NUMBER.match(text.upper().strip())
    if match is None or HEIGHT_OR_WEIGHT.fullmatch(match[0]) or is_city_line(text):
        return None
    number = _cut_at_words(match[0], issuer)
    if next(find_dates(number), None) and not has_format(number, issuer):
        return None
    shorter = LABEL_REMAINS.sub("", number, count=1)
    if shorter != number and not has_format(number, issuer) and has_format(shorter, issuer):
        number = shorter
    is_formatted = len(compact_number(number)) >= MIN_FORMATTED_LENGTH and has_format(
        number, issuer
    )
    if not _is_long_enough(number) and not is_formatted:
        return None
    start = text.upper().index(number)
    return FoundText(text[start : start + len(number)], start, start + len(number))


def _is_long_enough(number: str) -> bool:
    compact = compact_number(number)
    digits = sum(map(str.isdigit, compact))
    return digits >= MIN_NUMBER_DIGITS and len(compact) >= MIN_NUMBER_LENGTH


def has_format(number: str, issuer: Jurisdiction | None) -> bool:
    """Return whether a number with a digit has a known format of its issuer."""
    if issuer is None or not any(map(str.isdigit, number)):
        return False
    return check_licence_number(number, issuer.code, issuer.country) is FormatMatch.MATCHES


def is_misread_number(number: str, issuer: Jurisdiction | None) -> bool:
    """Return whether a number fits its issuer's format only if it was misread.

    A reader may read 2 for the Z that the number begins with, or join the first digits of the
    date next to it.
    """
    compact = compact_number(number)
    if issuer is None or has_format(compact, issuer):
        return False
    shorter = (compact[:-count] for count in range(1, MAX_JOINED_CHARACTERS + 1))
    if any(has_format(each, issuer) for each in shorter):
        return True
    swapped = (
        compact[:place] + other + compact[place + 1 :]
        for place, each in enumerate(compact)
        for other in find_group(each)
        if other != each
    )
    return any(has_format(each, issuer) for each in swapped)


def _cut_at_words(number: str, issuer: Jurisdiction | None) -> str:
    """Return a number without the words around it, as in LICe 12345 or C1234567 M.

    Return the longest part in the issuer's format, else everything before the first longer word.
    """
    words = number.split(" ")
    runs = (
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    )
    formatted = [each for each in runs if has_format(each, issuer)]
    if formatted:
        return max(formatted, key=len)
    while len(words) > 1 and words[0].isalpha() and len(words[0]) > MAX_LETTERS_OF_PART:
        words.pop(0)
    has_digits = [any(map(str.isdigit, word)) for word in words]
    for place, word in enumerate(words):
        if word.isalpha() and len(word) > MAX_LETTERS_OF_PART and any(has_digits[:place]):
            return " ".join(words[:place])
    return " ".join(words)


def find_sex(text: str) -> FoundText | None:
    """Return the sex at the beginning of a text: M, F or X, or MALE or FEMALE."""
    match = SEX.match(text, len(text) - len(text.lstrip()))
    return FoundText(match[0], match.start(), match.end()) if match else None


def find_name(text: str, *, has_label: bool = False) -> FoundText | None:
    """Return a text if it can be a name: letters with signs between them, and no digits.

    With a label, digits that look like letters may be among them: a reader may read S00 for SOO.
    """
    name = text.strip(" .,:;|/")
    letters = sum(map(str.isalpha, name))
    digits = [each for each in name if each.isdigit()]
    is_misread = has_label and letters and all(each in DIGITS_LIKE_LETTERS for each in digits)
    if (digits and not is_misread) or len(name) < 2 or 2 * (letters + len(digits)) < len(name):
        return None
    start = text.index(name)
    return FoundText(name, start, start + len(name))
