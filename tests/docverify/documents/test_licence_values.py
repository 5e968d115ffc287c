"""Values in the print of licences."""

import pytest

from docverify.documents.licence_values import find_dates, find_name, find_number, find_sex
from docverify.documents.states import find_jurisdiction

CALIFORNIA, NEW_YORK = find_jurisdiction("636014"), find_jurisdiction("636001")


@pytest.mark.parametrize(
    ("text", "issuer", "number"),
    [
        ("D1234567", CALIFORNIA, "D1234567"),
        ("LICe D1234567 M", CALIFORNIA, "D1234567"),
        ("D123 456 789", NEW_YORK, "123 456 789"),
        ("123-45-6789 DUPLICATE", None, "123-45-6789"),
        ("5'-08\"", None, None),
        ("5-08", None, None),
        ("165 lb", None, None),
        ("01/05/1948", None, None),
        ("ANYTOWN, CA 95818", CALIFORNIA, None),
        ("NONE", None, None),
    ],
)
def test_number_is_no_date_no_height_and_no_address(text, issuer, number):
    found = find_number(text, issuer)

    assert (found.text if found else None) == number


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("03/01/2024 03/01/2016", ["03/01/2024", "03/01/2016"]),
        ("06126/2031", ["06126/2031"]),
        ("1962/09106", ["1962/09106"]),
        ("2025-N0V-08", ["2025-N0V-08"]),
        ("08312009", ["08312009"]),
        ("99/99/2024", []),
    ],
)
def test_every_date_of_a_line_is_found(text, dates):
    assert [each.text for each in find_dates(text)] == dates


@pytest.mark.parametrize(
    ("text", "has_label", "name"),
    [
        ("O'ROE, JR", False, "O'ROE, JR"),
        ("S00", True, "S00"),
        ("S00", False, None),
        ("12 MAIN ST", True, None),
        ("-", False, None),
    ],
)
def test_name_has_letters_only_unless_its_label_is_known(text, has_label, name):
    found = find_name(text, has_label=has_label)

    assert (found.text if found else None) == name


@pytest.mark.parametrize(
    ("text", "sex"), [("M16 Hgt", "M"), ("FEMALE", "FEMALE"), ("MARY", None), ("", None)]
)
def test_sex_is_a_letter_or_a_word(text, sex):
    found = find_sex(text)

    assert (found.text if found else None) == sex


def test_values_are_not_in_the_repr():
    assert "D1234567" not in repr(find_number("D1234567", CALIFORNIA))
