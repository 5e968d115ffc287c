"""Text detection: differentiable binarisation, with one rotated rectangle for each line."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.models import detector
from docverify.reading.quads import Quad

DETECTION_SIDE = 960
MAX_ENLARGED = 2.0
STRIDE = 32  # The network halves its input five times.
TEXT = 0.3
MIN_SCORE = 0.5
MIN_SIDE = 3
UNCLIP = 1.6
"""The map shows only the core of a line; this factor, from the paper on DB, reverses that."""

MIN_LINE_ASPECT = 3.0


def find_text(image: Image, side: int = DETECTION_SIDE) -> list[Quad]:
    """Find the lines of text, all in the direction in which most of the text runs.

    `side` is the length in pixels to which the image's longer side is reduced. Detection cannot
    recognise whether the text is upside down.
    """
    text_map, scale = map_text(image, side)
    rectangles = find_rectangles(text_map)
    direction = find_main_direction(rectangles)
    return [build_quad(rectangle, direction) / scale for rectangle in rectangles]


def map_text(image: Image, side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the network's text map and its scale to the image, across and down."""
    height, width = image.shape[:2]
    ratio = min(MAX_ENLARGED if side > DETECTION_SIDE else 1.0, side / max(height, width))
    size = [max(STRIDE, round(each * ratio / STRIDE) * STRIDE) for each in (width, height)]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_CUBIC)
    values = (small.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    session = detector()
    (output,) = session.run(None, {session.get_inputs()[0].name: values})
    return output[0, 0], build_vector(size[0] / width, size[1] / height)


Rectangle = tuple[float, float, float, float, float]
"""Centre x and y, length, thickness, and the angle of the length in radians."""


def find_rectangles(text_map: NDArray[np.float32]) -> list[Rectangle]:
    """Find a rectangle for each line in the map."""
    mask = cv2.dilate((text_map > TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    return [
        rectangle
        for contour in contours
        if measure_score(text_map, contour) >= MIN_SCORE and (rectangle := fit_rectangle(contour))
    ]


def measure_score(text_map: NDArray[np.float32], contour: cv2.typing.MatLike) -> float:
    """Measure the mean of the map within a contour."""
    x, y, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - np.array([x, y], np.int32)], 1)
    return cv2.mean(text_map[y : y + height, x : x + width], inside)[0]


def fit_rectangle(contour: cv2.typing.MatLike) -> Rectangle | None:
    """Fit the rectangle of a line to its core; None if it is too small."""
    (x, y), (width, height), degrees = cv2.minAreaRect(contour)
    if min(width, height) < MIN_SIDE:
        return None
    grow = 2 * width * height * UNCLIP / (2 * (width + height))
    angle = math.radians(degrees)
    if width < height:
        width, height, angle = height, width, angle + math.pi / 2
    return x, y, width + grow, height + grow, angle


def find_main_direction(rectangles: list[Rectangle]) -> float:
    """Return the angle at which most of the text runs, weighted by length."""
    total = sum(
        (
            length * np.exp(2j * angle)
            for _, _, length, thick, angle in rectangles
            if length > MIN_LINE_ASPECT * thick
        ),
        start=0j,
    )
    return float(np.angle(total) / 2) if total else 0.0


def build_quad(rectangle: Rectangle, direction: float) -> Quad:
    """Build the corners of a rectangle, in the order in which most text runs."""
    x, y, length, thickness, angle = rectangle
    turns = round((direction - angle) / (math.pi / 2))
    if turns % 2:
        length, thickness = thickness, length
    angle += turns * math.pi / 2
    along = build_vector(math.cos(angle), math.sin(angle)) * (length / 2)
    down = build_vector(-math.sin(angle), math.cos(angle)) * (thickness / 2)
    centre = build_vector(x, y)
    corners = (-along - down, along - down, along + down, down - along)
    return np.stack([centre + corner for corner in corners])


def build_vector(x: float, y: float) -> NDArray[np.float32]:
    """Build a vector."""
    return np.array([x, y], np.float32)
