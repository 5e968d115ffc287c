"""What an applicant says: a name and a day, or the fact that it cannot be read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.applicant import MAX_NAME_LENGTH, Applicant, parse_applicant
from docverify.case import open_case
from docverify.policy import STANDARD
from tests.support.readings import TODAY, page, reading


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_where_nothing_was_given_there_is_no_applicant(nothing):
    assert parse_applicant(nothing, nothing) is None


def test_what_was_given_is_read():
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
def test_a_day_in_another_notation_is_a_fact_and_no_error(day: str):
    assert parse_applicant("Ortiz", day) == Applicant("Ortiz", None, ("birth_date",))


@pytest.mark.parametrize("name", ["4711", "Or\x00tiz", "Or\ntiz", "x" * (MAX_NAME_LENGTH + 1), "-"])
def test_what_is_no_name_is_a_fact_and_no_error(name: str):
    assert parse_applicant(name, "1990-01-02") == Applicant(None, date(1990, 1, 2), ("name",))


@given(st.text(), st.text())
def test_any_text_is_read_or_named(name: str, day: str):
    applicant = parse_applicant(name, day)

    if applicant is not None:
        given = {"name": bool(name.strip()), "birth_date": bool(day.strip())}
        for field, was_given in given.items():
            known = getattr(applicant, field) is not None
            assert was_given == (known or field in applicant.unreadable)


def test_an_applicant_does_not_print_what_was_said():
    assert repr(parse_applicant("Ortiz", "1990-01-02")) == "Applicant(unreadable=())"


def test_a_case_knows_the_applicant():
    applicant = Applicant("Ortiz")

    assert open_case(reading(page()), today=TODAY, policy=STANDARD, applicant=applicant).applicant
    assert open_case(reading(page()), today=TODAY, policy=STANDARD).applicant is None
