"""MRZs as an issuer writes them (ICAO Doc 9303, parts 3 to 7).

This is deliberately independent of the parser under test: neither hides a mistake of the other.
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


def build_mrz(said: Entries) -> Lines:
    """Write the MRZ lines of a document."""
    if said.kind == "TD1":
        return _three_lines(said)
    width = WIDTHS[said.kind]
    first = (said.code.ljust(2, "<") + said.state.ljust(3, "<")) + _names(said, width - 5)
    number, rest = _number(said)
    second = number + said.nationality.ljust(3, "<") + _dates(said) + rest
    if said.kind.startswith("MRV"):
        return first, second.ljust(width, "<")
    return first, recomposed(said.kind, (first, second.ljust(width, "<")))[1]


def _three_lines(said: Entries) -> Lines:
    number, rest = _number(said)
    first = said.code.ljust(2, "<") + said.state.ljust(3, "<") + number + rest
    second = _dates(said) + said.nationality.ljust(3, "<")
    lines = first.ljust(30, "<"), second.ljust(30, "<"), _names(said, 30)
    return recomposed(said.kind, lines)


def recomposed(kind: str, lines: Lines) -> Lines:
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


def _number(said: Entries) -> tuple[str, str]:
    """Write a document number; one of more than nine characters continues in the optional data."""
    start, rest = said.number[:9], said.number[9:]
    if rest:
        return start + "<", rest + digit(start + rest)
    padded = start.ljust(9, "<")
    return padded + digit(padded), ""


def _dates(said: Entries) -> str:
    birth, expiry = f"{said.birth_date:%y%m%d}", f"{said.expiry_date:%y%m%d}"
    return birth + digit(birth) + said.sex.replace("X", "<") + expiry + digit(expiry)


def _names(said: Entries, width: int) -> str:
    surname, given = transliterated(said.surname), transliterated(said.given_names)
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


def transliterated(name: str) -> str:
    """Write a name in the letters of an MRZ."""
    plain = normalize("NFD", name.translate(SPECIAL))
    return "".join(letter for letter in plain if not combining(letter))
