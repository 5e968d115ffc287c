"""Pages encoded as images for a cloud engine."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import cv2
import numpy as np
import PIL.Image
from PIL import ExifTags

from docverify.errors import UnreadableFile
from docverify.reading.files.pages import DAMAGE, Image, Limits, Watch, detect_format, read_pages

MAX_SIDE = 4096  # Text of 2 mm on an A4 page is then 28 pixels high.
MAX_BYTES = 5_000_000  # Each engine accepts two of them in one request.
QUALITIES = (95, 85, 70, 50)
UPRIGHT = 1


@dataclass(frozen=True)
class EncodedPage:
    """A page as a JPEG that has only its pixels, without the place and time of the photo."""

    content: bytes = field(repr=False)
    width: int
    height: int


def encode_pages(content: bytes, limits: Limits, watch: Watch = iter) -> tuple[EncodedPage, ...]:
    """Encode the pages of a file; raise UnreadableFile as read_pages does."""
    return tuple(map(encode, watch(read_pages(content, limits))))


def encode(image: Image, max_bytes: int = MAX_BYTES) -> EncodedPage:
    """Encode an image with the best quality within the limits on side and bytes."""
    image = scale_down(image, MAX_SIDE / max(image.shape[:2]))
    height, width = image.shape[:2]
    for quality in QUALITIES:
        content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(content) <= max_bytes:
            return EncodedPage(content, width, height)
    return encode(scale_down(image, 0.5), max_bytes)


def refused_by_engine() -> UnreadableFile:
    """Return the error for a page that an engine does not accept as an image."""
    return UnreadableFile(
        "refused-by-engine", "the engine cannot read a page of the file; upload a new photo or scan"
    )


def is_same_jpeg(content: bytes, page: EncodedPage) -> bool:
    """Return whether a file is a JPEG with the size, orientation and colors of its page.

    A JPEG with an ICC profile is not, because an engine may interpret its colors differently.
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
    """Decode the pixels that are sent to an engine."""
    return np.asarray(
        cv2.imdecode(np.frombuffer(page.content, np.uint8), cv2.IMREAD_COLOR), np.uint8
    )


def scale_down(image: Image, scale: float) -> Image:
    """Scale an image down; a factor of 1 or more leaves it unchanged."""
    if scale >= 1:
        return image
    size = [max(1, round(each * scale)) for each in image.shape[1::-1]]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
