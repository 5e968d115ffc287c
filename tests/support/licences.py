"""European licences with an MRZ on the back, built by hand."""

from dataclasses import replace

from docverify.documents.mrz import compute_check_digit
from docverify.page import Page
from tests.support.readings import LABELS, line, page

PRINTED = {
    "surname": "MERIDIAN",
    "given_names": "LOUISE ANN",
    "birth_date": "12.04.1990",
    "expiry_date": "14.09.2033",
    "document_number": "17AB53162",
}


def french(number: str = "17AB53162", expiry: str = "330914", name: str = "MERIDIAN") -> str:
    """Return the MRZ of a French licence."""
    text = f"D1FRA{number}"
    text += compute_check_digit(text) + expiry + name.ljust(8, "<")
    return text + compute_check_digit(text)


def dutch(number: str = "5094911165") -> str:
    """Return the MRZ of a Dutch licence."""
    text = f"D1NLD1{number}9TVGD57GR81QX"
    return text + compute_check_digit(text)


def licence(*mrz: str, **printed: str) -> tuple[Page, Page]:
    """Return the front of a licence, and its back with the MRZ as lines of text."""
    back = page(None, {}, more=[line(text, top=30 * row) for row, text in enumerate(mrz)])
    front = page(None, {**PRINTED, **printed})
    lines = tuple(
        replace(each, text="Licence number") if each.text == LABELS["document_number"] else each
        for each in front.lines
    )
    return replace(front, lines=lines), back
