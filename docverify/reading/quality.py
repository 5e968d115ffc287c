"""Image quality in the area of the text; the checks interpret the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Quality
from docverify.reading.color_spread import measure_color_spread
from docverify.reading.files.pages import Image
from docverify.reading.quads import Points, Quad

WIDTH = 1000
COLOUR_WIDTH = 500
WHITE = 250  # of 255, the brightest of red, green and blue
PALE = 25  # of 255, saturation
MIN_SPOT = 0.002  # of the measured area; specks of white are print
TILE = 256
TILES = 3  # each way
RING = 2  # bins
LOWEST = 20  # bins: patterns with a period of over 13 pixels are print
OFF_AXIS = 6  # bins: rows and columns of print and of JPEG blocks lie on the axes
FINEST, OFF_AXIS_FINEST = 118, 24  # bins: resized, sharpened images have peaks at two pixels
PEAK = 8.0  # spreads above the background
EVEN = 0.05  # A flat spectrum has no peaks.
NEAR = 0.01  # of the image's longer side: a line that is nearer to an edge may be cut
WHOLE = 0.002  # of the longer side, between the edge and the ink of an uncut line
INK = 0.5  # of the range of grey in a line
MIN_INK = 0.04  # of a row or column: less is noise


def measure_quality(
    image: Image, corners: Points | None, lines: Sequence[Quad] | None = None
) -> Quality:
    """Measure the area that the corners of the text enclose, or the whole image without them.

    `lines` are those of the document, whose distance from the edge is measured; without them it is
    that of the corners.
    """
    part = crop_to(image, corners)
    level = resize_to(part, WIDTH)
    grey = cv2.cvtColor(level, cv2.COLOR_BGR2GRAY)
    small = resize_to(level, COLOUR_WIDTH)
    return Quality(
        sharpness=compute_sharpness(grey),
        glare=compute_glare(small),
        brightness=float(grey.mean()),
        contrast=float(compute_percentile(grey, 0.95) - compute_percentile(grey, 0.05)),
        chroma=compute_chroma(small),
        screen_peaks=count_screen_peaks(cv2.cvtColor(cut_middle(part), cv2.COLOR_BGR2GRAY)),
        edge_margin=compute_edge_margin(image, corners)
        if lines is None
        else min((compute_line_margin(image, line) for line in lines), default=None),
        color_spread=measure_color_spread(small),
    )


def measure_sharpness(image: Image, corners: Points | None) -> float:
    """Return the variance of the Laplacian of the enclosed area, at a width of 1000 pixels.

    Without corners, or if they enclose nothing, the whole image is measured.
    """
    level = resize_to(crop_to(image, corners), WIDTH)
    return compute_sharpness(cv2.cvtColor(level, cv2.COLOR_BGR2GRAY))


def crop_to(image: Image, corners: Points | None) -> Image:
    """Cut out the upright rectangle around the corners."""
    if corners is None:
        return image
    within = corners.clip(0, image.shape[1::-1])
    (left, top), (right, bottom) = within.min(0).astype(int), within.max(0).astype(int) + 1
    part = image[top:bottom, left:right]
    return part if part.size else image


def resize_to(part: cv2.typing.MatLike, width: int) -> cv2.typing.MatLike:
    """Resize so that the longer side has this many pixels."""
    scale = width / max(part.shape[:2])
    size = [max(1, round(each * scale)) for each in part.shape[1::-1]]
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)


def compute_sharpness(grey: cv2.typing.MatLike) -> float:
    """Return the variance of the Laplacian."""
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def compute_glare(level: cv2.typing.MatLike) -> float | None:
    """Return the share of blown-out spots; None for white paper, which looks like glare."""
    blue, green, red = cv2.split(level)
    most, least = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    if compute_percentile(most, 0.5) > WHITE:
        return None
    blown = (most > WHITE) & (most - least < PALE)
    solid = cv2.morphologyEx(blown.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    *_, stats, _ = cv2.connectedComponentsWithStats(solid)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas[areas > MIN_SPOT * solid.size].sum() / solid.size)


def compute_chroma(level: cv2.typing.MatLike) -> float:
    """Return the 95th percentile of CIELAB chroma."""
    _, green_red, blue_yellow = cv2.split(cv2.cvtColor(level, cv2.COLOR_BGR2LAB))
    away = (green_red.astype(np.float32) - 128, blue_yellow.astype(np.float32) - 128)
    return float(compute_percentile(cv2.magnitude(*away).round().astype(np.uint8), 0.95))


def compute_percentile(values: cv2.typing.MatLike, share: float) -> int:
    """Return the percentile of bytes, given as a share (0 to 1)."""
    counts = np.bincount(values.ravel(), minlength=256).cumsum()
    return int(np.searchsorted(counts, share * values.size))


def cut_middle(part: cv2.typing.MatLike, side: int = TILES * TILE) -> cv2.typing.MatLike:
    """Cut out the middle square."""
    top, left = (max(0, (each - side) // 2) for each in part.shape[:2])
    return part[top : top + side, left : left + side]


def count_screen_peaks(grey: cv2.typing.MatLike) -> int | None:
    """Count the spectral peaks that two of three tiles share, as all tiles show a screen's raster.

    Printed text changes from tile to tile, and cloth under a document is only at its edges. Each
    symmetric pair of peaks counts once. None for an area smaller than a tile.
    """
    tiles = list(cut_tiles(grey))
    if not tiles:
        return None
    bell = np.hanning(TILE).astype(np.float32)
    spectra = np.fft.rfft2(np.stack(tiles) * np.outer(bell, bell))
    common = np.sort(np.abs(spectra) ** 2, axis=0)[len(tiles) // 3]
    height = compare_with_background(np.log(common + 1))
    highest = height == cv2.dilate(height, np.ones((9, 9), np.uint8))
    return int((highest & (height > PEAK)).sum())


def cut_tiles(grey: cv2.typing.MatLike) -> Iterator[NDArray[np.float32]]:
    """Yield tiles with a mean of zero."""
    for top in range(0, grey.shape[0] - TILE + 1, TILE):
        for left in range(0, grey.shape[1] - TILE + 1, TILE):
            tile = grey[top : top + TILE, left : left + TILE].astype(np.float32)
            yield tile - tile.mean()


def compare_with_background(spectrum: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return how far each frequency exceeds others at its distance from zero, in spreads."""
    height = np.zeros(spectrum.size, np.float32)
    for ring in build_rings():
        values = spectrum.flat[ring]
        above = values - np.median(values)
        height[ring] = above / (np.median(np.abs(above)) + EVEN)
    return np.fft.fftshift(height.reshape(spectrum.shape), 0)


