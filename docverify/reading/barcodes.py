"""Barcodes in a picture: PDF417, as driving licences carry it, and the others on documents."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from zxingcpp import BarcodeFormat, BarcodeFormats

from docverify.reading.files.pages import Image
from docverify.reading.quads import Quad

_STRIPED = [BarcodeFormat.PDF417, BarcodeFormat.Code128, BarcodeFormat.Code39]
_MATRIX = [BarcodeFormat.QRCode, BarcodeFormat.DataMatrix, BarcodeFormat.Aztec]
STRIPED, ALL = BarcodeFormats(_STRIPED), BarcodeFormats([*_STRIPED, *_MATRIX])
MAX_BARCODES = 8
MAX_PAYLOAD = 4096  # A QR code, the largest, holds 2953 bytes (ISO/IEC 18004).

MAX_PIXELS = 2_500_000  # of what is searched whole; a candidate is cut out of all pixels
SEARCH_SIDE = 640
WINDOW = 13  # pixels of the searched picture: several bars, yet less than a symbol's height
MIN_ENERGY = 1200.0  # mean square of the gradient; print on paper, also when blurred
MIN_COHERENCE = 0.35
MIN_AREA = 0.004  # of the searched picture
MIN_FILL = 0.45  # of its upright rectangle
MIN_JOINED_FILL = 0.65  # Blur splits a symbol; what joins it again may join it with words.
MIN_ASPECT = 1.2  # Lines of text make stripes as well, across what would be the scan.
MAX_CANDIDATES = 2
MARGIN = 0.08
CROP_WIDTH = 1200
MAX_CROP_PIXELS = 1_500_000


@dataclass(frozen=True)
class LocatedBarcode:
    """A barcode where it stands in the picture: four corners (x, y) in pixels.

    The payload is as the symbol has it: neither character sets nor the order of several symbols
    that belong together are applied.
    """

    symbology: str
    payload: bytes = field(repr=False)
    corners: Quad


def find_barcodes(image: Image) -> list[LocatedBarcode]:
    """Read the barcodes of a picture, each once, at whatever angle they stand.

    The whole picture is read first; stripes that no barcode was read from are then cut out of it,
    turned level and read again, larger and sharper.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = _whole(grey)
    for candidate in _candidates(grey):
        if not any(_holds(symbol.corners, candidate.centre) for symbol in found):
            found += _closer(grey, candidate)
    once = {(each.symbology, each.payload): each for each in reversed(found)}
    return list(once.values())[::-1][:MAX_BARCODES]


def _whole(grey: cv2.typing.MatLike) -> list[LocatedBarcode]:
    scale = min(1.0, math.sqrt(MAX_PIXELS / grey.size))
    reduced = _resized(grey, scale) if scale < 1 else grey
    to_picture = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    return _read(reduced, ALL, to_picture)


def _resized(grey: cv2.typing.MatLike, scale: float) -> cv2.typing.MatLike:
    size = [max(1, round(each * scale)) for each in grey.shape[1::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _read(
    grey: cv2.typing.MatLike, formats: BarcodeFormats, to_picture: NDArray[np.float64]
) -> list[LocatedBarcode]:
    found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats, try_invert=False)
    return [
        LocatedBarcode(each.format.name, each.bytes, _corners(each.position, to_picture))
        for each in found[:MAX_BARCODES]
        if 0 < len(each.bytes) <= MAX_PAYLOAD
    ]


def _corners(position: zxingcpp.Position, to_picture: NDArray[np.float64]) -> Quad:
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    points = np.array([[getattr(position, name).x, getattr(position, name).y] for name in names])
    return (points @ to_picture[:, :2].T + to_picture[:, 2]).astype(np.float32)


def _holds(corners: Quad, point: tuple[float, float]) -> bool:
    return cv2.pointPolygonTest(corners, point, False) >= 0


@dataclass(frozen=True)
class Candidate:
    """Stripes that may be a symbol: centre, size along and across the scan, angle in radians."""

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float


def _candidates(grey: cv2.typing.MatLike) -> list[Candidate]:
    """Find where strong gradients all point the same way: bars do so, letters do not."""
    scale = min(1.0, SEARCH_SIDE / max(grey.shape))
    small = _resized(grey, scale)
    mask, across, both = _stripes(small)
    block = np.ones((9, 9), np.uint8)
    apart = cv2.morphologyEx(mask, cv2.MORPH_OPEN, block)
    joined = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, block), cv2.MORPH_OPEN, block)
    tensor = (across, both)
    return [
        *_rectangles(apart, tensor, scale, MIN_FILL),
        *_rectangles(joined, tensor, scale, MIN_JOINED_FILL),
    ]


