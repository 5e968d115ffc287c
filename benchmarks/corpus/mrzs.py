"""MRZs as an issuer writes them (ICAO Doc 9303, parts 3 to 7).

This is deliberately independent of the parser under test, so that neither hides the other's
mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from unicodedata import combining, normalize

Lines = tuple[str, ...]
WIDTHS = {"TD1": 30, "TD2": 36, "TD3": 44, "MRV-A": 44, "MRV-B": 36}
SPECIAL = str.maketrans(
    {
        **{"Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA", "Æ": "AE", "Ø": "OE", "Ł": "L", "Đ": "D"},
        **{"-": "<", " ": "<", "'": None},
    }
)


@dataclass(frozen=True)
class Entries:
    """The data of an MRZ."""

    kind: str
    code: str
    state: str
    nationality: str
    number: str
    surname: str
    given_names: str
    sex: str
    birth_date: date
    expiry_date: date


def digit(text: str) -> str:
    """Compute a check digit: weights 7, 3, 1; letters from A = 10, fillers 0."""
    values = [0 if each == "<" else int(each, 36) for each in text]
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def build_mrz(entries: Entries) -> Lines:
    """Write the MRZ lines of a document."""
    if entries.kind == "TD1":
        return _three_lines(entries)
    width = WIDTHS[entries.kind]
    first = (entries.code.ljust(2, "<") + entries.state.ljust(3, "<")) + _names(entries, width - 5)
    number, rest = _number(entries)
    second = number + entries.nationality.ljust(3, "<") + _dates(entries) + rest
    if entries.kind.startswith("MRV"):
        return first, second.ljust(width, "<")
    return first, recompute_composite(entries.kind, (first, second.ljust(width, "<")))[1]


def _three_lines(entries: Entries) -> Lines:
    number, rest = _number(entries)
    first = entries.code.ljust(2, "<") + entries.state.ljust(3, "<") + number + rest
    second = _dates(entries) + entries.nationality.ljust(3, "<")
    lines = first.ljust(30, "<"), second.ljust(30, "<"), _names(entries, 30)
    return recompute_composite(entries.kind, lines)


def recompute_composite(kind: str, lines: Lines) -> Lines:
    """Compute the composite check digit of the other characters; visas have none."""
    first, second = lines[:2]
    if kind == "TD1":
        covered = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    elif kind.startswith("MRV"):
        return lines
    else:
        if kind == "TD3" and second[42] == "<":
            second = second[:42] + digit(second[28:42]) + second[43:]
        covered = second[0:10] + second[13:20] + second[21:-1]
    return first, second[:-1] + digit(covered), *lines[2:]


def _number(entries: Entries) -> tuple[str, str]:
    """Write a document number; after nine characters, it continues in the optional data."""
    start, rest = entries.number[:9], entries.number[9:]
    if rest:
        return start + "<", rest + digit(start + rest)
    padded = start.ljust(9, "<")
    return padded + digit(padded), ""


def _dates(entries: Entries) -> str:
    birth, expiry = f"{entries.birth_date:%y%m%d}", f"{entries.expiry_date:%y%m%d}"
    return birth + digit(birth) + entries.sex.replace("X", "<") + expiry + digit(expiry)


def _names(entries: Entries, width: int) -> str:
    surname, given = transliterate(entries.surname), transliterate(entries.given_names)
    if not given:
        return surname[:width].ljust(width, "<")
    names = f"{surname}<<{given}"
    if len(names) <= width:
        return names.ljust(width, "<")
    # At least part of the given names remains, and a letter is at the end (9303-3, 4.6).
    kept = max(width - 2 - len(given), width // 2)
    while (names := f"{surname[:kept].rstrip('<')}<<{given}"[:width])[-1] == "<":
        kept -= 1
    return names


def transliterate(name: str) -> str:
    """Write a name in the letters of an MRZ."""
    plain = normalize("NFD", name.translate(SPECIAL))
    return "".join(letter for letter in plain if not combining(letter))
