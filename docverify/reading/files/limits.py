"""What a file may ask of us, and what is said of one that asks for more."""

from __future__ import annotations

from dataclasses import dataclass

from docverify.errors import UnreadableFile

MAX_SIDE = 30_000  # OpenCV counts the columns of a picture that it warps with 16 bits.
MILLION = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What a file may ask of us.

    `max_bytes` of the file; `max_pixels` of a page, `max_total_pixels` of all of them and of any
    picture within a PDF; `max_pages`; `max_unpacked` bytes that the streams of a PDF unpack to;
    `pdf_dpi` is the resolution that a page of a PDF is drawn at, unless its pictures have more.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 60_000_000
    max_total_pixels: int = 200_000_000
    max_pages: int = 10
    max_unpacked: int = 300_000_000
    pdf_dpi: int = 200


def check_size(width: float, height: float, limits: Limits) -> None:
    """Refuse a page that has more pixels than it may, or a side that is no number."""
    if not (width * height <= limits.max_pixels and max(width, height) <= MAX_SIDE):
        most = f"{limits.max_pixels // MILLION} megapixels or {MAX_SIDE} pixels long"
        raise UnreadableFile("too-many-pixels", f"a page is over {most}; upload a smaller picture")


def check_total(pixels: int, limits: Limits) -> None:
    """Refuse a file whose pages, or whose one picture, have too many pixels together."""
    if pixels > limits.max_total_pixels:
        most = f"{limits.max_total_pixels // MILLION} megapixels"
        raise UnreadableFile("too-many-pixels", f"the file holds over {most}; upload a smaller one")


def too_large(limits: Limits) -> UnreadableFile:
    """Say that a file is over the limit of bytes, whether it was retrieved or not."""
    most = f"{limits.max_bytes / MILLION:g}"
    return UnreadableFile("file-too-large", f"the file is over {most} MB; upload a smaller one")


def too_many_pages(limits: Limits) -> UnreadableFile:
    """Say that a file has more pages than are read."""
    return UnreadableFile(
        "too-many-pages",
        f"the file has over {limits.max_pages} pages; upload only those of the document",
    )
