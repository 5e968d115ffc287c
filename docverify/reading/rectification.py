"""Rectification of a page: the rotation and perspective that make its text lines horizontal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Box
from docverify.reading.detection import MIN_LINE_ASPECT
from docverify.reading.files.pages import Image
from docverify.reading.quads import Points, Quad, measure_height, measure_length

END_ERROR = 0.3  # heights by which a detector misplaces an end of a line
USUAL_GROWTH = 0.15  # by which slopes differ between the middle and the edge of an image
MAX_SLOPE = 0.3
MAX_NEARNESS = 0.8  # by how much one side of the image may be nearer than its middle

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Rectification:
    """The transform from an image to its upright page.

    Attributes:
        rotation: 2 x 3 matrix that only turns the page upright.
        transform: 3 x 3 matrix that also makes each line horizontal.
        width: pixels of the upright page.
        height: pixels of the upright page.
    """

    rotation: Matrix
    transform: Matrix
    width: int
    height: int

    def find_box(self, corners: Points) -> Box:
        """Return the rectangle around points of the image, on the upright page."""
        (left, top), (right, bottom) = find_extent(corners, self.transform)
        return Box(left, top, right, bottom)


@dataclass(frozen=True)
class SlopedLine:
    """A line of text on the turned page.

    Attributes:
        ends: its left and its right end, a point each.
        length: in heights of the line.
    """

    ends: Matrix
    length: float

    @property
    def slope(self) -> float:
        """Pixels that the line falls per pixel to the right."""
        x, y = self.ends[1] - self.ends[0]
        return float(y / max(x, 1e-6))


def rectify(image: Image, leading: Sequence[Quad], quads: Sequence[Quad]) -> Rectification:
    """Turn a page upright by its leading lines, then make all its lines horizontal.

    In a photo from the side, the lines of a page converge at one point; the perspective moves this
    point to infinity.
    """
    height, width = image.shape[:2]
    rotation = find_rotation(leading, (width, height))
    turned = np.vstack([rotation, [0, 0, 1]])
    page = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    transform = find_perspective(quads, turned, page) @ turned
    least, most = find_extent(page, transform)
    moved = np.array([[1, 0, -least[0]], [0, 1, -least[1]], [0, 0, 1]]) @ transform
    return Rectification(rotation, moved, round(most[0] - least[0]), round(most[1] - least[1]))


def find_rotation(quads: Sequence[Quad], size: tuple[int, int]) -> Matrix:
    """Find the rotation that makes most of the text horizontal and keeps the whole page."""
    along = sum((quad[1] - quad[0] for quad in quads), start=np.zeros(2, np.float32))
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    rotation = np.asarray(cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), angle, 1.0), float)
    rotation[:, 2] += (np.abs(rotation[:, :2]) @ size - size) / 2
    return rotation


def find_perspective(quads: Sequence[Quad], turned: Matrix, page: Points) -> Matrix:
    """Find the perspective that makes lines horizontal whose slope grows down the page."""
    lines = [line for line in build_lines(quads, turned) if abs(line.slope) < MAX_SLOPE]
    if not lines:
        return np.eye(3)
    middle = np.mean([line.ends for line in lines], axis=(0, 1))
    reach = float(np.abs(transform_points(page, turned)[:, 0] - middle[0]).max())
    slope, growth = fit_slopes(lines, middle, reach)
    nearness = float(np.clip(growth, -MAX_NEARNESS, MAX_NEARNESS)) / reach
    to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    perspective = np.array([[1, 0, 0], [-slope, 1, 0], [nearness, 0, 1]])
    level: Matrix = np.linalg.inv(to_middle) @ perspective @ to_middle
    return level


def build_lines(quads: Sequence[Quad], turned: Matrix) -> list[SlopedLine]:
    """Build the lines that are long enough to have a direction."""
    sizes = [(quad, measure_length(quad), measure_height(quad)) for quad in quads]
    return [
        SlopedLine(
            transform_points(np.stack([quad[[0, 3]].mean(0), quad[[1, 2]].mean(0)]), turned),
            length / height,
        )
        for quad, length, height in sizes
        if length > MIN_LINE_ASPECT * height
    ]


def fit_slopes(lines: Sequence[SlopedLine], middle: Matrix, reach: float) -> tuple[float, float]:
    """Fit the slope of a line in the middle, and its growth over `reach` pixels downwards.

    Least squares, weighted by how exactly the ends of each line are known.
    """
    slopes = np.array([line.slope for line in lines])
    right, down = (np.array([line.ends.mean(0) for line in lines]) - middle).T
    # If all lines meet in one point, their slopes grow by this amount.
    growing = (down - slopes * right) / reach
    weights = np.array([*(line.length / END_ERROR for line in lines), 1 / USUAL_GROWTH])
    rows = np.vstack([np.column_stack([np.ones(len(lines)), growing]), [0, 1]])
    found, *_ = np.linalg.lstsq(rows * weights[:, None], np.append(slopes, 0) * weights, rcond=None)
    return float(found[0]), float(found[1])


def transform_points(points: NDArray[np.floating], transform: Matrix) -> Matrix:
    """Apply a 3 x 3 transformation to points."""
    moved = np.column_stack([points, np.ones(len(points))]) @ transform.T
    seen: Matrix = moved[:, :2] / moved[:, 2:]
    return seen


def find_extent(points: Points, transform: Matrix) -> tuple[list[float], list[float]]:
    """Return the smallest and the largest x and y of transformed points."""
    moved = transform_points(points, transform)
    return moved.min(0).tolist(), moved.max(0).tolist()
