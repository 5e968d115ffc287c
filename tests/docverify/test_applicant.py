"""What an applicant states: name and birth date, or that they are unreadable."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.applicant import MAX_NAME_LENGTH, Applicant, parse_applicant
from docverify.case import open_case
from docverify.policy import STANDARD
from tests.support.readings import TODAY, page, reading


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_applicant_without_a_name_or_birth_date(nothing):
    assert parse_applicant(nothing, nothing) is None


def test_name_and_birth_date_are_parsed():
    assert parse_applicant(" Łucja Ortiz ", "1990-01-02") == Applicant(
        "Łucja Ortiz", date(1990, 1, 2)
    )
    assert parse_applicant("Ortiz", None) == Applicant("Ortiz")
    assert parse_applicant(None, "1990-01-02") == Applicant(None, date(1990, 1, 2))


@pytest.mark.parametrize(
    "day",
    [
        "02.01.1990",
        "19900102",
        "1990-W01-1",
        "1990-02-30",
        "0000-01-01",
        "1990-1-2",
        "199\u0660-01-02",
    ],
)
def test_birth_date_in_another_notation_is_unreadable_but_not_an_error(day: str):
    assert parse_applicant("Ortiz", day) == Applicant("Ortiz", None, ("birth_date",))


@pytest.mark.parametrize(
    "name",
    [
        *("4711", "Or\x00tiz", "Or\ntiz", "x" * (MAX_NAME_LENGTH + 1), "-"),
        *("Or\u200btiz", "Or\u3164tiz", "Or\ufe0ftiz"),
    ],
)
def test_text_that_is_not_a_name_is_unreadable_but_not_an_error(name: str):
    assert parse_applicant(name, "1990-01-02") == Applicant(None, date(1990, 1, 2), ("name",))


@given(st.text(), st.text())
def test_any_text_is_parsed_or_listed_as_unreadable(name: str, day: str):
    applicant = parse_applicant(name, day)

    if applicant is not None:
        given = {"name": bool(name.strip()), "birth_date": bool(day.strip())}
        for field, was_given in given.items():
            known = getattr(applicant, field) is not None
            assert was_given == (known or field in applicant.unreadable)


def test_repr_of_an_applicant_has_no_values():
    assert repr(parse_applicant("Ortiz", "1990-01-02")) == "Applicant(unreadable=())"


def test_case_has_the_applicant():
    applicant = Applicant("Ortiz")

    assert open_case(reading(page()), today=TODAY, policy=STANDARD, applicant=applicant).applicant
    assert open_case(reading(page()), today=TODAY, policy=STANDARD).applicant is None
