"""Barcodes in an image: PDF417, as on driver licences, and other types that documents have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from zxingcpp import BarcodeFormat, BarcodeFormats

from docverify.reading.files.pages import Image
from docverify.reading.quads import Quad
from docverify.reading.skewed_symbols import straighten_symbols

_STRIPED = [BarcodeFormat.PDF417, BarcodeFormat.Code128, BarcodeFormat.Code39]
_MATRIX = [BarcodeFormat.QRCode, BarcodeFormat.DataMatrix, BarcodeFormat.Aztec]
STRIPED, ALL = BarcodeFormats(_STRIPED), BarcodeFormats([*_STRIPED, *_MATRIX])
MAX_BARCODES = 8
MAX_PAYLOAD = 4096  # A QR code, the largest, holds 2953 bytes (ISO/IEC 18004).

MAX_PIXELS = 2_500_000  # of the image that is searched; a candidate is cut out at full resolution
FEWER_PIXELS = 900_000  # of a second search: fewer pixels have less noise
SEARCH_SIDE = 640
WINDOW = 13  # pixels of the searched image: several bars, less than a symbol's height
MIN_ENERGY = 1200.0  # mean square of the gradient; bars on paper reach it even when blurred
MIN_COHERENCE = 0.35
MIN_AREA = 0.004  # of the searched image
MIN_FILL = 0.45  # of its upright rectangle
MIN_JOINED_FILL = 0.65  # Blur splits a symbol; joining its pieces may add words.
MIN_ASPECT = 1.2  # Lines of text are stripes, too, but run across the scan.
MAX_CANDIDATES = 2
MARGIN = 0.08
CROP_WIDTH = 1200
MAX_CROP_PIXELS = 1_500_000
IN_PLACE = np.array([[1.0, 0, 0], [0, 1, 0]])


@dataclass(frozen=True)
class LocatedBarcode:
    """A barcode in an image.

    Attributes:
        symbology: as the decoder names it.
        payload: the bytes as encoded; character sets, and the order of symbols that belong
            together, are not applied.
        corners: where it is in the image.
    """

    symbology: str
    payload: bytes = field(repr=False)
    corners: Quad


def find_barcodes(image: Image) -> list[LocatedBarcode]:
    """Read the barcodes of an image, each once, at any angle.

    The whole image is read first. Stripes from which no barcode was read are then cut out, turned
    horizontal and read again, larger and sharper. If there is no barcode of a licence, the image is
    read again at a smaller size, and areas full of edges are straightened and read.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = read_whole(grey)
    for candidate in find_candidates(grey):
        if not any(contains(symbol.corners, candidate.centre) for symbol in found):
            found += read_candidate(grey, candidate)
    if not has_pdf417(found):
        found += read_whole(grey, FEWER_PIXELS)
    if not has_pdf417(found):
        found += read_skewed(grey)
    once = {(each.symbology, each.payload): each for each in reversed(found)}
    return list(once.values())[::-1][:MAX_BARCODES]


def has_pdf417(found: Iterable[LocatedBarcode]) -> bool:
    """Return whether one of the barcodes is of the type that licences have."""
    return any(each.symbology == BarcodeFormat.PDF417.name for each in found)


def read_whole(grey: cv2.typing.MatLike, max_pixels: int = MAX_PIXELS) -> list[LocatedBarcode]:
    """Read the whole image, scaled down to this many pixels."""
    scale = min(1.0, math.sqrt(max_pixels / grey.size))
    reduced = scale_down(grey, scale) if scale < 1 else grey
    to_picture = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    return decode_barcodes(reduced, ALL, to_picture)


