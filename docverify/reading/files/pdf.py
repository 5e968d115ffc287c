"""From the bytes of a PDF to pictures of its pages."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2 as pdfium
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY, FPDF_PAGEOBJ_IMAGE

from docverify.errors import UnreadableFile
from docverify.reading.files.image import Image
from docverify.reading.files.limits import Limits, check_size, check_total, too_many_pages

if TYPE_CHECKING:
    from zlib import _Decompress as Inflater

POINTS_PER_INCH = 72
MOST_DPI = 600
LEAST_DPI = 40  # A page that is still too large with that shows nothing when it is drawn.
LONG_SIDE = 1600  # pixels that the page of a card gets, however small it is
DRAWN_PIXELS = 20_000_000  # A4 at 450 dpi: more than print needs, and than scanners give
LEAST_SHARE = 0.02  # of the page that a picture covers, to count
MOST_OBJECTS = 1000
FORM_DEPTH = 3

STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
FILTERS = re.compile(rb"/F(?:ilter)?\s*\[([^\]]{0,400})\]")
NAME = re.compile(rb"/([^\s/\[\]]+)")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
EXPANDING = {b"FlateDecode", b"Fl", b"LZWDecode", b"LZW", b"RunLengthDecode", b"RL"}
STAGES = 8
PIECE = 1 << 16  # bytes that are unpacked at a time


def draw_pages(content: bytes, limits: Limits) -> Iterator[Image]:
    """Draw the pages of a PDF one at a time, with filled-in forms and annotations.

    Raises UnreadableFile with the code stacked-filters, unpacks-too-large, encrypted-file,
    corrupt-file, too-many-pages or too-many-pixels.
    """
    check_streams(content, limits)
    document = _open(content)
    try:
        document.init_forms()
        count = len(document)
        if count > limits.max_pages:
            raise too_many_pages(limits)
        for number in range(count):
            yield _page(document, number, limits)
    finally:
        document.close()


def check_streams(content: bytes, limits: Limits) -> None:
    """Refuse a PDF whose streams unpack to more than the limit, or unpack several times.

    The streams of a PDF stand in the open in its bytes, whatever refers to them; those of an
    encrypted one do not, and only the memory of the process bounds them.
    """
    if any(_is_stacked(found[1]) for found in FILTERS.finditer(content)):
        raise UnreadableFile(
            "stacked-filters", "the PDF packs its content several times; print it to a new PDF"
        )
    unpacked = 0
    for found in STREAM.finditer(content):
        for size in _unpacked_sizes(memoryview(content)[found.end() :]):
            unpacked += size
            if unpacked > limits.max_unpacked:
                raise UnreadableFile(
                    "unpacks-too-large",
                    "the PDF unpacks to more than is read; upload a plain photo or scan",
                )


def _is_stacked(filters: bytes) -> bool:
    names = [ESCAPED.sub(_character, name) for name in NAME.findall(filters)]
    return sum(name in EXPANDING for name in names) > 1


def _character(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 16)])


def _unpacked_sizes(packed: memoryview) -> Iterator[int]:
    """Yield, piece by piece, how much a stream unpacks to, and how much that does in turn.

    What it is, its bytes say: a PDF may hide its filters where only a reader finds them.
    """
    stages = [zlib.decompressobj()]
    for start in range(0, len(packed), PIECE):
        try:
            yield from _inflated_sizes(packed[start : start + PIECE], stages, 0)
        except zlib.error:
            return
        if stages[0].eof:
            return


def _inflated_sizes(piece: memoryview | bytes, stages: list[Inflater], at: int) -> Iterator[int]:
    if at == len(stages) < STAGES:
        stages.append(zlib.decompressobj())
    while piece and at < STAGES and not stages[at].eof:
        unpacked = stages[at].decompress(piece, PIECE)
        yield len(unpacked)
        with suppress(zlib.error):
            yield from _inflated_sizes(unpacked, stages, at + 1)
        piece = stages[at].unconsumed_tail


def _open(content: bytes) -> pdfium.PdfDocument:
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


def _page(document: pdfium.PdfDocument, number: int, limits: Limits) -> Image:
    try:
        page = document[number]
        scale = _scale(page, limits)
        check_size(page.get_width() * scale, page.get_height() * scale, limits)
        return np.ascontiguousarray(page.render(scale=scale, rev_byteorder=False).to_numpy())
    except pdfium.PdfiumError:
        raise UnreadableFile("corrupt-file", "a page of the PDF is damaged") from None


def _scale(page: pdfium.PdfPage, limits: Limits) -> float:
    """Return the pixels per point that show what the page has, and no more than may be drawn."""
    width, height = float(page.get_width()), float(page.get_height())
    if not (0 < width * height < math.inf):
        return limits.pdf_dpi / POINTS_PER_INCH
    wanted = max(
        limits.pdf_dpi,
        POINTS_PER_INCH * LONG_SIDE / max(width, height),
        max(_resolutions(page, width * height, limits), default=0.0),
    )
    most = min(DRAWN_PIXELS, limits.max_pixels)
    fitting = POINTS_PER_INCH * math.sqrt(most / (width * height))
    return max(min(wanted, MOST_DPI, fitting), LEAST_DPI) / POINTS_PER_INCH


def _resolutions(page: pdfium.PdfPage, area: float, limits: Limits) -> Iterator[float]:
    """Yield the resolutions (dpi) of the pictures that cover something of the page."""
    objects = page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=FORM_DEPTH)
    for each in islice(objects, MOST_OBJECTS):
        across, down = each.get_px_size()
        check_total(across * down, limits)
        left, bottom, right, top = each.get_bounds()
        covered = (right - left) * (top - bottom)
        if covered > LEAST_SHARE * area:
            yield POINTS_PER_INCH * math.sqrt(across * down / covered)
