"""Confidence, from 0 to 1, with which the MRZ and the printed text of a document were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from docverify.documents.mrz import Mrz
from docverify.documents.mrz_layouts import MrzField
from docverify.identities import NAMES
from docverify.page import MrzReading, Page

CharacterConfidences = tuple[tuple[float, ...], ...]


def find_character_confidences(
    mrz: Mrz | None, reading: MrzReading | None
) -> CharacterConfidences | None:
    """Return the confidence of each character of an MRZ.

    None if there is no MRZ, or if its lines had to be split at other places than they were read.
    """
    if mrz is None or reading is None:
        return None
    rows = reading.confidences
    fits = [len(row) for row in rows] == [len(line) for line in mrz.lines]
    return rows if fits else None


def compute_mrz_confidence(
    mrz: Mrz | None, rows: CharacterConfidences | None, names: Sequence[str]
) -> float:
    """Return the confidence of the least certain character in the named fields.

    A field that this MRZ does not have counts as the whole MRZ; unknown confidences count as 0.
    """
    if mrz is None or rows is None:
        return 0.0
    fields = list(_find_fields(mrz, names))
    if not fields:
        return min(map(min, rows))
    return min(min(rows[each.line][each.start : each.stop]) for each in fields)


def _find_fields(mrz: Mrz, names: Iterable[str]) -> Iterator[MrzField]:
    fields = mrz.layout.fields
    for name in names:
        own = "name" if name in NAMES and name not in fields else name
        if own in fields:
            yield fields[own]
        if name == "document_number" and mrz.has_long_number:
            yield fields["optional_data"]


def compute_text_confidence(pages: Iterable[Page]) -> float:
    """Return the mean confidence of the printed characters.

    Lines of confidence 0 come from engines that do not measure it and are left out. 1.0 if no
    line is left.
    """
    lines = [line for page in pages for line in page.lines if line.confidence]
    count = sum(len(line.text) for line in lines)
    return sum(len(line.text) * line.confidence for line in lines) / count if count else 1.0
