"""Papers under a licence: the columns of a letter around a card without an MRZ.

Between the outermost fields of a card there is only its own text. The letter under the card is
visible around it, as lines that begin at the same edge and are in small letters. Licences print
values in capitals, with a label for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docverify.documents.licence_labels import find_line_licence_segments
from docverify.documents.titles import find_line_title_kinds
from docverify.page import Box, Line

CARD_FIELDS = frozenset({"birth_date", "expiry_date", "issue_date", "sex"})
"""Fields whose labels do not occur in letters."""

MIN_CARD_FIELDS = 3  # different ones; with fewer, the card's position is not known
MIN_COLUMN_LINES = 4
MIN_SMALL_LINES = 3  # lines of a column in small letters
FEWER_LINES = 1  # of a column, next to a longer one
MIN_SMALL_SHARE = 0.5  # of the letters of such a line
MIN_LETTERS = 4
MAX_LABELS = 1  # of a letter, such as that of the customer's number
MAX_WORDS_BEFORE = 3  # before a label in its line
MAX_SHIFT_HEIGHTS = 0.5  # between the left edges of two successive lines of a column
MAX_GAP_HEIGHTS = 1.5


def find_paper_lines(lines: Sequence[Line], face: Box) -> tuple[Line, ...]:
    """Return the lines of letters around a licence; none if the licence's fields were not found.

    `face` is the holder's portrait on it.
    """
    core = measure_core(lines, face)
    if core is None:
        return ()
    outside = [line for line in lines if not _overlaps(line.box, core)]
    columns = list(split_columns(outside))
    if not any(map(is_paper, columns)):
        return ()
    papers = [column for column in columns if is_paper(column, FEWER_LINES)]
    return tuple(line for line in lines if any(line in column for column in papers))


def _overlaps(box: Box, other: Box) -> bool:
    is_across = box.left < other.right and other.left < box.right
    return is_across and box.top < other.bottom and other.top < box.bottom


def measure_core(lines: Sequence[Line], face: Box) -> Box | None:
    """Return the box around the face, titles and dates of a licence; None if there are none."""
    names = {line: _card_fields(line) for line in lines}
    if len(frozenset().union(*names.values())) < MIN_CARD_FIELDS:
        return None
    boxes = [face, *(line.box for line in lines if names[line] or find_line_title_kinds(line))]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _card_fields(line: Line) -> frozenset[str]:
    segments = find_line_licence_segments(line)
    if segments and not segments[0].name and len(segments[0].value.split()) > MAX_WORDS_BEFORE:
        return frozenset()  # a word of a sentence
    return frozenset({each.name for each in segments if each.name} & CARD_FIELDS)


def split_columns(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the columns of lines: each line begins below the previous one, near its left edge."""
    columns: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.box.top):
        near = (column for column in columns if _continues(column[-1].box, line.box))
        column = next(near, None)
        if column is None:
            columns.append([line])
        else:
            column.append(line)
    yield from columns


def _continues(box: Box, below: Box) -> bool:
    height = max(box.height, below.height)
    is_aligned = abs(below.left - box.left) <= MAX_SHIFT_HEIGHTS * height
    return is_aligned and below.top - box.bottom <= MAX_GAP_HEIGHTS * height


def is_paper(column: Sequence[Line], fewer: int = 0) -> bool:
    """Return whether a column belongs to a letter: several lines in small letters without labels.

    At least one word begins with a small letter, which does not occur in names and addresses.
    `fewer` lines are enough next to a longer column.
    """
    names = [{each.name for each in find_line_licence_segments(line)} - {None} for line in column]
    small = sum(
        not own and _is_in_small_letters(line.text) for line, own in zip(column, names, strict=True)
    )
    has_labels = len(set().union(*names)) > MAX_LABELS
    is_long = len(column) >= MIN_COLUMN_LINES - fewer and small >= MIN_SMALL_LINES - fewer
    has_sentence = fewer or any(word[0].islower() for line in column for word in line.text.split())
    return bool(is_long and has_sentence and not has_labels)


def _is_in_small_letters(text: str) -> bool:
    letters = sum(map(str.isalpha, text))
    return letters >= MIN_LETTERS and sum(map(str.islower, text)) >= MIN_SMALL_SHARE * letters
