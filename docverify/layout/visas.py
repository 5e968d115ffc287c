"""Files with visas: the document that is checked is the passport that comes with the visa."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.kinds import PASSPORTS, DocumentKind, find_document_kind
from docverify.documents.mrz import Mrz, parse_mrz
from docverify.errors import MalformedMrz
from docverify.page import MrzReading, Page, Reading


def put_passports_first(reading: Reading) -> Reading:
    """Put the MRZ of a passport before that of a visa on the same page.

    A visa identifies its holder only together with the passport, so the passport is checked.
    """
    return replace(reading, pages=tuple(map(_put_passport_first, reading.pages)))


def _put_passport_first(page: Page) -> Page:
    mrzs = _list_mrzs(page)
    passport = next((each for each in mrzs if _find_kind(each) in PASSPORTS), None)
    if passport is None or not has_visa(page):
        return page
    return replace(page, mrz=passport, other_mrzs=tuple(x for x in mrzs if x is not passport))


def has_visa(page: Page) -> bool:
    """Return whether an MRZ on a page is that of a visa."""
    return any(_find_kind(each) is DocumentKind.VISA for each in _list_mrzs(page))


def leave_out_visas(page: Page | None, pages: Sequence[Page]) -> Sequence[Page]:
    """Return the pages without visas, if `page` is that of a passport.

    A visa has its own number and dates, which are compared with its own MRZ.
    """
    if page is None or page.mrz is None or _find_kind(page.mrz) not in PASSPORTS:
        return pages
    return [each for each in pages if each == page or not has_visa(each)]


def separate_visas(pages: Sequence[Page]) -> Iterator[Page]:
    """Yield each visa as a separate page.

    The lines of a page with other MRZs are left out, because they may belong to another document.
    """
    for page in pages:
        mrzs = _list_mrzs(page)
        for mrz in mrzs:
            if _find_kind(mrz) is DocumentKind.VISA:
                lines = page.lines if len(mrzs) == 1 else ()
                yield replace(page, lines=lines, mrz=mrz, other_mrzs=())


def _list_mrzs(page: Page) -> tuple[MrzReading, ...]:
    return (*((page.mrz,) if page.mrz else ()), *page.other_mrzs)


def _find_kind(reading: MrzReading) -> DocumentKind | None:
    mrz = _try_parse(reading)
    return find_document_kind(mrz) if mrz else None


def _try_parse(reading: MrzReading) -> Mrz | None:
    try:
        return parse_mrz(reading.lines)
    except MalformedMrz:
        return None
