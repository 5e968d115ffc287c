"""Words with their places, as engines elsewhere give them, made into an upright page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from docverify.page import Barcode, Box, FieldText, Line, Page, Point, Quality
from docverify.reading.barcodes import find_barcodes
from docverify.reading.cloud.encoding import EncodedPage, decode
from docverify.reading.cloud.mrz_from_text import find_mrz_in_text
from docverify.reading.cloud.mrz_rows import Fragment
from docverify.reading.fingerprint import compute_fingerprint
from docverify.reading.quality import measure_quality


@dataclass(frozen=True)
class EngineWord:
    """A word, with the confidence of each character from 0 to 1.

    The corners are those of the text as it is read, from its top left one clockwise, in pixels
    of the page as it was sent.
    """

    text: str = field(repr=False)
    confidences: tuple[float, ...]
    corners: tuple[Point, Point, Point, Point]
    blank_after: bool = True


WordLine = Sequence[EngineWord]


@dataclass(frozen=True)
class Rotation:
    """The rotation that makes the text of a page level, whichever way up it was sent."""

    cosine: float
    sine: float
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the page after it, with all of its corners."""
        cosine, sine = abs(self.cosine), abs(self.sine)
        return (
            round(cosine * self.width + sine * self.height),
            round(sine * self.width + cosine * self.height),
        )

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The same as an affine transformation (2 x 3)."""
        start = self._turned(0, 0)
        return np.array([[self.cosine, self.sine, start[0]], [-self.sine, self.cosine, start[1]]])

    def fragment(self, word: EngineWord) -> Fragment:
        """Return a word in its upright place."""
        return Fragment(word.text, word.confidences, self.find_box(word.corners))

    def find_box(self, corners: Iterable[Point]) -> Box:
        """Return the upright rectangle around what the corners enclose."""
        turned = [self._turned(*corner) for corner in corners] or [(0.0, 0.0)]
        across, down = zip(*turned, strict=True)
        return Box(min(across), min(down), max(across), max(down))

    def _turned(self, x: float, y: float) -> Point:
        width, height = self.size
        right, below = x - self.width / 2, y - self.height / 2
        return (
            right * self.cosine + below * self.sine + width / 2,
            below * self.cosine - right * self.sine + height / 2,
        )


@dataclass(frozen=True)
class TextPlace:
    """Where the text of a page stands: its corners as it was sent, and what makes it level."""

    rotation: Rotation
    corners: tuple[Point, ...]


@dataclass(frozen=True)
class PageMeasurements:
    """What the pixels of a page say beside its text, as `Page` has it."""

    quality: Quality
    barcodes: tuple[Barcode, ...] = ()
    fingerprint: int | None = None


MeasurePage = Callable[[EncodedPage, TextPlace], PageMeasurements]


def measure_page(sent: EncodedPage, place: TextPlace) -> PageMeasurements:
    """Decode and look at a page; where it is not ours, that is for a process of its own."""
    image, rotation = decode(sent), place.rotation
    corners = np.array(place.corners, np.float32) if place.corners else None
    return PageMeasurements(
        measure_quality(image, corners),
        tuple(
            Barcode(
                each.symbology, each.payload, rotation.find_box(map(tuple, each.corners.tolist()))
            )
            for each in find_barcodes(image)
        ),
        compute_fingerprint(image, corners, rotation.matrix),
    )


def build_page(
    lines: Sequence[WordLine],
    sent: EncodedPage,
    measure: MeasurePage,
    fields: Mapping[str, FieldText] | None = None,
) -> Page:
    """Make a page as the local engine does: text level, the MRZ apart, the picture measured.

    `look_at` does what needs pixels.
    """
    rotation = _turn([word for line in lines for word in line], sent)
    placed = [[(word, rotation.fragment(word)) for word in line] for line in lines]
    mrz = find_mrz_in_text(fragment for line in placed for _, fragment in line)
    used = set(mrz.fragments) if mrz else set()
    others = (
        _line([word for word, place in line if place not in used], rotation) for line in placed
    )
    width, height = rotation.size
    seen = measure(sent, TextPlace(rotation, _corners(lines)))
    return Page(
        width=width,
        height=height,
        lines=tuple(sorted(filter(_says_something, others), key=_from_top)),
        mrz=mrz.reading if mrz else None,
        quality=seen.quality,
        barcodes=seen.barcodes,
        fields=fields or {},
        fingerprint=seen.fingerprint,
    )


def _says_something(line: Line) -> bool:
    return bool(line.text)


def _from_top(line: Line) -> tuple[float, float]:
    return line.box.top, line.box.left


def _corners(lines: Iterable[WordLine]) -> tuple[Point, ...]:
    return tuple(corner for line in lines for word in line for corner in word.corners)


def _turn(words: Iterable[EngineWord], sent: EncodedPage) -> Rotation:
    """Long words tell the direction better than short ones."""
    across = down = 0.0
    for word in words:
        (left, top), (right, bottom), *_ = word.corners
        across, down = across + right - left, down + bottom - top
    length = math.hypot(across, down)
    cosine, sine = (across / length, down / length) if length else (1.0, 0.0)
    return Rotation(cosine, sine, sent.width, sent.height)


def _line(words: WordLine, rotation: Rotation) -> Line:
    """As sure as its least certain letter or digit."""
    text = "".join(f"{word.text} " if word.blank_after else word.text for word in words)
    telling = [
        confidence
        for word in words
        for character, confidence in zip(word.text, word.confidences, strict=True)
        if character.isalnum()
    ]
    corners = [corner for word in words for corner in word.corners]
    return Line(text.strip(), min(telling, default=0.0), rotation.find_box(corners))
