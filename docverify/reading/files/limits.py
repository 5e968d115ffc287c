"""Limits of a file, and the errors for files that exceed them."""

from __future__ import annotations

from dataclasses import dataclass

from docverify.errors import UnreadableFile

MAX_SIDE = 30_000  # OpenCV counts the columns of a warped image with 16 bits.
MILLION = 1_000_000


@dataclass(frozen=True)
class Limits:
    """Limits of a file.

    Attributes:
        max_bytes: bytes of the file.
        max_pixels: pixels of a page.
        max_total_pixels: pixels of all pages together, and of any image within a PDF.
        max_pages: pages.
        max_unpacked: bytes to which the streams of a PDF unpack.
        pdf_dpi: resolution at which a PDF page is drawn, unless its images have a higher one.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 60_000_000
    max_total_pixels: int = 200_000_000
    max_pages: int = 10
    max_unpacked: int = 300_000_000
    pdf_dpi: int = 200


def check_size(width: float, height: float, limits: Limits) -> None:
    """Refuse a page with too many pixels, or with a side that is not a number."""
    if not (width * height <= limits.max_pixels and max(width, height) <= MAX_SIDE):
        most = f"{limits.max_pixels // MILLION} megapixels or {MAX_SIDE} pixels long"
        raise UnreadableFile("too-many-pixels", f"a page is over {most}; upload a smaller image")


def check_total(pixels: int, limits: Limits) -> None:
    """Refuse a file whose pages, or one of whose images, have too many pixels."""
    if pixels > limits.max_total_pixels:
        most = f"{limits.max_total_pixels // MILLION} megapixels"
        raise UnreadableFile("too-many-pixels", f"the file holds over {most}; upload a smaller one")


def too_large(limits: Limits) -> UnreadableFile:
    """Return the error for a file with too many bytes, whether it was retrieved or not."""
    most = f"{limits.max_bytes / MILLION:g}"
    return UnreadableFile("file-too-large", f"the file is over {most} MB; upload a smaller one")


def too_many_pages(limits: Limits) -> UnreadableFile:
    """Return the error for a file with too many pages."""
    return UnreadableFile(
        "too-many-pages",
        f"the file has over {limits.max_pages} pages; upload only those of the document",
    )
