"""Surfaces: what a photographed document lies on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from specimens.canvas import Mask

Surface = NDArray[np.float32]  # height x width x 3, from 0 to 255


def draw_wood(width: int, height: int, seed: int) -> Surface:
    """Draw planks of dark wood."""
    chance = np.random.default_rng(seed)
    y = np.arange(height, dtype=np.float32)[:, None]
    bend = _draw_clouds(chance, width, height, 3, 5)
    streaks = _draw_clouds(chance, width, height, 6, height // 3)
    rings = 0.5 + 0.5 * np.sin((y + 150 * bend) / 11)
    plank = np.floor(y / 390)
    tone = 0.30 * streaks + 0.16 * rings + 0.22 * bend + 0.10 * np.sin(plank * 2.4)
    seam = np.exp(-np.abs(y % 390 - 2) / 1.6)
    dark, light = np.array((74, 48, 34), np.float32), np.array((158, 112, 76), np.float32)
    surface = dark + (light - dark) * tone[..., None]
    return np.asarray(surface * (1 - 0.7 * seam[..., None]), np.float32)


def draw_linen(width: int, height: int, seed: int) -> Surface:
    """Draw a woven cloth."""
    chance = np.random.default_rng(seed)
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    weave = 0.5 * np.sin(x * 1.05) + 0.5 * np.sin(y * 1.05)
    weft = _draw_clouds(chance, width, height, 4, height // 4)
    warp = _draw_clouds(chance, width, height, width // 4, 4)
    tone = 0.06 * weave + 0.22 * (weft + warp) + 0.12 * _draw_clouds(chance, width, height, 3, 3)
    colour = np.array((104, 128, 138), np.float32)
    return np.asarray(colour * (0.72 + tone[..., None]), np.float32)


def _draw_clouds(chance: np.random.Generator, width: int, height: int, x: int, y: int) -> Mask:
    """Return smooth random values from 0 to 1, with `x` and `y` values in each direction."""
    coarse = chance.random((y, x), np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)
