"""Values of licences by their places on known designs, which are data."""

import json

import pytest

from docverify.documents.code_tables import load_table
from docverify.documents.printed_fields import PrintedFields
from docverify.layout.frame import ID_1
from docverify.layout.licence_labelled_values import sort_print
from docverify.layout.licence_places import (
    PLACED,
    find_values_by_place,
    fit_design,
    load_designs,
    parse_designs,
)
from docverify.page import CERTAIN_CONFIDENCE, Box, Line
from tests.support.readings import SURE

ROW = """{"places": [
  {"document_number": [30, 12], "birth_date": [30, 20], "expiry_date": [60, 20], "sex": [50, 40]},
  {"document_number": [60, 12], "birth_date": [60, 40], "expiry_date": [30, 40], "sex": [20, 20]}
]}"""
"""What a table has for a State with two designs."""

FIRST, SECOND = DESIGNS = parse_designs(json.loads(ROW))
TEXTS = {
    "document_number": "DLN 55217",
    "birth_date": "DOB 04/12/1990",
    "expiry_date": "EXP 04/12/2030",
    "sex": "M",
}
LABELS = {"document_number": "DLN ", "birth_date": "DOB ", "expiry_date": "EXP "}


def draw(places, *, pixels: float = 18, left: float = 70, top: float = 40) -> list[Line]:
    """Print the values at their places, each behind its label, at this scale and this corner."""
    found = []
    for name, (x, y) in places.items():
        text, width = TEXTS[name], 1.5 * pixels
        start = left + x * pixels - width * len(LABELS.get(name, ""))
        middle = top + y * pixels
        box = Box(start, middle - 20, start + width * len(text), middle + 20)
        found.append(Line(text, SURE, box))
    return found


def find(lines: list[Line], fields: PrintedFields | None = None) -> PrintedFields:
    return find_values_by_place(sort_print(lines, None), fields or {}, None, DESIGNS)


@pytest.mark.parametrize("design", DESIGNS, ids=["first", "second"])
@pytest.mark.parametrize("pixels", [6, 18, 40])
def test_row_of_the_table_is_enough_for_a_value_without_a_label(design, pixels: float):
    found = find(draw(design, pixels=pixels))["sex"]

    assert found.text == "M"
    assert not found.labelled
    assert found.confidence < CERTAIN_CONFIDENCE


def test_value_away_from_its_place_is_another_one():
    assert "sex" not in find(draw({**FIRST, "sex": (50, 30)}))


def test_field_that_was_found_is_not_searched():
    fields = find(draw(FIRST))

    assert "sex" not in find(draw(FIRST), fields)


def test_other_design_has_no_places():
    moved = {**FIRST, "expiry_date": (45.0, 30.0)}

    assert find(draw(moved)) == {}


def test_two_values_with_labels_do_not_show_the_design():
    few = {name: place for name, place in FIRST.items() if name != "expiry_date"}

    assert find(draw(few)) == {}


def test_values_at_one_place_have_no_scale():
    known = {name: Box(0, 0, 10, 10) for name in ("document_number", "birth_date", "expiry_date")}

    assert fit_design(FIRST, known) is None
    assert fit_design(dict.fromkeys(FIRST, (1.0, 1.0)), known) is None


def test_every_place_of_the_table_is_on_a_card():
    designs = [
        design
        for row in load_table("licence_cards")["designs"].values()
        for design in parse_designs(row)
    ]

    assert {name for design in designs for name in design} <= set(PLACED)
    assert min(map(len, designs)) > 3
    assert all(
        0 < x < ID_1[0] and 0 < y < ID_1[1] for design in designs for x, y in design.values()
    )


def test_issuer_without_a_row_is_read_by_labels_alone():
    assert load_designs(None) == ()
