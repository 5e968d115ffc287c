"""The holder's names on a licence: the lines above the address, with or without numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from docverify.documents.code_tables import load_table
from docverify.documents.label_table import OTHER
from docverify.documents.languages import fold_letters
from docverify.documents.licence_issuers import is_city_line
from docverify.documents.licence_labels import find_licence_segments
from docverify.documents.licence_values import find_name
from docverify.layout.licence_values import TYPE_BY_FIELD
from docverify.page import Line

# Distances, in heights of the lower line
MAX_LEADING = 1.0  # between the lines of the address
MAX_GAP_TO_NAMES = 2.0
MAX_SHIFT = 1.2  # between the left edges of the lines
MAX_HEIGHT_RATIO = 1.8  # between the heights of two lines of one block

MAX_ADDRESS_LINES = 3
MAX_NAME_LINES = 3
MIN_CONFIDENCE = 0.3  # Lines between the names that were read worse are specks.
NAME_FIELDS = ("surname", "given_names", "full_name")
ELEMENT_NUMBER = re.compile(r"^(?:[12][. ]*|[Il|][. ]+)(?=[^\W\d_]{2})")
NUMBER_ALONE = re.compile(r"\W*\d?\d\W*")
ADDRESS_NUMBER = re.compile(r"^8[. ]?(?=\d)")
POST_BOX = re.compile(r"\b(?:P ?\.?O|BOX|RR|RURAL|GENERAL DELIVERY|APT|UNIT)\b")


@dataclass(frozen=True)
class NameLine:
    """A line with a name.

    Attributes:
        text: The name, without its label.
        name: The field that a label or the number of the element names; None without one.
        line: The number of the line on the page, from 0.
    """

    text: str = field(repr=False)
    name: str | None
    confidence: float
    line: int


@dataclass(frozen=True)
class HolderBlock:
    """The lines with the holder's names and address.

    Attributes:
        names: From the top.
        address: The numbers of the lines of the address on the page.
    """

    names: Sequence[NameLine]
    address: Sequence[int]


def find_holder_block(lines: Sequence[Line]) -> HolderBlock:
    """Find the address by its postal code, and the names right above it."""
    city = next((number for number, line in enumerate(lines) if is_city_line(line.text)), None)
    if city is None:
        return HolderBlock((), ())
    address = [city]
    while len(address) <= MAX_ADDRESS_LINES:
        above = _find_line_above(lines, address[0], MAX_LEADING)
        is_above_city = len(address) == 1
        if above is None or not _is_address_line(lines, above, is_above_city=is_above_city):
            break
        address.insert(0, above)
    return HolderBlock(_find_names_above(lines, address[0]), address)


def _find_names_above(lines: Sequence[Line], first: int) -> Sequence[NameLine]:
    names: list[NameLine] = []
    current, gap = first, MAX_GAP_TO_NAMES
    while len(names) < MAX_NAME_LINES:
        above = _find_line_above(lines, current, gap)
        if above is None:
            break
        label = find_bare_label(lines[above].text)
        name = None if label else read_name_line(lines, above)
        if name:
            names.insert(0, name)
        elif label and names and names[0].name is None and label in NAME_FIELDS:
            names[0] = replace(names[0], name=label)
        elif label not in (*NAME_FIELDS, OTHER):
            break
        current, gap = above, MAX_LEADING
    return _leave_out_mixed_case(names)


def _leave_out_mixed_case(names: Sequence[NameLine]) -> Sequence[NameLine]:
    """Return the lines in capitals, if there are any: a label that was misread is in small ones."""
    capitals = [each for each in names if sum(map(str.islower, each.text)) <= 1]
    return capitals or names


def find_bare_label(text: str) -> str | None:
    """Return the field of a line that is a label alone; None for any other line."""
    segments = find_licence_segments(text)
    return segments[0].name if len(segments) == 1 and not segments[0].value else None


def _find_line_above(lines: Sequence[Line], number: int, max_gap: float) -> int | None:
    """Return the nearest line above one, at its left edge."""
    box, best = lines[number].box, None
    height = box.height
    for other, line in enumerate(lines):
        gap = (box.top - line.box.bottom) / height
        shift = _measure_shift(line, lines[number]) / height
        ratio = max(line.box.height, height) / max(min(line.box.height, height), 1.0)
        is_above = line.box.top < box.top and -0.6 <= gap <= max_gap
        if (
            is_above
            and shift <= MAX_SHIFT
            and ratio <= MAX_HEIGHT_RATIO
            and line.confidence >= MIN_CONFIDENCE
            and not NUMBER_ALONE.fullmatch(line.text)
            and (best is None or line.box.bottom > lines[best].box.bottom)
        ):
            best = other
    return best


def _measure_shift(line: Line, other: Line) -> float:
    """Return how far the left edges are from each other, with or without the numbers there."""
    return min(abs(one - two) for one in _list_left_edges(line) for two in _list_left_edges(other))


def _list_left_edges(line: Line) -> tuple[float, ...]:
    """Return the left edge of a line, and that of the text behind the number of its element."""
    match = ELEMENT_NUMBER.match(line.text) or ADDRESS_NUMBER.match(line.text)
    width = (line.box.right - line.box.left) / max(len(line.text), 1)
    return (line.box.left, line.box.left + width * match.end()) if match else (line.box.left,)


def _is_address_line(lines: Sequence[Line], number: int, *, is_above_city: bool) -> bool:
    """Return whether a line is a street or a post box; 2 JOHN above a street is a name."""
    text = lines[number].text
    if any(each.name in TYPE_BY_FIELD for each in find_licence_segments(text)):
        return is_above_city
    is_name = not is_above_city and read_name_line(lines, number) is not None
    return (any(map(str.isdigit, text)) and not is_name) or bool(POST_BOX.search(text.upper()))


def read_name_line(lines: Sequence[Line], number: int) -> NameLine | None:
    """Return the name in a line; None if it is a title, a remark or no name at all."""
    line = lines[number]
    segments = find_licence_segments(line.text)
    named = [each for each in segments if each.name in NAME_FIELDS]
    name, text = (named[0].name, named[0].value) if named else (None, line.text)
    # A name may begin like another label: ID and REST are also words.
    element = ELEMENT_NUMBER.match(text)
    text = text[element.end() :] if element else text
    is_labelled = any(each.name for each in segments) and any(map(str.isdigit, text))
    found = find_name(text)
    if is_labelled or found is None or is_remark(found.text):
        return None
    numbered = load_table("licence_cards")["numbered"]
    name = name or (numbered.get(element[0][0]) if element else _find_number_before(lines, number))
    return NameLine(found.text, name, line.confidence, number)


def _find_number_before(lines: Sequence[Line], number: int) -> str | None:
    """Return the field whose number is printed alone, left of a line."""
    box = lines[number].box
    numbered = load_table("licence_cards")["numbered"]
    for line in lines:
        middle = (line.box.top + line.box.bottom) / 2
        gap = (box.left - line.box.right) / max(box.height, 1.0)
        if line.text in ("1", "2") and box.top <= middle <= box.bottom and 0 <= gap <= MAX_SHIFT:
            return str(numbered[line.text])
    return None


def is_remark(text: str) -> bool:
    """Return whether a text has only words that are no names, such as ORGAN DONOR."""
    words = {fold_letters(word) for word in re.findall(r"[^\W\d_]+", text)}
    return words <= _remark_words()


def _remark_words() -> frozenset[str]:
    return frozenset(map(fold_letters, load_table("licence_cards")["not_names"]))
