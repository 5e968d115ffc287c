"""How sharp a picture is, where its text stands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.pages import Picture

WIDTH = 1000


def sharpness(picture: Picture, corners: NDArray[np.float32] | None) -> float:
    """Return the variance of the Laplacian, with what the corners enclose at 1000 px width.

    Without corners, or if they enclose nothing, the whole picture is measured.
    """
    part = _enclosed(picture, corners)
    scale = WIDTH / max(part.shape[:2])
    size = [max(1, round(each * scale)) for each in part.shape[1::-1]]
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    level = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(level, cv2.CV_64F).var())


def _enclosed(picture: Picture, corners: NDArray[np.float32] | None) -> Picture:
    if corners is None:
        return picture
    within = corners.clip(0, picture.shape[1::-1])
    (left, top), (right, bottom) = within.min(0).astype(int), within.max(0).astype(int) + 1
    part = picture[top:bottom, left:right]
    return part if part.size else picture
