"""The catalogue: every specimen, what it shows, and how its file is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from docverify.documents.mrz import MrzFormat
from specimens import holders
from specimens.booklet import booklet
from specimens.capture import (
    Picture,
    cut_off,
    jpeg,
    pdf,
    photo,
    png,
    scan,
    softened,
    turned,
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
from specimens.mrz import Lines, machine_readable, with_wrong_number_digit
from specimens.pages import page
from specimens.receipt import receipt
from specimens.surfaces import linen, wood

SCANNER_SOFTNESS = 0.6  # Gaussian sigma in pixels
ILLEGIBLE = 9.0

Capture = Callable[[Document, Lines], bytes]


@dataclass(frozen=True)
class Specimen:
    """A file, and what it holds if that can be made out."""

    name: str
    what: str
    content: Callable[[], bytes]
    document: Document | None = None  # as printed
    mrz: Lines | None = None


def _passport(number: str, holder: Holder, issue_date: date, expiry_date: date) -> Document:
    return Document(MrzFormat.TD3, "P", number, issue_date, expiry_date, holder)


MAIN = _passport("K72409153", holders.IMOGEN, date(2025, 3, 18), date(2035, 3, 17))
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
IN_A_PHOTO = _passport("R50318264", holders.JEAN_BASTIEN, date(2024, 1, 29), date(2034, 1, 28))
ROTATED = _passport("H38160725", holders.THEODOSIA, date(2026, 4, 14), date(2036, 4, 13))
IN_A_PDF = replace(
    _passport("B91472036", holders.CASPAR, date(2026, 8, 31), date(2036, 8, 30)), code="PP"
)
EXPIRED = _passport("L26085417", holders.MAREN, date(2013, 6, 4), date(2023, 6, 3))
MISPRINTED = _passport("P47315290", holders.DARIO, date(2025, 7, 7), date(2035, 7, 6))
GENUINE = _passport("W63829014", holders.PAULA, date(2024, 10, 15), date(2034, 10, 14))
ALTERED = replace(GENUINE, holder=replace(holders.PAULA, birth_date=date(1994, 7, 14)))
BLURRED = _passport("M18540973", holders.HUGO, date(2024, 2, 12), date(2034, 2, 11))


def _specimen(
    name: str, what: str, document: Document, capture: Capture, mrz: Lines | None = None
) -> Specimen:
    lines = mrz or machine_readable(document)
    return Specimen(name, what, lambda: capture(document, lines), document, lines)


def _scanned(layout: Layout, document: Document, mrz: Lines) -> Picture:
    return softened(scan(page(layout, document, mrz), tilt=0.3), SCANNER_SOFTNESS)


@cache
def _passport_scan(document: Document, mrz: Lines) -> bytes:
    return jpeg(_scanned(PASSPORT, document, mrz))


def _passport_turned(document: Document, mrz: Lines) -> bytes:
    return jpeg(turned(_scanned(PASSPORT, document, mrz)))


def _passport_blurred(document: Document, mrz: Lines) -> bytes:
    return jpeg(softened(_scanned(PASSPORT, document, mrz), ILLEGIBLE))


def _passport_pdf(document: Document, mrz: Lines) -> bytes:
    return pdf(page(PASSPORT, document, mrz))


def _passport_photo(document: Document, mrz: Lines) -> bytes:
    opened = booklet(page(PASSPORT, document, mrz), PASSPORT.palette)
    corners = np.array([(262, -560), (1642, -500), (1652, 1345), (182, 1290)], np.float32)
    return jpeg(photo(opened, wood(1900, 1425, seed=3), corners, seed=5), quality=80)


def _identity_card_scan(document: Document, mrz: Lines) -> bytes:
    front = page(IDENTITY_CARD_FRONT, document)
    return png(scan(front, page(IDENTITY_CARD_BACK, document, mrz), margin=60))


def _old_card_scan(document: Document, mrz: Lines) -> bytes:
    return jpeg(_scanned(IDENTITY_CARD_TD2, document, mrz))


def _visa_scan(document: Document, mrz: Lines) -> bytes:
    return jpeg(_scanned(VISA_A, document, mrz))


def _small_visa_scan(document: Document, mrz: Lines) -> bytes:
    return png(scan(page(VISA_B, document, mrz)))


def _receipt_photo() -> bytes:
    corners = np.array([(215, 110), (985, 96), (1010, 1570), (190, 1584)], np.float32)
    return jpeg(photo(receipt(), linen(1200, 1700, seed=4), corners, seed=6), quality=80)


def _broken_upload() -> bytes:
    return cut_off(_passport_scan(MAIN, machine_readable(MAIN)), share=0.4)


SPECIMENS = (
    _specimen(
        "passport.jpg",
        "A scan of a passport in which everything agrees.",
        MAIN,
        _passport_scan,
    ),
    _specimen(
        "identity-card.png",
        "A scan of both sides of an identity card; the name has letters that the MRZ"
        " transliterates.",
        IDENTITY_CARD,
        _identity_card_scan,
    ),
    _specimen(
        "identity-card-td2.jpg",
        "A scan of an identity card of the larger, older size.",
        OLD_CARD,
        _old_card_scan,
    ),
    _specimen(
        "visa.jpg",
        "A scan of a visa of the full size; visas have no composite check digit.",
        VISA,
        _visa_scan,
    ),
    _specimen(
        "visa-small.png",
        "A scan of a visa of the small size; the holder's sex is X, which the MRZ writes as a"
        " filler.",
        SMALL_VISA,
        _small_visa_scan,
    ),
    _specimen(
        "passport-photo.jpg",
        "A photo of an open passport on a desk, slightly turned and in uneven light; the name has"
        " an apostrophe and a hyphen.",
        IN_A_PHOTO,
        _passport_photo,
    ),
    _specimen(
        "passport-rotated.jpg",
        "A scan of a passport that lay on its side; the name is long.",
        ROTATED,
        _passport_turned,
    ),
    _specimen(
        "passport-scan.pdf",
        "A passport on an A4 page in a PDF file, with a two-letter document code.",
        IN_A_PDF,
        _passport_pdf,
    ),
    _specimen(
        "passport-expired.jpg",
        "A scan of a passport that expired in 2023.",
        EXPIRED,
        _passport_scan,
    ),
    _specimen(
        "passport-wrong-check-digit.jpg",
        "A scan of a passport whose MRZ has a wrong check digit after the document number.",
        MISPRINTED,
        _passport_scan,
        with_wrong_number_digit(machine_readable(MISPRINTED)),
    ),
    _specimen(
        "passport-altered.jpg",
        "A scan of a passport whose printed date of birth was edited; the MRZ still has the"
        " right one.",
        ALTERED,
        _passport_scan,
        machine_readable(GENUINE),
    ),
    _specimen(
        "passport-blurred.jpg",
        "A scan of a passport so blurred that nobody can judge it.",
        BLURRED,
        _passport_blurred,
    ),
    Specimen(
        "no-document.jpg",
        "A photo of a receipt from a shop: legible, but not an identity document.",
        _receipt_photo,
    ),
    Specimen(
        "corrupt.jpg",
        "The first 40 % of the bytes of passport.jpg, as a broken upload leaves them.",
        _broken_upload,
    ),
)
