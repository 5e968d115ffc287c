"""How good a picture is where its text stands: numbers, which decide nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Quality
from docverify.reading.color_spread import measure_color_spread
from docverify.reading.files.pages import Image
from docverify.reading.quads import Points

WIDTH = 1000
COLOUR_WIDTH = 500
WHITE = 250  # of 255, the brightest of red, green and blue
PALE = 25  # of 255, saturation
MIN_SPOT = 0.002  # of what is measured; specks of white are print
TILE = 256
TILES = 3  # each way
RING = 2  # bins
LOWEST = 20  # bins: what has a period of over 13 pixels is print
OFF_AXIS = 6  # bins: rows and columns of print and of JPEG blocks lie on the axes
PEAK = 8.0  # spreads above the background
EVEN = 0.05  # A flat spectrum has no peaks.


def measure_quality(image: Image, corners: Points | None) -> Quality:
    """Measure what the corners of the text enclose, or the whole picture without them."""
    part = _enclosed(image, corners)
    level = _sized(part, WIDTH)
    grey = cv2.cvtColor(level, cv2.COLOR_BGR2GRAY)
    small = _sized(level, COLOUR_WIDTH)
    return Quality(
        sharpness=_sharpness(grey),
        glare=_glare(small),
        brightness=float(grey.mean()),
        contrast=float(_percentile(grey, 0.95) - _percentile(grey, 0.05)),
        chroma=_chroma(small),
        screen_peaks=_screen_peaks(cv2.cvtColor(_middle(part), cv2.COLOR_BGR2GRAY)),
        edge_margin=_edge_margin(image, corners),
        color_spread=measure_color_spread(small),
    )


def measure_sharpness(image: Image, corners: Points | None) -> float:
    """Return the variance of the Laplacian, with what the corners enclose at 1000 px width.

    Without corners, or if they enclose nothing, the whole picture is measured.
    """
    level = _sized(_enclosed(image, corners), WIDTH)
    return _sharpness(cv2.cvtColor(level, cv2.COLOR_BGR2GRAY))


def _enclosed(image: Image, corners: Points | None) -> Image:
    if corners is None:
        return image
    within = corners.clip(0, image.shape[1::-1])
    (left, top), (right, bottom) = within.min(0).astype(int), within.max(0).astype(int) + 1
    part = image[top:bottom, left:right]
    return part if part.size else image


def _sized(part: cv2.typing.MatLike, width: int) -> cv2.typing.MatLike:
    scale = width / max(part.shape[:2])
    size = [max(1, round(each * scale)) for each in part.shape[1::-1]]
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)


def _sharpness(grey: cv2.typing.MatLike) -> float:
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _glare(level: cv2.typing.MatLike) -> float | None:
    """Blown-out spots; None where the paper itself is white, which cannot be told from glare."""
    blue, green, red = cv2.split(level)
    most, least = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    if _percentile(most, 0.5) > WHITE:
        return None
    blown = (most > WHITE) & (most - least < PALE)
    solid = cv2.morphologyEx(blown.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    *_, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas[areas > MIN_SPOT * solid.size].sum() / solid.size)


def _chroma(level: cv2.typing.MatLike) -> float:
    _, green_red, blue_yellow = cv2.split(cv2.cvtColor(level, cv2.COLOR_BGR2LAB))
    away = (green_red.astype(np.float32) - 128, blue_yellow.astype(np.float32) - 128)
    return float(_percentile(cv2.magnitude(*away).round().astype(np.uint8), 0.95))


def _percentile(values: cv2.typing.MatLike, share: float) -> int:
    """Return the least of the bytes that is not below this share of them."""
    counts = np.bincount(values.ravel(), minlength=256).cumsum()
    return int(np.searchsorted(counts, share * values.size))


def _middle(part: cv2.typing.MatLike, side: int = TILES * TILE) -> cv2.typing.MatLike:
    top, left = (max(0, (each - side) // 2) for each in part.shape[:2])
    return part[top : top + side, left : left + side]


def _screen_peaks(grey: cv2.typing.MatLike) -> int | None:
    """Count the peaks of the spectrum that two of three tiles reach: a screen's raster is in all.

    Print changes from tile to tile, and the cloth on which a document lies is beside it. A pair of
    peaks counts once, for half of the spectrum, which is symmetric. None for what is smaller than
    a tile.
    """
    tiles = list(_tiles(grey))
    if not tiles:
        return None
    bell = np.hanning(TILE).astype(np.float32)
    spectra = np.fft.rfft2(np.stack(tiles) * np.outer(bell, bell))
    common = np.sort(np.abs(spectra) ** 2, axis=0)[len(tiles) // 3]
    height = _above_background(np.log(common + 1))
    highest = height == cv2.dilate(height, np.ones((9, 9), np.uint8))
    return int((highest & (height > PEAK)).sum())


def _tiles(grey: cv2.typing.MatLike) -> Iterator[NDArray[np.float32]]:
    for top in range(0, grey.shape[0] - TILE + 1, TILE):
        for left in range(0, grey.shape[1] - TILE + 1, TILE):
            tile = grey[top : top + TILE, left : left + TILE].astype(np.float32)
            yield tile - tile.mean()


def _above_background(spectrum: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how many spreads each frequency is above others of its distance from the middle."""
    height = np.zeros(spectrum.size, np.float32)
    for ring in _rings():
        values = spectrum.flat[ring]
        above = values - np.median(values)
        height[ring] = above / (np.median(np.abs(above)) + EVEN)
    return np.fft.fftshift(height.reshape(spectrum.shape), 0)


@cache
def _rings() -> list[NDArray[np.int64]]:
    down = np.abs(np.fft.fftfreq(TILE, 1 / TILE))[:, None]
    right = np.arange(TILE // 2 + 1)[None]
    radius = np.hypot(down, right).astype(int)
    off_axis = (down > OFF_AXIS) & (right > OFF_AXIS)
    starts = range(LOWEST, TILE // 2, RING)
    rings = (off_axis & (radius >= each) & (radius < each + RING) for each in starts)
    return [np.flatnonzero(ring) for ring in rings]


def _edge_margin(image: Image, corners: Points | None) -> float | None:
    if corners is None:
        return None
    size = np.array(image.shape[1::-1], np.float32)
    least = min(float(corners.min()), float((size - corners).min()))
    return max(0.0, least / float(size.max()))
