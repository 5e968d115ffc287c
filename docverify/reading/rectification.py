"""Where what a picture shows stands on the upright page, seen from straight above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Box
from docverify.reading.detection import LONG
from docverify.reading.files.pages import Image
from docverify.reading.quads import Quad, measure_height, measure_length

SHAKE = 0.3  # heights by which a detector misplaces an end of a line
USUAL = 0.15  # by which slopes differ between the middle and the edge of a picture
MAX_SLOPE = 0.3
MAX_NEARNESS = 0.8  # by how much a side of the picture may be nearer than the middle

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Rectification:
    """The way from a picture to its upright page, of so many pixels.

    `rotation` (2 x 3) alone makes the page upright; `transform` (3 x 3) makes each line level.
    """

    rotation: Matrix
    transform: Matrix
    width: int
    height: int

    def box(self, corners: Quad) -> Box:
        """Return the rectangle around corners of the picture."""
        (left, top), (right, bottom) = _reach(corners, self.transform)
        return Box(left, top, right, bottom)


@dataclass(frozen=True)
class SlopedLine:
    """The two ends of a line, and its length in heights."""

    ends: Matrix
    length: float

    @property
    def slope(self) -> float:
        """How far the line falls per pixel to the right."""
        x, y = self.ends[1] - self.ends[0]
        return float(y / max(x, 1e-6))


def rectify(image: Image, leading: Sequence[Quad], quads: Sequence[Quad]) -> Rectification:
    """Turn a page by its leading lines, and then make all its lines level.

    Seen from the side, the lines of a page run to one point: it is moved to where level lines meet.
    """
    height, width = image.shape[:2]
    rotation = _rotation(leading, (width, height))
    turned = np.vstack([rotation, [0, 0, 1]])
    page = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    transform = _level(quads, turned, page) @ turned
    least, most = _reach(page, transform)
    moved = np.array([[1, 0, -least[0]], [0, 1, -least[1]], [0, 0, 1]]) @ transform
    return Rectification(rotation, moved, round(most[0] - least[0]), round(most[1] - least[1]))


def _rotation(quads: Sequence[Quad], size: tuple[int, int]) -> Matrix:
    """Return the rotation that makes most of the text level, and keeps the page in sight."""
    along = sum((quad[1] - quad[0] for quad in quads), start=np.zeros(2, np.float32))
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    rotation = np.asarray(cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), angle, 1.0), float)
    rotation[:, 2] += (np.abs(rotation[:, :2]) @ size - size) / 2
    return rotation


def _level(quads: Sequence[Quad], turned: Matrix, page: Quad) -> Matrix:
    """Return the perspective that makes lines level which slope more and more down the page."""
    long = [quad for quad in quads if measure_length(quad) > LONG * measure_height(quad)]
    lines = [
        SlopedLine(_moved(_ends(quad), turned), measure_length(quad) / measure_height(quad))
        for quad in long
    ]
    lines = [line for line in lines if abs(line.slope) < MAX_SLOPE]
    if not lines:
        return np.eye(3)
    middle = np.mean([line.ends for line in lines], axis=(0, 1))
    reach = float(np.abs(_moved(page, turned)[:, 0] - middle[0]).max())
    slope, growth = _slopes(lines, middle, reach)
    nearness = float(np.clip(growth, -MAX_NEARNESS, MAX_NEARNESS)) / reach
    there = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    perspective = np.array([[1, 0, 0], [-slope, 1, 0], [nearness, 0, 1]])
    level: Matrix = np.linalg.inv(there) @ perspective @ there
    return level


def _slopes(lines: Sequence[SlopedLine], middle: Matrix, reach: float) -> tuple[float, float]:
    """Fit the slope of a line in the middle, and by how much it grows over the reach downwards."""
    slopes = np.array([line.slope for line in lines])
    right, down = (np.array([line.ends.mean(0) for line in lines]) - middle).T
    # Where all lines meet in one point, that is what their slopes grow by.
    growing = (down - slopes * right) / reach
    sure = np.array([*(line.length / SHAKE for line in lines), 1 / USUAL])
    rows = np.vstack([np.column_stack([np.ones(len(lines)), growing]), [0, 1]])
    found, *_ = np.linalg.lstsq(rows * sure[:, None], np.append(slopes, 0) * sure, rcond=None)
    return float(found[0]), float(found[1])


def _ends(quad: Quad) -> Matrix:
    return np.stack([quad[[0, 3]].mean(0), quad[[1, 2]].mean(0)])


def _moved(points: NDArray[np.floating], transform: Matrix) -> Matrix:
    moved = np.column_stack([points, np.ones(len(points))]) @ transform.T
    seen: Matrix = moved[:, :2] / moved[:, 2:]
    return seen


def _reach(points: Quad, transform: Matrix) -> tuple[list[float], list[float]]:
    moved = _moved(points, transform)
    return moved.min(0).tolist(), moved.max(0).tolist()
