"""The lines of a page that are on its document: on the side with the MRZ or on the other one.

Cards have their MRZ on the back, and people photograph both sides in one image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.labels import find_line_segments
from docverify.documents.titles import find_line_title_kinds
from docverify.kept import keep_with_value
from docverify.layout.frame import Frame, find_frame
from docverify.layout.papers import find_paper_lines
from docverify.page import Box, Line, Page, Portrait

MAX_LINE_LENGTH = 500  # characters: longer lines are not those of a document
FACE_HEIGHTS_MM = (8.0, 32.0)  # from forehead to chin, in portraits of 25 to 45 mm
MAX_GAP_FACES = 2.5  # between lines of one document, in heights of the face on it
LARGER_LINES = 0.75  # share of the lines that is not higher than the larger ones
MIN_RELATIVE_CONTRAST = 0.25  # share of the contrast of the stronger text
MIN_VALUE_HEIGHT = 0.5  # of the larger lines
MIN_LABELLED_LINES = 3  # a side without a title is known by its labels
MAX_SIDE_SIZE = 1.2  # in frames, for width and height: perspective makes one side larger
MAX_SIDE_DISTANCE = 1.3  # in frames, from the frame's edge to the far edge of the other side
HEAD = 1 / 3  # of the height of the VIZ: where titles are
MARGIN_OF_PRINT = 0.1  # of the width of a document's text, from it to the edge of the document
MIN_SIDE_HEIGHT = 0.3  # in frames: a line or two next to a document are not its other side


@keep_with_value
def find_document_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines of a page that are on its document.

    Without a frame, a wide gap ends the document above and below the portrait, because a screenshot
    has further lines there; without a portrait, all lines count. Letters around a licence do not.
    """
    frame, lines = find_frame(page), _own_lines(page)
    if frame is None:
        return _find_lines_around_portrait(page, lines)
    outside = find_other_side(lines, frame)
    return tuple(line for line in lines if frame.contains(line.box) or line in outside)


@keep_with_value
def find_outside_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines of a page that are outside its document; none without a frame."""
    inside = find_document_lines(page)
    return tuple(line for line in _own_lines(page) if line not in inside)


@keep_with_value
def find_viz_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines of a page that are in the VIZ of its document.

    Without a frame, these are all lines on the document.
    """
    frame, lines = find_frame(page), _own_lines(page)
    if frame is None:
        return find_document_lines(page)
    outside = find_other_side(lines, frame)
    return tuple(line for line in lines if frame.contains_in_viz(line.box) or line in outside)


@keep_with_value
def find_viz_lines_over_edge(page: Page) -> tuple[Line, ...]:
    """Return the lines that are not in the VIZ of a document, but that people read as part of it.

    They run up or down the document, or cross the left or right edge of its frame and are mostly in
    the VIZ. Without a frame, the document ends with its other lines.
    """
    frame = find_frame(page)
    across = (line for line in page.lines if line.across and len(line.text) <= MAX_LINE_LENGTH)
    if frame is None:
        printed = [line.box for line in find_document_lines(page)]
        return tuple(line for line in across if _is_among(line.box, printed))
    over = (line for line in _own_lines(page) if frame.crosses_side_in_viz(line.box))
    return (*(line for line in across if frame.contains_in_viz(line.box)), *over)


def _is_among(box: Box, others: Sequence[Box]) -> bool:
    """Return whether the middle of a box is among other boxes, or within a margin of them."""
    if not others:
        return False
    left, right = min(each.left for each in others), max(each.right for each in others)
    top, bottom = min(each.top for each in others), max(each.bottom for each in others)
    margin = MARGIN_OF_PRINT * (right - left)
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return left - margin <= x <= right + margin and top - margin <= y <= bottom + margin


