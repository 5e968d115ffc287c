"""Curves: smooth outlines, ellipses and their mirror images, as points."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Knots = Sequence[tuple[float, float]]

SAMPLES = 14  # points between two knots of a spline


def parse_knots(text: str) -> list[tuple[float, float]]:
    """Parse knots from the format of SVG polygons: `0,76 40,84`."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def spline(through: Knots, *, closed: bool = True) -> Points:
    """Return a Catmull-Rom spline through knots."""
    at = np.asarray(through, np.float64)
    before, after = (at[-1:], at[:2]) if closed else (at[:1], at[-1:])
    padded = np.vstack([before, at, after])
    spans = [_span(padded[index : index + 4]) for index in range(len(padded) - 3)]
    return np.vstack([*spans, padded[-2:-1]])


def _span(around: Points) -> Points:
    before, start, end, after = around
    t = np.linspace(0, 1, SAMPLES, endpoint=False)[:, None]
    linear = end - before
    square = 2 * before - 5 * start + 4 * end - after
    cube = 3 * (start - end) + after - before
    return np.asarray((2 * start + linear * t + square * t**2 + cube * t**3) / 2, np.float64)


def line(through: Knots) -> Points:
    """Return an open spline through knots."""
    return spline(through, closed=False)


def symmetric(right_half: Knots) -> Points:
    """Return a symmetric outline from its right half, given from top to bottom."""
    left_half = [(-x, y) for x, y in reversed(right_half) if x]
    return spline([*right_half, *left_half])


def ellipse(x: float, y: float, radius_x: float, radius_y: float) -> Points:
    """Return an ellipse around a centre."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return np.column_stack([x + radius_x * np.cos(angle), y + radius_y * np.sin(angle)])


def polygon(*corners: tuple[float, float]) -> Points:
    """Return straight lines between corners."""
    return np.array(corners, np.float64)


def rectangle(x: float, y: float, width: float, height: float) -> Points:
    """Return a rectangle from its upper left corner."""
    right, bottom = x + width, y + height
    return polygon((x, y), (right, y), (right, bottom), (x, bottom))


def move(points: Points, x: float, y: float) -> Points:
    """Move points."""
    return np.asarray(points + np.array((x, y)), np.float64)


def mirror(points: Points) -> Points:
    """Reflect points in the vertical axis."""
    return np.asarray(points * np.array((-1, 1)), np.float64)


def add_mirror_image(right: Points) -> list[Points]:
    """Return a curve and its mirror image: the right and the left eye."""
    return [right, mirror(right)]


def blend(first: Points, last: Points, shares: Iterable[float]) -> list[Points]:
    """Blend two curves with equally many points, once for each share of the last curve."""
    return [first + (last - first) * share for share in shares]
