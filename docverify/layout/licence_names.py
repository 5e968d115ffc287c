"""The holder's names on a licence: the lines above the address, with or without numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from docverify.documents.code_tables import load_table
from docverify.documents.label_table import OTHER
from docverify.documents.languages import fold_letters, list_titles
from docverify.documents.licence_issuers import is_city_line
from docverify.documents.licence_labels import find_licence_segments
from docverify.documents.licence_mottos import leave_out_mottos
from docverify.documents.licence_values import find_dates, find_name
from docverify.documents.titles import find_title_kinds
from docverify.layout.licence_labelled_values import TYPE_BY_FIELD
from docverify.layout.state_names import find_words_of_states, split_letters
from docverify.page import Box, Line

# Distances, in heights of the lower line
MAX_LEADING = 1.0  # between the lines of the address
MAX_GAP_TO_NAMES = 2.0
MAX_OVERLAP = 0.6
MAX_GAP_TO_NUMBER = 6.0  # from the number of an element to the value
MAX_SHIFT = 1.2  # between the left edges of the lines
MAX_SHIFT_OF_VALUE = 2.0  # between a name and its next line; the left edges are estimated
MAX_HEIGHT_RATIO = 1.8  # between the heights of two lines of one block

MAX_ADDRESS_LINES = 3
MAX_LABEL_WORDS = 4
MAX_NAME_LINES = 3
MIN_NAME_LETTERS = 3  # of a name next to a title
MIN_CONFIDENCE = 0.3  # Lines between the names with less confidence are specks.
FULL_NAME = "full_name"
PARTS_OF_NAME = ("surname", "given_names")
NAME_FIELDS = (*PARTS_OF_NAME, FULL_NAME)
ELEMENT_NUMBER = re.compile(
    r"^(?:(?P<both>1[,/.] ?2)[. ]*|[12][. ]*|[Il|][. ]+)(?=[^\W\d_]['’` ]?[^\W\d_])"  # noqa: RUF001
)
NUMBER_ALONE = re.compile(r"\W*(\d?\d)\W*")
NAME_ELEMENTS = ("1", "2")
ADDRESS_ELEMENT = "8"
ADDRESS_NUMBER = re.compile(r"^8[. ]?(?=\d)")
NAME_OF_COUNTY = (
    r"(?:(?:SAN|SANTA|LOS|LAS|ST\.?|SAINT|NEW|EL|LA|FORT|PALM|GRAND|BIG|LAKE|SALT LAKE|PRINCE|CAPE"
    r"|NORTH|SOUTH|EAST|WEST|DE|DU|DES|LE|VAN|CONTRA|RIO|ISLE OF|QUEEN|LITTLE|RED|ROCK) )?[A-Z'.-]+"
)  # with more words it would be a person's name, unless the table has it
COUNTY = re.compile(rf"{NAME_OF_COUNTY} (?:COUNTY|PARISH)|(?:CITY AND )?COUNTY OF {NAME_OF_COUNTY}")
POST_BOX = re.compile(r"\b(?:P ?\.?O|BOX|RR|RURAL|GENERAL DELIVERY|APT|UNIT)\b")


@dataclass(frozen=True)
class NameLine:
    """A line with a name.

    Attributes:
        text: The name, without its label.
        ends_with_comma: Whether a comma follows, which separates the surname from the given names.
        name: The field named by a label or by the number of the element; None without either.
        line: The number of the line on the page, from 0.
    """

    text: str = field(repr=False)
    name: str | None
    confidence: float
    line: int
    ends_with_comma: bool = False


@dataclass(frozen=True)
class HolderBlock:
    """The lines with the holder's names and address.

    Attributes:
        names: From the top.
        address: The numbers of the lines of the address on the page.
        labels: The numbers of the lines that are labels of the names.
    """

    names: Sequence[NameLine]
    address: Sequence[int]
    labels: Sequence[int] = ()

    @property
    def lines(self) -> frozenset[int]:
        """The numbers of all these lines on the page."""
        return frozenset((*self.address, *self.labels, *(each.line for each in self.names)))


def find_holder_block(lines: Sequence[Line]) -> HolderBlock:
    """Find the address by its postal code or its number, and the names right above it."""
    city = next((number for number, line in enumerate(lines) if is_city_line(line.text)), None)
    first = _find_line_of_number(lines, ADDRESS_ELEMENT) if city is None else city
    if first is None:
        return HolderBlock(_find_numbered_names(lines), ())
    address = [first]
    while city is not None and len(address) <= MAX_ADDRESS_LINES:
        above = _find_line_above(lines, address[0], MAX_LEADING)
        is_above_city = len(address) == 1
        if above is None or not _is_address_line(lines, above, is_above_city=is_above_city):
            break
        address.insert(0, above)
    names, labels = _find_names_above(lines, address[0])
    names = _leave_out_mixed_case(names) or _find_numbered_names(lines)
    return HolderBlock(names, address, labels)


def _find_numbered_names(lines: Sequence[Line]) -> Sequence[NameLine]:
    """Return the given names to the right of their number, and the surname above them."""
    second = _find_line_of_number(lines, "2")
    if second is None:
        return ()
    above = _find_line_above(lines, second, MAX_LEADING)
    places = [each for each in (above, second) if each is not None]
    found = [read_name_line(lines, each) for each in places]
    return [each for each in found if each]


def _find_line_of_number(lines: Sequence[Line], element: str) -> int | None:
    """Return the line with its element number as a separate text to its left."""
    for number in range(len(lines)):
        if find_number_before(lines, number) == element:
            return number
    return None


def _find_names_above(
    lines: Sequence[Line], first: int
) -> tuple[Sequence[NameLine], Sequence[int]]:
    """Return the names above the address, from the top, and the lines of their labels."""
    names: list[NameLine] = []
    labels: list[int] = []
    current, gap = first, MAX_GAP_TO_NAMES
    while len(names) < MAX_NAME_LINES:
        above = _find_line_above(lines, current, gap)
        if above is None:
            break
        label = find_bare_label(lines[above].text)
        name = None if label else read_name_line(lines, above)
        if label in (*NAME_FIELDS, OTHER) or is_label_line(lines[above].text):
            labels.append(above)
            if label in PARTS_OF_NAME:
                names = _label_first(names, label)
            elif label == FULL_NAME:
                names = [replace(each, name=each.name or label) for each in names]
                break  # The State or a title is above the label of the whole name.
        elif name is None:
            break
        elif name.name == FULL_NAME:
            names = [name, *(names or _find_lines_of_full_name(lines, above, first))]
            break
        else:
            names.insert(0, name)
        current, gap = above, MAX_LEADING
    return names, labels


def _label_first(names: Sequence[NameLine], label: str) -> list[NameLine]:
    """Give the first name the label above it, unless it has its own."""
    return [replace(each, name=each.name or label) for each in names[:1]] + list(names[1:])


def _find_lines_of_full_name(lines: Sequence[Line], label: int, address: int) -> Iterator[NameLine]:
    """Yield the lines of a full name below the line with its label, under its value."""
    top, bottom = lines[label].box, lines[address].box
    _, left = _list_left_edges(lines[label])
    for number, line in enumerate(lines):
        is_between = top.top < line.box.top and line.box.bottom < bottom.bottom
        is_aligned = abs(line.box.left - left) <= MAX_SHIFT_OF_VALUE * top.height
        if number in (label, address) or not is_between or not is_aligned:
            continue
        if name := read_name_line(lines, number):
            yield name


def _leave_out_mixed_case(names: Sequence[NameLine]) -> Sequence[NameLine]:
    """Return only the lines in capitals, if there are any: misread labels are in small letters."""
    capitals = [each for each in names if sum(map(str.islower, each.text)) <= 1]
    return capitals or names


def find_bare_label(text: str) -> str | None:
    """Return the field of a line that is only a label; None for any other line."""
    segments = find_licence_segments(text)
    return segments[0].name if len(segments) == 1 and not segments[0].value else None


def is_label_line(text: str) -> bool:
    """Return whether a line ends with a label that has no value, such as 8. Cardholder address."""
    segments = find_licence_segments(text)
    label = segments[-1]
    is_short = len(text.split()) <= MAX_LABEL_WORDS
    return is_short and label.name == OTHER and not label.value and not text.isupper()


def _find_line_above(lines: Sequence[Line], number: int, max_gap: float) -> int | None:
    """Return the nearest line above a line, aligned with its left edge."""
    box = lines[number].box
    above = [
        other
        for other, line in enumerate(lines)
        if line.box.top < box.top
        and -MAX_OVERLAP <= (box.top - line.box.bottom) / box.height <= max_gap
        and line.confidence >= MIN_CONFIDENCE
        and not NUMBER_ALONE.fullmatch(line.text)
        and _has_similar_height(line.box, box)
    ]
    nearest_first = sorted(above, key=lambda other: -lines[other].box.bottom)
    limit = MAX_SHIFT * box.height
    aligned = (
        each for each in nearest_first if _measure_shift(lines[each], lines[number]) <= limit
    )
    return next(aligned, None)


def _has_similar_height(box: Box, other: Box) -> bool:
    lower, higher = sorted((box.height, other.height))
    return higher <= MAX_HEIGHT_RATIO * max(lower, 1.0)


def _measure_shift(line: Line, other: Line) -> float:
    """Return the distance of the left edges, with or without the numbers at the beginning."""
    return min(abs(one - two) for one in _list_left_edges(line) for two in _list_left_edges(other))


def _list_left_edges(line: Line) -> tuple[float, ...]:
    """Return the left edges of a line and of the text after its number or label."""
    match = ELEMENT_NUMBER.match(line.text) or ADDRESS_NUMBER.match(line.text)
    segments = find_licence_segments(line.text)
    label_end = segments[0].end if segments and segments[0].name in NAME_FIELDS else 0
    behind = max(match.end() if match else 0, label_end)
    width = (line.box.right - line.box.left) / max(len(line.text), 1)
    return (line.box.left, line.box.left + width * behind)


def _is_address_line(lines: Sequence[Line], number: int, *, is_above_city: bool) -> bool:
    """Return whether a line is a street or a post box; 2 JOHN above a street is a name."""
    text = lines[number].text
    if is_label_line(text) or next(find_dates(text), None):
        return False
    if any(each.name in TYPE_BY_FIELD for each in find_licence_segments(text)):
        return is_above_city
    is_name = not is_above_city and read_name_line(lines, number) is not None
    return (any(map(str.isdigit, text)) and not is_name) or bool(POST_BOX.search(text.upper()))


def read_name_line(lines: Sequence[Line], number: int) -> NameLine | None:
    """Return the name in a line; None if it has none, or is a title or a remark."""
    line = lines[number]
    segments = find_licence_segments(line.text)
    named = [each for each in segments if each.name in NAME_FIELDS]
    name, text = (named[0].name, named[0].value) if named else (None, line.text)
    # A name may begin like another label: ID and REST are also words.
    element = ELEMENT_NUMBER.match(text)
    text = text[element.end() :] if element else text
    is_labelled = any(each.name for each in segments) and any(map(str.isdigit, text))
    found = find_name(text)
    # DL and ID may begin a specimen's name.
    others = [
        each.value
        for each in segments
        if each.name not in (None, "document_number") and each not in named
    ]
    is_labelled = is_labelled or any(map(_is_code, others))  # REST NONE, CLASS C
    if is_labelled or found is None:
        return None
    numbered = load_table("licence_cards")["numbered"]
    before = element[0][0] if element else find_number_before(lines, number)
    name = name or (numbered.get(before) if before in NAME_ELEMENTS else None)
    name = FULL_NAME if element and element["both"] else name
    if name is None and is_remark(found.text):
        return None
    has_comma = text.rstrip().endswith(",")
    return NameLine(found.text, name, line.confidence, number, has_comma)


def _is_code(text: str) -> bool:
    """Return whether a value is a class or a restriction: a letter, or words such as NONE."""
    return len(text) == 1 or (bool(text) and is_remark(text))


def find_number_before(lines: Sequence[Line], number: int) -> str | None:
    """Return the element number to the left of a line as a separate text; None without one."""
    box = lines[number].box
    row = [
        line
        for line in lines
        if line.box.right <= box.left
        and box.top <= (line.box.top + line.box.bottom) / 2 <= box.bottom
        and box.left - line.box.right <= MAX_GAP_TO_NUMBER * box.height
    ]
    nearest = max(row, key=lambda line: line.box.right, default=None)
    match = NUMBER_ALONE.fullmatch(nearest.text) if nearest else None
    return match[1] if match else None


def is_remark(text: str) -> bool:
    """Return whether a text is a title, a motto, a county, or only words that are not names.

    >>> is_remark("ORGAN DONOR"), is_remark("Land of Lincoln"), is_remark("ADA COUNTY")
    (True, True, True)
    >>> is_remark("JANE MILLER COUNTY"), is_remark("JANE MILLER ID CARD")
    (False, False)
    """
    if COUNTY.fullmatch(text.upper()) or fold_letters(text) in _list_long_counties():
        return True
    words = leave_out_mottos(re.findall(r"[^\W\d_]+", text))
    others = [word for word in words if fold_letters(word) not in _remark_words()]
    if not others or not find_title_kinds(text):
        return not others
    titles = {fold_letters(word) for title, _ in list_titles() for word in title.split()}
    states = find_words_of_states(split_letters(text))
    return not any(
        len(word) >= MIN_NAME_LETTERS
        and fold_letters(word) not in titles
        and word.upper() not in states
        and not find_title_kinds(word)
        for word in others
    )


@cache
def _list_long_counties() -> frozenset[str]:
    """Return the letters of counties with several words that could be a person's name."""
    names = load_table("licence_cards")["counties"]
    forms = ("{} county", "county of {}", "{} parish")
    return frozenset(fold_letters(form.format(name)) for name in names for form in forms)


@cache
def _remark_words() -> frozenset[str]:
    return frozenset(map(fold_letters, load_table("licence_cards")["not_names"]))
