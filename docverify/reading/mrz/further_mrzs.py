"""Further MRZs of a page: of a second document in the image, or pasted into it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.search import MIN_ASPECT, find_mrz
from docverify.reading.quads import Quad, measure_height, measure_length

MAX_FURTHER = 4
MIN_FILLERS = 3
MIN_CHARACTERS = 15
FILLER_SHAPES = frozenset("<>‹›«»〈〉くㄑ≤≥")  # noqa: RUF001 (as the network for any print reads fillers)
MIN_LINES = 2


def find_further_mrzs(
    image: Image, quads: Sequence[Quad], texts: Sequence[str]
) -> tuple[LocatedMrz, ...]:
    """Find the MRZs among the lines outside the page's first MRZ; `texts` is their text.

    Only those whose format is clear are returned. Lines that run across the others are also tried
    if at least two have the shape of MRZ lines. A page without such lines costs nothing.
    """
    level = list(quads) if any(map(looks_like_mrz_text, texts)) else []
    across = [
        np.roll(quad, 1, axis=0)
        for quad in quads
        if measure_height(quad) > MIN_ASPECT * measure_length(quad)
    ]
    found: list[LocatedMrz] = []
    for group in (level, across):
        while len(group) >= MIN_LINES and len(found) < MAX_FURTHER:
            mrz = find_mrz(image, group)
            if mrz is None or not mrz.is_clear or mrz.layout is None:
                break
            found.append(mrz)
            group = [quad for quad in group if not is_in_mrz(quad, mrz)]
    return tuple(found)


def looks_like_mrz_text(text: str) -> bool:
    """Return whether a line as read has the fillers of an MRZ.

    >>> looks_like_mrz_text("P<UTOERIKSSON<<ANNA<MARIA<<<<<<")
    True
    >>> looks_like_mrz_text("Date of issue / Date de délivrance")
    False
    """
    characters = "".join(text.split())
    fillers = sum(character in FILLER_SHAPES for character in characters)
    return len(characters) >= MIN_CHARACTERS and fillers >= MIN_FILLERS


def is_in_mrz(quad: Quad, mrz: LocatedMrz) -> bool:
    """Return whether the middle of a line lies within one of the MRZ's lines."""
    middle = (float(quad[:, 0].mean()), float(quad[:, 1].mean()))
    return any(cv2.pointPolygonTest(each, middle, False) >= 0 for each in mrz.quads)
