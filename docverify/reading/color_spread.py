"""Color spread: how far the colors of a page are from a single tint under uneven light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32  # pixels: noise and JPEG's rounding in color blocks are averaged out
SHARE = 0.95
RIDGE = 1e-3  # A page of one lightness leaves terms undetermined.


def measure_color_spread(image: cv2.typing.MatLike) -> float:
    """Return how far colors are from those that tint and light would give a grey page.

    Tint, paper and lamp give a grey page colors that depend on lightness and position: a* and b*
    are fitted as a second-degree polynomial of L*, x and y without the mixed term of L*² (CIELAB).
    The result is the 95th percentile of the distance from that fit, in CIELAB units: 0 for pure
    grey, up to about 2 for a tinted copy, more for a page that is printed in several colors.
    """
    scale = SIDE / max(image.shape[:2])
    size = [max(1, round(each * scale)) for each in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).astype(float)
    terms = build_terms(lab[:, :, 0] / 100)
    colors = lab[:, :, 1:].reshape(-1, 2)
    squares = terms.T @ terms + RIDGE * np.eye(terms.shape[1])
    fitted = terms @ np.linalg.solve(squares, terms.T @ colors)
    return float(np.quantile(np.hypot(*(colors - fitted).T), SHARE))


def build_terms(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a row of terms for each pixel; `lightness` is 0 to 1."""
    height, width = lightness.shape
    down, right = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    light = lightness.ravel()
    y, x = down.ravel(), right.ravel()
    ones = np.ones_like(light)
    return np.stack([ones, light, light**2, x, y, x * light, y * light, x**2, y**2, x * y], axis=1)
