"""The printed fields of a document (visual inspection zone), found by their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from docverify.documents.dates import parse_dates, split_dates
from docverify.documents.label_table import OTHER
from docverify.documents.labels import Segment, find_segments, has_numbered_labels
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.page import CERTAIN_CONFIDENCE, Box, FieldText, Line

FILLER = "<"  # only the machine readable zone has them

MAX_GAP = 2.5  # heights of the label between a label and the value below it
MAX_SHIFT = 2.0  # heights of the label by which a value may start beside its label
ASKEW = 0.1  # Rows may slope by that: what starts further aside must stand higher to be nearer.
MAX_BESIDE = 15.0  # heights of the label between a label and the value to its right
MAX_LEADING = 0.7  # heights of a value between its lines
WIDE = 0.6  # heights: what a character of a date takes at most
MIN_WRAPPED = 14  # letters from which on a name may go on in a second line
MORE_LINES = {"surname": 1, "given_names": 1, "full_name": 1, "place_of_birth": 1, "address": 3}
"""The fields whose values may go on in lines below, and in how many."""

DATE_FIELDS = ("birth_date", "issue_date", "expiry_date")
NUMBERS = frozenset({"document_number", "national_number", "height"})
LIKE_LETTERS = frozenset("01568")  # A reader takes letters of short names for these: 0Z.
MAX_SEX = 12  # letters, as in MANNLICH/M


@dataclass(frozen=True)
class PrintedValue:
    """The text of one field as printed, with the reader's confidence from 0 to 1.

    `others` are different values that the same document prints for the same field.
    """

    text: str = field(repr=False)
    confidence: float
    others: tuple[PrintedValue, ...] = field(default=(), repr=False)


PrintedFields = dict[str, PrintedValue]
"""Values by field, named as in `Identity`, and full_name, address, height..."""


def find_printed_fields(lines: Iterable[Line]) -> PrintedFields:
    """Pair each known label with its value: after it in its line, below it, or to its right.

    A field is left out when its label or its value was not found. Where one field has several
    values, the first one counts unless it was read badly; the others stay beside it.
    """
    lines = [line for line in lines if FILLER not in line.text]
    numbered = has_numbered_labels("\n".join(line.text for line in lines))
    pieces = [piece for line in lines for piece in _pieces(line, numbered)]
    fields: PrintedFields = {}
    for name, value in _values(pieces):
        fields = merge_fields(fields, {name: value})
    return _with_surname(fields)


def convert_engine_fields(fields: Mapping[str, FieldText]) -> PrintedFields:
    """Return the fields that an engine found by itself; an empty text is a missing one."""
    return {
        name: PrintedValue(found.text.strip(), found.confidence)
        for name, found in fields.items()
        if found.text.strip()
    }


def parse_sex(text: str) -> str | None:
    """Read M, F or X, or a word that begins so, in one or more languages: F/F, K/M, Male."""
    found = {part.strip()[:1] for part in text.upper().split("/")} & set("MFX")
    return found.pop() if len(found) == 1 else None


def merge_fields(first: PrintedFields, more: PrintedFields) -> PrintedFields:
    """Join the fields of two sources; where both have one, the first goes before if it is sure."""
    fields = more | first
    for name in first.keys() & more.keys():
        fields[name] = _joined(name, first[name], more[name])
    return fields


def _joined(name: str, first: PrintedValue, second: PrintedValue) -> PrintedValue:
    if first.confidence < CERTAIN_CONFIDENCE <= second.confidence:
        first, second = second, first
    found = (*first.others, replace(second, others=()), *second.others)
    others = [each for each in found if not _same(name, first.text, each.text)]
    return replace(first, others=tuple(dict.fromkeys(others)))


def _same(name: str, first: str, second: str) -> bool:
    """Tell whether two texts may mean the same: one day, or the same letters and digits."""
    if name in DATE_FIELDS and set(parse_dates(first)) & set(parse_dates(second)):
        return True
    return _significant(first) == _significant(second)


def _significant(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _with_surname(fields: PrintedFields) -> PrintedFields:
    """Take "Name" for the surname where given names have a label, and "DOE, JOHN" for both."""
    if "given_names" in fields and "full_name" in fields and "surname" not in fields:
        fields["surname"] = fields.pop("full_name")
    if "given_names" not in fields and "surname" in fields and "," in fields["surname"].text:
        fields["full_name"] = fields.pop("surname")
    return fields


@dataclass(frozen=True)
class Piece:
    """A label with what follows it, or a text without label; where it stands on the page.

    `end` is where the room for its value ends, if another label stands to the right in its line.
    """

    name: str | None
    text: str = field(repr=False)
    after_colon: bool
    confidence: float
    box: Box
    end: float


def _pieces(line: Line, numbered: bool) -> Iterator[Piece]:
    found = find_segments(line.text, numbered=numbered)
    ends = [_position(line, each.start) for each in found[1:]]
    for each, end in zip(found, [*ends, float("inf")], strict=True):
        if each.name or each.value:
            yield from _dated(_piece(line, each, end, len(found) == 1))


def _piece(line: Line, segment: Segment, end: float, alone: bool) -> Piece:
    box = line.box
    if not alone:
        left, right = _position(line, segment.start), _position(line, segment.end)
        box = Box(left, box.top, right, box.bottom)
    text, colon = segment.value, segment.after_colon
    return Piece(segment.name, text, colon, line.confidence, box, end)


def _dated(piece: Piece) -> Iterator[Piece]:
    """Part a text of several dates: each has a label of its own above it."""
    parts = split_dates(piece.text) if piece.name is None else ()
    if len(parts) < 2:
        yield piece
        return
    box = piece.box
    character = min((box.right - box.left) / len(piece.text), WIDE * box.height)
    # A wide gap is read as a blank: the first date begins, and the last one ends, with the line.
    for place, part in enumerate(parts):
        width = character * len(part)
        left = box.left + (box.right - box.left - width) * place / (len(parts) - 1)
        inside = Box(left, box.top, left + width, box.bottom)
        yield replace(piece, text=part, box=inside)


def _position(line: Line, character: int) -> float:
    """Estimate where a character of a line stands, as if all were equally wide."""
    box = line.box
    return box.left + (box.right - box.left) * character / max(len(line.text), 1)


@dataclass(frozen=True)
class LabelledValue:
    """A value that a label may have, and how far away from it: the nearest label has it."""

    distance: float
    label: Piece
    value: Piece


def _values(pieces: Sequence[Piece]) -> Iterator[tuple[str, PrintedValue]]:
    """Yield each field with its value, in the order of their labels."""
    labels = [piece for piece in pieces if piece.name and piece.name != OTHER]
    claims = {id(each.label): each for each in _claims(pieces, labels)}
    taken = {id(each.value) for each in claims.values()}
    free = [piece for piece in pieces if piece.name is None and id(piece) not in taken]
    for label in labels:
        name = str(label.name)
        if label.text:
            if label.after_colon or _fits(name, label.text):
                yield name, _value([label, *_more_lines(name, label, free)])
        elif id(label) in claims:
            value = claims[id(label)].value
            yield name, _value([value, *_more_lines(name, value, free)])


def _value(values: Sequence[Piece]) -> PrintedValue:
    text = " ".join(each.text for each in values)
    return PrintedValue(text, min(each.confidence for each in values))


def _claims(pieces: Sequence[Piece], labels: Sequence[Piece]) -> list[LabelledValue]:
    """Find a value for each label that has none in its line; each value goes to one field."""
    bare = [label for label in labels if not label.text]
    found = [(_below(label, pieces), _beside(label, pieces)) for label in bare]
    # Where a value stands both below and to the right, the page's other labels tell its layout.
    right = sum(1 if beside and not below else 0 for below, beside in found)
    right += sum(1 for label in labels if label.text and not label.after_colon)
    down = sum(1 if below and not beside else 0 for below, beside in found)
    claims = [(beside or below) if right > down else (below or beside) for below, beside in found]
    taken: dict[int, str | None] = {}
    kept = []
    for claim in sorted(filter(None, claims), key=lambda each: each.distance):
        if taken.setdefault(id(claim.value), claim.label.name) == claim.label.name:
            kept.append(claim)
    return kept


def _below(label: Piece, pieces: Sequence[Piece]) -> LabelledValue | None:
    """Find the next text below a label; None when another label comes before it."""
    height = label.box.height
    least, most = label.box.left - MAX_SHIFT * height, label.box.left + MAX_SHIFT * height
    top, bottom = label.box.bottom - 0.5 * height, label.box.bottom + MAX_GAP * height
    most = min(max(most, label.box.right), label.end)
    beneath = [
        piece
        for piece in pieces
        if top <= piece.box.top <= bottom
        and piece.box.left <= most
        and (least <= piece.box.left or label.box.left < piece.box.right < least)
        and piece is not label
    ]
    beneath.sort(key=lambda piece: piece.box.top + ASKEW * abs(piece.box.left - label.box.left))
    return _nearest_value(label, beneath)


def _nearest_value(label: Piece, beneath: Sequence[Piece]) -> LabelledValue | None:
    name = str(label.name)
    found: LabelledValue | None = None
    for piece in beneath:
        if piece.name is None and _fits(name, piece.text):
            claim = LabelledValue(piece.box.top - label.box.bottom, label, piece)
            if name not in ("surname", "given_names", "full_name") or _is_latin(piece.text):
                return claim
            found = found or claim
        elif piece.name is not None and (piece.name != name or piece.text):
            return found
    return found


def _beside(label: Piece, pieces: Sequence[Piece]) -> LabelledValue | None:
    """Find the next text to the right of a label, on its height."""
    box, height = label.box, label.box.height
    middle = (box.top + box.bottom) / 2
    row = [
        piece
        for piece in pieces
        if box.right - 0.5 * height <= piece.box.left <= box.right + MAX_BESIDE * height
        and piece.box.top < middle < piece.box.bottom
        and piece is not label
    ]
    nearest = min(row, key=lambda piece: piece.box.left, default=None)
    if nearest is None or nearest.name is not None or not _fits(str(label.name), nearest.text):
        return None
    return LabelledValue(nearest.box.left - box.right, label, nearest)


def _more_lines(name: str, value: Piece, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield the lines below a value that go on with it: as high, as far left, close to it."""
    for _ in range(MORE_LINES.get(name, 0)):
        if name != "address" and len(value.text) < MIN_WRAPPED and value.text[-1:] != "-":
            return
        following = [piece for piece in pieces if _goes_on(value, piece, name)]
        if not following:
            return
        value = min(following, key=lambda piece: piece.box.top)
        yield value


def _goes_on(value: Piece, piece: Piece, name: str) -> bool:
    height = value.box.height
    return (
        abs(piece.box.left - value.box.left) <= 0.5 * height
        and piece.box.top - value.box.top > 0
        and piece.box.top - value.box.bottom <= MAX_LEADING * height
        and abs(piece.box.height - height) <= 0.35 * height
        and _fits(name, piece.text)
    )


def _fits(name: str, text: str) -> bool:
    """Tell whether a text can be a value of a field at all: letters, digits or both."""
    digits = sum(map(str.isdecimal, text))
    if name in DATE_FIELDS:
        return digits > 1 or fold_letters(text) in find_words(WordList.UNLIMITED)
    if name in NUMBERS:
        return digits > 0
    if name == "sex":
        return digits == 0 and len(text) <= MAX_SEX
    if name == "address":
        return bool(text)
    if name in ("nationality", "issuing_state"):
        return digits == 0
    letters = sum(map(str.isalpha, text))
    return letters > digits or 0 < letters == digits == sum(map(LIKE_LETTERS.__contains__, text))


def _is_latin(text: str) -> bool:
    return any("a" <= each <= "z" for each in fold_letters(text))
