"""The data model of a reading: pages with lines, MRZ, barcodes and quality.

`docverify.reading` creates these values from pixels, and `docverify.reading.wire` stores them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Point = tuple[float, float]

CERTAIN_CONFIDENCE = 0.85
"""Confidence from which a text counts as read if no policy decides that.

It is used while reading, to choose between two values of one field, and to find duplicates. A
policy has its own threshold, `min_confidence`.
"""

LEFT_OUT_AT_DEFAULT = {"left_out_at_default": True}
"""Metadata of fields that are written only if they differ from their default."""


class Engine(StrEnum):
    """The engines that can read a document."""

    LOCAL = "local"
    GOOGLE_VISION = "google-vision"
    TEXTRACT = "textract"


@dataclass(frozen=True)
class Box:
    """A rectangle on the upright page, in pixels from the page's top left corner."""

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
            difference, 0 to about 100 for black on white); None if it was not measured.
        across: Whether it runs up or down the page. Such lines are not fields of a document, but
            may mark it as invalid.
    """

    text: str = field(repr=False)
    confidence: float
    box: Box
    contrast: float | None = None
    across: bool = field(default=False, metadata=LEFT_OUT_AT_DEFAULT)

    @property
    def letter_height(self) -> float:
        """Height of its letters in pixels."""
        return self.box.right - self.box.left if self.across else self.box.height


@dataclass(frozen=True)
class MrzReading:
    """The lines of an MRZ as an engine read them.

    Attributes:
        lines: the lines of the MRZ, from the top; personal data.
        confidences: confidence of each character of each line, from 0 to 1.
        greedy: the lines as the engine read them before the standard's grammar was applied.
        pitch: distance between two characters, in pixels.
        constrained: False if no layout explains the lines; they are then as the engine read them.
        box: where the MRZ is on the page; None if that was not stored.
    """

    lines: tuple[str, ...] = field(repr=False)
    confidences: tuple[tuple[float, ...], ...] = field(repr=False)
    greedy: tuple[str, ...] = field(repr=False)
    pitch: float
    constrained: bool = True
    box: Box | None = None


@dataclass(frozen=True)
class FieldText:
    """The value that the engine itself assigns to a field.

    Attributes:
        text: the value; personal data.
        confidence: from 0 to 1.
    """

    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True)
class Barcode:
    """One barcode.

    Attributes:
        symbology: PDF417, QRCode, DataMatrix, Aztec, Code128 or Code39.
        payload: the bytes that it encodes; personal data.
        box: where it is on the page.
    """

    symbology: str
    payload: bytes = field(repr=False)
    box: Box


@dataclass(frozen=True)
class Quality:
    """The quality of an image in the area of its document; None if it was not measured.

    Attributes:
        sharpness: variance of the Laplacian at a width of 1000 pixels.
        glare: share of blown-out spots, from 0 to 1; not measured on white paper.
        brightness: mean grey, from 0 to 255.
        contrast: difference between the 5th and the 95th percentile of grey, from 0 to 255.
        chroma: 95th percentile of CIELAB chroma; 0 for an image without colour.
        screen_peaks: number of symmetric pairs of peaks in the spectrum, as a screen's raster has.
        edge_margin: smallest distance of the text from the edge of the image, as a share of its
            longer side.
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
class OddCharacter:
    """The character of an MRZ that differs most from the others.

    Attributes:
        line: its line, from 0 at the top.
        place: its place in the line, from 0.
        amount: by how much it differs; `MrzShape` names the unit.
        box: where it is on the page.
    """

    line: int
    place: int
    amount: float
    box: Box


@dataclass(frozen=True)
class MrzShape:
    """How the characters of an MRZ compare with OCR-B.

    Attributes:
        distance: how badly the worst quarter of the letters and digits fits OCR-B, less what all
            have in common because of the capture; 0 for the same shapes, up to 1.5.
        odd_shape: the character whose correlation is furthest below the median of its line; 0 to 1.
        odd_offset: the character furthest above or below its line, in spreads of the others.
        odd_like: the character that differs most from the same character elsewhere, in place, ink
            and shape together, in spreads of the others; None in readings of earlier versions.
    """

    distance: float
    odd_shape: OddCharacter
    odd_offset: OddCharacter
    odd_like: OddCharacter | None = field(default=None, metadata=LEFT_OUT_AT_DEFAULT)


@dataclass(frozen=True)
class PortraitPair:
    """The largest portrait of a page, and the smaller one with which it is compared.

    Attributes:
        large: the face of the largest portrait.
        small: the face of the smaller portrait.
        similarity: correlation of the two heads, up to 1 for copies of one photo.
    """

    large: Box
    small: Box
    similarity: float


