"""The responses of Textract: the text and the fields of identity documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from docverify.page import FieldText, Point
from docverify.reading.cloud.encoding import EncodedPage
from docverify.reading.cloud.page import EngineWord, WordLine

FIELDS = {
    "LAST_NAME": "surname",
    "FIRST_NAME": "given_names",
    "MIDDLE_NAME": "given_names",
    "SUFFIX": "name_suffix",
    "DOCUMENT_NUMBER": "document_number",
    "DATE_OF_BIRTH": "birth_date",
    "PLACE_OF_BIRTH": "birth_place",
    "DATE_OF_ISSUE": "issue_date",
    "EXPIRATION_DATE": "expiry_date",
    "STATE_NAME": "jurisdiction",
    "ID_TYPE": "document_type",
}
"""Names of AnalyzeID and our names. Address, class, veteran and others are not kept: no check
uses them."""

PERCENT = 100
NOWHERE: tuple[Point, Point, Point, Point] = ((0, 0), (0, 0), (0, 0), (0, 0))


class ResponseModel(BaseModel):
    """A part of a response; errors never quote a text in it."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True, hide_input_in_errors=True)


class Vertex(ResponseModel):
    """A point, as a share of width and height."""

    x: float = 0.0
    y: float = 0.0


class Geometry(ResponseModel):
    """The corners of something, in the order of its own reading direction."""

    polygon: tuple[Vertex, ...] = ()


class Relationship(ResponseModel):
    """The ids of related blocks; a line consists of those of type CHILD."""

    type: str = ""
    ids: tuple[str, ...] = ()


class Block(ResponseModel):
    """A page, a line or a word."""

    block_type: str = ""
    id: str = ""
    text: str = ""
    confidence: float = 0.0
    geometry: Geometry = Geometry()
    relationships: tuple[Relationship, ...] = ()
    page: int = 1

    @property
    def children(self) -> tuple[str, ...]:
        """The ids of the blocks that this one consists of."""
        return tuple(id_ for each in self.relationships if each.type == "CHILD" for id_ in each.ids)


class NormalizedValue(ResponseModel):
    """A normalised value: a date as year, month, day and time."""

    value: str = ""


class Detection(ResponseModel):
    """A text of AnalyzeID; a missing one is empty, but has a confidence."""

    text: str = ""
    confidence: float = 0.0
    normalized_value: NormalizedValue = NormalizedValue()


class IdentityDocumentField(ResponseModel):
    """A field: the name that AnalyzeID gives it, and its value."""

    type: Detection = Detection()
    value_detection: Detection = Detection()


class IdentityDocument(ResponseModel):
    """One of the documents on the pages: its fields, and all its text as blocks."""

    document_index: int = 1
    identity_document_fields: tuple[IdentityDocumentField, ...] = ()
    blocks: tuple[Block, ...] = ()


class IdentityResponse(ResponseModel):
    """The response of AnalyzeID."""

    identity_documents: tuple[IdentityDocument, ...] = ()

    def by_page(self, count: int) -> list[IdentityDocument]:
        """Return fields and blocks by page, even if two sides came as one document."""
        documents = sorted(self.identity_documents, key=lambda each: each.document_index)
        if len(documents) == count:
            return documents
        fields = tuple(field for each in documents for field in each.identity_document_fields)
        blocks = [block for each in documents for block in each.blocks]
        return [
            IdentityDocument(
                IdentityDocumentFields=fields if number == 1 else (),
                Blocks=tuple(block for block in blocks if block.page == number),
            )
            for number in range(1, count + 1)
        ]


class TextResponse(ResponseModel):
    """The response of DetectDocumentText."""

    blocks: tuple[Block, ...] = ()


def has_positions(blocks: Iterable[Block]) -> bool:
    """Return whether blocks have positions; even the block of an empty page has one."""
    return any(block.geometry.polygon for block in blocks)


def parse_lines(blocks: Sequence[Block], sent: EncodedPage) -> list[WordLine]:
    """Return the words of each line; a line without words counts as one word."""
    words = {block.id: block for block in blocks if block.block_type == "WORD"}
    lines = [block for block in blocks if block.block_type == "LINE"]
    found = ([words[id_] for id_ in line.children if id_ in words] or [line] for line in lines)
    return [[parse_word(block, sent) for block in line] for line in found]


def parse_word(block: Block, sent: EncodedPage) -> EngineWord:
    """Return a word with its corners in pixels of the page that was sent."""
    corners = [(each.x * sent.width, each.y * sent.height) for each in block.geometry.polygon]
    first, second, third, fourth = (*corners, *NOWHERE)[:4]
    confidences = (block.confidence / PERCENT,) * len(block.text)
    return EngineWord(block.text, confidences, (first, second, third, fourth))


def parse_fields(document: IdentityDocument) -> Mapping[str, FieldText]:
    """Return the fields by our names; a joined field has the confidence of its weakest part."""
    values = {
        field.type.text: value
        for field in reversed(document.identity_document_fields)
        if (value := parse_value(field.value_detection))
    }
    found: dict[str, FieldText] = {}
    for theirs, ours in FIELDS.items():
        if value := values.get(theirs):
            found[ours] = join(found[ours], value) if ours in found else value
    return found


def parse_value(detection: Detection) -> FieldText | None:
    """Return the value of a field, a date in ISO form; None for a missing one."""
    text = detection.text.strip()
    with suppress(ValueError):
        text = date.fromisoformat(detection.normalized_value.value[:10]).isoformat()
    return FieldText(text, detection.confidence / PERCENT) if text else None


def join(first: FieldText, second: FieldText) -> FieldText:
    """Join two fields into one of ours, such as first and middle name."""
    return FieldText(f"{first.text} {second.text}", min(first.confidence, second.confidence))
