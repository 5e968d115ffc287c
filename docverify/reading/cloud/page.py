"""Upright pages from the words of a cloud engine and their positions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from docverify.page import (
    Barcode,
    Box,
    FieldText,
    ImageEvidence,
    Line,
    Page,
    Point,
    Portrait,
    Quality,
)
from docverify.reading.barcodes import find_barcodes
from docverify.reading.cloud.encoding import EncodedPage, decode
from docverify.reading.cloud.mrz_from_text import find_mrzs_in_text
from docverify.reading.cloud.mrz_rows import Fragment
from docverify.reading.evidence import measure_evidence
from docverify.reading.files.pages import Image
from docverify.reading.fingerprint import compute_fingerprint
from docverify.reading.ink import measure_contrast
from docverify.reading.portraits import find_faces
from docverify.reading.quads import Quad, measure_height, measure_length
from docverify.reading.quality import measure_quality
from docverify.reading.recognition import cut_strip
from docverify.reading.rectification import Rectification


@dataclass(frozen=True)
class EngineWord:
    """A word that an engine read.

    Attributes:
        text: as read; personal data.
        confidences: confidence of each character, from 0 to 1.
        corners: of the word, clockwise from its top left in reading direction, in pixels of the
            page as sent.
        blank_after: whether a blank follows.
    """

    text: str = field(repr=False)
    confidences: tuple[float, ...]
    corners: tuple[Point, Point, Point, Point]
    blank_after: bool = True


WordLine = Sequence[EngineWord]


@dataclass(frozen=True)
class Rotation:
    """The rotation that makes the text of a page upright and horizontal."""

    cosine: float
    sine: float
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole page after the rotation."""
        cosine, sine = abs(self.cosine), abs(self.sine)
        return (
            round(cosine * self.width + sine * self.height),
            round(sine * self.width + cosine * self.height),
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The rotation as an affine transformation (2 x 3)."""
        start = self._turn(0, 0)
        return np.array([[self.cosine, self.sine, start[0]], [-self.sine, self.cosine, start[1]]])

    def fragment(self, word: EngineWord) -> Fragment:
        """Return a word at its position on the upright page."""
        return Fragment(word.text, word.confidences, self.find_box(word.corners))

    def find_box(self, corners: Iterable[Point]) -> Box:
        """Return the upright rectangle around the area that the corners enclose."""
        turned = [self._turn(*corner) for corner in corners] or [(0.0, 0.0)]
        across, down = zip(*turned, strict=True)
        return Box(min(across), min(down), max(across), max(down))

    def _turn(self, x: float, y: float) -> Point:
        width, height = self.size
        right, below = x - self.width / 2, y - self.height / 2
        return (
            right * self.cosine + below * self.sine + width / 2,
            below * self.cosine - right * self.sine + height / 2,
        )


Corners = tuple[Point, Point, Point, Point]


@dataclass(frozen=True)
class TextPlace:
    """The position of a page's text, in pixels of the page as it was sent.

    Attributes:
        rotation: the rotation that makes the text level.
        corners: the corners of all words.
        lines: the four corners of each line whose ink is measured, from the top left clockwise.
    """

    rotation: Rotation
    corners: tuple[Point, ...]
    lines: tuple[Corners, ...] = ()


@dataclass(frozen=True)
class PageMeasurements:
    """Measurements of a page's pixels, as in `Page`."""

    quality: Quality
    barcodes: tuple[Barcode, ...] = ()
    fingerprint: int | None = None
    portraits: tuple[Portrait, ...] | None = None
    contrasts: tuple[float | None, ...] = ()
    evidence: ImageEvidence | None = None


MeasurePage = Callable[[EncodedPage, TextPlace], PageMeasurements]


def measure_page(sent: EncodedPage, place: TextPlace) -> PageMeasurements:
    """Decode and measure a page; call it in a reader process if the file is untrusted."""
    image, rotation = decode(sent), place.rotation
    corners = np.array(place.corners, np.float32) if place.corners else None
    upright = np.vstack([rotation.matrix, [0, 0, 1]])
    faces = find_faces(image, upright, rotation.size)
    lines = [np.array(each, np.float32) for each in place.lines]
    level = Rectification(rotation.matrix, upright, *rotation.size)
    return PageMeasurements(
        measure_quality(image, corners),
        tuple(
            Barcode(
                each.symbology, each.payload, rotation.find_box(map(tuple, each.corners.tolist()))
            )
            for each in find_barcodes(image)
        ),
        compute_fingerprint(image, corners, rotation.matrix),
        tuple(each.portrait for each in faces),
        tuple(measure_line_contrast(image, line) for line in lines),
        measure_evidence(image, lines, None, faces, level),
    )


def measure_line_contrast(image: Image, quad: Quad) -> float | None:
    """Return the ink contrast of a line; None if its corners enclose nothing."""
    if min(measure_length(quad), measure_height(quad)) < 1:
        return None
    return measure_contrast(cut_strip(image, quad))


def build_page(
    lines: Sequence[WordLine],
    sent: EncodedPage,
    measure: MeasurePage,
    fields: Mapping[str, FieldText] | None = None,
) -> Page:
    """Build a page as the local engine does: upright, with a separate MRZ, and measured.

    `measure` does the work that needs pixels.
    """
    rotation = find_rotation([word for line in lines for word in line], sent)
    placed = [[(word, rotation.fragment(word)) for word in line] for line in lines]
    mrzs = find_mrzs_in_text([fragment for line in placed for _, fragment in line])
    used = {fragment for mrz in mrzs for fragment in mrz.fragments}
    rest = [[word for word, place in line if place not in used] for line in placed]
    printed = [words for words in rest if words]
    width, height = rotation.size
    place = TextPlace(rotation, find_corners(lines), tuple(map(find_line_corners, printed)))
    seen = measure(sent, place)
    contrasts = seen.contrasts or (None,) * len(printed)
    built = [build_line(*each, rotation) for each in zip(printed, contrasts, strict=True)]
    return Page(
        width=width,
        height=height,
        lines=tuple(
            sorted(
                (line for line in built if line.text),
                key=lambda line: (line.box.top, line.box.left),
            )
        ),
        mrz=mrzs[0].reading if mrzs else None,
        quality=seen.quality,
        barcodes=seen.barcodes,
        fields=fields or {},
        fingerprint=seen.fingerprint,
        other_mrzs=tuple(each.reading for each in mrzs[1:]),
        portraits=seen.portraits,
        evidence=seen.evidence,
    )


def find_line_corners(words: WordLine) -> Corners:
    """Return the four corners of a line, from those of its first and its last word."""
    left_top, _, _, left_bottom = words[0].corners
    _, right_top, right_bottom, _ = words[-1].corners
    return left_top, right_top, right_bottom, left_bottom


def find_corners(lines: Iterable[WordLine]) -> tuple[Point, ...]:
    """Return the corners of all words."""
    return tuple(corner for line in lines for word in line for corner in word.corners)


def find_rotation(words: Iterable[EngineWord], sent: EncodedPage) -> Rotation:
    """Find the rotation from the words; longer words count more."""
    across = down = 0.0
    for word in words:
        (left, top), (right, bottom), *_ = word.corners
        across, down = across + right - left, down + bottom - top
    length = math.hypot(across, down)
    cosine, sine = (across / length, down / length) if length else (1.0, 0.0)
    return Rotation(cosine, sine, sent.width, sent.height)


def build_line(words: WordLine, contrast: float | None, rotation: Rotation) -> Line:
    """Build a line, with the confidence of its least certain letter or digit."""
    text = "".join(f"{word.text} " if word.blank_after else word.text for word in words)
    telling = [
        confidence
        for word in words
        for character, confidence in zip(word.text, word.confidences, strict=True)
        if character.isalnum()
    ]
    corners = [corner for word in words for corner in word.corners]
    confidence = min(telling, default=0.0)
    return Line(text.strip(), confidence, rotation.find_box(corners), contrast)
