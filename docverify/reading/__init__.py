"""What an engine read from a file: lines with boxes, the machine readable zone, quality.

These values need the standard library only; the modules beside this one turn pixels into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Point = tuple[float, float]


class Engine(StrEnum):
    """The engines that can read a document."""

    LOCAL = "local"
    GOOGLE_VISION = "google-vision"
    TEXTRACT = "textract"


@dataclass(frozen=True)
class Box:
    """An upright rectangle on a page, in pixels from the top left corner of the upright page."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Line:
    """One line of text; confidence from 0 to 1."""

    text: str = field(repr=False)
    confidence: float
    box: Box


@dataclass(frozen=True)
class MrzReading:
    """The lines of a machine readable zone, with the confidence of each character (0 to 1).

    `greedy` is what the engine read before the standard's grammar was applied; `pitch` is the
    distance between two characters in pixels.
    """

    lines: tuple[str, ...] = field(repr=False)
    confidences: tuple[tuple[float, ...], ...] = field(repr=False)
    greedy: tuple[str, ...] = field(repr=False)
    pitch: float


@dataclass(frozen=True)
class FieldText:
    """What the engine itself takes for the value of a field; confidence from 0 to 1."""

    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True)
class Page:
    """One page, turned upright; sharpness is the variance of the Laplacian at 1000 px width.

    `fields` are those of engines that know documents, named as in `Identity`, dates as
    YYYY-MM-DD where the engine is sure of the order; the others leave it empty.
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    mrz: MrzReading | None
    sharpness: float
    fields: Mapping[str, FieldText] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Why a file was not read: a code for machines and what to do for people."""

    code: str
    message: str


@dataclass(frozen=True)
class Reading:
    """All that was read from one file: pages, or the reason why there are none."""

    engine: Engine
    pages: tuple[Page, ...] = ()
    refusal: Refusal | None = None
