"""Pages of a file as images for a person, in the coordinates of their readings."""

from __future__ import annotations

import cv2
import numpy as np

from docverify.reading.cloud.encoding import EncodedPage
from docverify.reading.files.pages import Image, Limits, Watch, read_pages
from docverify.reading.local import level_text, locate_documents
from docverify.reading.rectification import Rectification

MAX_SIDE = 2000  # pixels: text of 2 mm on a passport is then 30 pixels high
QUALITY = 85


def display_pages(content: bytes, limits: Limits, watch: Watch = iter) -> tuple[EncodedPage, ...]:
    """Encode each page that the engine `local` reads in a file, without reading its text.

    Width and height are those of the reading's page, whose boxes count from its top left corner.
    The JPEG has the same proportions, and may be smaller. It has none of the bytes of the file.

    Raise UnreadableFile as read_pages does.
    """
    return tuple(
        encode_level(text.image, level_text(text)[1])
        for image in watch(read_pages(content, limits))
        for _, _, text in locate_documents(image)
    )


def encode_level(image: Image, level: Rectification) -> EncodedPage:
    """Encode an image, made upright and level, with at most MAX_SIDE pixels."""
    scale = min(1.0, MAX_SIDE / max(level.width, level.height))
    size = max(1, round(level.width * scale)), max(1, round(level.height * scale))
    shown = cv2.warpPerspective(
        image,
        np.diag([scale, scale, 1.0]) @ level.transform,
        size,
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(235, 235, 235),
    )
    encoded = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    return EncodedPage(encoded, level.width, level.height)
