"""Tie breaking: the choice between symbols that fit the pixels about equally well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from docverify.documents.look_alikes import find_group
from docverify.documents.mrz import ALPHABET, MrzLayout, parse_mrz
from docverify.errors import MalformedMrz
from docverify.page import CERTAIN_CONFIDENCE
from docverify.reading.recognition import Probabilities

DIGIT_WORTH = 2.0
"""Nats per check digit: one that is correct by chance is worth 2.3, one of several less."""

EQUAL = 4.0  # nats: a symbol with less than a fiftieth of another's share counts as absent
MAX_OPTIONS = 12


class SymbolChange(NamedTuple):
    """Another symbol at one position.

    Attributes:
        cost: nats by which it fits the pixels less well.
        line: number of the line, from 0.
        column: number of the character in it, from 0.
        symbol: the new symbol.
    """

    cost: float
    line: int
    column: int
    symbol: str


def break_ties(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities]
) -> list[str]:
    """Return the lines with the changes that letters and check digits make likelier.

    A check digit never justifies a symbol that does not also fit the pixels: all changes together
    must not cost more than the check digits that they correct are worth.
    """
    texts = prefer_letters(layout, lines, shares)
    wrong = find_wrong_digits(texts)
    if not wrong:
        return texts
    options = sorted(find_options(layout, texts, shares, wrong))[:MAX_OPTIONS]
    groups = [(each,) for each in options] + list(combinations(options, 2))
    changed = [(apply_changes(texts, group), sum(each.cost for each in group)) for group in groups]
    gains = [(len(wrong) - len(find_wrong_digits(text)), cost, text) for text, cost in changed]
    worth = [gain for gain in gains if gain[1] <= DIGIT_WORTH * gain[0]]
    return max(worth, key=lambda gain: (gain[0], -gain[1]))[2] if worth else texts


def is_out_of_place(text: str, at: int) -> bool:
    """Return whether a look-alike is a digit among letters, or a letter among digits."""
    around = [each for each in text[max(at - 1, 0) : at] + text[at + 1 : at + 2] if each.isalnum()]
    alike = find_group(text[at]) != text[at]
    return alike and {each.isdigit() for each in around} == {not text[at].isdigit()}


def prefer_letters(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities]
) -> list[str]:
    """Read a digit of the document code as a letter if it may be one, because codes are letters."""
    code = layout.fields["document_code"]
    texts = list(lines)
    for column in range(code.start, code.stop):
        changes = find_changes(lines, shares, code.line, column)
        letters = [change for change in changes if change.symbol.isalpha()]
        if letters and lines[code.line][column].isdigit():
            texts = apply_changes(texts, (min(letters),))
    return texts


def repeat_state(
    layout: MrzLayout, lines: Sequence[str], confidences: Sequence[Sequence[float]]
) -> list[str]:
    """Read the nationality like the issuing State if that is likelier.

    Most holders are nationals of the issuer. At least one letter of the nationality must be the
    same, and each letter that differs must be uncertain.
    """
    own, other = layout.fields.get("nationality"), layout.fields.get("issuing_state")
    if own is None or other is None:
        return list(lines)
    state = lines[other.line][other.start : other.stop]
    differing = [
        column
        for column, letter in zip(range(own.start, own.stop), state, strict=True)
        if lines[own.line][column] != letter
    ]
    uncertain = all(confidences[own.line][each] < CERTAIN_CONFIDENCE for each in differing)
    if not uncertain or len(differing) == len(state):
        return list(lines)
    changes = [SymbolChange(0.0, own.line, at, state[at - own.start]) for at in differing]
    return apply_changes(lines, changes)


def find_wrong_digits(lines: Sequence[str]) -> set[str]:
    """Find the fields whose check digit is wrong; none if the lines are not an MRZ."""
    try:
        mrz = parse_mrz(lines)
    except MalformedMrz:
        return set()
    return {digit.field for digit in mrz.check_digits if not digit.is_correct}


def find_options(
    layout: MrzLayout, lines: Sequence[str], shares: Sequence[Probabilities], wrong: set[str]
) -> Iterator[SymbolChange]:
    """Yield the changes within the fields that the wrong check digits cover."""
    names = {name for each in wrong for name in layout.check_digits.get(each, ())}
    names |= {f"{each}_check_digit" for each in wrong}
    for name in names & layout.fields.keys():
        field = layout.fields[name]
        for column in range(field.start, field.stop):
            yield from find_changes(lines, shares, field.line, column)


def find_changes(
    lines: Sequence[str], shares: Sequence[Probabilities], line: int, column: int
) -> Iterator[SymbolChange]:
    """Yield the other symbols that fit the pixels about as well at one position."""
    share = np.log(shares[line][column] + 1e-9)
    now = ALPHABET.index(lines[line][column])
    for symbol in np.flatnonzero(share[now] - share <= EQUAL):
        if symbol != now:
            yield SymbolChange(float(share[now] - share[symbol]), line, column, ALPHABET[symbol])


def apply_changes(lines: Sequence[str], changes: Sequence[SymbolChange]) -> list[str]:
    """Apply the changes to the lines."""
    texts = list(lines)
    for _, line, column, symbol in changes:
        texts[line] = texts[line][:column] + symbol + texts[line][column + 1 :]
    return texts
