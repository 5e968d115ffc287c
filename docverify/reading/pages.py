"""From the bytes of a file to the pictures of its pages, within limits.

What a file is, its content decides, never its name.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import ExifTags, Image
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

from docverify.errors import UnreadableFile

Picture = NDArray[np.uint8]
"""Rows, columns, and blue, green and red from 0 to 255: the order that the models expect."""

PICTURE_FORMATS = ("JPEG", "PNG")
MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"%PDF-": "PDF"}
MAGIC_WINDOW = 1024  # Readers accept a PDF whose header stands anywhere in the first 1024 bytes.
POINTS_PER_INCH = 72
MAX_SIDE = 30_000  # OpenCV counts the columns of a picture that it warps with 16 bits.
DAMAGE = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, struct.error)
"""What Pillow raises for damaged files."""

TURNS = {  # What makes a picture upright, by its EXIF orientation.
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
    too-many-pixels, encrypted-file or too-many-pages.
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
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what it can live with.
            image = Image.open(io.BytesIO(content), formats=PICTURE_FORMATS)
            _check_size(image.width, image.height, limits)
            image.load()
            return _blue_first(_coloured(_upright(image)))
    except Image.DecompressionBombError:
        raise _too_many_pixels(limits) from None
    except DAMAGE:
        raise UnreadableFile("corrupt-file", "the picture is damaged; upload it again") from None


def _upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except DAMAGE:
        return image  # The picture is whole, only what was noted about it is not.
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def _coloured(image: Image.Image) -> Image.Image:
    """Turn any kind of picture into red, green and blue; what is transparent shows white paper."""
    if image.mode == "I;16":  # Pillow would cut 16 bits off at the 8 lower ones' maximum.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def _blue_first(image: Image.Image) -> Picture:
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _check_size(width: float, height: float, limits: Limits) -> None:
    if width * height > limits.max_pixels or max(width, height) > MAX_SIDE:
        raise _too_many_pixels(limits)


def _too_many_pixels(limits: Limits) -> UnreadableFile:
    most = f"{limits.max_pixels // 1_000_000} megapixels or {MAX_SIDE} pixels long"
    return UnreadableFile("too-many-pixels", f"a page is over {most}; upload a smaller picture")


def _pdf_pages(content: bytes, limits: Limits) -> Iterator[Picture]:
    document = _open_pdf(content)
    try:
        count = len(document)
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
        if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            raise UnreadableFile(
                "encrypted-file", "the PDF asks for a password; upload it without one"
            ) from None
        raise UnreadableFile(
            "corrupt-file", "the PDF is damaged or has no page; upload it again"
        ) from None


def _pdf_page(document: pdfium.PdfDocument, number: int, limits: Limits) -> Picture:
    scale = limits.pdf_dpi / POINTS_PER_INCH
    try:
        page = document[number]
        _check_size(page.get_width() * scale, page.get_height() * scale, limits)
        return np.ascontiguousarray(page.render(scale=scale, rev_byteorder=False).to_numpy())
    except pdfium.PdfiumError:
        raise UnreadableFile("corrupt-file", "a page of the PDF is damaged") from None
