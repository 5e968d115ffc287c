"""The places on the pages of a document where the fields were read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from docverify.case import Case
from docverify.documents.printed_fields import PrintedValue
from docverify.identities import Source
from docverify.layout.document_pages import PDF417
from docverify.page import Box, MrzReading, Page, Reading

MIN_PART_LENGTH = 4  # characters of a line that is part of a longer value


@dataclass(frozen=True)
class Place:
    """A rectangle on a page.

    Attributes:
        page: Number of the page in the reading, from 0.
        field: The content of the rectangle: a field of `Identity`, or portrait, mrz or barcode.
        source: The source whose value it is; None for a portrait.
    """

    page: int
    box: Box
    field: str
    source: Source | None = None


def find_places(case: Case, reading: Reading) -> tuple[Place, ...]:
    """Find portraits, MRZ, barcodes and the fields of VIZ and MRZ.

    `reading` has the pages in the order of the file; `case` may have them in another order.
    """
    return tuple(
        place
        for number, page in enumerate(reading.pages)
        for place in (
            *_find_portraits(number, page),
            *_find_barcodes(number, page),
            *_find_mrz_fields(number, page, case),
            *_find_printed_fields(number, page, case),
        )
    )


def _find_portraits(number: int, page: Page) -> Iterator[Place]:
    for portrait in page.portraits or ():
        yield Place(number, portrait.box, "portrait")


def _find_barcodes(number: int, page: Page) -> Iterator[Place]:
    for barcode in page.barcodes:
        source = Source.BARCODE if barcode.symbology == PDF417 else None
        yield Place(number, barcode.box, "barcode", source)


def _find_mrz_fields(number: int, page: Page, case: Case) -> Iterator[Place]:
    """Yield the MRZ and its fields; all characters of an MRZ are equally wide."""
    for mrz in filter(None, (page.mrz, *page.other_mrzs)):
        if mrz.box is None:
            continue
        yield Place(number, mrz.box, "mrz", Source.MRZ)
        if case.mrz is None or mrz.lines != case.mrz.lines:
            continue
        for name, span in case.mrz.layout.fields.items():
            names = ("surname", "given_names") if name == "name" else (name,)
            box = _cut_box(mrz, span.line, span.start, span.stop)
            yield from (Place(number, box, each, Source.MRZ) for each in names if box)


def _cut_box(mrz: MrzReading, line: int, start: int, stop: int) -> Box | None:
    if mrz.box is None or line >= len(mrz.lines) or not mrz.lines[line]:
        return None
    width = (mrz.box.right - mrz.box.left) / len(mrz.lines[line])
    height = mrz.box.height / len(mrz.lines)
    left, top = mrz.box.left + start * width, mrz.box.top + line * height
    return Box(left, top, mrz.box.left + stop * width, top + height)


def _find_printed_fields(number: int, page: Page, case: Case) -> Iterator[Place]:
    for name, value in case.printed.items():
        names = ("surname", "given_names") if name == "full_name" else (name,)
        for box in _find_boxes(page, value):
            yield from (Place(number, box, each, Source.VIZ) for each in names)


def _find_boxes(page: Page, value: PrintedValue) -> Iterator[Box]:
    """Yield the boxes of lines that contain a value as words or, if it is long, a part of it."""
    for line in page.lines:
        text = line.text.strip()
        is_part = len(text) >= MIN_PART_LENGTH and _has_words(value.text, text)
        if is_part or _has_words(text, value.text):
            yield line.box


def _has_words(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE) is not None
