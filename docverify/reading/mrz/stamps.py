"""Stamps over an MRZ: find the characters that coloured ink covers.

The ink of an MRZ is black; that of a stamp rarely is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import DOUBTFUL_CONFIDENCE, LocatedMrz, align_ends
from docverify.reading.quads import Quad
from docverify.reading.recognition import add_margin, cut_strip, measure_chroma

COVERED = 0.04  # share of a character's cell: a thin stroke across it covers more
STROKE_CHROMA = 40.0  # levels of 255 above that of the paper around


def doubt_covered(image: Image, mrz: LocatedMrz) -> LocatedMrz:
    """Lower the confidence of each character that coloured ink covers.

    Check digits and the printed text can confirm it later.
    """
    confidences = tuple(
        doubt_line(row, measure_cover(image, quad, len(row)))
        for quad, row in zip(align_ends(mrz), mrz.reading.confidences, strict=True)
    )
    return replace(mrz, reading=replace(mrz.reading, confidences=confidences))


def is_stamped(image: Image, mrz: LocatedMrz) -> bool:
    """Return whether coloured ink covers any character."""
    count = len(mrz.reading.lines[0])
    return any(max(measure_cover(image, quad, count)) > COVERED for quad in align_ends(mrz))


def doubt_line(confidences: Sequence[float], covers: Sequence[float]) -> tuple[float, ...]:
    """Lower the confidences of the characters that are covered."""
    return tuple(
        min(sure, DOUBTFUL_CONFIDENCE) if cover > COVERED else sure
        for sure, cover in zip(confidences, covers, strict=True)
    )


def measure_cover(image: Image, quad: Quad, count: int) -> list[float]:
    """Measure which share (0 to 1) of each character's cell has coloured ink."""
    chroma = measure_chroma(cut_strip(image, quad))
    shown = add_margin(quad)
    length = float(np.linalg.norm(shown[1] - shown[0]))
    margin = 0.5 * (1 - float(np.linalg.norm(quad[1] - quad[0])) / length) * chroma.shape[1]
    strokes = cv2.medianBlur(chroma, 3).astype(np.float32)
    coloured = strokes - float(np.median(strokes)) > STROKE_CHROMA
    edges = np.linspace(margin, chroma.shape[1] - margin, count + 1).round().astype(int)
    return [
        float(coloured[:, start : max(stop, start + 1)].mean()) for start, stop in pairwise(edges)
    ]
