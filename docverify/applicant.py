"""What an applicant says of themselves, given with the upload."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MAX_NAME = 200  # characters


@dataclass(frozen=True)
class Applicant:
    """Name and birth date as given; None where not given.

    `unreadable` names the fields that were given in no way that can be compared: such a fact is
    no error, for nobody is there to be told when a document is judged.
    """

    name: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    unreadable: tuple[str, ...] = ()


def parse_applicant(name: str | None, birth_date: str | None) -> Applicant | None:
    """Read what was given, the date as YYYY-MM-DD; None where nothing was given."""
    name, birth_date = (name or "").strip(), (birth_date or "").strip()
    if not name and not birth_date:
        return None
    read = _name(name), _day(birth_date)
    given = ("name", name, read[0]), ("birth_date", birth_date, read[1])
    return Applicant(*read, tuple(key for key, text, value in given if text and value is None))


def _name(text: str) -> str | None:
    fit = text.isprintable() and len(text) <= MAX_NAME and any(map(str.isalpha, text))
    return text if fit else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
