"""Search for small, pale portraits after removing the printed text that crosses them.

The second portrait of a document is often so pale that it is not found on the whole page, and has
values printed over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Box, Portrait
from docverify.reading.files.pages import Image
from docverify.reading.portraits import SIDE, STRIDE, Face, detect_faces
from docverify.reading.quads import Quad
from docverify.reading.rectification import Matrix, Rectification, find_extent, transform_points

MAX_FACES = 8  # the most certain ones; each of them is compared
HAIR = 0.5  # widths of the face, on each side of it, that belong to its portrait
MARGIN = 0.05  # of the text's width: a portrait may extend further than the text
MIN_WIDTH = 2  # strides of the network: a smaller part of the page has no portrait
STROKE = 9  # pixels: wider than the strokes of small print
INK = 25  # grey levels by which printed text is darker than its surroundings
PEN = 3  # pixels by which printed text is widened: its edge is soft
FILL = 3  # pixels from which the paper under the print is filled
CONTRAST, TILES = 4.0, (8, 8)  # of the equalisation that makes a pale portrait darker
FINE_LINE = 5  # pixels: wider than the lines of a background that cross a pale portrait
CLOSE_UP = 160  # pixels of an image in which one face is searched again
CLOSE_UP_HEIGHTS = (64, 48)  # pixels of the face in it
CLOSE_UP_ERROR = 0.25  # of the face: how far it may be from the middle
CLOSE_UP_SIZES = (0.7, 1.4)
EVEN_CONTRAST, EVEN_TILES = 2.0, (4, 4)  # of the equalisation of a close-up
CONFIRMED = 0.5  # confidence; emblems that look like faces reach less than 0.35 on the whole page
DARKEST, LIGHTEST = 2, 98  # per cent of the pixels, when the contrast is stretched

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """A grey image of a page.

    Attributes:
        grey: the image.
        from_page: the 3 x 3 matrix from the upright page to the view.
        filled: 1 where print was filled, otherwise 0; None if no print was filled.
    """

    grey: cv2.typing.MatLike
    from_page: Matrix
    filled: Grey | None = None


@dataclass(frozen=True)
class FreePart:
    """The part of a page next to its large portrait, without print.

    Attributes:
        view: the part, at most SIDE pixels high and wide.
        faces: the most certain faces in it, in coordinates of the page, up to MAX_FACES.
    """

    view: View
    faces: tuple[Face, ...]

    def shows(self, box: Box) -> bool:
        """Return whether the middle of a box of the page is in this part."""
        middle = np.array([((box.left + box.right) / 2, (box.top + box.bottom) / 2)])
        place = transform_points(middle, self.view.from_page)[0]
        return bool((place > 0).all() and (place < self.view.grey.shape[1::-1]).all())


def search_next_to(
    image: Image, portrait: Box, lines: Sequence[Quad], level: Rectification
) -> FreePart | None:
    """Search the wider part of a page to the left or right of its large portrait.

    The lines are in coordinates of the image, the portrait in those of the upright page, to which
    `level` leads. None if there is too little next to the portrait.
    """
    area = find_free_area(portrait, lines, level)
    size = np.array([area.right - area.left, area.bottom - area.top])
    ratio = min(1.0, SIDE / size.max())
    width, height = (STRIDE * round(float(each) * ratio / STRIDE) for each in size)
    if min(width, height) < MIN_WIDTH * STRIDE:
        return None
    scale = np.array([width, height]) / size
    from_page = np.diag([*scale, 1.0]) @ [[1, 0, -area.left], [0, 1, -area.top], [0, 0, 1]]
    grey = warp_grey(image, from_page @ level.transform, ratio, (width, height))
    moved = [transform_points(each, from_page @ level.transform) for each in lines]
    ink = find_print(grey, moved)
    clear = np.asarray(cv2.inpaint(grey, ink, FILL, cv2.INPAINT_TELEA), np.uint8)
    return FreePart(View(clear, from_page, ink), find_pale_faces(clear, from_page))


def search_without_lines(free: FreePart) -> FreePart:
    """Search the same part of the page again, without its fine dark lines.

    The lines of a background that cross a pale, dark face hide it from the network.
    """
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (FINE_LINE, FINE_LINE))
    plain = np.asarray(cv2.morphologyEx(free.view.grey, cv2.MORPH_CLOSE, pen), np.uint8)
    view = replace(free.view, grey=plain)
    return FreePart(view, find_pale_faces(plain, view.from_page))


def find_pale_faces(grey: Grey, from_page: Matrix) -> tuple[Face, ...]:
    """Find the most certain faces of a part of the page, after its contrast is equalised."""
    even = cv2.createCLAHE(CONTRAST, TILES).apply(grey)
    found = detect_faces(cv2.cvtColor(even, cv2.COLOR_GRAY2BGR))
    faces = sorted(found, key=lambda each: -each.portrait.confidence)[:MAX_FACES]
    back = np.asarray(np.linalg.inv(from_page), np.float64)
    return tuple(place_on_page(each, back) for each in faces)


def is_confirmed(face: Face, view: View, *, without_lines: bool = False) -> bool:
    """Return whether the face is also found in a close-up, in one of two sizes.

    With `without_lines`, it may also be found after the fine lines of the close-up are removed.
    """
    box = face.portrait.box
    middle = np.array([((box.left + box.right) / 2, (box.top + box.bottom) / 2)])
    for height in CLOSE_UP_HEIGHTS:
        close_up = cut_close_up(view, middle, height / box.height)
        if is_face_in_middle(stretch(close_up), height):
            return True
        if without_lines and is_face_in_middle(stretch(remove_lines(close_up)), height):
            return True
    return False


def remove_lines(close_up: Grey) -> Grey:
    """Remove the fine lines of a close-up, and equalise its contrast."""
    soft = cv2.medianBlur(close_up, FINE_LINE)
    return np.asarray(cv2.createCLAHE(EVEN_CONTRAST, EVEN_TILES).apply(soft), np.uint8)


def cut_close_up(view: View, middle: Matrix, scale: float) -> Grey:
    """Cut out a square around a point of the page."""
    (x, y), half = middle[0], CLOSE_UP / 2
    from_page = np.array([[scale, 0, half - scale * x], [0, scale, half - scale * y], [0, 0, 1]])
    part = cv2.warpPerspective(
        view.grey,
        from_page @ np.linalg.inv(view.from_page),
        (CLOSE_UP, CLOSE_UP),
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(part, np.uint8)


def stretch(part: Grey) -> Grey:
    """Stretch the contrast of a close-up."""
    low, high = np.percentile(part, (DARKEST, LIGHTEST))
    levels = (part.astype(np.float32) - low) * 255 / max(high - low, 1)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def is_face_in_middle(close_up: Grey, height: float) -> bool:
    """Return whether there is a face of about this height in the middle of a close-up."""
    least, most = (each * height for each in CLOSE_UP_SIZES)
    for face in detect_faces(cv2.cvtColor(close_up, cv2.COLOR_GRAY2BGR)):
        box = face.portrait.box
        away = max(
            abs(box.left + box.right - CLOSE_UP) / 2, abs(box.top + box.bottom - CLOSE_UP) / 2
        )
        is_there = away < CLOSE_UP_ERROR * height and least < box.height < most
        if is_there and face.portrait.confidence >= CONFIRMED:
            return True
    return False


def find_free_area(portrait: Box, lines: Sequence[Quad], level: Rectification) -> Box:
    """Return the wider area that text covers to the left or to the right of a portrait."""
    boxes = [*(level.find_box(each) for each in lines), portrait]
    left, right = min(each.left for each in boxes), max(each.right for each in boxes)
    margin = MARGIN * (right - left)
    left, right = max(0.0, left - margin), min(float(level.width), right + margin)
    top = max(0.0, min(each.top for each in boxes) - margin)
    bottom = min(float(level.height), max(each.bottom for each in boxes) + margin)
    hair = HAIR * (portrait.right - portrait.left)
    before, after = portrait.left - hair, portrait.right + hair
    if before - left > right - after:
        return Box(left, top, before, bottom)
    return Box(after, top, max(right, after), bottom)


def warp_grey(image: Image, to_part: Matrix, ratio: float, size: tuple[int, int]) -> Grey:
    """Return a part of the upright page in grey. `ratio` is its scale, at most 1."""
    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    # Warping does not average pixels: the image is reduced first.
    reduced = [max(1, round(each * ratio)) for each in (width, height)]
    small = cv2.resize(grey, reduced, interpolation=cv2.INTER_AREA) if ratio < 1 else grey
    enlarge = np.diag([width / small.shape[1], height / small.shape[0], 1.0])
    warped = cv2.warpPerspective(small, to_part @ enlarge, size, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def find_print(grey: Grey, lines: Sequence[NDArray[np.floating]]) -> Grey:
    """Find the strokes of small text in these lines: 1 for ink, otherwise 0."""
    covered = np.zeros(grey.shape, np.uint8)
    for each in lines:
        cv2.fillPoly(covered, [np.round(each).astype(np.int32)], 1)
    around = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((STROKE, STROKE), np.uint8))
    ink = (cv2.subtract(around, grey) > INK) & (covered > 0)
    return np.asarray(cv2.dilate(ink.astype(np.uint8), np.ones((PEN, PEN), np.uint8)), np.uint8)


def place_on_page(face: Face, back: Matrix) -> Face:
    """Convert a face from coordinates of a part of the page to those of the page."""
    box = face.portrait.box
    corners = np.array([(box.left, box.top), (box.right, box.bottom)])
    (left, top), (right, bottom) = find_extent(corners, back)
    portrait = Portrait(Box(left, top, right, bottom), face.portrait.confidence)
    return Face(portrait, transform_points(face.landmarks, back))
