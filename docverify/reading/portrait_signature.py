"""Signature of a portrait: 512 bits that are nearly the same for each copy of one photo.

It is biometric data. It is computed only if the operator has chosen to compare portraits with
earlier ones. The photo cannot be reconstructed from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import shake_256

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.portrait_comparison import HEAD, align_largest_head
from docverify.reading.portraits import Face
from docverify.reading.rectification import Rectification

BITS = 512
MIN_HEIGHT = 40  # pixels of a face: a smaller one gets no signature
SOFT = 2.5  # pixels of blur, so that a small error of the alignment changes few bits
SIDE = 16  # pixels across and down of the head from which the bits are computed
SEED = b"portrait signature"  # A different seed would give different bits for the same photo.

Grey = NDArray[np.float32]


def sign_portrait(image: Image, faces: Sequence[Face], level: Rectification) -> bytes | None:
    """Compute the signature of the largest portrait; None if none is certain and large enough.

    The faces are on the upright page that `level` leads to.
    """
    found = align_largest_head(image, faces, level, MIN_HEIGHT)
    return compute_signature(found[2].pixels) if found else None


def compute_signature(head: Grey) -> bytes:
    """Return the side of each of BITS random planes on which an aligned head is."""
    soft = cv2.GaussianBlur(head, (0, 0), SOFT)[HEAD]
    small = cv2.resize(soft, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
    sides = draw_planes() @ (small - small.mean()) > 0
    return np.packbits(sides).tobytes()


@cache
def draw_planes() -> Grey:
    """Draw the random planes, the same ones in every process: rows of 1 and -1."""
    drawn = shake_256(SEED).digest(BITS * SIDE * SIDE // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8)).reshape(BITS, SIDE * SIDE)
    return np.asarray(bits * 2.0 - 1, np.float32)
