"""What Textract answers, as far as text and fields of documents are concerned."""

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
"""AnalyzeID's names and ours. Address, class, veteran and the like are not kept: nobody asks."""

PERCENT = 100
NOWHERE: tuple[Point, Point, Point, Point] = ((0, 0), (0, 0), (0, 0), (0, 0))


class Part(BaseModel):
    """A part of an answer; a text in it never shows in an error."""

    model_config = ConfigDict(alias_generator=to_pascal, frozen=True, hide_input_in_errors=True)


class Vertex(Part):
    """A point, as a share of width and height."""

    x: float = 0.0
    y: float = 0.0


class Geometry(Part):
    """Where something stands: corners in the order of its own reading direction."""

    polygon: tuple[Vertex, ...] = ()


class Relationship(Part):
    """The ids of other blocks; those of type CHILD are what a line consists of."""

    type: str = ""
    ids: tuple[str, ...] = ()


class Block(Part):
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


class NormalizedValue(Part):
    """A value in a form of its own: a date as year, month, day and time."""

    value: str = ""


class Detection(Part):
    """A text of AnalyzeID; empty, with a confidence all the same, for what is not there."""

    text: str = ""
    confidence: float = 0.0
    normalized_value: NormalizedValue = NormalizedValue()


class IdentityDocumentField(Part):
    """A field: the name that AnalyzeID gives it, and its value."""

    type: Detection = Detection()
    value_detection: Detection = Detection()


class IdentityDocument(Part):
    """One of the documents on the pages: its fields, and all text as blocks."""

    document_index: int = 1
    identity_document_fields: tuple[IdentityDocumentField, ...] = ()
    blocks: tuple[Block, ...] = ()


class IdentityAnswer(Part):
    """The answer of AnalyzeID."""

    identity_documents: tuple[IdentityDocument, ...] = ()

    def by_page(self, count: int) -> list[IdentityDocument]:
        """Return what belongs to each page, whether both sides came as two documents or as one."""
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


class TextAnswer(Part):
    """The answer of DetectDocumentText."""

    blocks: tuple[Block, ...] = ()


def has_places(blocks: Iterable[Block]) -> bool:
    """Tell whether blocks say where they stand, as that of an empty page does as well."""
    return any(block.geometry.polygon for block in blocks)


def lines_of(blocks: Sequence[Block], sent: EncodedPage) -> list[WordLine]:
    """Return the words of each line; a line without words is a word itself."""
    words = {block.id: block for block in blocks if block.block_type == "WORD"}
    lines = [block for block in blocks if block.block_type == "LINE"]
    parts = ([words[id_] for id_ in line.children if id_ in words] or [line] for line in lines)
    return [[_word(block, sent) for block in line] for line in parts]


def _word(block: Block, sent: EncodedPage) -> EngineWord:
    corners = [(each.x * sent.width, each.y * sent.height) for each in block.geometry.polygon]
    first, second, third, fourth = (*corners, *NOWHERE)[:4]
    confidences = (block.confidence / PERCENT,) * len(block.text)
    return EngineWord(block.text, confidences, (first, second, third, fourth))


def fields_of(document: IdentityDocument) -> Mapping[str, FieldText]:
    """Name the fields as we do; one of several parts is as sure as its least certain one."""
    values = {
        field.type.text: value
        for field in reversed(document.identity_document_fields)
        if (value := _value(field.value_detection))
    }
    found: dict[str, FieldText] = {}
    for theirs, ours in FIELDS.items():
        if value := values.get(theirs):
            found[ours] = _joined(found[ours], value) if ours in found else value
    return found


def _value(detection: Detection) -> FieldText | None:
    text = detection.text.strip()
    with suppress(ValueError):
        text = date.fromisoformat(detection.normalized_value.value[:10]).isoformat()
    return FieldText(text, detection.confidence / PERCENT) if text else None


def _joined(first: FieldText, second: FieldText) -> FieldText:
    return FieldText(f"{first.text} {second.text}", min(first.confidence, second.confidence))
