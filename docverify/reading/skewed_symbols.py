"""Barcodes seen from the side: areas full of strong edges, rectified by their four corners."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.quads import Quad

SEARCH_SIDE = 640  # pixels of the searched image
WINDOW = 9  # pixels of the searched image: a few bars
MIN_HEIGHT = 13  # pixels: a symbol is higher than a line of text
STRONGEST = 97  # percentile of the edges' energy in the image
MIN_SHARE = 0.3  # of the strongest energy
MIN_AREA = 0.004  # of the searched image
MIN_FILL = 0.8  # of the convex hull
MIN_ASPECT = 1.3
MAX_SYMBOLS = 2
WIDTH = 800  # pixels of the straightened symbol
MARGIN = 0.15  # of the width, around the symbol
EVEN_GREY = 128.0
CORNERS = 4


def straighten_symbols(
    grey: cv2.typing.MatLike,
) -> Iterator[tuple[cv2.typing.MatLike, NDArray[np.float64]]]:
    """Yield areas that may be barcodes, straightened, with the perspective back to the image."""
    for corners in find_symbols(grey):
        first, second, third, _ = corners
        width = float(np.linalg.norm(second - first))
        height = float(np.linalg.norm(third - second))
        if width >= MIN_ASPECT * height:
            yield straighten(grey, corners, height / width)


def straighten(
    grey: cv2.typing.MatLike, corners: Quad, proportion: float
) -> tuple[cv2.typing.MatLike, NDArray[np.float64]]:
    """Cut out four corners as a rectangle; `proportion` is its height by its width."""
    pad, high = MARGIN * WIDTH, proportion * WIDTH
    right, bottom = WIDTH + pad, high + pad
    target = np.array([[pad, pad], [right, pad], [right, bottom], [pad, bottom]], np.float32)
    view = cv2.getPerspectiveTransform(corners, target)
    size = (round(WIDTH + 2 * pad), round(high + 2 * pad))
    border = cv2.BORDER_REPLICATE
    flat = cv2.warpPerspective(grey, view, size, flags=cv2.INTER_CUBIC, borderMode=border)
    return flat, np.asarray(np.linalg.inv(view), np.float64)


def find_symbols(grey: cv2.typing.MatLike) -> Iterator[Quad]:
    """Yield the corners of the largest areas full of edges, clockwise from the top left one."""
    scale = min(1.0, SEARCH_SIDE / max(grey.shape))
    size = [max(1, round(each * scale)) for each in grey.shape[1::-1]]
    small = even_out_light(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    mask = find_edges(small)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[:, cv2.CC_STAT_AREA]
    for label in sorted(range(1, count), key=lambda each: -areas[each])[:MAX_SYMBOLS]:
        if areas[label] < MIN_AREA * mask.size:
            return
        points = np.argwhere(labels == label)[:, ::-1].astype(np.float32)
        hull = cv2.convexHull(points)
        corners = find_corners(hull)
        if corners is not None and areas[label] >= MIN_FILL * cv2.contourArea(hull):
            yield (corners / scale).astype(np.float32)


def even_out_light(grey: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """Divide by the light around each pixel, so that a shadow does not hide an area."""
    around = max(31, max(grey.shape) // 8 | 1)
    light = cv2.blur(grey.astype(np.float32), (around, around)) + 8
    return np.clip(grey / light * EVEN_GREY, 0, 255)


def find_edges(small: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """Return the mask of the areas where edges are strong and dense, without lines of text."""
    right = cv2.Scharr(small, cv2.CV_32F, 1, 0, scale=1 / 16)
    down = cv2.Scharr(small, cv2.CV_32F, 0, 1, scale=1 / 16)
    energy = cv2.boxFilter(right * right + down * down, -1, (WINDOW, WINDOW))
    strong = (energy > MIN_SHARE * np.percentile(energy, STRONGEST)).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (MIN_HEIGHT, MIN_HEIGHT))
    return cv2.morphologyEx(strong, cv2.MORPH_OPEN, disc)  # a disc keeps skewed corners


def find_corners(hull: cv2.typing.MatLike) -> Quad | None:
    """Return the four corners of a convex outline; None if it has a different shape."""
    length = cv2.arcLength(hull, closed=True)
    for share in np.arange(0.01, 0.2, 0.005):
        found = cv2.approxPolyDP(hull, float(share) * length, closed=True)
        if len(found) <= CORNERS:
            return order_corners(found[:, 0]) if len(found) == CORNERS else None
    return None


def order_corners(points: cv2.typing.MatLike) -> Quad:
    """Order four corners clockwise, beginning with a longer side, read from the left."""
    centre = points.mean(0)
    angles = np.arctan2(points[:, 1] - centre[1], points[:, 0] - centre[0])
    ordered = points[np.argsort(angles)]
    sides = np.linalg.norm(np.roll(ordered, -1, 0) - ordered, axis=1)
    if sides[0] + sides[2] < sides[1] + sides[3]:
        ordered = np.roll(ordered, -1, 0)
    return np.asarray(ordered, np.float32)
