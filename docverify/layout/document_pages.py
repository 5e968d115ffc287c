"""The pages of a document: those with its VIZ and its barcodes, and the fields printed on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import reduce

from docverify.documents.printed_fields import PrintedFields, merge_fields
from docverify.layout.frame import find_frame
from docverify.layout.visas import leave_out_visas
from docverify.page import Page

PDF417 = "PDF417"


def merge_viz_fields(
    page: Page | None, found: Sequence[tuple[Page, PrintedFields]]
) -> PrintedFields:
    """Return the fields of the VIZ, with the values of other pages that contradict them.

    `page` is the page with the MRZ, and `found` contains the printed fields of every page.
    """
    pages = [each for each, _ in found]
    viz_pages, own_pages = choose_viz_pages(page, pages), leave_out_visas(page, pages)
    in_viz = (own for each, own in found if each in viz_pages)
    elsewhere = (own for each, own in found if each in own_pages and each not in viz_pages)
    no_fields: PrintedFields = {}
    return reduce(_add_conflicts, elsewhere, reduce(merge_fields, in_viz, no_fields))


def choose_viz_pages(page: Page | None, pages: Sequence[Page]) -> Sequence[Page]:
    """Return the pages that may have the document's VIZ.

    A document whose MRZ is on the holder's page has one such page. Cards and licences have two
    sides, with a portrait, an MRZ or a barcode; if no portrait was found, each page may be one of
    them.
    """
    frame = find_frame(page) if page else None
    if page and frame and not frame.has_two_sides:
        return (page,)
    pages = leave_out_visas(page, pages)
    if not any(each.portraits for each in pages):
        return pages
    return [each for each in pages if each.portraits or each.mrz or any(find_payloads([each]))]


def _add_conflicts(printed: PrintedFields, elsewhere: PrintedFields) -> PrintedFields:
    """Add the other values that pages without the VIZ print for its fields, but no new fields."""
    others = {
        name: replace(value, confidence=min(value.confidence, printed[name].confidence))
        for name, value in elsewhere.items()
        if name in printed
    }
    return merge_fields(printed, others)


def find_payloads(pages: Iterable[Page]) -> Iterator[bytes]:
    """Return the payload of each PDF417 barcode, which licences of North America have."""
    codes = (code for page in pages for code in page.barcodes)
    return (code.payload for code in codes if code.symbology == PDF417)
