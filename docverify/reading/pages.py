"""From the bytes of a file to the pictures of its pages, within limits.

What a file is, its content decides, never its name.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageOps

from docverify.errors import UnreadableFile

Picture = NDArray[np.uint8]
"""Rows, columns, and blue, green and red from 0 to 255: the order that the models expect."""

PICTURE_FORMATS = ("JPEG", "PNG")
MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"%PDF-": "PDF"}
MAGIC_WINDOW = 1024  # Readers accept a PDF whose header stands anywhere in the first 1024 bytes.
POINTS_PER_INCH = 72


@dataclass(frozen=True)
class Limits:
    """What a file may ask of us: its bytes, the pixels of one page, its pages."""

    max_bytes: int = 20_000_000
    max_pixels: int = 60_000_000
    max_pages: int = 10
    pdf_dpi: int = 200


def file_format(content: bytes) -> str:
    """Tell JPEG, PNG or PDF by the first bytes.

    Raises UnreadableFile with the code empty-file or unknown-format.
    """
    if not content:
        raise UnreadableFile("empty-file", "the file is empty; upload it again")
    for magic, name in MAGIC.items():
        if content.startswith(magic):
            return name
    if b"%PDF-" in content[:MAGIC_WINDOW]:
        return "PDF"
    raise UnreadableFile("unknown-format", "the file is no JPEG, PNG or PDF; upload one of these")


def read_pages(content: bytes, limits: Limits) -> Iterator[Picture]:
    """Yield the pages of a file as upright as its metadata says, one at a time.

    Raises UnreadableFile with a code: file-too-large, empty-file, unknown-format, corrupt-file,
    too-many-pixels, encrypted-file, no-page or too-many-pages.
    """
    if len(content) > limits.max_bytes:
        raise too_large(limits)
    if file_format(content) == "PDF":
        yield from _pdf_pages(content, limits)
    else:
        yield _picture(content, limits)


def too_large(limits: Limits) -> UnreadableFile:
    """Say that a file is over the limit of bytes, whether it was retrieved or not."""
    most = limits.max_bytes // 1_000_000
    return UnreadableFile("file-too-large", f"the file is over {most} MB; upload a smaller one")


def _picture(content: bytes, limits: Limits) -> Picture:
    corrupt = UnreadableFile("corrupt-file", "the picture is damaged; upload it again")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=PICTURE_FORMATS)
            _check_pixels(image.width * image.height, limits)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except UnreadableFile:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels(limits) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise corrupt from None
    return _blue_first(upright)


def _blue_first(image: Image.Image) -> Picture:
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _check_pixels(pixels: float, limits: Limits) -> None:
    if pixels > limits.max_pixels:
        raise _too_many_pixels(limits)


def _too_many_pixels(limits: Limits) -> UnreadableFile:
    most = limits.max_pixels // 1_000_000
    return UnreadableFile(
        "too-many-pixels", f"a page is over {most} megapixels; upload a smaller picture"
    )


def _pdf_pages(content: bytes, limits: Limits) -> Iterator[Picture]:
    document = _open_pdf(content)
    try:
        count = len(document)
        if count == 0:
            raise UnreadableFile("no-page", "the PDF has no page; upload it again")
        if count > limits.max_pages:
            raise UnreadableFile(
                "too-many-pages", f"the PDF has over {limits.max_pages} pages; upload only these"
            )
        for number in range(count):
            yield _pdf_page(document, number, limits)
    finally:
        document.close()


def _open_pdf(content: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(
                "encrypted-file", "the PDF asks for a password; upload it without one"
            ) from None
        raise UnreadableFile("corrupt-file", "the PDF is damaged; upload it again") from None


def _pdf_page(document: pdfium.PdfDocument, number: int, limits: Limits) -> Picture:
    scale = limits.pdf_dpi / POINTS_PER_INCH
    try:
        page = document[number]
        _check_pixels(page.get_width() * page.get_height() * scale * scale, limits)
        return np.ascontiguousarray(page.render(scale=scale, rev_byteorder=False).to_numpy())
    except pdfium.PdfiumError:
        raise UnreadableFile("corrupt-file", "a page of the PDF is damaged") from None
