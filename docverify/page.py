"""What an engine read from a file: lines with boxes, the machine readable zone, quality.

These values need the standard library only; the modules beside this one turn pixels into them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Point = tuple[float, float]

CERTAIN_CONFIDENCE = 0.85
"""Confidence from which a text counts as read, wherever no policy decides that.

It is used while reading, between two values of one field, and for finding duplicates. A policy
has its own threshold, `min_confidence`.
"""


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
    """One line of text.

    Attributes:
        text: What is printed.
        confidence: 0 to 1, of the least certain letter or digit.
        box: Where it is on the page.
        contrast: How far the ink's colour is from that of its background (CIE 1976 colour
            difference, 0 to about 100 for black on white); None where it was not measured.
    """

    text: str = field(repr=False)
    confidence: float
    box: Box
    contrast: float | None = None


@dataclass(frozen=True)
class MrzReading:
    """The lines of a machine readable zone, with the confidence of each character (0 to 1).

    `greedy` is what the engine read before the standard's grammar was applied; `pitch` is the
    distance between two characters in pixels. `constrained` is False where no layout explains the
    lines: they are then as the engine read them. `box` is where the zone stands on the page; None
    where that was not kept.
    """

    lines: tuple[str, ...] = field(repr=False)
    confidences: tuple[tuple[float, ...], ...] = field(repr=False)
    greedy: tuple[str, ...] = field(repr=False)
    pitch: float
    constrained: bool = True
    box: Box | None = None


@dataclass(frozen=True)
class FieldText:
    """What the engine itself takes for the value of a field; confidence from 0 to 1."""

    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True)
class Barcode:
    """One barcode: symbology ("PDF417", "QRCode", "DataMatrix" ...) and the bytes it carries."""

    symbology: str
    payload: bytes = field(repr=False)
    box: Box


@dataclass(frozen=True)
class Quality:
    """What a picture is like where its document stands; None where it was not measured.

    `sharpness` is the variance of the Laplacian at 1000 px width; `glare` the share (0 to 1) of
    blown-out spots, not measured on white paper; `brightness` the mean grey and `contrast` the
    spread between the 5th and 95th percentile of grey (0 to 255); `chroma` the 95th percentile of
    CIELAB chroma; `screen_peaks` the number of symmetric pairs of peaks in the spectrum that a
    screen's raster leaves; `edge_margin` the least distance of the document's text from the
    picture's edge, as a share of the picture's longer side; `color_spread` how far colours are from
    a single tint (95th percentile, CIELAB units): near 0 on a grey copy under any tint or light.
    """

    sharpness: float
    glare: float | None = None
    brightness: float | None = None
    contrast: float | None = None
    chroma: float | None = None
    screen_peaks: int | None = None
    edge_margin: float | None = None
    color_spread: float | None = None


@dataclass(frozen=True)
class Portrait:
    """A face on the page.

    Attributes:
        box: The face from forehead to chin, without hair and shoulders.
        confidence: 0 to 1.
    """

    box: Box
    confidence: float


@dataclass(frozen=True)
class Page:
    """One page, or one of the documents in a picture, turned upright.

    `fields` are those of engines that know documents, named as in `Identity`, dates as
    YYYY-MM-DD where the engine is sure of the order; the others leave it empty. `fingerprint` is
    64 bits that are nearly the same for the same picture of the document, however it was saved;
    None where there is nothing to tell it by. `other_mrzs` are further MRZs of the page, from the
    top; `portraits` its faces, the largest first, None where they were not looked for.
    """

    width: int
    height: int
    lines: tuple[Line, ...]
    mrz: MrzReading | None
    quality: Quality
    barcodes: tuple[Barcode, ...] = ()
    fields: Mapping[str, FieldText] = field(default_factory=dict)
    fingerprint: int | None = None
    other_mrzs: tuple[MrzReading, ...] = ()
    portraits: tuple[Portrait, ...] | None = None


@dataclass(frozen=True)
class Provenance:
    """What a file says of its own making: facts that prove nothing, in one direction or the other.

    `format` is JPEG, PNG, TIFF, WEBP, HEIF or PDF, or empty; `size` the pixels of its first
    picture as stored; `software` the programs that it names; `camera` whether it names a camera;
    `ai_marks` codes of the marks that picture generators leave: generator-name, png-prompt,
    exif-prompt, and c2pa- or xmp- before trained-algorithmic-media or
    composite-with-trained-algorithmic-media; `content_credentials` whether it carries a C2PA
    manifest, whose signature is not checked; `pdf_updates` how often a PDF was added to after it
    was written; `pdf_changed_days` the days from a PDF's creation to its last change; `text_layer`
    whether a PDF page carries text.
    """

    format: str
    size: tuple[int, int] | None = None
    software: tuple[str, ...] = field(default=(), repr=False)
    camera: bool = False
    ai_marks: tuple[str, ...] = ()
    content_credentials: bool = False
    pdf_updates: int = 0
    pdf_changed_days: float | None = None
    text_layer: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a file was not read: a code for machines and what to do for people."""

    code: str
    message: str


@dataclass(frozen=True)
class SecondReading:
    """What a second engine read of the same file; `failure` is the code of why it read nothing."""

    engine: Engine
    pages: tuple[Page, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class Reading:
    """All that was read from one file: pages, or the reason why there are none.

    `engine` is the one that the run asked for; `second` what another one read where a policy asked
    for that. Which of the two is judged, `docverify.choice` says.
    """

    engine: Engine
    pages: tuple[Page, ...] = ()
    refusal: Refusal | None = None
    provenance: Provenance | None = None
    second: SecondReading | None = None
