"""Pages of a file: from its bytes to one image a page, within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docverify.reading.files.formats import detect_format
from docverify.reading.files.image import DAMAGE, Image, read_images
from docverify.reading.files.limits import MAX_SIDE, Limits, check_total, too_large
from docverify.reading.files.pdf import draw_pages

__all__ = ["DAMAGE", "MAX_SIDE", "Image", "Limits", "detect_format", "read_pages", "too_large"]


Watch = Callable[[Iterator[Image]], Iterator[Image]]
"""Passes the pages on, and may end the process if they take too long."""


def read_pages(content: bytes, limits: Limits) -> Iterator[Image]:
    """Yield the pages of a file one at a time, turned as its metadata says.

    Raise UnreadableFile with a code: file-too-large, or one of detect_format,
    read_images and draw_pages.
    """
    if len(content) > limits.max_bytes:
        raise too_large(limits)
    name = detect_format(content)
    pages = draw_pages(content, limits) if name == "PDF" else read_images(content, name, limits)
    total = 0
    for page in pages:
        total += page.shape[0] * page.shape[1]
        check_total(total, limits)
        yield page
