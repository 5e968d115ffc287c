"""What a zone may say if a few of its characters were misread: candidates, never an answer.

Only characters whose shapes are alike are exchanged, at most two of them, and only where one is
out of place, or where a check digit fails and the reader was in doubt. Whether one candidate is
taken for the truth is for others to decide: check digits miss one wrong character in ten, and
all between characters whose values differ by ten (9303-3, 4.9).
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
"""More are as inconclusive as these: the search ends."""

MAX_TRIES = 64

Position = tuple[int, int]
Residues = tuple[int, ...]


@dataclass(frozen=True)
class ChangedCharacter:
    """Where a candidate differs from what was read: the field, and line and column from 0."""

    field: str
    line: int
    column: int


@dataclass(frozen=True)
class Repair:
    """Lines that follow the standard and whose check digits all hold."""

    lines: tuple[str, ...] = field(repr=False)
    changes: tuple[ChangedCharacter, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that differ from what was read."""
        return tuple(dict.fromkeys(change.field for change in self.changes))


@dataclass(frozen=True)
class Replacement:
    """A look-alike for one character, and what it adds to each check-digit sum, modulo 10."""

    place: Position
    character: str = field(repr=False)
    residues: Residues


def find_repairs(
    lines: Sequence[str],
    confidences: Sequence[Sequence[float]] | None = None,
    *,
    certain: float = CERTAIN_CONFIDENCE,
) -> tuple[Repair, ...]:
    """Return all candidates with the fewest changes; none when nothing is wrong, or too much.

    With confidences (from 0 to 1, one for each character) only characters below `certain`, or out
    of place, may change. Raises MalformedMrz as `parse_mrz` does, and ValueError when there are
    not as many confidences as characters.
    """
    mrz = parse_mrz(lines)
    misplaced = set(_misplaced(mrz))
    if len(misplaced) > MAX_CHANGES or (
        not misplaced and all(digit.holds for digit in mrz.check_digits)
    ):
        return ()
    doubtful = _doubtful(mrz, confidences, certain)
    weights = _weights(mrz)
    wanted = _residues(mrz, weights)
    exchanges = list(_exchanges(mrz, weights, misplaced, doubtful))
    for search in (_singles, _pairs):
        tries = islice(search(exchanges, wanted, misplaced), MAX_TRIES)
        found = (_candidate(mrz, each) for each in tries)
        candidates = tuple(islice(filter(None, found), MAX_CANDIDATES))
        if candidates:
            return candidates
    return ()


def _misplaced(mrz: Mrz) -> Iterator[Position]:
    alphabets = mrz.layout.alphabets()
    for name in mrz.misplaced:
        for line, column in _places(mrz.layout.fields[name]):
            if mrz.lines[line][column] not in alphabets[line][column]:
                yield line, column


def _places(each: MrzField) -> list[Position]:
    return [(each.line, column) for column in range(each.start, each.stop)]


def _doubtful(
    mrz: Mrz, confidences: Sequence[Sequence[float]] | None, certain: float
) -> set[Position]:
    places = [(row, column) for row, line in enumerate(mrz.lines) for column in range(len(line))]
    if confidences is None:
        return set(places)
    flat = [each for row in confidences for each in row]
    if len(flat) != len(places):
        raise ValueError("there must be one confidence for each character")
    return {place for place, each in zip(places, flat, strict=True) if each < certain}


def _weights(mrz: Mrz) -> dict[Position, Residues]:
    """Return what one more in value at each place adds to each sum less its printed digit."""
    rows: dict[Position, list[int]] = defaultdict(lambda: [0] * len(mrz.check_digits))
    for number, digit in enumerate(mrz.check_digits):
        covered, printed = _covered(mrz, digit.field)
        for place, weight in zip(covered, cycle(WEIGHTS), strict=False):
            rows[place][number] += weight
        rows[printed][number] -= 1
    return {place: tuple(row) for place, row in rows.items()}


def _covered(mrz: Mrz, name: str) -> tuple[list[Position], Position]:
    """Return the places that a check digit covers, and its own."""
    layout = mrz.layout
    names = layout.check_digits[name]
    covered = [place for each in names for place in _places(layout.fields[each])]
    if name == "document_number" and mrz.has_long_number:
        rest = _places(layout.fields["optional_data"])[
            : len(mrz.document_number) - len(covered) + 1
        ]
        return covered + rest[:-1], rest[-1]
    return covered, _places(layout.fields[f"{name}_check_digit"])[0]


