"""Which parts of a picture are documents of their own, by the sizes that Doc 9303 gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.quads import Quad

PITCH = 2.54  # mm; Doc 9303-3, 4.3: ten characters an inch
SIZES = {30: (85.6, 53.98), 36: (105.0, 74.0), 44: (125.0, 88.0)}
"""Width and height in mm of what carries an MRZ, by the length of its lines (TD1, TD2, TD3)."""
LEFT = 5.0  # mm from the edge to the middle of the first character
BELOW = 8.0  # mm from the middle of the last line to the edge
TOLERANCE = 6.0  # mm: MRZs are printed, and pictures taken, aslant
MIN_LINES = 5
"""Fewer lines of text are no document: a stamp, a caption, a note."""


def find_outside(mrz: LocatedMrz, quads: Sequence[Quad]) -> list[Quad]:
    """Return the lines that stand outside the document which carries the MRZ."""
    width, height = _size(mrz)
    places = [_in_millimetres(mrz, quad) for quad in quads]
    least = np.array([-LEFT - TOLERANCE, BELOW - height - TOLERANCE])
    most = np.array([width - LEFT + TOLERANCE, BELOW + TOLERANCE])
    return [
        quad
        for quad, place in zip(quads, places, strict=True)
        if np.any(place.max(0) < least) or np.any(place.min(0) > most)
    ]


def is_document(mrz: LocatedMrz, quads: Sequence[Quad]) -> bool:
    """Tell whether lines beside a card have the size of its other side.

    Only cards have one: what stands beside a page of a booklet is another page of it.
    """
    if len(mrz.reading.lines) != 3 or len(quads) < MIN_LINES:
        return False
    places = np.concatenate([_in_millimetres(mrz, quad) for quad in quads])
    size = sorted(places.max(0) - places.min(0))
    return bool(np.all(size < np.array(sorted(_size(mrz))) + TOLERANCE))


def cut_between(
    image: Image, first: Sequence[Quad], second: Sequence[Quad]
) -> tuple[Image, Image] | None:
    """Cut a picture in the middle of the gap, upright or level, that parts two groups of lines."""
    groups = np.concatenate(first), np.concatenate(second)
    for axis in (0, 1):
        near, far = sorted(groups, key=lambda corners: float(corners[:, axis].min()))
        end, start = float(near[:, axis].max()), float(far[:, axis].min())
        if end < start:
            one, other = np.split(image, [round((end + start) / 2)], axis=1 - axis)
            return np.ascontiguousarray(one), np.ascontiguousarray(other)
    return None


def _size(mrz: LocatedMrz) -> tuple[float, float]:
    characters = len(mrz.reading.lines[0])
    return SIZES[min(SIZES, key=lambda each: abs(each - characters))]


def _in_millimetres(mrz: LocatedMrz, quad: Quad) -> NDArray[np.float32]:
    """Return the corners of a line, seen from the first character of the MRZ's last line."""
    start, stop = mrz.ends[-1]
    along = (stop - start) / np.linalg.norm(stop - start)
    axes = np.array([[along[0], -along[1]], [along[1], along[0]]])
    corners: NDArray[np.float32] = (quad - start) @ axes * (PITCH / mrz.reading.pitch)
    return corners
