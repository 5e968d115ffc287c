"""Ink contrast: the colour difference between a line's ink and its background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image

CUT = 4  # rows of a strip at its top and bottom, where neighbouring lines and rules may show
LENGTH = 1.5  # heights of a piece of a line: one to three characters
STEP = 2  # pixels of a strip: every second one is enough
INK = 0.05  # share of the pixels of a piece: less is noise
LIGHTNESS = 100 / 255  # OpenCV stores L* as 0 to 255

Values = NDArray[np.float32]


def measure_contrast(strip: Image) -> float:
    """Return the CIE 1976 colour difference between the ink of a line and its background.

    A line is measured in pieces of one to three characters, and the faintest piece counts. So shade
    on the page matters little, and dark words cannot hide a faint one between them. Black on white
    gives up to 100, blank paper up to 3.
    """
    lab = cv2.cvtColor(strip[CUT:-CUT:STEP, ::STEP], cv2.COLOR_BGR2LAB).astype(np.float32)
    lab[:, :, 0] *= LIGHTNESS
    height, width, _ = lab.shape
    count = max(1, round(width / (LENGTH * height)))
    pieces = lab[:, : width - width % count].reshape(height, count, -1, 3)
    each = measure_pieces(pieces.transpose(1, 0, 2, 3).reshape(count, -1, 3))
    return float(each.min())


def measure_pieces(pieces: Values) -> Values:
    """Return the distance of ink and background of each piece (pieces, pixels, L* a* b*).

    Ink and paper of any colours differ most along the main axis of these colours; most of the
    pixels are paper.
    """
    centred = pieces - pieces.mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(centred.transpose(0, 2, 1) @ centred)
    along = np.sort((centred @ axes[:, :, -1:])[:, :, 0], axis=1)
    last = along.shape[1] - 1
    ink = round(INK * last)
    paper = along[:, last // 2]
    distances: Values = np.maximum(paper - along[:, ink], along[:, last - ink] - paper)
    return distances
