"""The engine `local`: reads a document on this machine's processor, without any download."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from docverify.errors import UnreadableFile
from docverify.reading import Barcode, Box, Engine, Line, Page, Reading, Refusal
from docverify.reading.barcodes import Symbol, find_barcodes
from docverify.reading.detection import Quad, find_text, upside_down
from docverify.reading.fingerprint import fingerprint
from docverify.reading.pages import Limits, Picture, read_pages
from docverify.reading.provenance import provenance
from docverify.reading.quality import measure
from docverify.reading.recognition import read_lines
from docverify.reading.zone import Zone, find_zone

SMALL_IN_FRAME = 0.65
MARGIN = 0.04
SAMPLE = 4


def read(content: bytes, limits: Limits = Limits()) -> Reading:  # noqa: B008 (frozen)
    """Read every page of a file; a file that cannot be read gives a reading with a refusal."""
    try:
        pages = tuple(read_page(picture) for picture in read_pages(content, limits))
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))
    return Reading(Engine.LOCAL, pages, provenance=provenance(content))


def read_page(picture: Picture) -> Page:
    """Read one picture: the zone first, for it tells which way up the page stands."""
    symbols = find_barcodes(picture)
    picture, quads, start = _zoomed(picture, find_text(picture), symbols)
    zone = find_zone(picture, quads)
    others = [quad for quad in quads if zone is None or not _is_part(quad, zone)]
    flipped = zone.flipped if zone else _is_flipped(picture, others)
    if flipped:
        others = [upside_down(quad) for quad in others]
    upright, (width, height) = _turn(picture, zone.quads if zone else others)
    boxes = [_box(quad, upright) for quad in others]
    texts = read_lines(picture, others)
    lines = [Line(*text, box) for text, box in zip(texts, boxes, strict=True) if text[0].strip()]
    corners = np.concatenate(quads) if quads else None
    return Page(
        width=width,
        height=height,
        lines=tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left))),
        mrz=zone.reading if zone else None,
        quality=measure(picture, corners),
        barcodes=tuple(
            Barcode(each.symbology, each.payload, _box(each.corners - start, upright))
            for each in symbols
        ),
        fingerprint=fingerprint(picture, corners, upright),
    )


def _zoomed(
    picture: Picture, quads: list[Quad], symbols: list[Symbol]
) -> tuple[Picture, list[Quad], Quad]:
    """Cut a document that is small in the frame out of it, and find its text again, larger.

    The third value is where the cut begins.
    """
    nowhere = np.zeros(2, np.float32)
    if not quads:
        return picture, quads, nowhere
    corners = np.concatenate([*quads, *(each.corners for each in symbols)])
    size = np.array(picture.shape[1::-1], np.float32)
    least, most = corners.min(0), corners.max(0)
    margin = MARGIN * float(size.max()) + 0.1 * float((most - least).max())
    left, top = np.maximum(least - margin, 0).astype(int)
    right, bottom = np.ceil(np.minimum(most + margin, size)).astype(int)
    if max(right - left, bottom - top) > SMALL_IN_FRAME * size.max():
        return picture, quads, nowhere
    cut = np.ascontiguousarray(picture[top:bottom, left:right])
    return cut, find_text(cut), np.array([left, top], np.float32)


def _is_part(quad: Quad, zone: Zone) -> bool:
    """Tell whether the middle of a line lies within one of the zone's lines."""
    middle = (float(quad[:, 0].mean()), float(quad[:, 1].mean()))
    return any(cv2.pointPolygonTest(each, middle, False) >= 0 for each in zone.quads)


def _is_flipped(picture: Picture, quads: Sequence[Quad]) -> bool:
    """Without a zone, the longest lines tell: text on its head is read with less certainty."""
    sample = sorted(quads, key=lambda quad: float(np.linalg.norm(quad[1] - quad[0])))[-SAMPLE:]
    upright = sum(sure for _, sure in read_lines(picture, sample))
    flipped = sum(sure for _, sure in read_lines(picture, [upside_down(quad) for quad in sample]))
    return flipped > upright


def _turn(picture: Picture, quads: Sequence[Quad]) -> tuple[cv2.typing.MatLike, tuple[int, int]]:
    """Return the rotation that makes the text of a page level, and the size it then has."""
    along = sum((quad[1] - quad[0] for quad in quads), start=np.zeros(2, np.float32))
    angle = float(np.degrees(np.arctan2(along[1], along[0])))
    height, width = picture.shape[:2]
    rotation = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), float)
    size = np.abs(rotation[:, :2]) @ (width, height)
    rotation[:, 2] += (size - (width, height)) / 2
    return rotation, (round(size[0]), round(size[1]))


def _box(quad: Quad, upright: cv2.typing.MatLike) -> Box:
    turned = quad @ upright[:, :2].T + upright[:, 2]
    (left, top), (right, bottom) = turned.min(0), turned.max(0)
    return Box(float(left), float(top), float(right), float(bottom))
