"""PDF files: from their bytes to one image a page."""

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
LEAST_DPI = 40  # A larger page would show nothing at this resolution.
LONG_SIDE = 1600  # pixels: minimum for the longer side, for pages of the size of a card
DRAWN_PIXELS = 20_000_000
"""A4 at 450 dpi: more than printed text needs, and more than scanners deliver."""

LEAST_SHARE = 0.02  # of the page that an image must cover to count
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

    Raise UnreadableFile with the code stacked-filters, unpacks-too-large, encrypted-file,
    corrupt-file, too-many-pages or too-many-pixels.
    """
    check_streams(content, limits)
    document = open_document(content)
    try:
        document.init_forms()
        count = len(document)
        if count > limits.max_pages:
            raise too_many_pages(limits)
        for number in range(count):
            yield draw_page(document, number, limits)
    finally:
        document.close()


def check_streams(content: bytes, limits: Limits) -> None:
    """Refuse a PDF whose streams unpack to more than the limit, or are packed several times.

    The streams of a PDF are found in its bytes, even if no object refers to them. Only those packed
    with Flate are measured; the memory limit of the process alone bounds the others, and those of
    an encrypted PDF.
    """
    if any(is_stacked(found[1]) for found in FILTERS.finditer(content)):
        raise UnreadableFile(
            "stacked-filters",
            "the content of the PDF is packed several times; print it to a new PDF",
        )
    unpacked = 0
    for found in STREAM.finditer(content):
        for size in measure_unpacked(memoryview(content)[found.end() :]):
            unpacked += size
            if unpacked > limits.max_unpacked:
                raise UnreadableFile(
                    "unpacks-too-large",
                    "the PDF unpacks to more than the limit; upload a plain photo or scan",
                )


def is_stacked(filters: bytes) -> bool:
    """Return whether several of the filters expand their data."""
    names = [ESCAPED.sub(_character, name) for name in NAME.findall(filters)]
    return sum(name in EXPANDING for name in names) > 1


def _character(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 16)])


def measure_unpacked(packed: memoryview) -> Iterator[int]:
    """Yield, piece by piece, the unpacked size of a stream and of the streams inside it.

    The bytes show whether a stream is packed; a PDF can hide its filters from a search.
    """
    stages = [zlib.decompressobj()]
    for start in range(0, len(packed), PIECE):
        try:
            yield from measure_inflated(packed[start : start + PIECE], stages, 0)
        except zlib.error:
            return
        if stages[0].eof:
            return


def measure_inflated(piece: memoryview | bytes, stages: list[Inflater], at: int) -> Iterator[int]:
    """Yield the unpacked size of a piece at one stage, and at those below it."""
    if at == len(stages) < STAGES:
        stages.append(zlib.decompressobj())
    while piece and at < STAGES and not stages[at].eof:
        unpacked = stages[at].decompress(piece, PIECE)
        yield len(unpacked)
        with suppress(zlib.error):
            yield from measure_inflated(unpacked, stages, at + 1)
        piece = stages[at].unconsumed_tail


def open_document(content: bytes) -> pdfium.PdfDocument:
    """Open a PDF; raise UnreadableFile if it is encrypted or damaged."""
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            raise UnreadableFile(
                "encrypted-file", "the PDF needs a password; upload it without one"
            ) from None
        raise UnreadableFile(
            "corrupt-file", "the PDF is damaged or has no page; upload it again"
        ) from None


def draw_page(document: pdfium.PdfDocument, number: int, limits: Limits) -> Image:
    """Draw one page."""
    try:
        page = document[number]
        scale = compute_scale(page, limits)
        check_size(page.get_width() * scale, page.get_height() * scale, limits)
        return np.ascontiguousarray(page.render(scale=scale, rev_byteorder=False).to_numpy())
    except pdfium.PdfiumError:
        raise UnreadableFile(
            "corrupt-file", "a page of the PDF is damaged; upload it again"
        ) from None


def compute_scale(page: pdfium.PdfPage, limits: Limits) -> float:
    """Return the pixels per point that show all details of the page, within the limits."""
    width, height = float(page.get_width()), float(page.get_height())
    if not (0 < width * height < math.inf):
        return limits.pdf_dpi / POINTS_PER_INCH
    wanted = max(
        limits.pdf_dpi,
        POINTS_PER_INCH * LONG_SIDE / max(width, height),
        max(measure_resolutions(page, width * height, limits), default=0.0),
    )
    most = min(DRAWN_PIXELS, limits.max_pixels)
    fitting = POINTS_PER_INCH * math.sqrt(most / (width * height))
    return max(min(wanted, MOST_DPI, fitting), LEAST_DPI) / POINTS_PER_INCH


def measure_resolutions(page: pdfium.PdfPage, area: float, limits: Limits) -> Iterator[float]:
    """Yield the resolution (dpi) of each image that covers a share of the page."""
    objects = page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=FORM_DEPTH)
    for each in islice(objects, MOST_OBJECTS):
        across, down = each.get_px_size()
        check_total(across * down, limits)
        left, bottom, right, top = each.get_bounds()
        covered = (right - left) * (top - bottom)
        if covered > LEAST_SHARE * area:
            yield POINTS_PER_INCH * math.sqrt(across * down / covered)
