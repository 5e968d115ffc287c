"""Comparison with other readers for docs/accuracy.md, from `benchmarks.reading --store`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks import reading, results
from benchmarks.reading import CLEAN, Outcome, grouped
from docverify.evaluation.metrics import Share
from docverify.evaluation.tables import Cell, Table

NAMES = {
    "docverify": "docverify, engine `local`",
    "rapidocr": "RapidOCR, with rules for length and place",
    "tesseract": "Tesseract 5, model for OCR-B",
    "tesseract_eng": "Tesseract 5, plain",
    "passporteye": "PassportEye, model for OCR-B",
    "fastmrz": "FastMRZ",
}
NOTE = (
    "`{command}`, on {images} genuine, legible documents with an MRZ, {each} of each capture. "
    "Every reader reads the same images, one after the other (PDF pages are drawn first, because "
    "some readers cannot read PDF). All read the MRZ; docverify also reads the printed text and "
    "barcodes in the same time. `wrong, digits correct` counts misread MRZs with correct check "
    "digits: nothing in them reveals the error."
)


def build_tables() -> Iterator[Table]:
    """Build the tables of all readers, in total and by capture; none if nothing is stored."""
    if outcomes := reading.stored():
        yield build_totals(outcomes, results.load(reading.STORED)["command"])
        yield build_by_capture(outcomes)


def build_totals(outcomes: Sequence[Outcome], command: str) -> Table:
    """Build the table of each reader over all documents."""
    own_cpu = _cpu([each for each in outcomes if each.reader == "docverify"])
    images = len({each.picture for each in outcomes})
    each = images // len({each.capture for each in outcomes})
    rows = [(NAMES[name], *_row(own, own_cpu)) for name, own in grouped(outcomes, "reader")]
    head = ("reader", "MRZ exact: scans and PDF", "photos", "characters", "wrong, digits correct")
    return Table(
        "Comparison with other readers",
        (*head, "CPU s, median", "x docverify", "peak MB"),
        tuple(rows),
        NOTE.format(command=command, images=images, each=each),
    )


def _row(own: Sequence[Outcome], own_cpu: float) -> tuple[Cell, ...]:
    clean = [each for each in own if each.capture in CLEAN]
    photos = [each for each in own if each.capture not in CLEAN]
    right, characters = sum(each.right for each in own), sum(each.characters for each in own)
    cpu = _cpu(own)
    return (
        _exact(clean),
        _exact(photos),
        Share(right, characters),
        Share(sum(each.valid and not each.exact for each in own), len(own)),
        f"{cpu:.2f}",
        f"{cpu / own_cpu:.2f}" if own_cpu else "-",
        f"{max(each.peak_mb for each in own):.0f}",
    )


def build_by_capture(outcomes: Sequence[Outcome]) -> Table:
    """Build the table of exact MRZs by capture."""
    readers = dict(grouped(outcomes, "reader"))
    rows: list[tuple[Cell, ...]] = []
    for capture, _ in grouped(outcomes, "capture"):
        each = ([one for one in own if one.capture == capture] for own in readers.values())
        rows.append((capture, *map(_exact, each)))
    names = (NAMES[name] for name in readers)
    return Table("MRZ exact, by capture and reader", ("capture", *names), tuple(rows))


def _exact(own: Sequence[Outcome]) -> Share:
    return Share(sum(each.exact for each in own), len(own))


def _cpu(own: Sequence[Outcome]) -> float:
    return median(each.cpu for each in own) if own else 0.0
