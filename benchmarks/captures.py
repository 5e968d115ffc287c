"""What happens to a document on its way to a lender: nine copies of a picture."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
TABLE = (90, 110, 120)  # what lies around a turned document: blue, green, red
SHORT_SIDE = 640
JPEG_QUALITY = 95


def encode(picture: Picture, quality: int = JPEG_QUALITY) -> bytes:
    """Write a picture as JPEG."""
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()


def turned(picture: Picture, degrees: float) -> Picture:
    """Put the document on a table, skewed."""
    height, width = picture.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), float)
    size = np.abs(matrix[:, :2]) @ (width, height)
    matrix[:, 2] += (size - (width, height)) / 2
    target = (int(size[0]), int(size[1]))
    return _picture(
        cv2.warpAffine(picture, matrix, target, flags=cv2.INTER_CUBIC, borderValue=TABLE)
    )


def seen_from_the_side(picture: Picture) -> Picture:
    """Photograph the document from one corner of the table."""
    pad = int(0.12 * max(picture.shape))
    framed = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=TABLE)
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + pad
    moves = np.array([[0.10, 0.05], [-0.02, -0.03], [0.03, 0.04], [-0.06, -0.02]], np.float32)
    moved = corners + moves * np.array([width, height], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    target = framed.shape[1::-1]
    return _picture(
        cv2.warpPerspective(framed, matrix, target, flags=cv2.INTER_CUBIC, borderValue=TABLE)
    )


def glaring(picture: Picture) -> Picture:
    """Let a lamp shine on the lower right of the document, where MRZs are."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    across, down = (x / width - 0.62) / 0.16, (y - 0.80 * height) / (0.16 * height)
    light = 200 * np.exp(-(across**2) - down**2)
    return _picture(np.clip(picture + light[..., None], 0, 255))


def small(picture: Picture) -> Picture:
    """Reduce the picture to 640 pixels across, or by a quarter where it is nearly that small."""
    width = picture.shape[1]
    scale = SHORT_SIDE / width if width > 800 else 0.75
    return _picture(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def blurred(picture: Picture) -> Picture:
    """Miss the focus by what a 450th of the width is."""
    return _picture(cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 450))


def _picture(pixels: cv2.typing.MatLike) -> Picture:
    return np.asarray(pixels, np.uint8)


CAPTURES: dict[str, Callable[[Picture], bytes]] = {
    "as it is": encode,
    "turned 90": lambda picture: encode(_picture(cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE))),
    "turned 180": lambda picture: encode(_picture(cv2.rotate(picture, cv2.ROTATE_180))),
    "turned 7": lambda picture: encode(turned(picture, 7)),
    "turned -7": lambda picture: encode(turned(picture, -7)),
    "from the side": lambda picture: encode(seen_from_the_side(picture)),
    "blurred": lambda picture: encode(blurred(picture)),
    "JPEG 30": lambda picture: encode(picture, 30),
    "small": lambda picture: encode(small(picture)),
    "glare": lambda picture: encode(glaring(picture)),
}
