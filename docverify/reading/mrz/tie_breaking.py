"""What speaks for one of several readings that the pixels show about equally well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from docverify.documents.look_alikes import find_group
from docverify.documents.mrz import ALPHABET, MrzLayout, parse_mrz
from docverify.errors import MalformedMrz
from docverify.reading.recognition import Probabilities

WORTH = 2.0  # nats a check digit: that one holds by chance is worth 2.3, one of several less
EQUAL = 4.0  # nats: less than a fiftieth of a symbol's share is no sight of another one
MAX_OPTIONS = 12

Change = tuple[float, int, int, str]
"""What a change costs in nats, its line and column, and the new symbol."""


def break_ties(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities]
) -> list[str]:
    """Return the lines, with what letters and check digits make likelier of equal pixels.

    A check digit never asks for a symbol that the pixels do not show as well: what all changes
    cost may not exceed what the check digits that then hold are worth.
    """
    texts = _with_letters(layout, lines, shares)
    wrong = _wrong_digits(texts)
    if not wrong:
        return texts
    options = sorted(_options(layout, texts, shares, wrong))[:MAX_OPTIONS]
    groups = [(each,) for each in options] + list(combinations(options, 2))
    changed = [(_changed(texts, group), _cost(group)) for group in groups]
    gains = [(len(wrong) - len(_wrong_digits(text)), cost, text) for text, cost in changed]
    worth = [each for each in gains if each[1] <= WORTH * each[0]]
    return max(worth, key=lambda each: (each[0], -each[1]))[2] if worth else texts


def _cost(changes: Sequence[Change]) -> float:
    return sum(change[0] for change in changes)


def is_out_of_place(text: str, at: int) -> bool:
    """Tell whether a look-alike stands as a digit among letters only, or the reverse."""
    around = [each for each in text[max(at - 1, 0) : at] + text[at + 1 : at + 2] if each.isalnum()]
    alike = find_group(text[at]) != text[at]
    return alike and {each.isdigit() for each in around} == {not text[at].isdigit()}


def _with_letters(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities]
) -> list[str]:
    """Take the letter where a digit of the document code may be one: codes are letters."""
    code = layout.fields["document_code"]
    texts = list(lines)
    for column in range(code.start, code.stop):
        changes = _changes(lines, shares, code.line, column)
        letters = [change for change in changes if change[3].isalpha()]
        if letters and lines[code.line][column].isdigit():
            texts = _changed(texts, (min(letters),))
    return texts


def _wrong_digits(lines: Sequence[str]) -> set[str]:
    try:
        mrz = parse_mrz(lines)
    except MalformedMrz:
        return set()
    return {digit.field for digit in mrz.check_digits if not digit.holds}


def _options(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities], wrong: set[str]
) -> Iterator[Change]:
    names = {name for each in wrong for name in layout.check_digits.get(each, ())}
    names |= {f"{each}_check_digit" for each in wrong}
    for name in names & layout.fields.keys():
        place = layout.fields[name]
        for column in range(place.start, place.stop):
            yield from _changes(lines, shares, place.line, column)


def _changes(
    lines: Sequence[str], shares: Sequence[Probabilities], line: int, column: int
) -> Iterator[Change]:
    share = np.log(shares[line][column] + 1e-9)
    now = ALPHABET.index(lines[line][column])
    for symbol in np.flatnonzero(share[now] - share <= EQUAL):
        if symbol != now:
            yield float(share[now] - share[symbol]), line, column, ALPHABET[symbol]


def _changed(lines: Sequence[str], changes: Sequence[Change]) -> list[str]:
    texts = list(lines)
    for _, line, column, symbol in changes:
        texts[line] = texts[line][:column] + symbol + texts[line][column + 1 :]
    return texts