@cache
def build_rings() -> list[NDArray[np.int64]]:
    """Build the indices of the frequencies at each distance from zero, without the axes."""
    down = np.abs(np.fft.fftfreq(TILE, 1 / TILE))[:, None]
    right = np.arange(TILE // 2 + 1)[None]
    radius = np.hypot(down, right).astype(int)
    nearer = np.minimum(down, right)
    off_axis = nearer > np.where(radius < FINEST, OFF_AXIS, OFF_AXIS_FINEST)
    starts = range(LOWEST, TILE // 2, RING)
    rings = (off_axis & (radius >= each) & (radius < each + RING) for each in starts)
    return [np.flatnonzero(ring) for ring in rings]


def compute_line_margin(image: Image, line: Quad) -> float:
    """Return the distance of a line from the nearest edge, as a share of the longer side.

    A line near the edge whose ink is completely visible is not cut and counts as NEAR: the box of a
    line is higher and longer than its letters, and a scanner's software crops close to the
    document.
    """
    margin = compute_edge_margin(image, line)
    if margin is None or margin >= NEAR:
        return NEAR if margin is None else margin
    return NEAR if measure_ink_margin(image, line) >= WHOLE else margin


def measure_ink_margin(image: Image, line: Quad) -> float:
    """Return the distance of a line's ink from the nearest edge, as a share of the longer side."""
    part = cv2.cvtColor(crop_to(image, line), cv2.COLOR_BGR2GRAY).astype(np.float32)
    away = np.abs(part - np.median(part))
    ink = away > INK * float(away.max())
    down, across = (np.flatnonzero(ink.mean(axis) > MIN_INK) for axis in (1, 0))
    if not len(down) or not len(across):
        return 0.0
    height, width = image.shape[:2]
    left, top = line.clip(0, (width, height)).min(0).astype(int)
    ends = (left + across[0], width - 1 - left - across[-1])
    sides = (top + down[0], height - 1 - top - down[-1])
    return float(min(*ends, *sides) / max(height, width))


def compute_edge_margin(image: Image, corners: Points | None) -> float | None:
    """Return the smallest distance of the text from an edge, as a share of the longer side."""
    if corners is None:
        return None
    size = np.array(image.shape[1::-1], np.float32)
    least = min(float(corners.min()), float((size - corners).min()))
    return max(0.0, least / float(size.max()))
