"""The engine `local`: reads a document on this machine's processor, without any download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from docverify.errors import UnreadableFile
from docverify.page import Barcode, Box, Engine, Line, MrzReading, Page, Reading, Refusal
from docverify.reading.barcodes import LocatedBarcode, find_barcodes
from docverify.reading.detection import DETECTION_SIDE, MIN_LINE_ASPECT, find_text
from docverify.reading.document_split import MIN_LINES, cut_between, find_outside, is_other_side
from docverify.reading.files.pages import Image, Limits, Watch, read_pages
from docverify.reading.files.provenance import read_provenance
from docverify.reading.fingerprint import compute_fingerprint
from docverify.reading.ink import measure_contrast
from docverify.reading.mrz.explanation import LocatedMrz, choose_better
from docverify.reading.mrz.further_mrzs import find_further_mrzs, is_in_mrz
from docverify.reading.mrz.search import find_mrz, search_mrz
from docverify.reading.portraits import find_portraits
from docverify.reading.quads import Quad, measure_height, measure_length, turn_upside_down
from docverify.reading.quality import measure_quality
from docverify.reading.recognition import cut_strip, read_greedily, read_lines, recognise
from docverify.reading.rectification import Rectification, rectify

SMALL_IN_FRAME = 0.65  # of the image's longer side
CLOSER_SIDE = 1600  # pixels
FRAME_MARGIN = 0.04  # of the image's longer side
SAMPLE_LINES = 4
MAX_LINES = 120
MAX_TEXT = 1000.0  # line heights: all lines of a page in a row; documents have up to 310
MAX_HEIGHT = 5.0  # of the median height of the lines
SMALL_HEIGHT = 16.0  # pixels: half the height at which the detector misses nothing


@dataclass(frozen=True)
class LocatedText:
    """The text that was found in an image, or in a crop of it.

    Attributes:
        image: the image or crop in which the boxes are.
        quads: boxes of all lines, those of the MRZ among them.
        mrz: the MRZ; None if not found.
    """

    image: Image
    quads: list[Quad]
    mrz: LocatedMrz | None


def read(
    content: bytes,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    watch: Watch = iter,
) -> Reading:
    """Read every document in a file; a file that cannot be read gives a reading with a refusal."""
    try:
        images = watch(read_pages(content, limits))
        pages = tuple(page for image in images for page in read_documents(image))
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))
    return Reading(Engine.LOCAL, pages, provenance=read_provenance(content))


def read_documents(image: Image) -> tuple[Page, ...]:
    """Read each document in an image, such as the two sides of a card: one page each."""
    barcodes = find_barcodes(image)
    text = locate_text(image, barcodes)
    halves = split_documents(text)
    return tuple(map(read_page, halves)) if halves else (build_page(image, barcodes, text),)


def read_page(image: Image) -> Page:
    """Read one document. Its MRZ is read first, because it shows which way up the page is."""
    barcodes = find_barcodes(image)
    return build_page(image, barcodes, locate_text(image, barcodes))


def build_page(whole: Image, barcodes: Sequence[LocatedBarcode], text: LocatedText) -> Page:
    """Read the lines of a document and build its upright page."""
    image, quads, mrz = text.image, text.quads, text.mrz
    if barcodes and image is not whole:  # The crop has its own coordinates.
        barcodes = find_barcodes(image)
    others = [quad for quad in quads if mrz is None or not is_in_mrz(quad, mrz)]
    others = choose_lines(others)
    if mrz.flipped if mrz else is_upside_down(image, others):
        others = [turn_upside_down(quad) for quad in others]
    every = [*mrz.quads, *others] if mrz else others
    level = rectify(image, mrz.quads if mrz else every, every)
    lines = [read_line(image, quad, level.find_box(quad)) for quad in others]
    further = find_further_mrzs(image, others, [line.text for line in lines])
    printed = [
        line
        for quad, line in zip(others, lines, strict=True)
        if line.text.strip() and not any(is_in_mrz(quad, each) for each in further)
    ]
    corners = np.concatenate(quads) if quads else None
    return Page(
        width=level.width,
        height=level.height,
        lines=tuple(sorted(printed, key=lambda line: (line.box.top, line.box.left))),
        mrz=place_mrz(mrz, level) if mrz else None,
        quality=measure_quality(image, corners),
        barcodes=tuple(
            Barcode(each.symbology, each.payload, level.find_box(each.corners)) for each in barcodes
        ),
        fingerprint=compute_fingerprint(image, corners, level.rotation),
        other_mrzs=tuple(place_mrz(each, level) for each in further),
        portraits=find_portraits(image, level.transform, (level.width, level.height)),
    )


def choose_lines(quads: Sequence[Quad]) -> list[Quad]:
    """Choose the highest lines, up to MAX_LINES and MAX_TEXT, so that a page of prose ends."""
    highest = sorted(quads, key=measure_height, reverse=True)[:MAX_LINES]
    lengths = accumulate(measure_length(each) / max(measure_height(each), 1) for each in highest)
    return [quad for quad, length in zip(highest, lengths, strict=True) if length <= MAX_TEXT]


def place_mrz(mrz: LocatedMrz, level: Rectification) -> MrzReading:
    """Return the reading of an MRZ with its box on the upright page."""
    return replace(mrz.reading, box=level.find_box(np.concatenate(mrz.quads)))


def read_line(image: Image, quad: Quad, box: Box) -> Line:
    """Read a line of text and measure its ink; `box` is its place on the upright page."""
    strip = cut_strip(image, quad)
    text, confidence = read_greedily(recognise(strip))
    return Line(text, confidence, box, measure_contrast(strip))


def locate_text(image: Image, barcodes: Sequence[LocatedBarcode]) -> LocatedText:
    """Find the text and the MRZ of a document; look closer where no MRZ was read well."""
    image, quads = zoom_in(image, find_text(image), barcodes)
    search = search_mrz(image, quads)
    found = LocatedText(image, quads, search.mrz)
    if search.mrz and search.mrz.is_clear:
        return found
    if search.mrz is None and not search.has_candidate and not is_small(image, quads):
        return found
    crop, closer = zoom_in(image, find_text(image, CLOSER_SIDE), barcodes)
    better = choose_better(search.mrz, find_mrz(crop, closer))
    return found if better is search.mrz else LocatedText(crop, closer, better)


def is_small(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether most lines are so low in the detector's input that it may miss others."""
    scale = min(1.0, DETECTION_SIDE / max(image.shape))
    heights = [measure_height(quad) * scale for quad in drop_oversized(quads)]
    return bool(quads) and (not heights or float(np.median(heights)) < SMALL_HEIGHT)


