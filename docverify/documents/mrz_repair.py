"""Possible repairs of an MRZ with a few misread characters: candidates, never an answer.

At most two characters are replaced by characters of similar shape. Only characters that are
misplaced may change, or doubtful ones that a wrong check digit covers. The caller decides whether a
candidate is right: check digits miss one wrong character in ten, and all errors between characters
whose values differ by ten (Doc 9303-3, 4.9).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle, islice

from docverify.documents.look_alikes import CONFUSED_PAIRS
from docverify.documents.mrz import WEIGHTS, Mrz, parse_mrz
from docverify.documents.mrz_layouts import FILLER, MrzField, MrzLayout
from docverify.documents.states import CodeStatus, find_code_status
from docverify.errors import MalformedMrz
from docverify.page import CERTAIN_CONFIDENCE

MAX_CHANGES = 2
MAX_CANDIDATES = 8
"""The search stops at this number, because more candidates would be just as inconclusive."""

MAX_TRIES = 64

Position = tuple[int, int]
"""Line and column, from 0."""

Sums = tuple[int, ...]
"""A value for each check digit of the MRZ, modulo 10."""


@dataclass(frozen=True)
class ChangedCharacter:
    """A character that a repair changes: its field, and line and column from 0."""

    field: str
    line: int
    column: int


@dataclass(frozen=True)
class Repair:
    """Lines that follow the standard and whose check digits are all correct."""

    lines: tuple[str, ...] = field(repr=False)
    changes: tuple[ChangedCharacter, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the changed fields."""
        return tuple(dict.fromkeys(change.field for change in self.changes))


@dataclass(frozen=True)
class Replacement:
    """A character of similar shape for the one at a position.

    Attributes:
        effect: What the replacement adds to the sum of each check digit, modulo 10.
    """

    position: Position
    character: str = field(repr=False)
    effect: Sums


def find_repairs(
    lines: Sequence[str],
    confidences: Sequence[Sequence[float]] | None = None,
    *,
    certain: float = CERTAIN_CONFIDENCE,
) -> tuple[Repair, ...]:
    """Return all repairs with the fewest changes; none if nothing is wrong, or too much is.

    With confidences (0 to 1, one per character), only misplaced characters and those below
    `certain` may change. Raise MalformedMrz as `parse_mrz` does, and ValueError if the number of
    confidences is not that of the characters.
    """
    mrz = parse_mrz(lines)
    misplaced = set(find_misplaced_positions(mrz))
    is_right = not misplaced and all(digit.is_correct for digit in mrz.check_digits)
    if is_right or len(misplaced) > MAX_CHANGES:
        return ()
    doubtful = find_doubtful_positions(mrz, confidences, certain)
    coefficients = compute_coefficients(mrz)
    wanted = compute_missing_sums(mrz, coefficients)
    replacements = list(find_replacements(mrz, coefficients, misplaced, doubtful))
    for search in (find_single_replacements, find_replacement_pairs):
        tries = islice(search(replacements, wanted, misplaced), MAX_TRIES)
        found = (build_repair(mrz, each) for each in tries)
        repairs = tuple(islice(filter(None, found), MAX_CANDIDATES))
        if repairs:
            return repairs
    return ()


def find_misplaced_positions(mrz: Mrz) -> Iterator[Position]:
    """Yield the positions of characters that the standard does not allow there."""
    alphabets = mrz.layout.alphabets()
    for name in mrz.misplaced:
        for line, column in list_positions(mrz.layout.fields[name]):
            if mrz.lines[line][column] not in alphabets[line][column]:
                yield line, column


def list_positions(each: MrzField) -> list[Position]:
    """Return the positions of a field."""
    return [(each.line, column) for column in range(each.start, each.stop)]


def find_doubtful_positions(
    mrz: Mrz, confidences: Sequence[Sequence[float]] | None, certain: float
) -> set[Position]:
    """Return the positions read with less confidence than `certain`; all without confidences."""
    positions = [
        (number, column) for number, line in enumerate(mrz.lines) for column in range(len(line))
    ]
    if confidences is None:
        return set(positions)
    flat = [each for row in confidences for each in row]
    if len(flat) != len(positions):
        raise ValueError("there must be one confidence for each character")
    return {position for position, each in zip(positions, flat, strict=True) if each < certain}


def compute_coefficients(mrz: Mrz) -> dict[Position, Sums]:
    """Return, per position, its coefficient in each check digit's equation (modulo 10).

    The equation: the weighted sum of the covered characters, minus the printed digit, is 0.
    """
    rows: dict[Position, list[int]] = defaultdict(lambda: [0] * len(mrz.check_digits))
    for number, digit in enumerate(mrz.check_digits):
        covered, printed = find_covered_positions(mrz, digit.field)
        for position, weight in zip(covered, cycle(WEIGHTS), strict=False):
            rows[position][number] += weight
        rows[printed][number] -= 1
    return {position: tuple(row) for position, row in rows.items()}


