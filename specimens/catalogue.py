"""Catalogue of all specimens: what each shows and how its file is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from docverify.documents.mrz import MrzFormat
from specimens import holders
from specimens.booklet import draw_booklet
from specimens.capture import (
    Picture,
    encode_jpeg,
    encode_pdf,
    encode_png,
    photograph,
    scan,
    soften,
    truncate,
    turn_left,
)
from specimens.holders import Document, Holder
from specimens.layouts import (
    IDENTITY_CARD_BACK,
    IDENTITY_CARD_FRONT,
    IDENTITY_CARD_TD2,
    PASSPORT,
    VISA_A,
    VISA_B,
    Layout,
)
from specimens.mrz import Lines, misprint_number_digit, write_mrz
from specimens.pages import draw_page
from specimens.receipt import draw_receipt
from specimens.surfaces import draw_linen, draw_wood

SCANNER_SOFTNESS = 0.6  # Gaussian sigma in pixels
ILLEGIBLE = 9.0

Capture = Callable[[Document, Lines], bytes]


@dataclass(frozen=True)
class Specimen:
    """A file and its contents.

    Attributes:
        document: The contents as printed. None if the file cannot be read.
        mrz: The lines of the MRZ. None if the file has no readable MRZ.
    """

    name: str
    what: str
    content: Callable[[], bytes]
    document: Document | None = None
    mrz: Lines | None = None


def _build_passport(number: str, holder: Holder, issue_date: date, expiry_date: date) -> Document:
    return Document(MrzFormat.TD3, "P", number, issue_date, expiry_date, holder)


MAIN = _build_passport("K72409153", holders.IMOGEN, date(2025, 3, 18), date(2035, 3, 17))
IDENTITY_CARD = Document(
    MrzFormat.TD1, "I", "AT4930267", date(2024, 5, 6), date(2034, 5, 5), holders.RENEE
)
OLD_CARD = Document(
    MrzFormat.TD2, "I", "CT5180742", date(2024, 9, 23), date(2034, 9, 22), holders.ILJA
)
VISA = Document(
    MrzFormat.MRV_A, "V", "VB2071846", date(2025, 11, 10), date(2035, 11, 9), holders.LINNEA
)
SMALL_VISA = Document(
    MrzFormat.MRV_B, "V", "VC6153928", date(2026, 2, 2), date(2036, 2, 1), holders.SASHA
)
IN_A_PHOTO = _build_passport(
    "R50318264", holders.JEAN_BASTIEN, date(2024, 1, 29), date(2034, 1, 28)
)
ROTATED = _build_passport("H38160725", holders.THEODOSIA, date(2026, 4, 14), date(2036, 4, 13))
IN_A_PDF = replace(
    _build_passport("B91472036", holders.CASPAR, date(2026, 8, 31), date(2036, 8, 30)), code="PP"
)
EXPIRED = _build_passport("L26085417", holders.MAREN, date(2013, 6, 4), date(2023, 6, 3))
MISPRINTED = _build_passport("P47315290", holders.DARIO, date(2025, 7, 7), date(2035, 7, 6))
GENUINE = _build_passport("W63829014", holders.PAULA, date(2024, 10, 15), date(2034, 10, 14))
ALTERED = replace(GENUINE, holder=replace(holders.PAULA, birth_date=date(1994, 7, 14)))
BLURRED = _build_passport("M18540973", holders.HUGO, date(2024, 2, 12), date(2034, 2, 11))


def _build_specimen(
    name: str, what: str, document: Document, capture: Capture, mrz: Lines | None = None
) -> Specimen:
    lines = mrz or write_mrz(document)
    return Specimen(name, what, lambda: capture(document, lines), document, lines)


def _scan(layout: Layout, document: Document, mrz: Lines) -> Picture:
    return soften(scan(draw_page(layout, document, mrz), tilt=0.3), SCANNER_SOFTNESS)


@cache
def _scan_passport(document: Document, mrz: Lines) -> bytes:
    return encode_jpeg(_scan(PASSPORT, document, mrz))


def _scan_passport_sideways(document: Document, mrz: Lines) -> bytes:
    return encode_jpeg(turn_left(_scan(PASSPORT, document, mrz)))


def _scan_passport_blurred(document: Document, mrz: Lines) -> bytes:
    return encode_jpeg(soften(_scan(PASSPORT, document, mrz), ILLEGIBLE))


def _write_passport_pdf(document: Document, mrz: Lines) -> bytes:
    return encode_pdf(draw_page(PASSPORT, document, mrz))


def _photograph_passport(document: Document, mrz: Lines) -> bytes:
    opened = draw_booklet(draw_page(PASSPORT, document, mrz), PASSPORT.palette)
    corners = np.array([(262, -560), (1642, -500), (1652, 1345), (182, 1290)], np.float32)
    return encode_jpeg(
        photograph(opened, draw_wood(1900, 1425, seed=3), corners, seed=5), quality=80
    )


def _scan_identity_card(document: Document, mrz: Lines) -> bytes:
    front = draw_page(IDENTITY_CARD_FRONT, document)
    return encode_png(scan(front, draw_page(IDENTITY_CARD_BACK, document, mrz), margin=60))


def _scan_old_card(document: Document, mrz: Lines) -> bytes:
    return encode_jpeg(_scan(IDENTITY_CARD_TD2, document, mrz))


def _scan_visa(document: Document, mrz: Lines) -> bytes:
    return encode_jpeg(_scan(VISA_A, document, mrz))


def _scan_small_visa(document: Document, mrz: Lines) -> bytes:
    return encode_png(scan(draw_page(VISA_B, document, mrz)))


def _photograph_receipt() -> bytes:
    corners = np.array([(215, 110), (985, 96), (1010, 1570), (190, 1584)], np.float32)
    return encode_jpeg(
        photograph(draw_receipt(), draw_linen(1200, 1700, seed=4), corners, seed=6), quality=80
    )


def _cut_upload() -> bytes:
    return truncate(_scan_passport(MAIN, write_mrz(MAIN)), share=0.4)


SPECIMENS = (
    _build_specimen(
        "passport.jpg",
        "A scan of a passport in which everything agrees.",
        MAIN,
        _scan_passport,
    ),
    _build_specimen(
        "identity-card.png",
        "A scan of both sides of an identity card; the name has letters that the MRZ"
        " transliterates.",
        IDENTITY_CARD,
        _scan_identity_card,
    ),
    _build_specimen(
        "identity-card-td2.jpg",
        "A scan of an identity card of the larger, older size.",
        OLD_CARD,
        _scan_old_card,
    ),
    _build_specimen(
        "visa.jpg",
        "A scan of a visa of the full size; visas have no composite check digit.",
        VISA,
        _scan_visa,
    ),
    _build_specimen(
        "visa-small.png",
        "A scan of a visa of the small size; the holder's sex is X, which the MRZ writes as a"
        " filler.",
        SMALL_VISA,
        _scan_small_visa,
    ),
    _build_specimen(
        "passport-photo.jpg",
        "A photo of an open passport on a desk, slightly turned and in uneven light; the name has"
        " an apostrophe and a hyphen.",
        IN_A_PHOTO,
        _photograph_passport,
    ),
    _build_specimen(
        "passport-rotated.jpg",
        "A scan of a passport that lay on its side; the name is long.",
        ROTATED,
        _scan_passport_sideways,
    ),
    _build_specimen(
        "passport-scan.pdf",
        "A passport on an A4 page in a PDF file, with a two-letter document code.",
        IN_A_PDF,
        _write_passport_pdf,
    ),
    _build_specimen(
        "passport-expired.jpg",
        "A scan of a passport that expired in 2023.",
        EXPIRED,
        _scan_passport,
    ),
    _build_specimen(
        "passport-wrong-check-digit.jpg",
        "A scan of a passport whose MRZ has a wrong check digit after the document number.",
        MISPRINTED,
        _scan_passport,
        misprint_number_digit(write_mrz(MISPRINTED)),
    ),
    _build_specimen(
        "passport-altered.jpg",
        "A scan of a passport whose printed date of birth was edited; the MRZ still has the"
        " right one.",
        ALTERED,
        _scan_passport,
        write_mrz(GENUINE),
    ),
    _build_specimen(
        "passport-blurred.jpg",
        "A scan of a passport that is too blurred to read.",
        BLURRED,
        _scan_passport_blurred,
    ),
    Specimen(
        "no-document.jpg",
        "A photo of a receipt from a shop: legible, but not an identity document.",
        _photograph_receipt,
    ),
    Specimen(
        "corrupt.jpg",
        "The first 40 % of the bytes of passport.jpg, as a broken upload leaves them.",
        _cut_upload,
    ),
)
