"""Reading of only what the checks of image evidence need, without the values of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import process_time

from docverify.page import Barcode, Engine, Page, Quality, Reading
from docverify.reading.barcodes import LocatedBarcode
from docverify.reading.evidence import measure_evidence
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.local import MAX_SPLITS, level_text, locate_documents, place_mrz
from docverify.reading.portraits import find_faces
from docverify.reading.text_location import LocatedText


@dataclass(frozen=True)
class MeasuredPage:
    """A page with its image evidence, and the processor time of the measurement in seconds."""

    page: Page
    seconds: float


def read_evidence(content: bytes) -> Reading:
    """Read a file as the engine `local` does, except for the text outside the MRZ."""
    return Reading(Engine.LOCAL, tuple(each.page for each in measure_pages(content)))


def measure_pages(content: bytes) -> Iterator[MeasuredPage]:
    """Yield each document in a file."""
    for image in read_pages(content, Limits()):
        for _, barcodes, text in locate_documents(image, MAX_SPLITS):
            yield measure_page(barcodes, text)


def measure_page(barcodes: Sequence[LocatedBarcode], text: LocatedText) -> MeasuredPage:
    """Measure the image evidence of a document, with the search for its faces."""
    others, level = level_text(text)
    start = process_time()
    faces = find_faces(text.image, level.transform, (level.width, level.height))
    evidence = measure_evidence(text.image, others, text.mrz, faces, level)
    seconds = process_time() - start
    page = Page(
        level.width,
        level.height,
        (),
        place_mrz(text.mrz, level) if text.mrz else None,
        Quality(0.0),
        tuple(
            Barcode(each.symbology, each.payload, level.find_box(each.corners)) for each in barcodes
        ),
        portraits=tuple(each.portrait for each in faces),
        evidence=evidence,
    )
    return MeasuredPage(page, seconds)
