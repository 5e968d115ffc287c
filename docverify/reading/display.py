"""Pages of a file as images for a person, in the coordinates of their readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from docverify.comparisons import PlacedCrop
from docverify.reading.cloud.encoding import EncodedPage
from docverify.reading.evidence_crops import render_crop
from docverify.reading.files.pages import Image, Limits, Watch, read_pages
from docverify.reading.local import level_text, locate_documents
from docverify.reading.rectification import Rectification

MAX_SIDE = 2000  # pixels: text of 2 mm on a passport is then 30 pixels high
QUALITY = 85


def display_pages(content: bytes, limits: Limits, watch: Watch = iter) -> tuple[EncodedPage, ...]:
    """Encode each page that the engine `local` reads in a file, without reading its text.

    Width and height are those of the reading's page; its boxes count from the top left corner. The
    JPEG has the same proportions and may be smaller. It has no bytes of the file itself.

    Raise UnreadableFile as read_pages does.
    """
    return tuple(
        encode_level(image, level) for image, level in find_upright_pages(content, limits, watch)
    )


def display_crops(
    content: bytes, wanted: Sequence[PlacedCrop], limits: Limits, watch: Watch = iter
) -> tuple[bytes, ...]:
    """Render crops of the pages of a file as PNG, in the order of `wanted`.

    The crop of a page that the file does not have is empty. Raise UnreadableFile as read_pages
    does.
    """
    found = [b""] * len(wanted)
    for number, (image, level) in enumerate(find_upright_pages(content, limits, watch)):
        for place, each in enumerate(wanted):
            if each.page == number:
                found[place] = render_crop(image, level, each.crop)
    return tuple(found)


def find_upright_pages(
    content: bytes, limits: Limits, watch: Watch
) -> Iterator[tuple[Image, Rectification]]:
    """Yield each page of a file with the transform to its upright page, in the reading's order."""
    for image in watch(read_pages(content, limits)):
        for _, _, text in locate_documents(image):
            yield text.image, level_text(text)[1]


def encode_level(image: Image, level: Rectification) -> EncodedPage:
    """Make an image upright and level, and encode it with at most MAX_SIDE pixels on a side."""
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
