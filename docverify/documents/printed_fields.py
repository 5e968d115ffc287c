"""Printed fields of a document (VIZ), found by their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from docverify.documents.dates import parse_dates
from docverify.documents.kinds import has_licence_title
from docverify.documents.label_table import OTHER
from docverify.documents.labels import has_numbered_labels
from docverify.documents.licence_order import find_unnumbered_values
from docverify.documents.mrz import is_mrz_text
from docverify.documents.name_lines import choose_own_name
from docverify.documents.printed_pieces import Piece, label_whole_names, split_into_pieces
from docverify.documents.printed_words import split_words
from docverify.documents.value_shapes import (
    DATE_FIELDS,
    can_be_value,
    has_latin_letters,
)
from docverify.page import CERTAIN_CONFIDENCE, FieldText, Line

# Distances, in heights of the label
MAX_GAP_BELOW = 2.5  # between a label and the value below it
MAX_SHIFT = 2.0  # between the left edges of a label and the value below it
MAX_GAP_TO_RIGHT = 15.0  # between a label and the value to its right
SLOPE = 0.1
"""Rows may slope this much: a text further to the side must be higher to count as nearer."""


# Sizes, in heights of the value
MAX_LEADING = 0.7  # between the lines of a value
MAX_GAP_OF_SPELLINGS = 0.4  # between a name and its spelling in Latin letters

MIN_WRAPPED_NAME = 14  # letters: a name of this length may continue in the next line
MORE_LINES = {"surname": 1, "given_names": 1, "full_name": 1, "place_of_birth": 1, "address": 3}
"""The fields whose values may continue in the lines below, with the number of lines."""

NAME_FIELDS = ("surname", "given_names", "full_name")


MORE_NAMES = {"surname": "second_surname", "given_names": "middle_name"}
"""Names that have a second label on some documents, and the field of that label."""


@dataclass(frozen=True)
class PrintedValue:
    """The printed text of one field.

    Attributes:
        confidence: The reader's confidence, from 0 to 1.
        others: Different values that the document prints for the same field.
        lines: The lines of a name of several lines: one may spell the other in Latin letters.
        of_passport: Whether the number's label names a passport; a card has its own number.
        of_card: Whether the number's label names an identity card; a passport has its own number.
        labelled: Whether a label names the field; otherwise, its position or another source
            revealed it.
        glued_label: The capitals of the label if they touch the value: DL in DL0614284 may also be
            the beginning of a number. Empty otherwise.
    """

    text: str = field(repr=False)
    confidence: float
    others: tuple[PrintedValue, ...] = field(default=(), repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    of_passport: bool = field(default=False, repr=False)
    of_card: bool = field(default=False, repr=False)
    labelled: bool = True
    glued_label: str = field(default="", repr=False)


PrintedFields = dict[str, PrintedValue]
"""Values by field, named as in `Identity`, and full_name, address, height and others."""


class LabelledValue(NamedTuple):
    """A value that a label may have, and the distance between the two in pixels."""

    distance: float
    label: Piece
    value: Piece


def find_printed_fields(lines: Iterable[Line]) -> PrintedFields:
    """Find the value of each known label: after it in its line, below it, or to its right.

    A field is left out if its label or its value was not found. If a field has several values, the
    first counts unless it was read badly; the others are kept.
    """
    lines = [line for line in lines if not is_mrz_text(line.text)]
    text = "\n".join(line.text for line in lines)
    numbered = has_numbered_labels(text)
    found = [piece for line in lines for piece in split_into_pieces(line, numbered)]
    found = label_whole_names(found)
    pieces = [replace(piece, number=number) for number, piece in enumerate(found)]
    fields: PrintedFields = {}
    for name, value in find_values(pieces):
        fields = merge_fields(fields, {name: value})
    if numbered and not has_licence_title(split_words(text)):
        fields = {**find_values_by_order(pieces, fields), **fields}
    return assign_full_name(fields)


def find_values_by_order(pieces: Sequence[Piece], fields: PrintedFields) -> PrintedFields:
    """Find the fields of a European licence whose numbers were not read."""
    labels = {piece.name: piece for piece in pieces if piece.name}
    texts = {value.text for value in fields.values()}
    free = [piece for piece in pieces if piece.name is None and piece.text not in texts]
    found = find_unnumbered_values(labels, free)
    return {name: PrintedValue(each.text, each.confidence) for name, each in found}


def convert_engine_fields(fields: Mapping[str, FieldText]) -> PrintedFields:
    """Return the fields that an engine found itself, without the empty ones."""
    return {
        name: PrintedValue(found.text.strip(), found.confidence)
        for name, found in fields.items()
        if found.text.strip()
    }


def merge_fields(first: PrintedFields, more: PrintedFields) -> PrintedFields:
    """Merge the fields of two sources; of two values, the first counts unless it was read badly."""
    fields = more | first
    for name in first.keys() & more.keys():
        fields[name] = merge_values(name, first[name], more[name])
    return fields


def merge_values(name: str, first: PrintedValue, second: PrintedValue) -> PrintedValue:
    """Return the value that counts, with the different ones as its `others`."""
    if first.confidence < CERTAIN_CONFIDENCE <= second.confidence:
        first, second = second, first
    found = (*first.others, replace(second, others=()), *second.others)
    others = [each for each in found if not is_same_value(name, first.text, each.text)]
    return replace(first, others=tuple(dict.fromkeys(others)))


def is_same_value(name: str, first: str, second: str) -> bool:
    """Return whether two texts may mean the same: one day, or the same letters and digits."""
    if name in DATE_FIELDS and set(parse_dates(first)) & set(parse_dates(second)):
        return True
    compact = ["".join(filter(str.isalnum, text)).upper() for text in (first, second)]
    return compact[0] == compact[1]


def assign_full_name(fields: PrintedFields) -> PrintedFields:
    """Take "Name" as the surname if there is a label of given names.

    A surname with a comma, such as DOE, JOHN, is the full name if there are no given names. A
    second surname and a middle name with their own labels are added to the first ones. The name at
    birth is the surname if no other label asks for it.
    """
    fields = dict(fields)
    for name, more in MORE_NAMES.items():
        second = fields.pop(more, None)
        if second and name in fields:
            first = fields[name]
            confidence = min(first.confidence, second.confidence)
            text = f"{first.text} {second.text}"
            fields[name] = replace(first, text=text, confidence=confidence, lines=())
    birth_name = fields.pop("birth_name", None)
    if birth_name and not {"surname", "full_name"} & fields.keys():
        fields["surname"] = birth_name
    if "given_names" in fields and "full_name" in fields and "surname" not in fields:
        fields["surname"] = fields.pop("full_name")
    if _is_full_name_given(fields):
        fields["given_names"] = fields.pop("full_name")
    if "given_names" not in fields and "surname" in fields and "," in fields["surname"].text:
        fields["full_name"] = fields.pop("surname")
    return fields


def _is_full_name_given(fields: PrintedFields) -> bool:
    """Return whether "Name" labels the given names, next to a label of the surname."""
    if "given_names" in fields or not {"surname", "full_name"} <= fields.keys():
        return False
    surname, name = fields["surname"].text, fields["full_name"].text
    return has_latin_letters(surname) and not split_words(surname) <= split_words(name)


def find_values(pieces: Sequence[Piece]) -> Iterator[tuple[str, PrintedValue]]:
    """Yield each field with its value, in the order of the labels."""
    labels = [piece for piece in pieces if piece.name and piece.name != OTHER]
    value_of_label = {each.label.number: each.value for each in assign_values(pieces, labels)}
    assigned = {value.number for value in value_of_label.values()}
    free = [piece for piece in pieces if piece.name is None and piece.number not in assigned]
    for label in labels:
        name = str(label.name)
        value = label if label.text else value_of_label.get(label.number)
        if value is None:
            continue
        if value is not label or label.after_colon or can_be_value(name, label.text):
            built = build_value(name, value, free)
            glued = label.glued_label if value is label else ""
            passport, card = label.names_passport, label.names_card
            yield name, replace(built, of_passport=passport, of_card=card, glued_label=glued)


def build_value(name: str, value: Piece, free: Sequence[Piece]) -> PrintedValue:
    """Return a value with the lines in which it continues.

    A name also keeps the line below, which may be the same name in Latin letters.
    """
    lines = [value, *find_more_lines(name, value, free)]
    texts = [each.text for each in lines]
    confidence = min(each.confidence for each in lines)
    if name not in NAME_FIELDS:
        return PrintedValue(" ".join(texts), confidence)
    following = find_following(name, value, free) if len(lines) == 1 else None
    below = [*texts, following.text] if following else texts
    if following and _is_spelled_in(value, following):
        texts = [following.text]
    if name == "surname":
        texts, below = choose_own_name(texts) or texts, choose_own_name(below)
    spelled = tuple(below) if len(below) > 1 else ()
    return PrintedValue(" ".join(texts), confidence, lines=spelled)


def _are_in_other_scripts(value: Piece, following: Piece) -> bool:
    return has_latin_letters(value.text) != has_latin_letters(following.text)


def _is_spelled_in(value: Piece, following: Piece) -> bool:
    """Return whether the line right below a name has it in Latin letters, and it has none."""
    is_close = following.box.top - value.box.bottom <= MAX_GAP_OF_SPELLINGS * value.box.height
    is_latin = has_latin_letters(following.text) and not has_latin_letters(value.text)
    return is_close and is_latin


def assign_values(pieces: Sequence[Piece], labels: Sequence[Piece]) -> list[LabelledValue]:
    """Find a value for each label that has none in its line; each value goes to one field."""
    bare = [label for label in labels if not label.text]
    candidates = [(find_below(label, pieces), find_to_right(label, pieces)) for label in bare]
    # If there is a value both below and to the right, the layout of the other labels decides.
    only_below = sum(1 for below, right in candidates if below and not right)
    only_right = sum(1 for below, right in candidates if right and not below)
    same_line = sum(1 for label in labels if label.text and not label.after_colon)
    if only_right + same_line > only_below:
        chosen = [right or below for below, right in candidates]
    else:
        chosen = [below or right for below, right in candidates]
    field_of_value: dict[int, str | None] = {}
    assigned = []
    for each in sorted(filter(None, chosen), key=lambda each: each.distance):
        name = field_of_value.setdefault(each.value.number, each.label.name)
        if name == each.label.name:
            assigned.append(each)
    return assigned


def find_below(label: Piece, pieces: Sequence[Piece]) -> LabelledValue | None:
    """Find the next text below a label; None if another label comes before it."""
    height, left = label.box.height, label.box.left
    top, bottom = label.box.bottom - 0.5 * height, label.box.bottom + MAX_GAP_BELOW * height
    min_left = left - MAX_SHIFT * height
    max_left = min(max(left + MAX_SHIFT * height, label.box.right), label.end)
    below = [
        piece
        for piece in pieces
        if top <= piece.box.top <= bottom
        and min_left <= piece.box.left <= max_left
        and piece.number != label.number
    ]
    below.sort(key=lambda piece: piece.box.top + SLOPE * abs(piece.box.left - left))
    return choose_value_below(label, below)


def choose_value_below(label: Piece, below: Sequence[Piece]) -> LabelledValue | None:
    """Return the first text that can be the value; for names, the first in Latin letters."""
    name = str(label.name)
    first: LabelledValue | None = None
    for piece in below:
        if piece.name is None and can_be_value(name, piece.text):
            found = LabelledValue(piece.box.top - label.box.bottom, label, piece)
            if name not in NAME_FIELDS or has_latin_letters(piece.text):
                return found
            first = first or found
        elif piece.name is not None and (piece.name != name or piece.text):
            return first
    return first


def find_to_right(label: Piece, pieces: Sequence[Piece]) -> LabelledValue | None:
    """Find the next text to the right of a label, at its height."""
    box, height = label.box, label.box.height
    middle = (box.top + box.bottom) / 2
    row = [
        piece
        for piece in pieces
        if box.right - 0.5 * height <= piece.box.left <= box.right + MAX_GAP_TO_RIGHT * height
        and piece.box.top < middle < piece.box.bottom
        and piece.number != label.number
    ]
    nearest = min(row, key=lambda piece: piece.box.left, default=None)
    if nearest is None or nearest.name is not None:
        return None
    if not can_be_value(str(label.name), nearest.text):
        return None
    return LabelledValue(nearest.box.left - box.right, label, nearest)


def find_more_lines(name: str, value: Piece, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the lines in which a value continues: equally high, left-aligned, and close to it."""
    for _ in range(MORE_LINES.get(name, 0)):
        if name != "address" and len(value.text) < MIN_WRAPPED_NAME and value.text[-1:] != "-":
            return
        following = find_following(name, value, pieces)
        if following is None or _are_in_other_scripts(value, following):
            return
        value = following
        yield value


def find_following(name: str, value: Piece, pieces: Sequence[Piece]) -> Piece | None:
    """Return the first line in which a value may continue: equally high, below and close to it."""
    following = [piece for piece in pieces if _continues(value, piece, name)]
    return min(following, key=lambda piece: piece.box.top, default=None)


def _continues(value: Piece, piece: Piece, name: str) -> bool:
    """Return whether a value continues in a piece; names in capitals never do in small letters."""
    height = value.box.height
    return (
        abs(piece.box.left - value.box.left) <= 0.5 * height
        and piece.box.top - value.box.top > 0
        and piece.box.top - value.box.bottom <= MAX_LEADING * height
        and abs(piece.box.height - height) <= 0.35 * height
        and can_be_value(name, piece.text)
        and (name not in NAME_FIELDS or piece.text.isupper() or not value.text.isupper())
    )