def _residues(mrz: Mrz, weights: Mapping[Position, Residues]) -> Residues:
    """Return for each check digit what is missing to make it hold, modulo 10."""
    sums = [0] * len(mrz.check_digits)
    for (line, column), row in weights.items():
        value = _value(mrz.lines[line][column])
        sums = [each + value * weight for each, weight in zip(sums, row, strict=True)]
    return tuple(-each % 10 for each in sums)


def _value(character: str) -> int:
    return 0 if character == FILLER else int(character, 36)


def _exchanges(
    mrz: Mrz,
    weights: Mapping[Position, Residues],
    misplaced: set[Position],
    doubtful: set[Position],
) -> Iterator[Replacement]:
    """Yield each exchange that may help: out of place, or doubtful and part of a wrong sum."""
    alphabets = mrz.layout.alphabets()
    nothing = (0,) * len(mrz.check_digits)
    for line, row in enumerate(mrz.lines):
        for column, character in enumerate(row):
            place, weight = (line, column), weights.get((line, column), nothing)
            if place not in misplaced and (place not in doubtful or not any(weight)):
                continue
            for other in _alike().get(character, ()):
                if other in alphabets[line][column]:
                    more = _value(other) - _value(character)
                    residues = tuple(more * each % 10 for each in weight)
                    if place in misplaced or any(residues):
                        yield Replacement(place, other, residues)


@cache
def _alike() -> dict[str, tuple[str, ...]]:
    others: dict[str, list[str]] = defaultdict(list)
    for pair in CONFUSED_PAIRS:
        others[pair[0]].append(pair[1])
        others[pair[1]].append(pair[0])
    return {character: tuple(each) for character, each in others.items()}


def _singles(
    exchanges: Sequence[Replacement], wanted: Residues, misplaced: set[Position]
) -> Iterator[tuple[Replacement, ...]]:
    """Yield the exchanges after which every check digit holds and nothing is out of place."""
    for each in exchanges:
        if each.residues == wanted and misplaced <= {each.place}:
            yield (each,)


def _pairs(
    exchanges: Sequence[Replacement], wanted: Residues, misplaced: set[Position]
) -> Iterator[tuple[Replacement, ...]]:
    """Yield the pairs of exchanges that do so together, in the order of their places."""
    by_residues = defaultdict(list)
    for each in exchanges:
        by_residues[each.residues].append(each)
    for first in exchanges:
        rest = tuple((all_ - part) % 10 for all_, part in zip(wanted, first.residues, strict=True))
        for second in by_residues.get(rest, ()):
            if first.place < second.place and misplaced <= {first.place, second.place}:
                yield first, second


def _candidate(mrz: Mrz, exchanges: Sequence[Replacement]) -> Repair | None:
    lines = [list(line) for line in mrz.lines]
    for each in exchanges:
        lines[each.place[0]][each.place[1]] = each.character
    try:
        repaired = parse_mrz(["".join(line) for line in lines])
    except MalformedMrz:  # French licences are known by their State, which a digit covers.
        return None
    changes = tuple(
        ChangedCharacter(_field_at(mrz.layout, each.place), *each.place) for each in exchanges
    )
    holds = all(digit.holds for digit in repaired.check_digits)
    if repaired.format is not mrz.format or repaired.misplaced or not holds:
        return None
    if not all(_is_plausible(repaired, change.field) for change in changes):
        return None
    return Repair(repaired.lines, changes)


def _field_at(layout: MrzLayout, place: Position) -> str:
    return next(name for name, each in layout.fields.items() if place in _places(each))


def _is_plausible(mrz: Mrz, name: str) -> bool:
    """Whether a field that was changed says something: a day, a code that is assigned."""
    if name in ("birth_date", "expiry_date"):
        text: str = getattr(mrz, name)
        return FILLER in text or ("01" <= text[2:4] <= "12" and "01" <= text[4:] <= "31")
    if name in ("issuing_state", "nationality"):
        return find_code_status(getattr(mrz, name)) is not CodeStatus.UNKNOWN
    return True
