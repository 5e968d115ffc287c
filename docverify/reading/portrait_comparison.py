"""Comparison of the portraits of one page: are both printed from the same photo?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import PortraitPair
from docverify.reading.files.pages import Image
from docverify.reading.portraits import Face
from docverify.reading.rectification import transform_points

MIN_FACE = 20  # pixels of height
MIN_CONFIDENCE = 0.5
MAX_RATIO = 0.85  # of heights: a portrait of nearly the same size is not a copy of the other
ALIGNED = (64, 72)  # pixels of an aligned face
LANDMARKS = np.array([(20, 26), (44, 26), (32, 40), (23, 52), (41, 52)], np.float32)
"""Eyes, nose and corners of the mouth of an aligned face."""
MIDDLE = (slice(12, 60), slice(10, 54))
"""Rows and columns of an aligned face that are compared: 48 x 44 pixels, without the hair."""
SOFT, WIDE = 1.2, 6.0  # pixels of blur: noise is removed, and shade
LEAST_CONTRAST = 2.0  # grey levels
SIZES = (0.86, 0.93, 1.0, 1.07, 1.15)
TURNS = (-6, 0, 6)  # degrees

Grey = NDArray[np.float32]
Matrix = NDArray[np.float64]


def compare_portraits(
    image: Image, faces: Sequence[Face], transform: Matrix
) -> PortraitPair | None:
    """Compare the largest face of a page with the smaller ones; the most similar one counts.

    `transform` (3 x 3) leads from the image to the page, where the faces are. None with fewer than
    two faces that are certain and large enough.
    """
    certain = [
        each
        for each in faces
        if each.portrait.box.height > MIN_FACE and each.portrait.confidence >= MIN_CONFIDENCE
    ]
    if len(certain) < 2:
        return None
    large, *others = sorted(certain, key=lambda each: -each.portrait.box.height)
    smaller = [
        each for each in others if each.portrait.box.height < MAX_RATIO * large.portrait.box.height
    ]
    back = np.linalg.inv(transform)
    pairs = [
        PortraitPair(large.portrait.box, small.portrait.box, similarity)
        for small in smaller
        if (similarity := compare_faces(image, *(place(each, back) for each in (large, small))))
        is not None
    ]
    return max(pairs, key=lambda each: each.similarity, default=None)


def place(face: Face, back: NDArray[np.floating]) -> Matrix:
    """Return the landmarks of a face in the image, from those on the page."""
    return transform_points(face.landmarks, np.asarray(back, np.float64))


def compare_faces(image: Image, large: Matrix, small: Matrix) -> float | None:
    """Return the best correlation of two faces over small moves, turns and sizes.

    None if the landmarks of a face cannot be aligned.
    """
    first = align_face(image, large)
    if first is None:
        return None
    middle = level_contrast(first)[MIDDLE]
    best: float | None = None
    centre = small.mean(0)
    for size, degrees in product(SIZES, TURNS):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        second = align_face(image, (small - centre) @ turn * size + centre)
        if second is None:
            continue
        found = cv2.matchTemplate(level_contrast(second), middle, cv2.TM_CCOEFF_NORMED)
        best = max(float(found.max()), -1.0 if best is None else best)
    return best


def align_face(image: Image, landmarks: Matrix) -> Grey | None:
    """Cut out a face so that its landmarks are where those of all aligned faces are."""
    move, _ = cv2.estimateAffinePartial2D(landmarks.astype(np.float32), LANDMARKS)
    if move is None:
        return None
    face = cv2.warpAffine(
        image, move, ALIGNED, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return cv2.cvtColor(face, cv2.COLOR_BGR2GRAY).astype(np.float32)


def level_contrast(face: Grey) -> Grey:
    """Give a face the same contrast everywhere, so that a pale copy can be compared."""
    soft = cv2.GaussianBlur(face, (0, 0), SOFT)
    away = soft - cv2.GaussianBlur(soft, (0, 0), WIDE)
    spread = np.sqrt(cv2.GaussianBlur(away**2, (0, 0), WIDE)) + LEAST_CONTRAST
    return np.asarray(away / spread, np.float32)