def _rectangles(
    stripes: cv2.typing.MatLike,
    tensor: tuple[cv2.typing.MatLike, cv2.typing.MatLike],
    scale: float,
    fill: float,
) -> list[Candidate]:
    across, both = tensor
    count, labels, stats, _ = cv2.connectedComponentsWithStats(stripes)
    largest = sorted(range(1, count), key=lambda each: -stats[each, cv2.CC_STAT_AREA])
    found: list[Candidate] = []
    for label in largest[: 2 * MAX_CANDIDATES]:
        if stats[label, cv2.CC_STAT_AREA] < MIN_AREA * stripes.size:
            break
        inside = labels == label
        angle = 0.5 * math.atan2(float(both[inside].sum()), float(across[inside].sum()))
        rows, columns = np.nonzero(inside)
        found += _candidate(np.stack([columns, rows], 1).astype(np.float64), angle, scale, fill)
    return found[:MAX_CANDIDATES]


def _stripes(
    small: cv2.typing.MatLike,
) -> tuple[cv2.typing.MatLike, cv2.typing.MatLike, cv2.typing.MatLike]:
    """Return the mask of stripes, and the two parts of the structure tensor that tell angles."""
    right = cv2.Scharr(small, cv2.CV_32F, 1, 0, scale=1 / 16)
    down = cv2.Scharr(small, cv2.CV_32F, 0, 1, scale=1 / 16)
    window = (WINDOW, WINDOW)
    energy = cv2.boxFilter(right * right + down * down, -1, window)
    across = cv2.boxFilter(right * right - down * down, -1, window)
    both = cv2.boxFilter(2 * right * down, -1, window)
    coherent = across * across + both * both > (MIN_COHERENCE * energy) ** 2
    mask = ((energy > MIN_ENERGY) & coherent).astype(np.uint8)
    return mask, across, both


def _candidate(
    points: NDArray[np.float64], angle: float, scale: float, fill: float
) -> Iterator[Candidate]:
    axes = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turned = points @ axes.T
    least, most = turned.min(0), turned.max(0)
    size = most - least + 1
    if len(points) < fill * size.prod() or size[0] < MIN_ASPECT * size[1]:
        return
    centre = (least + most) / 2 @ axes / scale
    along, high = size / scale + 2 * (MARGIN * size.max() + WINDOW) / scale
    yield Candidate((float(centre[0]), float(centre[1])), (float(along), float(high)), angle)


def _closer(grey: cv2.typing.MatLike, candidate: Candidate) -> list[LocatedBarcode]:
    crop, to_picture = _level(grey, candidate)
    return _read(crop, STRIPED, to_picture) or _read(_sharpened(crop), STRIPED, to_picture)


def _level(
    grey: cv2.typing.MatLike, candidate: Candidate
) -> tuple[cv2.typing.MatLike, NDArray[np.float64]]:
    """Cut a candidate out, turned level, and return the way back into the picture."""
    along, high = candidate.size
    scale = min(CROP_WIDTH / along, math.sqrt(MAX_CROP_PIXELS / (along * high)))
    size = (max(1, round(along * scale)), max(1, round(high * scale)))
    cosine, sine = math.cos(candidate.angle) / scale, math.sin(candidate.angle) / scale
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    start = np.array(candidate.centre) - rotation @ (np.array(size) / 2)
    to_picture = np.column_stack([rotation, start])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE
    return cv2.warpAffine(grey, to_picture, size, flags=flags, borderMode=border), to_picture


def _sharpened(grey: cv2.typing.MatLike) -> cv2.typing.MatLike:
    return cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 3), -1.5, 0)
