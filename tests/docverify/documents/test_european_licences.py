"""Printed fields of European driving licences (Directive 2006/126/EC, annex I)."""

from collections.abc import Sequence

import pytest

from docverify.documents.printed_fields import find_printed_fields
from docverify.page import Box, Line
from tests.support.readings import SURE

Row = str | Sequence[tuple[float, str]]


def licence_lines(*rows: Row) -> list[Line]:
    """Place rows of text below each other; a row may have several texts with their left edges."""
    return [
        Line(text, SURE, Box(left, 30 * number, left + 11 * len(text), 30 * number + 20))
        for number, row in enumerate(rows)
        for left, text in ([(0.0, row)] if isinstance(row, str) else row)
    ]


def texts(*rows: Row) -> dict[str, str]:
    return {name: each.text for name, each in find_printed_fields(licence_lines(*rows)).items()}


FRONTS = {
    "German": (
        *("FÜHRERSCHEIN", "1. Meridian", "2. Louise Ann", "3. 12.04.1990 Berlin"),
        *([(0, "4a. 15.09.2023"), (300, "4c. Landratsamt Mainz")], "4b. 14.09.2033"),
        *("5. B072RRE2I55", "7.", "9. AM/B/L"),
    ),
    "blanks lost": (
        *("FÜHRERSCHEIN", "1.MERIDIAN", "2.LOUISE ANN", "3.12.04.1990 BERLIN"),
        *("4a.15.09.2023 4c.LANDRATSAMT", "4b.14.09.2033", "5.B072RRE2I55", "9.AM/B/L"),
    ),
    "dots lost": (
        *("PRAWO JAZDY", "1 MERIDIAN", "2 LOUISE ANN", "3 12.04.1990 WARSZAWA"),
        *("4a 15.09.2023 4b 14.09.2033", "4c PREZYDENT", "5 B072RRE2I55", "9 AM/B"),
    ),
    "numbers apart": (
        *("PERMIS DE CONDUIRE", [(0, "1."), (40, "MERIDIAN")], [(0, "2."), (40, "LOUISE ANN")]),
        *([(0, "3."), (40, "12.04.1990 PARIS")], [(0, "4a."), (40, "15.09.2023")]),
        *([(0, "4b."), (40, "14.09.2033")], [(0, "5."), (40, "13AA00002")], [(0, "9."), (40, "B")]),
    ),
    "numbers of names and birth lost": (
        *("PERMIS DE CONDUIRE", "MERIDIAN", "LOUISE ANN", "12.04.1990 PARIS"),
        *("4a. 15.09.2023 4c. PREF", "4b. 14.09.2033", "5. 13AA00002", "9. B"),
    ),
    "year first": (
        *("VEZETŐI ENGEDÉLY", "1. MERIDIAN", "2. LOUISE ANN", "3. 1990.04.12. BUDAPEST"),
        *("4a. 2023.09.15. 4c. BFKH", "4b. 2033.09.14.", "5. AB123456", "9. B"),
    ),
}


@pytest.mark.parametrize("front", FRONTS)
def test_fields_of_a_licence_are_found_by_their_numbers(front: str):
    found = texts(*FRONTS[front])

    assert found["surname"].upper() == "MERIDIAN"
    assert found["given_names"].upper() == "LOUISE ANN"
    assert found["birth_date"].startswith(("12.04.1990", "1990.04.12"))
    assert found["issue_date"].startswith(("15.09.2023", "2023.09.15"))
    assert found["expiry_date"].startswith(("14.09.2033", "2033.09.14"))
    assert found["document_number"] in ("B072RRE2I55", "13AA00002", "AB123456")


def test_title_of_a_licence_is_not_a_name():
    found = texts("PERMIS DE CONDUIRE", "12.04.1990", "4a. 15.09.2023", "4b. 14.09.2033")

    assert "surname" not in found
    assert "given_names" not in found


def test_date_that_begins_like_a_number_of_a_field_is_a_date():
    found = texts([(0, "4a."), (40, "15.09.2023")], [(0, "4b."), (40, "12.09.2033")])

    assert (found["issue_date"], found["expiry_date"]) == ("15.09.2023", "12.09.2033")
