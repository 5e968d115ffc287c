"""The data that applicants state about themselves with an upload."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MAX_NAME_LENGTH = 200  # characters
BLANK_CHARACTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10))
)
"""Characters that Unicode counts as printable, although they are invisible."""


@dataclass(frozen=True)
class Applicant:
    """The applicant's name and birth date.

    Attributes:
        name: None if not given.
        birth_date: None if not given.
        unreadable: The fields that were given in a form that cannot be compared. This is not an
            error, because the applicant can no longer correct it at the time of the decision.
    """

    name: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    unreadable: tuple[str, ...] = ()


def parse_applicant(name: str | None, birth_date: str | None) -> Applicant | None:
    """Parse the applicant's name and birth date (YYYY-MM-DD); None if both are empty."""
    name, birth_date = (name or "").strip(), (birth_date or "").strip()
    if not name and not birth_date:
        return None
    parsed = _parse_name(name), _parse_date(birth_date)
    given = ("name", name, parsed[0]), ("birth_date", birth_date, parsed[1])
    unreadable = tuple(key for key, text, value in given if text and value is None)
    return Applicant(*parsed, unreadable)


def _parse_name(text: str) -> str | None:
    is_name = text.isprintable() and any(map(str.isalpha, text)) and not BLANK_CHARACTERS & {*text}
    return text if is_name and len(text) <= MAX_NAME_LENGTH else None


def _parse_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None