def scale_down(grey: cv2.typing.MatLike, scale: float) -> cv2.typing.MatLike:
    """Scale an image down."""
    size = [max(1, round(each * scale)) for each in grey.shape[1::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def decode_barcodes(
    grey: cv2.typing.MatLike, formats: BarcodeFormats, to_picture: NDArray[np.float64]
) -> list[LocatedBarcode]:
    """Decode the barcodes of an image."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(grey), formats, try_invert=False)
    return [
        LocatedBarcode(each.format.name, each.bytes, find_corners(each.position, to_picture))
        for each in found[:MAX_BARCODES]
        if 0 < len(each.bytes) <= MAX_PAYLOAD
    ]


def find_corners(position: zxingcpp.Position, to_picture: NDArray[np.float64]) -> Quad:
    """Return the four corners of a barcode in the image."""
    names = ("top_left", "top_right", "bottom_right", "bottom_left")
    points = np.array([[getattr(position, name).x, getattr(position, name).y] for name in names])
    return (points @ to_picture[:, :2].T + to_picture[:, 2]).astype(np.float32)


def contains(corners: Quad, point: tuple[float, float]) -> bool:
    """Return whether a point is within the corners."""
    return cv2.pointPolygonTest(corners, point, False) >= 0


@dataclass(frozen=True)
class Candidate:
    """Stripes that may be a barcode.

    Attributes:
        centre: x and y in pixels.
        size: pixels along and across the scan.
        angle: of the scan, in radians.
    """

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float


def find_candidates(grey: cv2.typing.MatLike) -> list[Candidate]:
    """Find areas where all strong gradients have the same direction: bars, and not letters."""
    scale = min(1.0, SEARCH_SIDE / max(grey.shape))
    small = scale_down(grey, scale)
    mask, across, both = find_stripes(small)
    block = np.ones((9, 9), np.uint8)
    apart = cv2.morphologyEx(mask, cv2.MORPH_OPEN, block)
    joined = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, block), cv2.MORPH_OPEN, block)
    tensor = (across, both)
    return [
        *find_rectangles(apart, tensor, scale, MIN_FILL),
        *find_rectangles(joined, tensor, scale, MIN_JOINED_FILL),
    ]


def find_rectangles(
    stripes: cv2.typing.MatLike,
    tensor: tuple[cv2.typing.MatLike, cv2.typing.MatLike],
    scale: float,
    fill: float,
) -> list[Candidate]:
    """Find the largest connected stripes."""
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
        found += fit_candidate(np.stack([columns, rows], 1).astype(np.float64), angle, scale, fill)
    return found[:MAX_CANDIDATES]


def find_stripes(
    small: cv2.typing.MatLike,
) -> tuple[cv2.typing.MatLike, cv2.typing.MatLike, cv2.typing.MatLike]:
    """Return the mask of stripes, and the two components of the structure tensor for angles."""
    right = cv2.Scharr(small, cv2.CV_32F, 1, 0, scale=1 / 16)
    down = cv2.Scharr(small, cv2.CV_32F, 0, 1, scale=1 / 16)
    window = (WINDOW, WINDOW)
    energy = cv2.boxFilter(right * right + down * down, -1, window)
    across = cv2.boxFilter(right * right - down * down, -1, window)
    both = cv2.boxFilter(2 * right * down, -1, window)
    coherent = across * across + both * both > (MIN_COHERENCE * energy) ** 2
    mask = ((energy > MIN_ENERGY) & coherent).astype(np.uint8)
    return mask, across, both


def fit_candidate(
    points: NDArray[np.float64], angle: float, scale: float, fill: float
) -> Iterator[Candidate]:
    """Yield the rectangle around points, if they fill it and it is wide enough."""
    axes = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turned = points @ axes.T
    least, most = turned.min(0), turned.max(0)
    size = most - least + 1
    if len(points) < fill * size.prod() or size[0] < MIN_ASPECT * size[1]:
        return
    centre = (least + most) / 2 @ axes / scale
    along, high = size / scale + 2 * (MARGIN * size.max() + WINDOW) / scale
    yield Candidate((float(centre[0]), float(centre[1])), (float(along), float(high)), angle)


def read_candidate(grey: cv2.typing.MatLike, candidate: Candidate) -> list[LocatedBarcode]:
    """Read a candidate, and read it sharper if that fails."""
    crop, to_picture = cut_level(grey, candidate)
    return decode_barcodes(crop, STRIPED, to_picture) or decode_barcodes(
        sharpen(crop), STRIPED, to_picture
    )


def read_skewed(grey: cv2.typing.MatLike) -> list[LocatedBarcode]:
    """Read barcodes that are seen from the side."""
    return [
        replace(symbol, corners=cv2.perspectiveTransform(symbol.corners[None], view)[0])
        for flat, view in straighten_symbols(grey)
        for symbol in decode_barcodes(flat, STRIPED, IN_PLACE)
        or decode_barcodes(sharpen(flat), STRIPED, IN_PLACE)
    ]


def cut_level(
    grey: cv2.typing.MatLike, candidate: Candidate
) -> tuple[cv2.typing.MatLike, NDArray[np.float64]]:
    """Cut out a candidate, turned horizontal; return it with the transform to the image."""
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


def sharpen(grey: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """Sharpen an image."""
    return cv2.addWeighted(grey, 2.5, cv2.GaussianBlur(grey, (0, 0), 3), -1.5, 0)
