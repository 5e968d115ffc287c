"""The places on a page of the values that a check is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date

from docverify.checks import CheckResult, Status
from docverify.checks.image_evidence import LOOKS, Sign, find_sign
from docverify.documents.dates import parse_dates
from docverify.documents.mrz_layouts import EVERY_LAYOUT
from docverify.identities import Identity, Source
from docverify.page import Box, Line, MrzReading, Page
from docverify.policy import STANDARD

FIELDS = tuple(each.name for each in fields(Identity) if each.name != "source")
MIN_TEXT_LENGTH = 2  # letters and digits of a value that is looked for inside a line


def find_places(result: CheckResult, page: Page, identities: Sequence[Identity]) -> list[Box]:
    """Return the boxes on a page that a check is about; empty if it is not about a place.

    A printed value is located by its text, a value of the MRZ by its columns.
    """
    if result.code in LOOKS:
        return _find_signs(result, page)
    code, sources = result.code, result.sources
    name = result.field or next((each for each in FIELDS if code.endswith(each)), None)
    places: list[Box] = []
    if code.startswith("portrait"):
        places += [each.box for each in page.portraits or ()]
    if page.mrz and (code.startswith("mrz_") or (name and Source.MRZ in sources)):
        places += _find_in_mrz(page.mrz, name, page.lines)
    if code.startswith("barcode_") or (name and Source.BARCODE in sources):
        places += [each.box for each in page.barcodes]
    if name and Source.VIZ in sources:
        printed = [getattr(each, name, None) for each in identities if each.source == "viz"]
        places += [box for value in printed for box in _find_in_lines(value, page)]
    return places


def _find_signs(result: CheckResult, page: Page) -> list[Box]:
    """Return the places that image evidence is about.

    A stricter policy than the standard one may have failed a check on a page that is not marked.
    """
    sign = find_sign(result.code, page, STANDARD)
    if result.status is not Status.FAILED or not isinstance(sign, Sign) or sign.passes:
        return []
    return list(sign.boxes)


def _find_in_mrz(mrz: MrzReading, name: str | None, lines: Sequence[Line]) -> Iterator[Box]:
    """Yield the columns of a field in the MRZ, or the whole MRZ if the field has no columns."""
    if mrz.box is None:
        yield from (line.box for line in lines if is_mrz_line(line, mrz))
        return
    layout = next((each for each in EVERY_LAYOUT.values() if each.matches(mrz.lines)), None)
    found = layout.fields.get(name) if layout and name else None
    if found is None:
        yield mrz.box
        return
    box, width = mrz.box, len(mrz.lines[found.line])
    column, row = (box.right - box.left) / width, (box.bottom - box.top) / len(mrz.lines)
    yield Box(
        box.left + found.start * column,
        box.top + found.line * row,
        box.left + found.stop * column,
        box.top + (found.line + 1) * row,
    )


def is_mrz_line(line: Line, mrz: MrzReading | None) -> bool:
    """Return whether a line of text belongs to the MRZ."""
    text = line.text.replace(" ", "")
    return mrz is not None and ("<<" in text or text in mrz.lines)


def _find_in_lines(value: object, page: Page) -> Iterator[Box]:
    """Yield the lines outside the MRZ that contain a value."""
    for line in page.lines:
        if is_mrz_line(line, page.mrz):
            continue
        if isinstance(value, date):
            if value in parse_dates(line.text):
                yield line.box
        elif isinstance(value, str) and len(_fold(value)) >= MIN_TEXT_LENGTH:
            yield from [line.box] if _fold(value) in _fold(line.text) else []


def _fold(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