def find_covered_positions(mrz: Mrz, name: str) -> tuple[list[Position], Position]:
    """Return the positions that a check digit covers, and its own."""
    layout = mrz.layout
    covered = [
        position
        for each in layout.check_digits[name]
        for position in list_positions(layout.fields[each])
    ]
    if name == "document_number" and mrz.has_long_number:
        rest_length = len(mrz.document_number) - len(covered) + 1
        rest = list_positions(layout.fields["optional_data"])[:rest_length]
        return covered + rest[:-1], rest[-1]
    return covered, list_positions(layout.fields[f"{name}_check_digit"])[0]


def compute_missing_sums(mrz: Mrz, coefficients: Mapping[Position, Sums]) -> Sums:
    """Return the difference of each check digit's equation from 0, modulo 10."""
    sums = [0] * len(mrz.check_digits)
    for (line, column), row in coefficients.items():
        value = get_value(mrz.lines[line][column])
        sums = [total + value * weight for total, weight in zip(sums, row, strict=True)]
    return tuple(-total % 10 for total in sums)


def get_value(character: str) -> int:
    """Return the value of a character in check digits (Doc 9303-3, 4.9)."""
    return 0 if character == FILLER else int(character, 36)


def find_replacements(
    mrz: Mrz,
    coefficients: Mapping[Position, Sums],
    misplaced: set[Position],
    doubtful: set[Position],
) -> Iterator[Replacement]:
    """Yield the replacements of misplaced characters, and of doubtful ones that change a sum."""
    alphabets = mrz.layout.alphabets()
    no_effect = (0,) * len(mrz.check_digits)
    for line, row in enumerate(mrz.lines):
        for column, character in enumerate(row):
            position = (line, column)
            weights = coefficients.get(position, no_effect)
            if position not in misplaced and (position not in doubtful or not any(weights)):
                continue
            for other in load_look_alikes().get(character, ()):
                difference = get_value(other) - get_value(character)
                effect = tuple(difference * weight % 10 for weight in weights)
                is_useful = position in misplaced or any(effect)
                if is_useful and other in alphabets[line][column]:
                    yield Replacement(position, other, effect)


@cache
def load_look_alikes() -> dict[str, tuple[str, ...]]:
    """Return, per character, those that recognisers confuse with it."""
    others: dict[str, list[str]] = defaultdict(list)
    for pair in CONFUSED_PAIRS:
        others[pair[0]].append(pair[1])
        others[pair[1]].append(pair[0])
    return {character: tuple(each) for character, each in others.items()}


def find_single_replacements(
    replacements: Sequence[Replacement], wanted: Sums, misplaced: set[Position]
) -> Iterator[tuple[Replacement, ...]]:
    """Yield the replacements that alone make every check digit correct and misplace nothing."""
    for each in replacements:
        if each.effect == wanted and misplaced <= {each.position}:
            yield (each,)


def find_replacement_pairs(
    replacements: Sequence[Replacement], wanted: Sums, misplaced: set[Position]
) -> Iterator[tuple[Replacement, ...]]:
    """Yield the pairs of replacements that do so together, ordered by position."""
    by_effect = defaultdict(list)
    for each in replacements:
        by_effect[each.effect].append(each)
    for first in replacements:
        rest = tuple((all_ - part) % 10 for all_, part in zip(wanted, first.effect, strict=True))
        for second in by_effect.get(rest, ()):
            is_ordered = first.position < second.position
            if is_ordered and misplaced <= {first.position, second.position}:
                yield first, second


def build_repair(mrz: Mrz, replacements: Sequence[Replacement]) -> Repair | None:
    """Return the repaired lines; None if they do not follow the standard or are implausible."""
    lines = [list(line) for line in mrz.lines]
    for each in replacements:
        line, column = each.position
        lines[line][column] = each.character
    try:
        repaired = parse_mrz(["".join(line) for line in lines])
    except MalformedMrz:  # French licences are recognised by their state, which a digit covers.
        return None
    is_right = all(digit.is_correct for digit in repaired.check_digits) and not repaired.misplaced
    if repaired.format is not mrz.format or not is_right:
        return None
    changes = tuple(
        ChangedCharacter(find_field(mrz.layout, each.position), *each.position)
        for each in replacements
    )
    if not all(is_plausible(repaired, change.field) for change in changes):
        return None
    return Repair(repaired.lines, changes)


def find_field(layout: MrzLayout, position: Position) -> str:
    """Return the name of the field at a position."""
    return next(name for name, each in layout.fields.items() if position in list_positions(each))


def is_plausible(mrz: Mrz, name: str) -> bool:
    """Return whether a changed field is a possible day or an assigned code; others always are."""
    if name in ("birth_date", "expiry_date"):
        text: str = getattr(mrz, name)
        return FILLER in text or ("01" <= text[2:4] <= "12" and "01" <= text[4:] <= "31")
    if name in ("issuing_state", "nationality"):
        return find_code_status(getattr(mrz, name)) is not CodeStatus.UNKNOWN
    return True
