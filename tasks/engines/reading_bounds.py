"""Bounds of a reader's response: a file that has taken it over must not keep the run busy.

The checks compare lines with each other, so their work grows with the text. The bounds are several
times what the engine `local` can read within its time.
"""

from __future__ import annotations

from collections.abc import Iterator

from docverify.page import Page, Reading

MAX_PAGES = 80  # ten pages of a file, and eight documents on each
MAX_LINES = 200  # a page
MAX_CHARACTERS = 20_000  # a page
MAX_MRZS = 8  # a page
MAX_BARCODES = 8  # a page
MAX_PAYLOAD = 4096  # bytes of a barcode
MAX_PORTRAITS = 50  # a page
MAX_NAME = 200  # characters of a program that a file names, of a mark or of a code
MAX_PROGRAMS = 16
MAX_MESSAGE = 500  # characters of a refusal
MAX_SIDE = 1_000_000  # pixels
HASHES = range(1 << 64)  # of an image


def is_within_bounds(reading: Reading) -> bool:
    """Return whether a reading has no more than the engine `local` can read."""
    made, refusal = reading.provenance, reading.refusal
    names = [*made.software, *made.ai_marks, made.format] if made else []
    names += [refusal.code] if refusal else []
    return (
        len(reading.pages) <= MAX_PAGES
        and len(names) <= MAX_PROGRAMS
        and all(len(each) <= MAX_NAME for each in names)
        and (refusal is None or len(refusal.message) <= MAX_MESSAGE)
        and all(map(is_page_within_bounds, reading.pages))
    )


def is_page_within_bounds(page: Page) -> bool:
    """Return whether a page has no more text, MRZs, barcodes and faces than a page can have."""
    return (
        0 < page.width <= MAX_SIDE
        and 0 < page.height <= MAX_SIDE
        and (page.fingerprint is None or page.fingerprint in HASHES)
        and len(page.lines) <= MAX_LINES
        and len(page.other_mrzs) < MAX_MRZS
        and len(page.portraits or ()) <= MAX_PORTRAITS
        and len(page.barcodes) <= MAX_BARCODES
        and all(len(each.payload) <= MAX_PAYLOAD for each in page.barcodes)
        and sum(map(len, list_texts(page))) <= MAX_CHARACTERS
    )


def list_texts(page: Page) -> Iterator[str]:
    """Yield every text of a page."""
    for line in page.lines:
        yield line.text
    for mrz in (*((page.mrz,) if page.mrz else ()), *page.other_mrzs):
        yield from (*mrz.lines, *mrz.greedy)
    for name, found in page.fields.items():
        yield from (name, found.text)
    for barcode in page.barcodes:
        yield barcode.symbology
