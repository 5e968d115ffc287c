"""Text location: the lines and the MRZ of a document, in an image or in a crop of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from docverify.reading.barcodes import LocatedBarcode
from docverify.reading.detection import DETECTION_SIDE, MIN_LINE_ASPECT, find_text
from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.search import MIN_ASPECT, find_mrz, search_mrz
from docverify.reading.mrz.stamps import doubt_covered
from docverify.reading.quads import Quad, measure_height, measure_length
from docverify.reading.recognition import remove_coloured_ink, remove_glare

SMALL_IN_FRAME = 0.65  # of the image's longer side
CLOSER_SIDE = 1600  # pixels
FRAME_MARGIN = 0.04  # of the image's longer side
MAX_HEIGHT = 5.0  # of the median height of the lines
SMALL_HEIGHT = 16.0  # pixels: half the height at which the detector misses nothing
MIN_ACROSS = 2  # lines: an MRZ has two or three


@dataclass(frozen=True)
class LocatedText:
    """The text that was found in an image, or in a crop of it.

    Attributes:
        image: the image or crop in which the boxes are.
        quads: boxes of all lines, those of the MRZ among them.
        mrz: the MRZ; None if not found.
        runs_across: whether the MRZ runs across most lines. Those lines keep their direction,
            which may be upside down; all other boxes are turned like the MRZ.
    """

    image: Image
    quads: list[Quad]
    mrz: LocatedMrz | None
    runs_across: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether its MRZ was read well."""
        return self.mrz is not None and self.mrz.is_clear


def locate_text(image: Image, barcodes: Sequence[LocatedBarcode]) -> LocatedText:
    """Find the text and the MRZ of a document; look more closely if no MRZ was read well.

    Each further look costs about as much as the first one, so it needs a reason: a line that reads
    like one of an MRZ, or text that is too small for the first look.
    """
    image, quads = zoom_in(image, find_text(image), barcodes)
    search = search_mrz(image, quads)
    found = choose_clearer(LocatedText(image, quads, search.mrz), find_across)
    has_candidate = search.has_candidate or found.mrz is not None
    if found.is_clear or not (has_candidate or is_small(image, quads)):
        return found
    crop, closer = zoom_in(image, find_text(image, CLOSER_SIDE), barcodes)
    nearer = choose_clearer(LocatedText(crop, closer, find_mrz(crop, closer)), find_across)
    found = choose_clearer(found, lambda _: nearer)
    if not has_candidate:
        return found
    return choose_clearer(choose_clearer(found, look_below_stamps), look_below_glare)


def choose_clearer(
    found: LocatedText, look: Callable[[LocatedText], LocatedText | None]
) -> LocatedText:
    """Return the text with the better MRZ: the given one, or that of another look.

    The other look is not taken if the MRZ is already clear.
    """
    other = None if found.is_clear else look(found)
    if other is None or other.mrz is None:
        return found
    return other if found.mrz is None or other.mrz.score > found.mrz.score else found


def find_across(found: LocatedText) -> LocatedText | None:
    """Find an MRZ that runs across most lines, as in an image with a page on its side."""
    turned = [np.roll(quad, 1, axis=0) for quad in found.quads]
    slender = [measure_length(quad) > MIN_ASPECT * measure_height(quad) for quad in turned]
    if sum(slender) < MIN_ACROSS:
        return None
    mrz = find_mrz(found.image, turned)
    quads = [
        quad if measure_length(quad) > MIN_LINE_ASPECT * measure_height(quad) else other
        for quad, other in zip(found.quads, turned, strict=True)
    ]
    return LocatedText(found.image, quads, mrz, runs_across=True)


def look_below_stamps(found: LocatedText) -> LocatedText | None:
    """Find an MRZ in the same image without coloured ink."""
    plain = remove_coloured_ink(found.image)
    mrz = find_mrz(plain, find_text(plain))
    return replace(found, mrz=doubt_covered(found.image, mrz)) if mrz else None


def look_below_glare(found: LocatedText) -> LocatedText | None:
    """Find an MRZ in the same image without glare."""
    plain = remove_glare(found.image)
    mrz = find_mrz(plain, find_text(plain))
    return replace(found, mrz=mrz) if mrz else None


def is_small(image: Image, quads: Sequence[Quad]) -> bool:
    """Return whether most lines are so small in the detector's input that it may miss others."""
    scale = min(1.0, DETECTION_SIDE / max(image.shape))
    heights = [measure_height(quad) * scale for quad in drop_oversized(quads)]
    return bool(quads) and (not heights or float(np.median(heights)) < SMALL_HEIGHT)


def drop_oversized(quads: Sequence[Quad]) -> list[Quad]:
    """Drop boxes that are far too high for a line: in a distant photo, a page looks like a line."""
    heights = [
        measure_height(quad)
        for quad in quads
        if measure_length(quad) > MIN_LINE_ASPECT * measure_height(quad)
    ]
    highest = MAX_HEIGHT * float(np.median(heights)) if heights else 0.0
    # A line that runs across the others is higher than long.
    return [quad for quad in quads if min(measure_height(quad), measure_length(quad)) <= highest]


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
