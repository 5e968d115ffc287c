"""What is known about a document when it is judged: sources that tell the century and the page."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.case import open_case
from docverify.identities import Identity, Source
from docverify.page import FieldText, Page, Reading
from docverify.policy import STANDARD
from tests.support.readings import (
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    line,
    page,
    passport,
    reading,
    refused,
)


def case_of(*pages: Page, today: date = TODAY):
    return open_case(reading(*pages), today=today, policy=STANDARD)


def born(printed: str, zone: str) -> tuple[date | None, date | None]:
    case = case_of(page(passport(birth=zone), {**PRINTED, "birth_date": printed}))
    return case.viz_identity.birth_date, case.mrz_identity.birth_date


def test_both_sources_say_who_the_holder_is():
    case = case_of(page())

    assert case.mrz_identity == Identity(
        Source.MRZ,
        document_number="QX7182035",
        surname="MERIDIAN",
        given_names="LOUISE ANN",
        nationality="ATA",
        birth_date=date(1990, 4, 12),
        sex="F",
        expiry_date=date(2033, 9, 14),
        issuing_state="ATA",
    )
    assert case.viz_identity == Identity(
        Source.VIZ,
        document_number="QX7182035",
        surname="MERIDIAN",
        given_names="LOUISE ANN",
        birth_date=date(1990, 4, 12),
        sex="F",
        issue_date=date(2023, 9, 15),
        expiry_date=date(2033, 9, 14),
    )


def test_a_file_that_could_not_be_read_says_nothing():
    case = open_case(refused(), today=TODAY, policy=STANDARD)

    assert (case.page, case.mrz, case.mrz_reading, case.printed) == (None, None, None, {})
    assert (case.mrz_identity, case.viz_identity) == (Identity(Source.MRZ), Identity(Source.VIZ))
    assert case.mrz_confidence("name") == 0.0


def test_a_holder_of_over_a_hundred_years_is_told_from_a_child_by_the_print():
    assert born("05 MAR 1924", "240305") == (date(1924, 3, 5), date(1924, 3, 5))
    assert born("05 MAR 2024", "240305") == (date(2024, 3, 5), date(2024, 3, 5))


def test_the_zone_tells_which_number_of_a_printed_date_is_the_month():
    assert born("03/04/1990", "900403") == (date(1990, 4, 3), date(1990, 4, 3))
    assert born("03/04/1990", "900304") == (date(1990, 3, 4), date(1990, 3, 4))
    assert born("03/04/1990", "900505") == (date(1990, 4, 3), date(1990, 5, 5))


@pytest.mark.parametrize(
    ("in_zone", "sex"), [("M", "M"), ("F", "F"), ("<", "X"), ("X", "X"), ("7", "X")]
)
def test_a_sex_that_is_neither_is_unspecified(in_zone: str, sex: str):
    assert case_of(page(passport(sex=in_zone))).mrz_identity.sex == sex


@pytest.mark.parametrize(
    ("printed", "sex"),
    [
        *[("F", "F"), ("m", "M"), ("X", "X"), ("M/M", "M"), ("W", None), ("-", None)],
        *[("K/M", "M"), ("N / F", "F"), ("Female", "F"), ("M/F", None)],
    ],
)
def test_the_printed_sex_is_its_first_letter_in_any_language(printed: str, sex: str | None):
    assert case_of(page(printed={**PRINTED, "sex": printed})).viz_identity.sex == sex


@pytest.mark.parametrize("name", ["张三", "—"])
def test_a_name_that_has_no_latin_form_is_no_name_to_compare(name: str):
    assert case_of(page(printed={**PRINTED, "surname": name})).viz_identity.surname is None


def test_a_name_in_one_line_is_surname_and_given_names():
    whole = line("Name: MERIDIAN, LOUISE ANN", top=0)
    viz = case_of(page(None, {}, more=[whole])).viz_identity

    assert (viz.surname, viz.given_names) == ("MERIDIAN", "LOUISE ANN")


def test_a_name_in_one_line_without_a_comma_is_not_parted_by_a_guess():
    viz = case_of(page(None, {}, more=[line("Name: LOUISE ANN MERIDIAN", top=0)])).viz_identity

    assert (viz.surname, viz.given_names) == (None, None)


def test_what_the_engine_takes_for_a_field_goes_before_its_label():
    read = page()
    known = replace(read, fields={"surname": FieldText("FOUND", SURE), "sex": FieldText(" ", 1.0)})

    case = case_of(known)

    assert (case.viz_identity.surname, case.viz_identity.sex) == ("FOUND", "F")
    assert [each.text for each in case.printed["surname"].others] == ["MERIDIAN"]


@pytest.mark.parametrize(
    ("expiry", "state", "expected"),
    [
        pytest.param("14 SEP 2033", "QUA", date(1990, 4, 3), id="nothing tells"),
        pytest.param("09/14/2033", "QUA", date(1990, 3, 4), id="another date tells"),
        pytest.param("14 SEP 2033", "USA", date(1990, 3, 4), id="the state tells"),
    ],
)
def test_the_document_tells_the_order_of_its_dates(expiry: str, state: str, expected: date):
    printed = {**PRINTED, "birth_date": "03/04/1990", "expiry_date": expiry}

    case = case_of(page(passport(state=state, birth="<<<<<<"), printed))

    assert case.viz_identity.birth_date == expected


def test_years_of_two_digits_are_those_that_a_field_allows():
    printed = {**PRINTED, "birth_date": "12 APR 90", "expiry_date": "14 SEP 33"}
    viz = case_of(page(None, printed)).viz_identity

    assert (viz.birth_date, viz.expiry_date) == (date(1990, 4, 12), date(2033, 9, 14))


def test_empty_fields_of_the_zone_say_nothing():
    zone = case_of(page(passport(state="<<<", name="", number=""))).mrz_identity

    assert [zone.nationality, zone.surname, zone.given_names, zone.document_number] == [None] * 4


def test_the_page_with_the_zone_is_the_page_that_is_judged():
    letter, document = page(None, {}), page()

    assert case_of(letter, document).page is document
    assert case_of(letter, letter).page is letter


def test_the_fields_of_the_page_with_the_zone_go_before_those_of_others():
    letter = page(None, {"surname": "OTHER", "issue_date": "15 SEP 2023"})
    document = page(printed={"surname": "MERIDIAN"})

    assert {name: value.text for name, value in case_of(letter, document).printed.items()} == {
        "surname": "MERIDIAN",
        "issue_date": "15 SEP 2023",
    }


def test_a_label_on_one_page_has_no_value_on_another():
    first = page(None, {}, more=[line("Surname", top=0)])
    second = page(None, {}, more=[line("MERIDIAN", top=25)])

    assert case_of(first, second).printed == {}


def test_a_zone_in_no_shape_of_the_standard_is_a_zone_that_cannot_be_parsed():
    case = case_of(page(("P<QUA", "QX71")))

    assert case.mrz is None
    assert case.mrz_identity == Identity(Source.MRZ)


def test_a_field_is_read_with_the_confidence_of_its_least_certain_character():
    case = case_of(page(doubtful=[(1, 8)]))

    assert case.mrz_confidence("document_number") == UNSURE
    assert case.mrz_confidence("birth_date", "document_number") == UNSURE
    assert case.mrz_confidence("birth_date", "name") == SURE


def test_a_long_number_is_read_with_the_confidence_of_all_its_parts():
    card = ("I<QUAQX7182035<425<<<<<<<<<<<<", "9004122F3309149QUA<<<<<<<<<<<4", "M".ljust(30, "<"))

    assert case_of(page(card, doubtful=[(0, 16)])).mrz_confidence("document_number") == UNSURE


@pytest.mark.parametrize("source", ["mrz_identity", "viz_identity"])
def test_an_identity_does_not_print_its_values(source: str):
    shown = repr(getattr(case_of(page()), source))

    assert shown == f"Identity(source={getattr(case_of(page()), source).source!r})"


def test_a_reading_does_not_print_what_was_read():
    shown = repr(Reading(reading(page()).engine, (page(),)))
    values = ("MERIDIAN", "LOUISE", "QX7182035", "900412", "1990")

    assert [value for value in values if value in shown] == []
