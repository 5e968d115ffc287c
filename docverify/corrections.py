"""Corrections by a person: printed text that was misread is replaced before it is checked."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from docverify.case import Case
from docverify.checks import CheckResult, Status
from docverify.page import FieldText, Line, Page, Reading
from docverify.verdict import FROM_BEST, Outcome, Verdict

CORRECTABLE = (
    *("document_number", "surname", "given_names", "birth_date", "sex"),
    *("nationality", "issue_date", "expiry_date"),
)
"""The fields of the VIZ that a person may correct. Check digits protect the MRZ and the barcode."""

CORRECTED = "fields_corrected"
"""Reason for a verdict on corrected fields: a person must confirm the typed values."""

MAX_LENGTH = 100  # characters of a value
SURE = 1.0  # confidence of a value that a person read


@dataclass(frozen=True)
class Correction:
    """A printed value that a person corrected.

    Attributes:
        field: One of CORRECTABLE.
        old: The value that was read; None if it was not read.
        new: The value as it is printed.
    """

    field: str
    old: str | None = dataclasses.field(repr=False)
    new: str = dataclasses.field(repr=False)


def find_printed_text(case: Case, name: str) -> str | None:
    """Return the printed text of a field as it was read; None if it was not read."""
    value = case.printed.get(name)
    return value.text if value else None


def correct(reading: Reading, corrections: Iterable[Correction]) -> Reading:
    """Return a reading with the corrected texts, in the order of the corrections.

    A value that was read is replaced in its lines. A value that was not read becomes a field of the
    first page, as from an engine that knows documents.
    """
    for each in corrections:
        pages = tuple(_correct_page(page, each) for page in reading.pages)
        if pages == reading.pages and pages:
            pages = (_add_field(pages[0], each), *pages[1:])
        reading = replace(reading, pages=pages)
    return reading


def refer_corrected(verdict: Verdict) -> Verdict:
    """Return the verdict on a corrected reading: instead of verified, it is referred.

    Values that a person has typed never verify a document automatically: a person must confirm
    them.
    """
    note = CheckResult(
        CORRECTED, Status.FAILED, evidence="a reviewer corrected what was read; confirm the details"
    )
    verdict = replace(verdict, results=(*verdict.results, note))
    if FROM_BEST.index(verdict.outcome) > FROM_BEST.index(Outcome.REFERRED):
        return verdict
    reasons = tuple(sorted({*verdict.reasons, CORRECTED}))
    return replace(verdict, outcome=Outcome.REFERRED, reasons=reasons)


def _correct_page(page: Page, correction: Correction) -> Page:
    old = correction.old
    if old is None:
        return page
    lines = tuple(_correct_line(line, old, correction.new) for line in page.lines)
    known = page.fields.get(correction.field)
    if known and known.text.strip() == old:
        return replace(_add_field(page, correction), lines=lines)
    return replace(page, lines=lines)


def _correct_line(line: Line, old: str, new: str) -> Line:
    """Return a line with the corrected value in place of the old one."""
    text = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, line.text)
    return line if text == line.text else replace(line, text=text, confidence=SURE)


def _add_field(page: Page, correction: Correction) -> Page:
    text = FieldText(correction.new, SURE)
    return replace(page, fields={**page.fields, correction.field: text})
