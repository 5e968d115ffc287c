"""The table of categories on European licences."""

import pytest

from docverify.checks import Status
from docverify.layout.licence_tables import is_in_category_row
from tests.support.licences import french, licence
from tests.support.readings import line, reading, results


@pytest.mark.parametrize(
    "text",
    ["AM 03.05.2008 14.09.2033", "B 03.05.2008", "9. B1 03.05.2008", "A1/A2 03.05.2008", "C1E"],
)
def test_row_begins_with_a_category(text: str):
    assert is_in_category_row(line(text, top=0), [])


@pytest.mark.parametrize("text", ["9. 10. 11. 12.", "10. 11. 12.", "10 11 12"])
def test_numbers_of_the_columns_are_no_date(text: str):
    assert is_in_category_row(line(text, top=0), [])


@pytest.mark.parametrize("text", ["03.05.2008", "10.11.12", "BERLIN 03.05.2008", "11.10.2012"])
def test_date_without_a_category_is_in_no_row(text: str):
    assert not is_in_category_row(line(text, top=0), [])


def test_date_right_of_a_category_is_in_its_row():
    category = line("BE", top=0)

    assert is_in_category_row(line("03.05.2008", top=2, left=300), [category])
    assert not is_in_category_row(line("03.05.2008", top=80, left=300), [category])


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        (("AM 03.05.2008", "B 04.06.2009"), Status.PASSED),
        (("03.05.2008", "04.06.2009"), Status.FAILED),
    ],
)
def test_dates_of_categories_are_explained_on_a_licence(rows: tuple[str, str], status: Status):
    found = results(reading(*licence(*rows, french())))

    assert found["unexplained_print"].status is status
