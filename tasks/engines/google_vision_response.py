"""What Cloud Vision v1 answers, as far as text is concerned, after its discovery document.

It leaves out whatever is zero, false or empty: coordinates, confidences, whole answers.
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
NAME = re.compile(r"[A-Z][A-Z0-9_]{1,62}")  # Of a status or reason; a message may quote values.


class Part(BaseModel):
    """A part of an answer; a text in it never shows in an error."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True)


class Status(Part):
    """An error of google.rpc; its message may quote what was sent, so it is not kept."""

    code: int = 0


class Vertex(Part):
    """A point in pixels, or as a share of width and height."""

    x: float = 0.0
    y: float = 0.0


class BoundingPoly(Part):
    """Where something stands: corners in the order of its own reading direction."""

    vertices: tuple[Vertex, ...] = ()
    normalized_vertices: tuple[Vertex, ...] = ()


class DetectedBreak(Part):
    """What parts a symbol from the next one, or, as a prefix, from the one before."""

    type: str = "UNKNOWN"
    is_prefix: bool = False


class TextProperty(Part):
    """Additional information on a symbol."""

    detected_break: DetectedBreak = DetectedBreak()


class Symbol(Part):
    """A character, rarely more."""

    text: str = ""
    confidence: float = 0.0
    property: TextProperty = TextProperty()

    def ends_with(self, types: set[str]) -> bool:
        """Tell whether a break of these types follows."""
        return self.property.detected_break.type in types and not self.starts_with(types)

    def starts_with(self, types: set[str]) -> bool:
        """Tell whether a break of these types precedes."""
        found = self.property.detected_break
        return found.is_prefix and found.type in types


class TextWord(Part):
    """A word of symbols."""

    bounding_box: BoundingPoly = BoundingPoly()
    symbols: tuple[Symbol, ...] = ()


class Paragraph(Part):
    """Words in reading order; a line never reaches beyond it."""

    words: tuple[TextWord, ...] = ()


class Block(Part):
    """Text, or something else without paragraphs."""

    paragraphs: tuple[Paragraph, ...] = ()


class TextPage(Part):
    """The blocks of a page."""

    blocks: tuple[Block, ...] = ()


class TextAnnotation(Part):
    """All text of an image: pages, blocks, paragraphs, words, symbols."""

    pages: tuple[TextPage, ...] = ()


class ImageAnswer(Part):
    """The answer for one image: text, an error, or nothing, for an image without text."""

    full_text_annotation: TextAnnotation = TextAnnotation()
    error: Status = Status()


class Answer(Part):
    """The answers for the images of a request, in its order."""

    responses: tuple[ImageAnswer, ...] = ()


class Detail(Part):
    """A detail of an error; that of google.rpc.ErrorInfo has a reason and what it is about."""

    reason: str = ""
    metadata: dict[str, str] = {}


class RequestError(Part):
    """Why a whole request was refused."""

    status: str = ""
    details: tuple[Detail, ...] = ()

    @property
    def name(self) -> str:
        """The reason in one word, or the kind of error where there is none."""
        names = [*(detail.reason for detail in self.details), self.status]
        return next((name for name in names if NAME.fullmatch(name)), "")

    @property
    def is_for_the_day(self) -> bool:
        """Whether it is a quota that is filled up again at the end of the day only."""
        limits = [detail.metadata.get("quota_limit", "") for detail in self.details]
        return any("PerDay" in limit for limit in limits)


class ErrorAnswer(Part):
    """The answer to a request that was refused."""

    error: RequestError = RequestError()


def lines_of(answer: ImageAnswer, sent: EncodedPage) -> list[WordLine]:
    """Cut the words of an answer into lines where breaks and paragraphs end."""
    paragraphs = (
        paragraph
        for page in answer.full_text_annotation.pages
        for block in page.blocks
        for paragraph in block.paragraphs
    )
    return [line for paragraph in paragraphs for line in _lines(paragraph, sent)]


def _lines(paragraph: Paragraph, sent: EncodedPage) -> Iterator[WordLine]:
    line: list[EngineWord] = []
    for word in paragraph.words:
        if not word.symbols:
            continue
        if line and word.symbols[0].starts_with(LINE_ENDS):
            yield line
            line = []
        line.append(_word(word, sent))
        if word.symbols[-1].ends_with(LINE_ENDS):
            yield line
            line = []
    if line:
        yield line


def _word(word: TextWord, sent: EncodedPage) -> EngineWord:
    shown = [(symbol.text, symbol.confidence) for symbol in word.symbols]
    if word.symbols[-1].ends_with({"HYPHEN"}):  # It is printed, yet no symbol of its own.
        shown.append(("-", word.symbols[-1].confidence))
    return EngineWord(
        text="".join(text for text, _ in shown),
        confidences=tuple(sure for text, sure in shown for _ in text),
        corners=_corners(word.bounding_box, sent),
        blank_after=word.symbols[-1].ends_with(BLANKS),
    )


def _corners(box: BoundingPoly, sent: EncodedPage) -> tuple[Point, Point, Point, Point]:
    shares = [(each.x * sent.width, each.y * sent.height) for each in box.normalized_vertices]
    corners = [(each.x, each.y) for each in box.vertices] or shares
    first, second, third, fourth = (corners + [NOWHERE] * 4)[:4]
    return first, second, third, fourth
