"""The engine `local`: reads a document on this machine's processor, without any download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from docverify.errors import UnreadableFile
from docverify.page import Barcode, Box, Engine, Line, MrzReading, Page, Reading, Refusal
from docverify.reading.barcodes import LocatedBarcode, find_barcodes
from docverify.reading.document_split import (
    MIN_LINES,
    cut_between,
    find_inside,
    find_outside,
    is_card,
    is_other_side,
)
from docverify.reading.evidence import measure_evidence
from docverify.reading.files.pages import Image, Limits, Watch, read_pages
from docverify.reading.files.provenance import read_provenance
from docverify.reading.fingerprint import compute_fingerprint
from docverify.reading.ink import measure_contrast
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.further_mrzs import find_further_mrzs, is_in_mrz
from docverify.reading.mrz.search import find_mrz
from docverify.reading.outlines import cut_between_edges
from docverify.reading.portrait_signature import sign_portrait
from docverify.reading.portraits import find_faces
from docverify.reading.quads import (
    Quad,
    Vector,
    find_direction,
    measure_height,
    measure_length,
    measure_sides,
    turn_upside_down,
)
from docverify.reading.quality import measure_quality
from docverify.reading.recognition import cut_strip, read_greedily, read_lines, recognise
from docverify.reading.rectification import Rectification, rectify
from docverify.reading.text_location import LocatedText, locate_text

SAMPLE_LINES = 4
MAX_LINES = 120
MIN_ACROSS_ASPECT = 2.0  # height by length: a word of three letters
MAX_ACROSS = 12  # lines that run up or down a page; documents have only a few such numbers
MAX_SPLITS = 3  # up to eight documents in an image
MAX_TEXT = 1000.0  # line heights: all lines of a page in a row; documents have up to 310


def read(
    content: bytes,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    watch: Watch = iter,
    *,
    sign_portraits: bool = False,
) -> Reading:
    """Read every document in a file; a file that cannot be read gives a reading with a refusal.

    With `sign_portraits`, each page has the signature of its portrait, which is biometric data.
    """
    try:
        images = watch(read_pages(content, limits))
        pages = tuple(
            page
            for image in images
            for page in read_documents(image, sign_portraits=sign_portraits)
        )
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))
    return Reading(Engine.LOCAL, pages, provenance=read_provenance(content))


def read_documents(
    image: Image, splits: int = MAX_SPLITS, *, sign_portraits: bool = False
) -> tuple[Page, ...]:
    """Read each document in an image, such as the two sides of a card: one page each."""
    return tuple(
        build_page(*each, sign_portraits=sign_portraits) for each in locate_documents(image, splits)
    )


def locate_documents(
    image: Image, splits: int = MAX_SPLITS
) -> Iterator[tuple[Image, Sequence[LocatedBarcode], LocatedText]]:
    """Yield each document of an image with its barcodes and its text.

    The image may be cut in two, and each half again, `splits` times.
    """
    barcodes = find_barcodes(image)
    text = locate_text(image, barcodes)
    halves = split_documents(image, text, barcodes) if splits else ()
    if not halves:
        yield image, barcodes, text
    for half in halves:
        yield from locate_documents(half, splits - 1)


def read_page(image: Image) -> Page:
    """Read one document. Its MRZ is read first, because it shows which way is up."""
    barcodes = find_barcodes(image)
    return build_page(image, barcodes, locate_text(image, barcodes))


def build_page(
    whole: Image,
    barcodes: Sequence[LocatedBarcode],
    text: LocatedText,
    *,
    sign_portraits: bool = False,
) -> Page:
    """Read the lines of a document and build its upright page."""
    image, quads, mrz = text.image, text.quads, text.mrz
    if barcodes and image is not whole:  # The crop has its own coordinates.
        barcodes = find_barcodes(image)
    others, level = level_text(text)
    lines = read_all_lines(image, others, level)
    further = find_further_mrzs(image, others, [line.text for line in lines])
    printed = [
        line
        for quad, line in zip(others, lines, strict=True)
        if line.text.strip() and not any(is_in_mrz(quad, each) for each in further)
    ]
    corners = np.concatenate(quads) if quads else None
    faces = find_faces(image, level.transform, (level.width, level.height))
    return Page(
        width=level.width,
        height=level.height,
        lines=tuple(sorted(printed, key=lambda line: (line.box.top, line.box.left))),
        mrz=place_mrz(mrz, level) if mrz else None,
        quality=measure_quality(image, corners, find_own_lines(mrz, others, lines)),
        barcodes=tuple(
            Barcode(each.symbology, each.payload, level.find_box(each.corners)) for each in barcodes
        ),
        fingerprint=compute_fingerprint(image, corners, level.rotation),
        other_mrzs=tuple(place_mrz(each, level) for each in further),
        portraits=tuple(each.portrait for each in faces),
        evidence=measure_evidence(image, others, mrz, faces, level),
        portrait_signature=sign_portrait(image, faces, level) if sign_portraits else None,
    )


def level_text(text: LocatedText) -> tuple[list[Quad], Rectification]:
    """Return the lines outside the MRZ, upright, and the transform that levels all lines."""
    image, mrz = text.image, text.mrz
    others = [quad for quad in text.quads if mrz is None or not is_in_mrz(quad, mrz)]
    others = choose_lines(others)
    if mrz.flipped if mrz else is_upside_down(image, others):
        others = [turn_upside_down(quad) for quad in others]
    if mrz and text.runs_across:
        others = turn_across(image, others, find_direction(mrz.quads[0]))
    every = [*mrz.quads, *others] if mrz else others
    return others, rectify(image, mrz.quads if mrz else every, every)


def choose_lines(quads: Sequence[Quad]) -> list[Quad]:
    """Choose the highest lines, up to MAX_LINES and MAX_TEXT, to limit the time for a page.

    The shorter side of a line is its height: lines may run across the others.
    """
    highest = sorted(quads, key=lambda quad: measure_sides(quad)[0], reverse=True)[:MAX_LINES]
    sides = map(measure_sides, highest)
    lengths = accumulate(longer / max(shorter, 1) for shorter, longer in sides)
    return [quad for quad, length in zip(highest, lengths, strict=True) if length <= MAX_TEXT]


def find_own_lines(
    mrz: LocatedMrz | None, quads: Sequence[Quad], lines: Sequence[Line]
) -> list[Quad]:
    """Find the lines on the document that have a letter or digit, including those of the MRZ."""
    legible = [
        quad
        for quad, line in zip(quads, lines, strict=True)
        if any(each.isalnum() for each in line.text)
    ]
    if mrz is None or not mrz.is_clear:
        return [*(mrz.quads if mrz else ()), *legible]
    return [*mrz.quads, *find_inside(mrz, legible)]


def place_mrz(mrz: LocatedMrz, level: Rectification) -> MrzReading:
    """Return the reading of an MRZ with its box on the upright page."""
    return replace(mrz.reading, box=level.find_box(np.concatenate(mrz.quads)))


def read_all_lines(image: Image, quads: Sequence[Quad], level: Rectification) -> list[Line]:
    """Read the lines of a page, in the order given.

    At most MAX_ACROSS of those that run up or down the page are turned: each is read twice.
    """
    across = [quad for quad in quads if runs_across(quad)]
    turned = sorted(across, key=measure_height, reverse=True)[:MAX_ACROSS]
    return [
        read_line_across(image, quad, level.find_box(quad))
        if any(quad is each for each in turned)
        else read_line(image, quad, level.find_box(quad))
        for quad in quads
    ]


def runs_across(quad: Quad) -> bool:
    """Return whether a line runs up or down where the others run to the right."""
    return measure_height(quad) > MIN_ACROSS_ASPECT * measure_length(quad)


def read_line_across(image: Image, quad: Quad, box: Box) -> Line:
    """Read a line that runs up or down the page, in the direction with more confidence."""
    both = [read_line(image, np.roll(quad, turn, axis=0), box) for turn in (1, -1)]
    return replace(max(both, key=lambda line: line.confidence), across=True)


def read_line(image: Image, quad: Quad, box: Box) -> Line:
    """Read a line of text and measure its ink; `box` is its place on the upright page."""
    strip = cut_strip(image, quad)
    text, confidence = read_greedily(recognise(strip))
    return Line(text, confidence, box, measure_contrast(strip))


def split_documents(
    whole: Image, text: LocatedText, barcodes: Sequence[LocatedBarcode]
) -> tuple[Image, ...]:
    """Cut an image in two if it certainly shows two documents; otherwise return an empty list."""
    mrz = text.mrz
    if mrz is None:
        return split_between_edges(whole, text, barcodes)
    if not mrz.is_clear:
        return ()
    others = find_outside(mrz, text.quads)
    own = [quad for quad in text.quads if not any(quad is each for each in others)]
    if len(others) < MIN_LINES or not own:
        return ()
    halves = cut_between(text.image, own, others)
    if halves and (is_other_side(mrz, others) or has_clear_mrz(text.image, others)):
        return halves
    # The other half is another page of the same booklet.
    return split_between_edges(whole, text, barcodes) if is_card(mrz) else ()


def split_between_edges(
    whole: Image, text: LocatedText, barcodes: Sequence[LocatedBarcode]
) -> tuple[Image, ...]:
    """Cut an image in two where the edges of two documents are visible; empty if they are not."""
    if len(text.quads) < 2 * MIN_LINES:
        return ()
    if barcodes and text.image is not whole:  # The crop has its own coordinates.
        barcodes = find_barcodes(text.image)
    corners = [each.corners for each in barcodes]
    return cut_between_edges(text.image, text.quads, corners, MIN_LINES) or ()


def has_clear_mrz(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether there is a clear MRZ among these lines."""
    mrz = find_mrz(image, quads)
    return mrz is not None and mrz.is_clear


def turn_across(image: Image, quads: Sequence[Quad], direction: Vector) -> list[Quad]:
    """Turn the lines that run across a direction, such as those of a page on its side, upright."""
    along = [quad for quad in quads if abs(float(find_direction(quad) @ direction)) > 0.5]
    across = [quad for quad in quads if abs(float(find_direction(quad) @ direction)) <= 0.5]
    if is_upside_down(image, across):
        across = [turn_upside_down(quad) for quad in across]
    return along + across


def is_upside_down(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether the longest lines are read with more confidence upside down."""
    sample = sorted(quads, key=lambda quad: float(np.linalg.norm(quad[1] - quad[0])))
    sample = sample[-SAMPLE_LINES:]
    as_found = sum(sure for _, sure in read_lines(image, sample))
    turned = [turn_upside_down(quad) for quad in sample]
    return sum(sure for _, sure in read_lines(image, turned)) > as_found
