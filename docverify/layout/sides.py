"""The lines of a page that are on its document: on the side with the MRZ, or on the other one.

Cards have their MRZ on the back, and people photograph both sides in one image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.labels import find_segments
from docverify.documents.titles import find_title_kinds
from docverify.layout.frame import Frame, find_frame
from docverify.page import Line, Page

MAX_LINE_LENGTH = 500  # characters: longer lines are not those of a document
MIN_LABELLED_LINES = 3  # a side without a title is known by its labels
MAX_SIDE_SIZE = 1.2  # of the frame, in width and height: perspective makes one side larger
MIN_SIDE_HEIGHT = 0.3  # of the frame: a line or two next to a document are not its other side


def find_document_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines of a page that are on its document; all of them without a frame."""
    frame, lines = find_frame(page), _short_lines(page)
    if frame is None:
        return lines
    outside = find_other_side(lines, frame)
    return tuple(line for line in lines if frame.holds(line.box) or line in outside)


def find_viz_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines of a page that are in the VIZ of its document; all without a frame."""
    frame, lines = find_frame(page), _short_lines(page)
    if frame is None:
        return lines
    outside = find_other_side(lines, frame)
    return tuple(line for line in lines if frame.holds_in_viz(line.box) or line in outside)


def leave_out_faint_lines(page: Page, min_contrast: float) -> Page:
    """Return a page without the lines whose ink is fainter than a person sees.

    `min_contrast` is a CIE 1976 colour difference. Lines that were not measured remain.
    """
    seen = tuple(
        line for line in page.lines if line.contrast is None or line.contrast >= min_contrast
    )
    return replace(page, lines=seen) if len(seen) < len(page.lines) else page


def _short_lines(page: Page) -> tuple[Line, ...]:
    return tuple(line for line in page.lines if len(line.text) <= MAX_LINE_LENGTH)


def find_other_side(lines: Sequence[Line], frame: Frame) -> tuple[Line, ...]:
    """Return the lines of the card's other side, above, below, left or right of its frame.

    It has the size of the frame, and the title or the labels of a document.
    """
    if not frame.has_two_sides:
        return ()
    sides = (side for side in _split_around(lines, frame) if _is_side(side, frame))
    return tuple(line for side in sides for line in side)


def _split_around(lines: Sequence[Line], frame: Frame) -> Iterator[list[Line]]:
    edges = frame.edges
    yield [line for line in lines if line.box.bottom < edges.top + frame.vertical_margin]
    yield [line for line in lines if line.box.top > edges.bottom - frame.vertical_margin]
    yield [line for line in lines if line.box.right < edges.left + frame.horizontal_margin]
    yield [line for line in lines if line.box.left > edges.right - frame.horizontal_margin]


def _is_side(lines: Sequence[Line], frame: Frame) -> bool:
    if not lines:
        return False
    width = max(line.box.right for line in lines) - min(line.box.left for line in lines)
    height = max(line.box.bottom for line in lines) - min(line.box.top for line in lines)
    fits = (
        width <= MAX_SIDE_SIZE * (frame.edges.right - frame.edges.left)
        and MIN_SIDE_HEIGHT * frame.edges.height <= height <= MAX_SIDE_SIZE * frame.edges.height
    )
    return fits and (
        any(find_title_kinds(line.text) for line in lines)
        or sum(_has_label(line) for line in lines) >= MIN_LABELLED_LINES
    )


def _has_label(line: Line) -> bool:
    return any(segment.name for segment in find_segments(line.text))