@dataclass(frozen=True)
class SmoothLine:
    """The line whose background has lost the most texture, compared with the other lines.

    Attributes:
        box: the line.
        loss: how much smoother its background is than what surrounds it, in spreads of the other
            lines of the page.
    """

    box: Box
    loss: float


@dataclass(frozen=True)
class ImageEvidence:
    """What the pixels of a page show in addition to its text.

    Attributes:
        mrz: the shape of its MRZ; None without an MRZ, or if the engine does not locate its
            characters.
        portraits: its two portraits; None if there are not two that can be compared.
        background: its smoothest line; None with too few lines to compare.
    """

    mrz: MrzShape | None = None
    portraits: PortraitPair | None = None
    background: SmoothLine | None = None


@dataclass(frozen=True)
class Page:
    """One page of a file, or one of the documents in an image, upright.

    Attributes:
        width: pixels.
        height: pixels.
        lines: lines of text outside the MRZ, from the top.
        mrz: the MRZ; None if none was found.
        quality: quality of the image.
        barcodes: barcodes on the page.
        fields: values by their names in `Identity`, from engines that know documents; dates are
            YYYY-MM-DD if the engine is sure of the order. Empty for other engines.
        fingerprint: 64 bits that are nearly the same for each saved copy of the same image of a
            document; None for a page without text.
        evidence: what the pixels show in addition; None in readings of earlier versions.
        portrait_signature: 512 bits of its largest portrait, biometric data. None if it was not
            asked for, and always in a stored reading.
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
    evidence: ImageEvidence | None = None
    portrait_signature: bytes | None = field(default=None, repr=False, metadata=LEFT_OUT_AT_DEFAULT)


@dataclass(frozen=True)
class Provenance:
    """The origin of a file, by its own data. These facts prove nothing, in either direction.

    Attributes:
        format: JPEG, PNG, TIFF, WEBP, HEIF or PDF; empty if unknown.
        size: width and height in pixels of the first image as stored; None if unknown.
        software: names of programs in the file.
        camera: whether the file names a camera.
        ai_marks: codes of the marks that image generators leave: generator-name, png-prompt,
            exif-prompt, and c2pa- or xmp- before trained-algorithmic-media or
            composite-with-trained-algorithmic-media.
        content_credentials: whether the file has a C2PA manifest; its signature is not checked.
        pdf_updates: how often something was appended to a PDF after it was written.
        pdf_changed_days: days from the creation of a PDF to its last change; None if unknown.
        text_layer: whether a PDF page has text.
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
    """Why a file was not read.

    Attributes:
        code: for programs, such as corrupt-file.
        message: for people: what is wrong, and what to do.
    """

    code: str
    message: str


@dataclass(frozen=True)
class SecondReading:
    """The reading of the same file by a second engine.

    Attributes:
        engine: the second engine.
        pages: what it read.
        failure: code of the reason if it read nothing; otherwise empty.
    """

    engine: Engine
    pages: tuple[Page, ...] = ()
    failure: str = ""


@dataclass(frozen=True)
class Reading:
    """Everything that was read from one file.

    Attributes:
        engine: the engine that the run asked for.
        pages: the pages; empty if the file was refused.
        refusal: why the file was not read; None if it was.
        provenance: the origin of the file, according to its own data; None in readings of earlier
            versions.
        second: the reading of a second engine, if a policy asked for one; `docverify.second_engine`
            chooses the one that is checked.
    """

    engine: Engine
    pages: tuple[Page, ...] = ()
    refusal: Refusal | None = None
    provenance: Provenance | None = None
    second: SecondReading | None = None

    @property
    def portrait_signature(self) -> bytes | None:
        """The signature of the first page that has one."""
        return next(filter(None, (page.portrait_signature for page in self.pages)), None)

    def without_portrait_signatures(self) -> Reading:
        """Return the reading as it may be stored, without biometric data."""
        second = self.second
        if second:
            second = replace(second, pages=tuple(map(_remove_signature, second.pages)))
        return replace(self, pages=tuple(map(_remove_signature, self.pages)), second=second)

    @property
    def is_outdated(self) -> bool:
        """Whether an earlier version read the file without looking for portraits."""
        pages = self.pages + (self.second.pages if self.second else ())
        return any(page.portraits is None for page in pages)


def _remove_signature(page: Page) -> Page:
    return replace(page, portrait_signature=None) if page.portrait_signature else page
