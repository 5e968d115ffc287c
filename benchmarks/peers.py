"""What docs/accuracy.md says of other readers: from what `benchmarks.reading --store` kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks import reading, results
from benchmarks.reading import CLEAN, Outcome, grouped
from docverify.evaluation.metrics import Cell, Share, Table

NAMES = {
    "docverify": "docverify, engine `local`",
    "rapidocr": "RapidOCR, with rules for length and place",
    "tesseract": "Tesseract 5, model for OCR-B",
    "tesseract_eng": "Tesseract 5, plain",
    "passporteye": "PassportEye, model for OCR-B",
    "fastmrz": "FastMRZ",
}
NOTE = (
    "`{command}`, on {pictures} genuine, legible documents with a zone, {each} of each capture, "
    "every reader on the same pictures, each in its turn (pages of a PDF drawn at first, for some "
    "read none). All "
    "read the zone; docverify reads the print and barcodes in the same time. A wrong answer whose "
    "check digits hold is one that nothing in it gives away."
)


def tables() -> Iterator[Table]:
    """Compare the readers in all and by capture; nothing where nothing is kept."""
    if outcomes := reading.stored():
        kept = results.kept(reading.STORED)
        yield _in_all(outcomes, kept["command"])
        yield _by_capture(outcomes)


def _in_all(outcomes: Sequence[Outcome], command: str) -> Table:
    own_cpu = _cpu([each for each in outcomes if each.reader == "docverify"])
    pictures = len({each.picture for each in outcomes})
    each = pictures // len({each.capture for each in outcomes})
    rows = [(NAMES[name], *_row(own, own_cpu)) for name, own in grouped(outcomes, "reader")]
    head = ("reader", "zone exact: scans and PDF", "photos", "characters", "wrong, digits hold")
    return Table(
        "Beside other readers",
        (*head, "CPU s, median", "x docverify", "peak MB"),
        tuple(rows),
        NOTE.format(command=command, pictures=pictures, each=each),
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


def _by_capture(outcomes: Sequence[Outcome]) -> Table:
    readers = dict(grouped(outcomes, "reader"))
    rows: list[tuple[Cell, ...]] = []
    for capture, _ in grouped(outcomes, "capture"):
        each = ([one for one in own if one.capture == capture] for own in readers.values())
        rows.append((capture, *map(_exact, each)))
    names = (NAMES[name] for name in readers)
    return Table("Zone exact, by capture and reader", ("capture", *names), tuple(rows))


def _exact(own: Sequence[Outcome]) -> Share:
    return Share(sum(each.exact for each in own), len(own))


def _cpu(own: Sequence[Outcome]) -> float:
    return median(each.cpu for each in own) if own else 0.0