def drop_oversized(quads: Sequence[Quad]) -> list[Quad]:
    """Drop boxes that are far too high for a line: in a photo from afar, a page looks like one."""
    heights = [
        measure_height(quad)
        for quad in quads
        if measure_length(quad) > MIN_LINE_ASPECT * measure_height(quad)
    ]
    highest = MAX_HEIGHT * float(np.median(heights)) if heights else 0.0
    return [quad for quad in quads if measure_height(quad) <= highest]


def split_documents(text: LocatedText) -> tuple[Image, ...]:
    """Cut an image in two if it shows two documents; empty if it shows one, or in doubt."""
    mrz = text.mrz
    if mrz is None or not mrz.is_clear:
        return ()
    others = find_outside(mrz, text.quads)
    own = [quad for quad in text.quads if not any(quad is each for each in others)]
    if len(others) < MIN_LINES or not own:
        return ()
    halves = cut_between(text.image, own, others)
    if halves is None:
        return ()
    return halves if is_other_side(mrz, others) or has_clear_mrz(text.image, others) else ()


def has_clear_mrz(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether there is a clear MRZ among these lines."""
    mrz = find_mrz(image, quads)
    return mrz is not None and mrz.is_clear


def zoom_in(
    image: Image, quads: list[Quad], barcodes: Sequence[LocatedBarcode]
) -> tuple[Image, list[Quad]]:
    """Cut out a document that is small in the image, and find its text again in the crop."""
    if not quads:
        return image, quads
    corners = np.concatenate(
        [*(drop_oversized(quads) or quads), *(each.corners for each in barcodes)]
    )
    size = np.array(image.shape[1::-1], np.float32)
    least, most = corners.min(0), corners.max(0)
    margin = FRAME_MARGIN * float(size.max()) + 0.1 * float((most - least).max())
    left, top = np.maximum(least - margin, 0).astype(int)
    right, bottom = np.ceil(np.minimum(most + margin, size)).astype(int)
    if max(right - left, bottom - top) > SMALL_IN_FRAME * size.max():
        return image, quads
    crop = np.ascontiguousarray(image[top:bottom, left:right])
    return crop, find_text(crop)


def is_upside_down(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether the longest lines are read with more confidence upside down."""
    sample = sorted(quads, key=lambda quad: float(np.linalg.norm(quad[1] - quad[0])))
    sample = sample[-SAMPLE_LINES:]
    as_found = sum(sure for _, sure in read_lines(image, sample))
    turned = [turn_upside_down(quad) for quad in sample]
    return sum(sure for _, sure in read_lines(image, turned)) > as_found