def _find_lines_around_portrait(page: Page, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines in the band of the largest portrait; all lines without a portrait.

    Gaps that are higher than several faces separate the bands. Columns of letters that a licence
    lies on are left out.
    """
    if page.mrz is not None or not page.portraits:
        return lines
    face = max((each.box for each in page.portraits), key=lambda box: box.height)
    bands: list[list[Line]] = []
    bottom = -float("inf")
    for line in sorted(lines, key=lambda each: each.box.top):
        if line.box.top - bottom > MAX_GAP_FACES * face.height:
            bands.append([])
        bands[-1].append(line)
        bottom = max(bottom, line.box.bottom)
    middle = (face.top + face.bottom) / 2
    around = [band for band in bands if _contains_height(band, middle)]
    kept = around[0] if around else lines
    papers = find_paper_lines(lines, face)
    return tuple(line for line in lines if line in kept and line not in papers)


def _contains_height(band: Sequence[Line], height: float) -> bool:
    top, bottom = min(each.box.top for each in band), max(each.box.bottom for each in band)
    return top <= height <= bottom


def find_document_portraits(page: Page) -> tuple[Portrait, ...]:
    """Return the portraits of a page that are in the VIZ of its document; all without a frame."""
    frame, portraits = find_frame(page), page.portraits or ()
    if frame is None:
        return portraits
    has_other_side = bool(find_other_side(_own_lines(page), frame))
    least, most = (size * frame.vertical_scale for size in FACE_HEIGHTS_MM)
    return tuple(
        each
        for each in portraits
        if least <= each.box.height <= most and (has_other_side or frame.contains_in_viz(each.box))
    )


def leave_out_hidden_lines(page: Page, min_contrast: float) -> Page:
    """Return a page without the lines that a person would overlook: faint ink, and tiny values.

    `min_contrast` is a CIE 1976 colour difference; ink that is much fainter than the other text is
    left out, too. Lines whose contrast was not measured remain. Labels may be tiny.
    """
    contrasts = sorted(line.contrast for line in page.lines if line.contrast is not None)
    usual = contrasts[int(LARGER_LINES * len(contrasts))] if contrasts else 0.0
    least_contrast = max(min_contrast, MIN_RELATIVE_CONTRAST * usual)
    least_height = MIN_VALUE_HEIGHT * find_larger_height(find_viz_lines(page))
    seen = tuple(
        line
        for line in page.lines
        if (line.contrast is None or line.contrast >= least_contrast)
        and (line.box.height >= least_height or _is_label_alone(line))
    )
    return replace(page, lines=seen) if len(seen) < len(page.lines) else page


def measure_head(page: Page, share: float = HEAD) -> float:
    """Return where the head of a document, which has its titles, ends: in pixels from the top.

    A larger `share` of the VIZ's height gives the end of a longer part.
    """
    lines, frame = find_viz_lines(page), find_frame(page)
    if frame:
        top, bottom = frame.edges.top, frame.mrz_band_top
    else:
        top = min((line.box.top for line in lines), default=0.0)
        bottom = max((line.box.bottom for line in lines), default=0.0)
    return top + share * (bottom - top)


def find_larger_height(lines: Sequence[Line]) -> float:
    """Return the height in pixels of the larger lines: values and titles; 0 without lines."""
    heights = sorted(line.box.height for line in lines)
    return heights[int(LARGER_LINES * len(heights))] if heights else 0.0


def _is_label_alone(line: Line) -> bool:
    return all(each.name and not each.value for each in find_line_segments(line))


@keep_with_value
def _own_lines(page: Page) -> tuple[Line, ...]:
    """Return the lines that may be on a document: no prose, and no text up or down the page."""
    return tuple(
        line for line in page.lines if len(line.text) <= MAX_LINE_LENGTH and not line.across
    )


def contains_portrait(lines: Sequence[Line], frame: Frame, portrait: Box) -> bool:
    """Return whether a portrait is in the frame, or between the lines of the card's other side."""
    side = find_other_side(lines, frame)
    if frame.contains(portrait) or not side:
        return frame.contains(portrait)
    left, right = min(each.box.left for each in side), max(each.box.right for each in side)
    top, bottom = min(each.box.top for each in side), max(each.box.bottom for each in side)
    aside = MAX_SIDE_SIZE * (frame.edges.right - frame.edges.left) - (right - left)
    across, down = (portrait.left + portrait.right) / 2, (portrait.top + portrait.bottom) / 2
    return left - aside <= across <= right + aside and top <= down <= bottom


def find_other_side(lines: Sequence[Line], frame: Frame) -> tuple[Line, ...]:
    """Return the lines of the card's other side, above, below, left or right of its frame.

    It is as large as the frame, and has the title or the labels of a document.
    """
    if not frame.has_two_sides:
        return ()
    sides = (side for side in _split_around(lines, frame) if _is_side(side, frame))
    return tuple(line for side in sides for line in side)


def _split_around(lines: Sequence[Line], frame: Frame) -> Iterator[list[Line]]:
    """Yield the lines above, below, left and right of a frame, up to the size of a side."""
    edges = frame.edges
    sideways, upwards = frame.horizontal_margin, frame.vertical_margin
    larger = (MAX_SIDE_SIZE - 1) / 2 * (edges.right - edges.left)
    left, right = edges.left - larger, edges.right + larger
    top, bottom = edges.top - upwards, edges.bottom + upwards
    far_across = MAX_SIDE_DISTANCE * (edges.right - edges.left)
    far_down = MAX_SIDE_DISTANCE * edges.height
    column = [line for line in lines if left <= line.box.left and line.box.right <= right]
    row = [line for line in lines if top <= (line.box.top + line.box.bottom) / 2 <= bottom]
    above = [line for line in column if line.box.bottom < edges.top + upwards]
    below = [line for line in column if line.box.top > edges.bottom - upwards]
    before = [line for line in row if line.box.right < edges.left + sideways]
    behind = [line for line in row if line.box.left > edges.right - sideways]
    yield [line for line in above if line.box.top > edges.top - far_down]
    yield [line for line in below if line.box.bottom < edges.bottom + far_down]
    yield [line for line in before if line.box.left > edges.left - far_across]
    yield [line for line in behind if line.box.right < edges.right + far_across]


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
        any(find_line_title_kinds(line) for line in lines)
        or sum(_has_label(line) for line in lines) >= MIN_LABELLED_LINES
    )


def _has_label(line: Line) -> bool:
    return any(segment.name for segment in find_line_segments(line))
