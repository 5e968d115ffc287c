"""The engine `local`: reads a document on this machine's processor, without any download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from docverify.errors import UnreadableFile
from docverify.page import Barcode, Engine, Line, Page, Reading, Refusal
from docverify.reading.barcodes import LocatedBarcode, find_barcodes
from docverify.reading.detection import DETECTION_SIDE, LONG, find_text
from docverify.reading.document_split import MIN_LINES, cut_between, find_outside, is_document
from docverify.reading.files.pages import Image, Limits, read_pages
from docverify.reading.files.provenance import read_provenance
from docverify.reading.fingerprint import compute_fingerprint
from docverify.reading.mrz.explanation import LocatedMrz, choose_better
from docverify.reading.mrz.search import find_mrz, search_mrz
from docverify.reading.quads import Quad, measure_height, measure_length, turn_upside_down
from docverify.reading.quality import measure_quality
from docverify.reading.recognition import read_lines
from docverify.reading.rectification import rectify

SMALL_IN_FRAME = 0.65
CLOSER = 1600
MARGIN = 0.04
SAMPLE = 4
MAX_LINES = 120
MAX_HEIGHT = 5.0  # of the height of most lines
SMALL = 16.0  # pixels: half the height at which the detector misses nothing

Found = tuple[Image, list[Quad], LocatedMrz | None]


def read(content: bytes, limits: Limits = Limits()) -> Reading:  # noqa: B008 (frozen)
    """Read every document in a file; one that cannot be read gives a reading with a refusal."""
    try:
        images = read_pages(content, limits)
        pages = tuple(page for image in images for page in read_documents(image))
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))
    return Reading(Engine.LOCAL, pages, provenance=read_provenance(content))


def read_documents(image: Image) -> tuple[Page, ...]:
    """Read each document in a picture, such as both sides of a card: a page each."""
    symbols = find_barcodes(image)
    found = _located(image, symbols)
    parts = _apart(*found)
    return tuple(map(read_page, parts)) if parts else (_page(image, symbols, found),)


def read_page(image: Image) -> Page:
    """Read one document: the MRZ first, for it tells which way up the page stands.

    Of a page with more than MAX_LINES lines of text besides the MRZ the highest are read.
    """
    symbols = find_barcodes(image)
    return _page(image, symbols, _located(image, symbols))


def _page(whole: Image, symbols: Sequence[LocatedBarcode], found: Found) -> Page:
    image, quads, mrz = found
    if symbols and image is not whole:  # A part was cut out: they stand elsewhere in it.
        symbols = find_barcodes(image)
    others = [quad for quad in quads if mrz is None or not _is_part(quad, mrz)]
    others = sorted(others, key=measure_height, reverse=True)[:MAX_LINES]
    flipped = mrz.flipped if mrz else _is_flipped(image, others)
    if flipped:
        others = [turn_upside_down(quad) for quad in others]
    every = [*mrz.quads, *others] if mrz else others
    level = rectify(image, mrz.quads if mrz else every, every)
    boxes = [level.box(quad) for quad in others]
    texts = read_lines(image, others)
    lines = [Line(*text, box) for text, box in zip(texts, boxes, strict=True) if text[0].strip()]
    corners = np.concatenate(quads) if quads else None
    return Page(
        width=level.width,
        height=level.height,
        lines=tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left))),
        mrz=replace(mrz.reading, box=level.box(np.concatenate(mrz.quads))) if mrz else None,
        quality=measure_quality(image, corners),
        barcodes=tuple(
            Barcode(each.symbology, each.payload, level.box(each.corners)) for each in symbols
        ),
        fingerprint=compute_fingerprint(image, corners, level.rotation),
    )


def _located(image: Image, symbols: Sequence[LocatedBarcode]) -> Found:
    """Find the text and the MRZ of a document; look closer where no MRZ was read well."""
    image, quads = _zoomed(image, find_text(image), symbols)
    mrz, is_likely = search_mrz(image, quads)
    if mrz.is_clear if mrz else not (is_likely or _is_small(image, quads)):
        return image, quads, mrz
    part, closer = _zoomed(image, find_text(image, CLOSER), symbols)
    again = choose_better(mrz, find_mrz(part, closer))
    return (image, quads, mrz) if again is mrz else (part, closer, again)


def _is_small(image: Image, quads: Sequence[Quad]) -> bool:
    """Tell whether most lines are so low in what the detector sees that it may miss others."""
    scale = min(1.0, DETECTION_SIDE / max(image.shape))
    heights = [measure_height(quad) * scale for quad in _lines(quads)]
    return bool(quads) and (not heights or float(np.median(heights)) < SMALL)


def _lines(quads: Sequence[Quad]) -> list[Quad]:
    """Leave out what is far too high for a line: seen from afar, a page looks like a letter."""
    heights = [
        measure_height(quad) for quad in quads if measure_length(quad) > LONG * measure_height(quad)
    ]
    highest = MAX_HEIGHT * float(np.median(heights)) if heights else 0.0
    return [quad for quad in quads if measure_height(quad) <= highest]


def _apart(image: Image, quads: list[Quad], mrz: LocatedMrz | None) -> tuple[Image, ...]:
    """Cut a picture in two where it shows two documents; in doubt it shows one."""
    if mrz is None or not mrz.is_clear:
        return ()
    others = find_outside(mrz, quads)
    own = [quad for quad in quads if not any(quad is each for each in others)]
    if len(others) < MIN_LINES or not own:
        return ()
    parts = cut_between(image, own, others)
    if parts is None or not (is_document(mrz, others) or _has_mrz(image, others)):
        return ()
    return parts


def _has_mrz(image: Image, quads: Sequence[Quad]) -> bool:
    mrz = find_mrz(image, quads)
    return mrz is not None and mrz.is_clear


def _zoomed(
    image: Image, quads: list[Quad], symbols: Sequence[LocatedBarcode]
) -> tuple[Image, list[Quad]]:
    """Cut a document that is small in the frame out of it, and find its text again, larger."""
    if not quads:
        return image, quads
    corners = np.concatenate([*(_lines(quads) or quads), *(each.corners for each in symbols)])
    size = np.array(image.shape[1::-1], np.float32)
    least, most = corners.min(0), corners.max(0)
    margin = MARGIN * float(size.max()) + 0.1 * float((most - least).max())
    left, top = np.maximum(least - margin, 0).astype(int)
    right, bottom = np.ceil(np.minimum(most + margin, size)).astype(int)
    if max(right - left, bottom - top) > SMALL_IN_FRAME * size.max():
        return image, quads
    cut = np.ascontiguousarray(image[top:bottom, left:right])
    return cut, find_text(cut)


def _is_part(quad: Quad, mrz: LocatedMrz) -> bool:
    """Tell whether the middle of a line lies within one of the MRZ's lines."""
    middle = (float(quad[:, 0].mean()), float(quad[:, 1].mean()))
    return any(cv2.pointPolygonTest(each, middle, False) >= 0 for each in mrz.quads)


def _is_flipped(image: Image, quads: Sequence[Quad]) -> bool:
    """Without an MRZ, the longest lines tell: text on its head is read with less certainty."""
    sample = sorted(quads, key=lambda quad: float(np.linalg.norm(quad[1] - quad[0])))[-SAMPLE:]
    as_found = sum(sure for _, sure in read_lines(image, sample))
    flipped = sum(
        sure for _, sure in read_lines(image, [turn_upside_down(quad) for quad in sample])
    )
    return flipped > as_found
