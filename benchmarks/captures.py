"""Degraded copies of an image, as documents arrive in practice: nine of each."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
TABLE = (90, 110, 120)  # colour around a rotated document: blue, green, red
SHORT_SIDE = 640
JPEG_QUALITY = 95


def encode(image: Image, quality: int = JPEG_QUALITY) -> bytes:
    """Write an image as JPEG."""
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()


def rotate(image: Image, degrees: float) -> Image:
    """Rotate the document on a table."""
    height, width = image.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), float)
    size = np.abs(matrix[:, :2]) @ (width, height)
    matrix[:, 2] += (size - (width, height)) / 2
    target = (int(size[0]), int(size[1]))
    return _build_image(
        cv2.warpAffine(image, matrix, target, flags=cv2.INTER_CUBIC, borderValue=TABLE)
    )


def view_from_the_side(image: Image) -> Image:
    """Photograph the document from one corner of the table."""
    pad = int(0.12 * max(image.shape))
    framed = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=TABLE)
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + pad
    moves = np.array([[0.10, 0.05], [-0.02, -0.03], [0.03, 0.04], [-0.06, -0.02]], np.float32)
    moved = corners + moves * np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    target = framed.shape[1::-1]
    return _build_image(
        cv2.warpPerspective(framed, matrix, target, flags=cv2.INTER_CUBIC, borderValue=TABLE)
    )


def add_glare(image: Image) -> Image:
    """Add the glare of a lamp at the lower right of the document, where MRZs are."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    across, down = (x / width - 0.62) / 0.16, (y - 0.80 * height) / (0.16 * height)
    light = 200 * np.exp(-(across**2) - down**2)
    return _build_image(np.clip(image + light[..., None], 0, 255))


def reduce(image: Image) -> Image:
    """Reduce the image to a width of 640 pixels, or by a quarter if it is nearly that small."""
    width = image.shape[1]
    scale = SHORT_SIDE / width if width > 800 else 0.75
    return _build_image(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def blur(image: Image) -> Image:
    """Blur the image, as out of focus, by a 450th of its width."""
    return _build_image(cv2.GaussianBlur(image, (0, 0), image.shape[1] / 450))


def _build_image(pixels: cv2.typing.MatLike) -> Image:
    return np.asarray(pixels, np.uint8)


CAPTURES: dict[str, Callable[[Image], bytes]] = {
    "as it is": encode,
    "turned 90": lambda image: encode(_build_image(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE))),
    "turned 180": lambda image: encode(_build_image(cv2.rotate(image, cv2.ROTATE_180))),
    "turned 7": lambda image: encode(rotate(image, 7)),
    "turned -7": lambda image: encode(rotate(image, -7)),
    "from the side": lambda image: encode(view_from_the_side(image)),
    "blurred": lambda image: encode(blur(image)),
    "JPEG 30": lambda image: encode(image, 30),
    "small": lambda image: encode(reduce(image)),
    "glare": lambda image: encode(add_glare(image)),
}
