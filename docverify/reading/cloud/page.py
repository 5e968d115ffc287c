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
from docverify.reading.cloud.mrz_from_text import find_text_zone
from docverify.reading.cloud.mrz_rows import Fragment
from docverify.reading.fingerprint import fingerprint
from docverify.reading.quality import measure


@dataclass(frozen=True)
class Word:
    """A word, with the confidence of each character from 0 to 1.

    The corners are those of the text as it is read, from its top left one clockwise, in pixels
    of the page as it was sent.
    """

    text: str = field(repr=False)
    confidences: tuple[float, ...]
    corners: tuple[Point, Point, Point, Point]
    blank_after: bool = True


WordLine = Sequence[Word]
Corners = tuple[Point, ...]


@dataclass(frozen=True)
class Turn:
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

    def fragment(self, word: Word) -> Fragment:
        """Return a word in its upright place."""
        return Fragment(word.text, word.confidences, self.box(word.corners))

    def box(self, corners: Iterable[Point]) -> Box:
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

    turn: Turn
    corners: Corners


@dataclass(frozen=True)
class Look:
    """What the pixels of a page say beside its text, as `Page` has it."""

    quality: Quality
    barcodes: tuple[Barcode, ...] = ()
    fingerprint: int | None = None


LookAt = Callable[[EncodedPage, TextPlace], Look]


def look(sent: EncodedPage, place: TextPlace) -> Look:
    """Decode and look at a page; where it is not ours, that is for a process of its own."""
    picture, turn = decode(sent), place.turn
    corners = np.array(place.corners, np.float32) if place.corners else None
    return Look(
        measure(picture, corners),
        tuple(
            Barcode(each.symbology, each.payload, turn.box(map(tuple, each.corners.tolist())))
            for each in find_barcodes(picture)
        ),
        fingerprint(picture, corners, turn.matrix),
    )


def page_of(
    lines: Sequence[WordLine],
    sent: EncodedPage,
    look_at: LookAt,
    fields: Mapping[str, FieldText] | None = None,
) -> Page:
    """Make a page as the local engine does: text level, the zone apart, the picture measured.

    `look_at` does what needs pixels.
    """
    turn = _turn([word for line in lines for word in line], sent)
    placed = [[(word, turn.fragment(word)) for word in line] for line in lines]
    zone = find_text_zone(fragment for line in placed for _, fragment in line)
    used = set(zone.fragments) if zone else set()
    others = (_line([word for word, place in line if place not in used], turn) for line in placed)
    width, height = turn.size
    seen = look_at(sent, TextPlace(turn, _corners(lines)))
    return Page(
        width=width,
        height=height,
        lines=tuple(sorted(filter(_says_something, others), key=_from_top)),
        mrz=zone.reading if zone else None,
        quality=seen.quality,
        barcodes=seen.barcodes,
        fields=fields or {},
        fingerprint=seen.fingerprint,
    )


def _says_something(line: Line) -> bool:
    return bool(line.text)


def _from_top(line: Line) -> tuple[float, float]:
    return line.box.top, line.box.left


def _corners(lines: Iterable[WordLine]) -> Corners:
    return tuple(corner for line in lines for word in line for corner in word.corners)


def _turn(words: Iterable[Word], sent: EncodedPage) -> Turn:
    """Long words tell the direction better than short ones."""
    across = down = 0.0
    for word in words:
        (left, top), (right, bottom), *_ = word.corners
        across, down = across + right - left, down + bottom - top
    length = math.hypot(across, down)
    cosine, sine = (across / length, down / length) if length else (1.0, 0.0)
    return Turn(cosine, sine, sent.width, sent.height)


def _line(words: WordLine, turn: Turn) -> Line:
    """As sure as its least certain letter or digit."""
    text = "".join(f"{word.text} " if word.blank_after else word.text for word in words)
    telling = [
        confidence
        for word in words
        for character, confidence in zip(word.text, word.confidences, strict=True)
        if character.isalnum()
    ]
    corners = [corner for word in words for corner in word.corners]
    return Line(text.strip(), min(telling, default=0.0), turn.box(corners))
