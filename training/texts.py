"""Texts of drawn lines: MRZs of every layout with synthetic data, and random symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from numpy.random import Generator

from docverify.documents.mrz import ALPHABET, FILLER

T = TypeVar("T")

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
# Rough shares of letters in names, so that a line looks like one; every letter still occurs.
NAME_LETTERS = "AAAAAABCCDDEEEEEEFGHHIIIIIJKKLLLLMMNNNNNOOOOPQRRRRRSSSSTTTUUUVWXYZZ"
CODES = ("P<", "PP", "PD", "PN", "V<", "VC", "I<", "ID", "IR", "AC", "C<", "CR", "A<", "D1")
STATES = (
    *("UTO", "D<<", "FRA", "CHE", "USA", "GBR", "ESP", "ITA", "POL", "CZE", "HRV", "LTU", "HUN"),
    *("AUS", "CHN", "TWN", "JPN", "IND", "BRA", "MEX", "NLD", "BEL", "PRT", "SWE", "FIN", "ZAF"),
)
WIDTHS = (30, 36, 44)


def chosen(random: Generator, symbols: Sequence[str], count: int) -> str:
    """Return random symbols, each equally likely."""
    return "".join(symbols[each] for each in random.integers(0, len(symbols), count))


def mrz_line(random: Generator) -> str:
    """Return one line as in an MRZ; its check digits are random digits."""
    return LINES[random.integers(0, len(LINES))](random)


def any_line(random: Generator, length: int) -> str:
    """Return a part of a line: of an MRZ, or symbols at random with runs of fillers."""
    if random.random() < 0.35:
        return _at_random(random, length)
    text = mrz_line(random)
    while len(text) < length:
        text += mrz_line(random)
    start = 0 if random.random() < 0.3 else int(random.integers(0, len(text) - length + 1))
    return text[start : start + length]


def _at_random(random: Generator, length: int) -> str:
    text = ""
    while len(text) < length:
        if random.random() < 0.15:
            text += FILLER * int(random.integers(1, 8))
        else:
            kind = (ALPHABET, LETTERS, DIGITS)[random.integers(0, 3)]
            text += chosen(random, kind, int(random.integers(2, 12)))
    return text[:length]


def _word(random: Generator) -> str:
    return chosen(random, NAME_LETTERS, int(random.integers(2, 13)))


def _names(random: Generator) -> str:
    surnames = FILLER.join(_word(random) for _ in range(1 + (random.random() < 0.25)))
    given = FILLER.join(_word(random) for _ in range(int(random.integers(1, 4))))
    return f"{surnames}{FILLER * 2}{given}"


def _fitted(text: str, width: int) -> str:
    return text[:width].ljust(width, FILLER)


def _one_of(random: Generator, values: Sequence[T]) -> T:
    return values[int(random.integers(0, len(values)))]


def _width(random: Generator) -> int:
    return WIDTHS[random.integers(0, len(WIDTHS))]


def _date(random: Generator) -> str:
    year, month, day = random.integers(0, 100), random.integers(1, 13), random.integers(1, 32)
    return f"{year:02}{month:02}{day:02}"


def _number(random: Generator) -> str:
    kind = (DIGITS, DIGITS + LETTERS, LETTERS[:6] + DIGITS * 2)[random.integers(0, 3)]
    return _fitted(chosen(random, kind, int(random.integers(6, 10))), 9)


def _dates_and_sex(random: Generator) -> str:
    sex = _one_of(random, ("M", "F", FILLER))
    digit = chosen(random, DIGITS, 2)
    return f"{_date(random)}{digit[0]}{sex}{_date(random)}{digit[1]}"


def _optional(random: Generator, width: int) -> str:
    kind = (DIGITS, DIGITS + LETTERS)[random.integers(0, 2)]
    return _fitted(chosen(random, kind, int(random.integers(0, width + 1))), width)


def _first_of_two(random: Generator) -> str:
    head = _one_of(random, CODES) + _one_of(random, STATES)
    return _fitted(head + _names(random), _width(random))


def _second_of_two(random: Generator) -> str:
    digits = chosen(random, DIGITS, 2)
    head = f"{_number(random)}{digits[0]}{_one_of(random, STATES)}{_dates_and_sex(random)}"
    return head + _optional(random, _one_of(random, (8, 16)) - 1) + digits[1]


def _first_of_three(random: Generator) -> str:
    head = _one_of(random, CODES) + _one_of(random, STATES) + _number(random)
    return head + chosen(random, DIGITS, 1) + _optional(random, 15)


def _second_of_three(random: Generator) -> str:
    head = _dates_and_sex(random) + _one_of(random, STATES)
    return head + _optional(random, 11) + chosen(random, DIGITS, 1)


def _names_alone(random: Generator) -> str:
    return _fitted(_names(random), _width(random))


def _french_card(random: Generator) -> str:
    if random.random() < 0.5:
        return _fitted(f"IDFRA{_word(random)}", 30) + chosen(random, DIGITS, 6)
    given = _fitted(f"{_word(random)}{FILLER * 2}{_word(random)}", 14)
    sex = _one_of(random, ("M", "F"))
    digits = chosen(random, DIGITS, 15)
    return f"{digits[:13]}{given}{_date(random)}{digits[13]}{sex}{digits[14]}"


def _driving_licence(random: Generator) -> str:
    """Return a line of a French or Swiss licence: their MRZs have lines of 9 or 30."""
    swiss = f"{chosen(random, LETTERS, 3)}{chosen(random, DIGITS, 3)}{_one_of(random, 'DFIR')}"
    lines = (
        f"{swiss}{FILLER * 2}",
        _fitted(f"FACHE{chosen(random, DIGITS, 12)}{FILLER * 2}{_date(random)}", 30),
        _fitted(
            f"D1FRA{chosen(random, DIGITS, 2)}{chosen(random, LETTERS, 2)}{_number(random)}", 18
        )
        + _fitted(chosen(random, LETTERS, 8), 11)
        + chosen(random, DIGITS, 1),
    )
    return _one_of(random, lines)


LINES: tuple[Callable[[Generator], str], ...] = (
    *(_first_of_two, _second_of_two, _first_of_three, _second_of_three, _names_alone),
    *(_french_card, _driving_licence),
)


def print_line(random: Generator, length: int) -> str:
    """Return words as printed next to an MRZ, mostly in lower case."""
    small = LETTERS.lower()
    signs = f"{small}{small}{LETTERS}{DIGITS}.,/-:()"
    text = ""
    while len(text) < length:
        text += chosen(random, (small, signs)[random.integers(0, 2)], int(random.integers(2, 9)))
    return text[:length]
