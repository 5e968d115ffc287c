"""Split an image that shows two documents, by the sizes that Doc 9303 gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.outlines import cut_at
from docverify.reading.quads import Quad

PITCH = 2.54  # mm; Doc 9303-3, 4.3: ten characters an inch
#: Width and height in mm of a document with an MRZ, by the length of its lines (TD1, TD2, TD3).
SIZES = {30: (85.6, 53.98), 36: (105.0, 74.0), 44: (125.0, 88.0)}
LEFT_MARGIN = 5.0  # mm from the edge to the middle of the first character
BOTTOM_MARGIN = 8.0  # mm from the middle of the last line to the edge
TOLERANCE = 6.0  # mm: MRZs are printed, and photos taken, at a slight angle
#: Fewer lines of text are a stamp, a caption or a note, but not a document.
MIN_LINES = 5


def find_outside(mrz: LocatedMrz, quads: Sequence[Quad]) -> list[Quad]:
    """Find the lines that lie completely outside the document with the MRZ."""
    least, most = find_frame(mrz)
    outside = []
    for quad in quads:
        corners = convert_to_millimetres(mrz, quad)
        if np.any(corners.max(0) < least) or np.any(corners.min(0) > most):
            outside.append(quad)
    return outside


def find_inside(mrz: LocatedMrz, quads: Sequence[Quad]) -> list[Quad]:
    """Find the lines whose middle is on the document with the MRZ and not below the MRZ.

    Nothing is printed below an MRZ; text there belongs to whatever the document is lying on.
    """
    least, most = find_frame(mrz)
    least, most = least + TOLERANCE, most - np.array([TOLERANCE, TOLERANCE + BOTTOM_MARGIN])
    middles = [convert_to_millimetres(mrz, quad).mean(0) for quad in quads]
    return [
        quad
        for quad, middle in zip(quads, middles, strict=True)
        if np.all(middle > least) and np.all(middle < most)
    ]


def find_frame(mrz: LocatedMrz) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of the document in mm from the first character of the MRZ's last line."""
    width, height = find_size(mrz)
    least = np.array([-LEFT_MARGIN - TOLERANCE, BOTTOM_MARGIN - height - TOLERANCE])
    most = np.array([width - LEFT_MARGIN + TOLERANCE, BOTTOM_MARGIN + TOLERANCE])
    return least, most


def is_other_side(mrz: LocatedMrz, quads: Sequence[Quad]) -> bool:
    """Return whether lines next to a card cover the size of its other side.

    Only cards have another side: a page of a booklet lies next to another page of that booklet.
    """
    if not is_card(mrz) or len(quads) < MIN_LINES:
        return False
    corners = np.concatenate([convert_to_millimetres(mrz, quad) for quad in quads])
    size = sorted(corners.max(0) - corners.min(0))
    return bool(np.all(size < np.array(sorted(find_size(mrz))) + TOLERANCE))


def cut_between(
    image: Image, first: Sequence[Quad], second: Sequence[Quad]
) -> tuple[Image, Image] | None:
    """Cut an image in the middle of the vertical or horizontal gap between two groups of lines.

    None if there is no such gap.
    """
    groups = np.concatenate(first), np.concatenate(second)
    for axis in (0, 1):
        near, far = sorted(groups, key=lambda corners: float(corners[:, axis].min()))
        end, start = float(near[:, axis].max()), float(far[:, axis].min())
        if end < start:
            return cut_at(image, axis, round((end + start) / 2))
    return None


def is_card(mrz: LocatedMrz) -> bool:
    """Return whether an MRZ is that of a card of the size ID-1, with its three lines."""
    return len(mrz.reading.lines) == 3


def find_size(mrz: LocatedMrz) -> tuple[float, float]:
    """Return width and height in mm of the document with the MRZ."""
    characters = len(mrz.reading.lines[0])
    return SIZES[min(SIZES, key=lambda each: abs(each - characters))]


def convert_to_millimetres(mrz: LocatedMrz, quad: Quad) -> NDArray[np.float32]:
    """Return the corners of a line in mm from the first character of the MRZ's last line."""
    start, stop = mrz.ends[-1]
    along = (stop - start) / np.linalg.norm(stop - start)
    axes = np.array([[along[0], -along[1]], [along[1], along[0]]])
    corners: NDArray[np.float32] = (quad - start) @ axes * (PITCH / mrz.reading.pitch)
    return corners
