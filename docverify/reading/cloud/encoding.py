"""Pages as pictures that are sent to an engine elsewhere."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
import PIL.Image
from PIL import ExifTags

from docverify.errors import UnreadableFile
from docverify.reading.files.pages import DAMAGE, Image, Limits, detect_format, read_pages

MAX_SIDE = 4096  # Print of 2 mm on a page of A4 is 28 pixels high then.
MAX_BYTES = 5_000_000  # Two of them are within what each engine takes in one request.
QUALITIES = (95, 85, 70, 50)
UPRIGHT = 1


@dataclass(frozen=True)
class EncodedPage:
    """A page as a JPEG of its pixels alone: where and when it was taken is not sent along."""

    content: bytes = field(repr=False)
    width: int
    height: int


def encode_pages(content: bytes, limits: Limits) -> tuple[EncodedPage, ...]:
    """Encode the pages of a file; raises UnreadableFile as read_pages does."""
    return tuple(map(encode, read_pages(content, limits)))


def encode(image: Image) -> EncodedPage:
    """Encode a picture as well as it goes within the limits on side and bytes."""
    image = _scaled(image, MAX_SIDE / max(image.shape[:2]))
    height, width = image.shape[:2]
    for quality in QUALITIES:
        content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(content) <= MAX_BYTES:
            return EncodedPage(content, width, height)
    return encode(_scaled(image, 0.5))


def refused_by_engine() -> UnreadableFile:
    """Say that an engine takes a page for no picture, although the gate let it pass."""
    return UnreadableFile(
        "refused-by-engine", "the engine cannot read a page of the file; upload a new picture"
    )


def is_same_jpeg(content: bytes, page: EncodedPage) -> bool:
    """Return whether a file is a JPEG with the size, orientation and colors of its page.

    One with an ICC profile is not: an engine may show its colors differently.
    """
    if detect_format(content) != "JPEG":
        return False
    image = PIL.Image.open(io.BytesIO(content), formats=["JPEG"])
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except DAMAGE:
        return False
    has_profile = "icc_profile" in image.info
    return orientation == UPRIGHT and not has_profile and image.size == (page.width, page.height)


def decode(page: EncodedPage) -> Image:
    """Return the pixels that an engine sees."""
    return np.asarray(
        cv2.imdecode(np.frombuffer(page.content, np.uint8), cv2.IMREAD_COLOR), np.uint8
    )


def _scaled(image: Image, scale: float) -> Image:
    if scale >= 1:
        return image
    size = [max(1, round(each * scale)) for each in image.shape[1::-1]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
