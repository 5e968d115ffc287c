"""The responses of Cloud Vision v1 about text, as its discovery document describes them.

The service omits whatever is zero, false or empty: coordinates, confidences, whole responses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from docverify.page import Point
from docverify.reading.cloud.encoding import EncodedPage
from docverify.reading.cloud.page import EngineWord, WordLine

LINE_ENDS = {"EOL_SURE_SPACE", "LINE_BREAK", "HYPHEN"}
BLANKS = {"SPACE", "SURE_SPACE"}
NOWHERE: Point = (0.0, 0.0)
NAME = re.compile(r"[A-Z][A-Z0-9_]{1,62}")  # of a status or reason; a message may quote values


class ResponseModel(BaseModel):
    """A part of a response; errors never quote a text in it."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True)


class Status(ResponseModel):
    """An error of google.rpc, without its message, which may quote what was sent."""

    code: int = 0


class Vertex(ResponseModel):
    """A point in pixels, or as a share of width and height."""

    x: float = 0.0
    y: float = 0.0


class BoundingPoly(ResponseModel):
    """The corners of something, in the order of its own reading direction."""

    vertices: tuple[Vertex, ...] = ()
    normalized_vertices: tuple[Vertex, ...] = ()


class DetectedBreak(ResponseModel):
    """The break between a symbol and the next one or, as a prefix, the previous one."""

    type: str = "UNKNOWN"
    is_prefix: bool = False


class TextProperty(ResponseModel):
    """Additional information on a symbol."""

    detected_break: DetectedBreak = DetectedBreak()


class Symbol(ResponseModel):
    """A character, rarely more."""

    text: str = ""
    confidence: float = 0.0
    property: TextProperty = TextProperty()

    def ends_with(self, types: set[str]) -> bool:
        """Return whether a break of these types follows."""
        return self.property.detected_break.type in types and not self.starts_with(types)

    def starts_with(self, types: set[str]) -> bool:
        """Return whether a break of these types precedes."""
        found = self.property.detected_break
        return found.is_prefix and found.type in types


class TextWord(ResponseModel):
    """A word of symbols."""

    bounding_box: BoundingPoly = BoundingPoly()
    symbols: tuple[Symbol, ...] = ()


class Paragraph(ResponseModel):
    """Words in reading order; a line never extends beyond its paragraph."""

    words: tuple[TextWord, ...] = ()


class Block(ResponseModel):
    """Text, or something else without paragraphs."""

    paragraphs: tuple[Paragraph, ...] = ()


class TextPage(ResponseModel):
    """The blocks of a page."""

    blocks: tuple[Block, ...] = ()


class TextAnnotation(ResponseModel):
    """All text of an image: pages, blocks, paragraphs, words, symbols."""

    pages: tuple[TextPage, ...] = ()


class ImageResponse(ResponseModel):
    """The response for one image: text, an error, or nothing if the image has no text."""

    full_text_annotation: TextAnnotation = TextAnnotation()
    error: Status = Status()


class BatchResponse(ResponseModel):
    """The responses for the images of a request, in its order."""

    responses: tuple[ImageResponse, ...] = ()


class Detail(ResponseModel):
    """A detail of an error; google.rpc.ErrorInfo has a reason, and metadata about it."""

    reason: str = ""
    metadata: dict[str, str] = {}


class RequestError(ResponseModel):
    """Why a whole request was refused."""

    status: str = ""
    details: tuple[Detail, ...] = ()

    @property
    def name(self) -> str:
        """The reason in one word, or the kind of error if no reason was sent."""
        names = [*(detail.reason for detail in self.details), self.status]
        return next((name for name in names if NAME.fullmatch(name)), "")

    @property
    def is_for_the_day(self) -> bool:
        """Whether a daily quota is used up."""
        limits = [detail.metadata.get("quota_limit", "") for detail in self.details]
        return any("PerDay" in limit for limit in limits)


class ErrorResponse(ResponseModel):
    """The response to a request that was refused."""

    error: RequestError = RequestError()


def parse_lines(response: ImageResponse, sent: EncodedPage) -> list[WordLine]:
    """Split the words of a response into lines at breaks and at the ends of paragraphs."""
    paragraphs = (
        paragraph
        for page in response.full_text_annotation.pages
        for block in page.blocks
        for paragraph in block.paragraphs
    )
    return [line for paragraph in paragraphs for line in split_paragraph(paragraph, sent)]


def split_paragraph(paragraph: Paragraph, sent: EncodedPage) -> Iterator[WordLine]:
    """Split a paragraph into lines at the breaks before and after its words."""
    line: list[EngineWord] = []
    for word in paragraph.words:
        if not word.symbols:
            continue
        if line and word.symbols[0].starts_with(LINE_ENDS):
            yield line
            line = []
        line.append(parse_word(word, sent))
        if word.symbols[-1].ends_with(LINE_ENDS):
            yield line
            line = []
    if line:
        yield line


def parse_word(word: TextWord, sent: EncodedPage) -> EngineWord:
    """Return a word, with the hyphen at the end of a line, which is printed but not a symbol."""
    shown = [(symbol.text, symbol.confidence) for symbol in word.symbols]
    if word.symbols[-1].ends_with({"HYPHEN"}):
        shown.append(("-", word.symbols[-1].confidence))
    return EngineWord(
        text="".join(text for text, _ in shown),
        confidences=tuple(confidence for text, confidence in shown for _ in text),
        corners=parse_corners(word.bounding_box, sent),
        blank_after=word.symbols[-1].ends_with(BLANKS),
    )


def parse_corners(box: BoundingPoly, sent: EncodedPage) -> tuple[Point, Point, Point, Point]:
    """Return the corners in pixels of the page that was sent."""
    shares = [(each.x * sent.width, each.y * sent.height) for each in box.normalized_vertices]
    corners = [(each.x, each.y) for each in box.vertices] or shares
    first, second, third, fourth = (corners + [NOWHERE] * 4)[:4]
    return first, second, third, fourth
