"""Labels of a licence and their values: in the same line, to the right, below or above."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from docverify.documents.labels import Segment
from docverify.documents.licence_labels import (
    find_line_licence_segments,
    find_value_end,
    has_element_number,
)
from docverify.documents.licence_values import (
    FoundText,
    find_dates,
    find_name,
    find_number,
    find_sex,
)
from docverify.documents.states import Jurisdiction
from docverify.page import Box, Line

# Distances, in heights of the label
MAX_GAP_TO_RIGHT = 8.0
MAX_GAP_BELOW = 1.2
MAX_OVERLAP = 0.5  # of two boxes next to each other, because readers make boxes too large
MAX_OVERLAP_BELOW = 0.9  # of two boxes, one above the other
MAX_SHIFT = 2.5  # between the left edges of a label and the value below or above it

MIN_NUMBERED = 3  # labels with element numbers; such a card numbers all its labels

# Penalties on the distance of a value, because labels are rarely below their values
RIGHT_WEIGHT = 0.5
SHIFT_WEIGHT = 0.3
COST_BELOW = 0.6
COST_ABOVE = 2.0


class ValueType(Enum):
    """The types of values that labels have on a licence."""

    DATE = auto()
    NUMBER = auto()
    SEX = auto()
    NAME = auto()


TYPE_BY_FIELD: Mapping[str, ValueType] = {
    "birth_date": ValueType.DATE,
    "issue_date": ValueType.DATE,
    "expiry_date": ValueType.DATE,
    "other_date": ValueType.DATE,
    "document_number": ValueType.NUMBER,
    "discriminator": ValueType.NUMBER,
    "sex": ValueType.SEX,
    "surname": ValueType.NAME,
    "given_names": ValueType.NAME,
    "full_name": ValueType.NAME,
}
"""The fields whose values are used, or that must not be mistaken for other fields."""


@dataclass(frozen=True)
class PrintedText:
    """A part of a line.

    Attributes:
        line: The number of the line on the page, from 0.
        near_label: Whether its label is in another line, so that it may belong to another value.
        confidence: The reader's confidence, from 0 to 1.
    """

    text: str = field(repr=False)
    box: Box
    confidence: float
    line: int
    near_label: bool = False


@dataclass(frozen=True)
class LicencePrint:
    """The printed text of a licence, sorted by its labels.

    Attributes:
        values: The values of each field; values with the label in the same line come first.
        free: The texts without a label.
        labels: The fields of all labels, with or without a value.
    """

    values: Mapping[str, Sequence[PrintedText]]
    free: Sequence[PrintedText]
    labels: frozenset[str]

    def list_free(self, value_type: ValueType, issuer: Jurisdiction | None) -> list[PrintedText]:
        """Return the texts of a type that have no label."""
        return [each for text in self.free for each in find_typed_texts(text, value_type, issuer)]


@dataclass(frozen=True)
class Candidate:
    """A label without a value in its line, a text near it, and the distance between the two."""

    label: int
    value: PrintedText
    distance: float


def sort_print(
    lines: Sequence[Line], issuer: Jurisdiction | None, left_out: Iterable[int] = ()
) -> LicencePrint:
    """Find the labels of a licence and their values; lines such as the address are left out."""
    values: dict[str, list[PrintedText]] = {}
    bare: list[tuple[str, PrintedText]] = []
    free: list[PrintedText] = []
    labels: set[str] = set()
    left_out = frozenset(left_out)
    segments = [find_line_licence_segments(line) for line in lines]
    numbered = (
        has_element_number(line.text, each) for line, each in zip(lines, segments, strict=True)
    )
    has_numbers = sum(numbered) >= MIN_NUMBERED
    for number, line in enumerate(lines):
        if number in left_out or not segments[number]:  # A text of blanks has no segment.
            continue
        whole = PrintedText(line.text, line.box, line.confidence, number)
        for name, label, text in split_line(whole, segments[number], has_numbers=has_numbers):
            labels |= {name} if name else set()
            found = read_value(name, text, issuer) if name and text else None
            if text:
                free += remove_text(text, found)
            if name and found:
                values.setdefault(name, []).append(found)
                continue
            if name in TYPE_BY_FIELD:
                bare.append((str(name), label))
    # The rest of a text may be another label's value, such as M in a line with number and sex.
    while assigned := list(assign_values(bare, free, issuer)):
        for number, value in assigned:
            values.setdefault(bare[number][0], []).append(replace(value, near_label=True))
            free = [rest for each in free for rest in remove_text(each, value)]
        used = {number for number, _ in assigned}
        bare = [each for number, each in enumerate(bare) if number not in used]
    return LicencePrint(values, free, frozenset(labels))


def split_line(
    whole: PrintedText, segments: Sequence[Segment], *, has_numbers: bool
) -> Iterator[tuple[str | None, PrintedText, PrintedText | None]]:
    """Yield the field, the label and the text of each segment of a line.

    With `has_numbers`, each label has the number of its element before it: if a reader lost the
    blank before such a number, it is still not part of the value.
    """
    ends = [
        find_value_end(whole.text, each) if has_numbers else each.start for each in segments[1:]
    ] + [len(whole.text)]
    for segment, end in zip(segments, ends, strict=True):
        label = cut_text(whole, segment.start, segment.end)
        start = segment.end if segment.name else segment.start
        text = cut_text(whole, start, end)
        yield segment.name, label, text if text.text else None


def cut_text(whole: PrintedText, start: int, end: int) -> PrintedText:
    """Cut a part out of a text, without blanks around it; all characters count as equally wide."""
    start += len(whole.text[start:end]) - len(whole.text[start:end].lstrip())
    text = whole.text[start:end].strip()
    width = (whole.box.right - whole.box.left) / max(len(whole.text), 1)
    left = whole.box.left + width * start
    box = Box(left, whole.box.top, left + width * len(text), whole.box.bottom)
    return PrintedText(text, box, whole.confidence, whole.line)


def read_value(name: str, text: PrintedText, issuer: Jurisdiction | None) -> PrintedText | None:
    """Return the value of a field at the beginning of a text; None if it has another type."""
    value_type = TYPE_BY_FIELD.get(name)
    found = next(find_typed_texts(text, value_type, issuer), None) if value_type else None
    is_first = found is not None and found.box.left - text.box.left <= 2 * text.box.height
    return found if is_first else None


def find_typed_texts(
    text: PrintedText, value_type: ValueType, issuer: Jurisdiction | None
) -> Iterator[PrintedText]:
    """Yield the values of a type in a text: every date, or else the value at its beginning."""
    readers: Mapping[ValueType, Callable[[str], FoundText | None]] = {
        ValueType.NUMBER: lambda content: find_number(content, issuer),
        ValueType.SEX: find_sex,
        ValueType.NAME: lambda content: find_name(content, has_label=True),
    }
    if value_type is ValueType.DATE:
        found = list(find_dates(text.text))
    else:
        found = [each for each in [readers[value_type](text.text)] if each]
    return (cut_text(text, each.start, each.end) for each in found)


def assign_values(
    labels: Sequence[tuple[str, PrintedText]],
    free: Sequence[PrintedText],
    issuer: Jurisdiction | None,
) -> Iterator[tuple[int, PrintedText]]:
    """Yield the numbers of labels with the texts near them, nearest pairs first."""
    used_labels: set[int] = set()
    used_values: list[PrintedText] = []
    for each in sorted(_list_candidates(labels, free, issuer), key=lambda each: each.distance):
        if each.label in used_labels or any(is_part_of(each.value, used) for used in used_values):
            continue
        used_labels.add(each.label)
        used_values.append(each.value)
        yield each.label, each.value


def _list_candidates(
    labels: Sequence[tuple[str, PrintedText]],
    free: Sequence[PrintedText],
    issuer: Jurisdiction | None,
) -> Iterator[Candidate]:
    for number, (name, label) in enumerate(labels):
        for text in free:
            for value in find_typed_texts(text, TYPE_BY_FIELD[name], issuer):
                distance = measure_distance(label.box, value.box)
                if distance is not None:
                    yield Candidate(number, value, distance)


def measure_distance(label: Box, value: Box) -> float | None:
    """Return the distance of a value from its label, in heights of the label; None if too far."""
    height = max(label.height, 1.0)
    middle = (value.top + value.bottom) / 2
    to_right = (value.left - label.right) / height
    is_in_row = label.top < middle < label.bottom
    if is_in_row and -MAX_OVERLAP <= to_right <= MAX_GAP_TO_RIGHT:
        return RIGHT_WEIGHT * max(to_right, 0.0)
    shift = abs(value.left - label.left) / height
    if is_in_row:
        return None
    if shift > MAX_SHIFT and not value.left <= label.left <= value.right:
        return None
    below, above = (value.top - label.bottom) / height, (label.top - value.bottom) / height
    for gap, cost in ((below, COST_BELOW), (above, COST_ABOVE)):
        if -MAX_OVERLAP_BELOW <= gap <= MAX_GAP_BELOW:
            return cost + max(gap, 0.0) + SHIFT_WEIGHT * min(shift, MAX_SHIFT)
    return None


def remove_text(text: PrintedText, part: PrintedText | None) -> list[PrintedText]:
    """Return a text without one part of it."""
    if part is None or not is_part_of(part, text):
        return [text]
    start = text.text.index(part.text)
    ends = ((0, start), (start + len(part.text), len(text.text)))
    return [rest for each in ends if (rest := cut_text(text, *each)).text]


def is_part_of(value: PrintedText, other: PrintedText) -> bool:
    """Return whether two texts overlap in one line."""
    return (
        value.line == other.line
        and value.box.left < other.box.right
        and other.box.left < value.box.right
    )
