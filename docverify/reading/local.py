"""The engine `local`: reads a document on this machine's processor, without any download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from docverify.errors import UnreadableFile
from docverify.page import Barcode, Engine, Line, Page, Reading, Refusal
from docverify.reading.barcodes import Symbol, find_barcodes
from docverify.reading.detection import LONG, SIDE, find_text
from docverify.reading.document_split import MIN_LINES, is_document, outside, parted
from docverify.reading.files.pages import Limits, Picture, read_pages
from docverify.reading.files.provenance import provenance
from docverify.reading.fingerprint import fingerprint
from docverify.reading.mrz.explanation import Zone, better
from docverify.reading.mrz.search import find_zone, search_zone
from docverify.reading.quads import Quad, height_of, length_of, upside_down
from docverify.reading.quality import measure
from docverify.reading.recognition import read_lines
from docverify.reading.rectification import upright

SMALL_IN_FRAME = 0.65
CLOSER = 1600
MARGIN = 0.04
SAMPLE = 4
MAX_LINES = 120
MAX_HEIGHT = 5.0  # of the height of most lines
SMALL = 16.0  # pixels: half the height at which the detector misses nothing

Found = tuple[Picture, list[Quad], Zone | None]


def read(content: bytes, limits: Limits = Limits()) -> Reading:  # noqa: B008 (frozen)
    """Read every document in a file; one that cannot be read gives a reading with a refusal."""
    try:
        pictures = read_pages(content, limits)
        pages = tuple(page for picture in pictures for page in read_documents(picture))
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))
    return Reading(Engine.LOCAL, pages, provenance=provenance(content))


def read_documents(picture: Picture) -> tuple[Page, ...]:
    """Read each document in a picture, such as both sides of a card: a page each."""
    symbols = find_barcodes(picture)
    found = _located(picture, symbols)
    parts = _apart(*found)
    return tuple(map(read_page, parts)) if parts else (_page(picture, symbols, found),)


def read_page(picture: Picture) -> Page:
    """Read one document: the zone first, for it tells which way up the page stands.

    Of a page with more than MAX_LINES lines of text besides the zone the highest are read.
    """
    symbols = find_barcodes(picture)
    return _page(picture, symbols, _located(picture, symbols))


def _page(whole: Picture, symbols: Sequence[Symbol], found: Found) -> Page:
    picture, quads, zone = found
    if symbols and picture is not whole:  # A part was cut out: they stand elsewhere in it.
        symbols = find_barcodes(picture)
    others = [quad for quad in quads if zone is None or not _is_part(quad, zone)]
    others = sorted(others, key=height_of, reverse=True)[:MAX_LINES]
    flipped = zone.flipped if zone else _is_flipped(picture, others)
    if flipped:
        others = [upside_down(quad) for quad in others]
    every = [*zone.quads, *others] if zone else others
    level = upright(picture, zone.quads if zone else every, every)
    boxes = [level.box(quad) for quad in others]
    texts = read_lines(picture, others)
    lines = [Line(*text, box) for text, box in zip(texts, boxes, strict=True) if text[0].strip()]
    corners = np.concatenate(quads) if quads else None
    return Page(
        width=level.width,
        height=level.height,
        lines=tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left))),
        mrz=replace(zone.reading, box=level.box(np.concatenate(zone.quads))) if zone else None,
        quality=measure(picture, corners),
        barcodes=tuple(
            Barcode(each.symbology, each.payload, level.box(each.corners)) for each in symbols
        ),
        fingerprint=fingerprint(picture, corners, level.rotation),
    )


def _located(picture: Picture, symbols: Sequence[Symbol]) -> Found:
    """Find the text and the zone of a document; look closer where no zone was read well."""
    picture, quads = _zoomed(picture, find_text(picture), symbols)
    zone, is_likely = search_zone(picture, quads)
    if zone.is_clear if zone else not (is_likely or _is_small(picture, quads)):
        return picture, quads, zone
    part, closer = _zoomed(picture, find_text(picture, CLOSER), symbols)
    again = better(zone, find_zone(part, closer))
    return (picture, quads, zone) if again is zone else (part, closer, again)


def _is_small(picture: Picture, quads: Sequence[Quad]) -> bool:
    """Tell whether most lines are so low in what the detector sees that it may miss others."""
    scale = min(1.0, SIDE / max(picture.shape))
    heights = [height_of(quad) * scale for quad in _lines(quads)]
    return bool(quads) and (not heights or float(np.median(heights)) < SMALL)


def _lines(quads: Sequence[Quad]) -> list[Quad]:
    """Leave out what is far too high for a line: seen from afar, a page looks like a letter."""
    heights = [height_of(quad) for quad in quads if length_of(quad) > LONG * height_of(quad)]
    highest = MAX_HEIGHT * float(np.median(heights)) if heights else 0.0
    return [quad for quad in quads if height_of(quad) <= highest]


def _apart(picture: Picture, quads: list[Quad], zone: Zone | None) -> tuple[Picture, ...]:
    """Cut a picture in two where it shows two documents; in doubt it shows one."""
    if zone is None or not zone.is_clear:
        return ()
    others = outside(zone, quads)
    own = [quad for quad in quads if not any(quad is each for each in others)]
    if len(others) < MIN_LINES or not own:
        return ()
    parts = parted(picture, own, others)
    if parts is None or not (is_document(zone, others) or _has_zone(picture, others)):
        return ()
    return parts


def _has_zone(picture: Picture, quads: Sequence[Quad]) -> bool:
    zone = find_zone(picture, quads)
    return zone is not None and zone.is_clear


def _zoomed(
    picture: Picture, quads: list[Quad], symbols: Sequence[Symbol]
) -> tuple[Picture, list[Quad]]:
    """Cut a document that is small in the frame out of it, and find its text again, larger."""
    if not quads:
        return picture, quads
    corners = np.concatenate([*(_lines(quads) or quads), *(each.corners for each in symbols)])
    size = np.array(picture.shape[1::-1], np.float32)
    least, most = corners.min(0), corners.max(0)
    margin = MARGIN * float(size.max()) + 0.1 * float((most - least).max())
    left, top = np.maximum(least - margin, 0).astype(int)
    right, bottom = np.ceil(np.minimum(most + margin, size)).astype(int)
    if max(right - left, bottom - top) > SMALL_IN_FRAME * size.max():
        return picture, quads
    cut = np.ascontiguousarray(picture[top:bottom, left:right])
    return cut, find_text(cut)


def _is_part(quad: Quad, zone: Zone) -> bool:
    """Tell whether the middle of a line lies within one of the zone's lines."""
    middle = (float(quad[:, 0].mean()), float(quad[:, 1].mean()))
    return any(cv2.pointPolygonTest(each, middle, False) >= 0 for each in zone.quads)


def _is_flipped(picture: Picture, quads: Sequence[Quad]) -> bool:
    """Without a zone, the longest lines tell: text on its head is read with less certainty."""
    sample = sorted(quads, key=lambda quad: float(np.linalg.norm(quad[1] - quad[0])))[-SAMPLE:]
    as_found = sum(sure for _, sure in read_lines(picture, sample))
    flipped = sum(sure for _, sure in read_lines(picture, [upside_down(quad) for quad in sample]))
    return flipped > as_found
