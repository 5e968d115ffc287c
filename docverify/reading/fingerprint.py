"""Fingerprint of a document: a perceptual hash that survives saving the image again."""

from __future__ import annotations

import cv2
import numpy as np

from docverify.reading.files.pages import Image
from docverify.reading.quads import Points

SIDE = 64  # pixels
BAND = slice(4, 12)  # Lower frequencies are the same for all documents of a kind.


def compute_fingerprint(
    image: Image, corners: Points | None, upright: cv2.typing.MatLike
) -> int | None:
    """Return the signs of 64 middle frequencies of the area that the text encloses.

    `upright` is the rotation (2 x 3) that makes the text horizontal. None without text.
    """
    if corners is None:
        return None
    turned = corners @ upright[:, :2].T + upright[:, 2]
    (left, top), (right, bottom) = turned.min(0), turned.max(0)
    place = np.array([[-left], [-top]])
    size = (max(1, round(float(right - left))), max(1, round(float(bottom - top))))
    moved = np.hstack([upright[:, :2], upright[:, 2:] + place])
    level = cv2.warpAffine(image, moved, size, borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(level, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32))
    return int.from_bytes(np.packbits(waves[BAND, BAND] > 0).tobytes(), "big")
