"""Pieces of printed lines: labels with the text after them, and texts without a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from docverify.documents.dates import split_dates
from docverify.documents.labels import Segment, find_line_segments
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.documents.titles import TitleKind, find_title_kinds
from docverify.documents.value_shapes import DATE_FIELDS, NUMBER_FIELDS, can_be_value
from docverify.page import Box, Line

MAX_CHARACTER_WIDTH = 0.6  # of a date, in heights of the value
MAX_NUMBER_LETTERS = 5  # before the digits of a number, as on licences


@dataclass(frozen=True)
class Piece:
    """A label with the text after it, or a text without a label, and its place on the page.

    Attributes:
        name: The field of the label. None without a label.
        after_colon: Whether a colon separates label and text.
        confidence: The reader's confidence, from 0 to 1.
        end: Where the space for its value ends on the right: at the next label of its line, or
            infinity.
        number: The position among the pieces of the page, from 0.
        may_label_whole_name: Whether the label is that of the whole name on some documents.
        names_passport: Whether the label is that of a passport's number.
        names_card: Whether the label is that of an identity card's number.
        glued_label: The capitals of the label if they touch the text; empty otherwise.
    """

    name: str | None
    text: str = field(repr=False)
    after_colon: bool
    confidence: float
    box: Box
    end: float
    number: int = -1
    may_label_whole_name: bool = False
    names_passport: bool = False
    names_card: bool = False
    glued_label: str = field(default="", repr=False)


def split_into_pieces(line: Line, numbered: bool) -> Iterator[Piece]:
    """Split a line into its labels and values, each with its place on the page."""
    segments = find_line_segments(line, numbered=numbered)
    starts = [estimate_position(line, each.start) for each in segments]
    for segment, end in zip(segments, [*starts[1:], float("inf")], strict=True):
        if segment.name or segment.value:
            box = _locate(line, segment) if len(segments) > 1 else line.box
            text, colon = _leave_out_other_language(segment), segment.after_colon
            label = line.text[segment.start : segment.end] if segment.name else ""
            whole = fold_letters(label) in find_words(WordList.WHOLE_NAME_LABELS)
            titles = find_title_kinds(label) if segment.name == "document_number" else ()
            named = (TitleKind.PASSPORT in titles, TitleKind.IDENTITY_CARD in titles)
            glued = label if _touches_value(line.text, segment) else ""
            piece = Piece(
                segment.name, text, colon, line.confidence, box, end, -1, whole, *named, glued
            )
            yield from split_piece_at_dates(piece)


def _leave_out_other_language(segment: Segment) -> str:
    """Return the text after a label, without the same label in a language that the table lacks.

    Of a date, that is text that can be no date; of a number, small letters and long words.
    """
    is_label = segment.name in DATE_FIELDS and not can_be_value(str(segment.name), segment.value)
    if is_label and not segment.after_colon:
        return ""
    if segment.name not in NUMBER_FIELDS:
        return segment.value
    words = segment.value.split()
    number = next((at for at, word in enumerate(words) if any(map(str.isdigit, word))), 0)
    label_end = max((at + 1 for at in range(number) if _is_label_word(words[at])), default=0)
    return " ".join(words[label_end:])


def _is_label_word(word: str) -> bool:
    """Return whether a word before a number is of its label; numbers begin with short capitals."""
    return not word.isupper() or sum(map(str.isalpha, word)) > MAX_NUMBER_LETTERS


def _touches_value(text: str, segment: Segment) -> bool:
    """Return whether a label in capitals ends where its value begins, as in DL0614284."""
    label, following = text[segment.start : segment.end], text[segment.end : segment.end + 1]
    return segment.name is not None and label.isupper() and following.isdigit()


def label_whole_names(pieces: Sequence[Piece]) -> list[Piece]:
    """Make NOMBRE the label of the whole name.

    On a page with a label for the surname, it remains the label of the given names.
    """
    if any(piece.name in ("surname", "full_name") for piece in pieces):
        return list(pieces)
    return [
        replace(piece, name="full_name") if piece.may_label_whole_name else piece
        for piece in pieces
    ]


def estimate_position(line: Line, character: int) -> float:
    """Estimate the horizontal position of a character, as if all were equally wide."""
    width = line.box.right - line.box.left
    return line.box.left + width * character / max(len(line.text), 1)


def _locate(line: Line, segment: Segment) -> Box:
    left, right = (estimate_position(line, each) for each in (segment.start, segment.end))
    return Box(left, line.box.top, right, line.box.bottom)


def split_piece_at_dates(piece: Piece) -> Iterator[Piece]:
    """Split a text of several dates: each has its own label above it."""
    dates = split_dates(piece.text) if piece.name is None else ()
    if len(dates) < 2:
        yield piece
        return
    box = piece.box
    width = box.right - box.left
    character = min(width / len(piece.text), MAX_CHARACTER_WIDTH * box.height)
    # Readers read a wide gap as one blank: the first date begins where the line begins, the last
    # one ends where it ends, and the others are spread evenly.
    for number, text in enumerate(dates):
        date_width = character * len(text)
        left = box.left + (width - date_width) * number / (len(dates) - 1)
        date_box = Box(left, box.top, left + date_width, box.bottom)
        yield replace(piece, text=text, box=date_box)
