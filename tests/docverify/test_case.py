"""The case of a document: its identities, dates, pages and confidence."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.case import open_case
from docverify.identities import Identity, Source
from docverify.page import Box, FieldText, Line, Page, Reading
from docverify.policy import STANDARD
from tests.support.readings import (
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    licence,
    line,
    page,
    passport,
    reading,
    refused,
    td1,
)


def case_of(*pages: Page, today: date = TODAY):
    return open_case(reading(*pages), today=today, policy=STANDARD)


def born(printed: str, mrz: str) -> tuple[date | None, date | None]:
    case = case_of(page(passport(birth=mrz), {**PRINTED, "birth_date": printed}))
    return case.viz_identity.birth_date, case.mrz_identity.birth_date


def test_mrz_and_viz_have_an_identity_each():
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


def test_unreadable_file_has_empty_identities():
    case = open_case(refused(), today=TODAY, policy=STANDARD)

    assert (case.page, case.mrz, case.mrz_reading, case.printed) == (None, None, None, {})
    assert (case.mrz_identity, case.viz_identity) == (Identity(Source.MRZ), Identity(Source.VIZ))
    assert case.mrz_confidence("name") == 0.0


def test_printed_birth_date_decides_the_century():
    assert born("05 MAR 1924", "240305") == (date(1924, 3, 5), date(1924, 3, 5))
    assert born("05 MAR 2024", "240305") == (date(2024, 3, 5), date(2024, 3, 5))


def test_mrz_decides_the_order_of_a_printed_date():
    assert born("03/04/1990", "900403") == (date(1990, 4, 3), date(1990, 4, 3))
    assert born("03/04/1990", "900304") == (date(1990, 3, 4), date(1990, 3, 4))
    assert born("03/04/1990", "900505") == (date(1990, 4, 3), date(1990, 5, 5))


@pytest.mark.parametrize(
    ("in_mrz", "sex"), [("M", "M"), ("F", "F"), ("<", "X"), ("X", "X"), ("7", "X")]
)
def test_other_letters_for_the_sex_mean_unspecified(in_mrz: str, sex: str):
    assert case_of(page(passport(sex=in_mrz))).mrz_identity.sex == sex


@pytest.mark.parametrize(
    ("printed", "sex"),
    [
        *[("F", "F"), ("m", "M"), ("X", "X"), ("M/M", "M"), ("W", None), ("-", None)],
        *[("K/M", "M"), ("N / F", "F"), ("Female", "F"), ("M/F", None)],
    ],
)
def test_printed_sex_is_its_first_letter_in_any_language(printed: str, sex: str | None):
    assert case_of(page(printed={**PRINTED, "sex": printed})).viz_identity.sex == sex


@pytest.mark.parametrize("name", ["张三", "—"])
def test_name_without_a_latin_form_is_not_compared(name: str):
    assert case_of(page(printed={**PRINTED, "surname": name})).viz_identity.surname is None


def test_name_in_one_line_is_split_at_its_comma():
    whole = line("Name: MERIDIAN, LOUISE ANN", top=0)
    viz = case_of(page(None, {}, more=[whole])).viz_identity

    assert (viz.surname, viz.given_names) == ("MERIDIAN", "LOUISE ANN")


def test_name_in_one_line_without_a_comma_is_not_split():
    viz = case_of(page(None, {}, more=[line("Name: LOUISE ANN MERIDIAN", top=0)])).viz_identity

    assert (viz.surname, viz.given_names) == (None, None)


def test_field_of_the_engine_wins_over_a_labelled_value():
    read = page()
    known = replace(read, fields={"surname": FieldText("FOUND", SURE), "sex": FieldText(" ", 1.0)})

    case = case_of(known)

    assert (case.viz_identity.surname, case.viz_identity.sex) == ("FOUND", "F")
    assert [each.text for each in case.printed["surname"].others] == ["MERIDIAN"]


@pytest.mark.parametrize(
    ("expiry", "state", "expected"),
    [
        pytest.param("14 SEP 2033", "QUA", date(1990, 4, 3), id="nothing decides"),
        pytest.param("09/14/2033", "QUA", date(1990, 3, 4), id="another date decides"),
        pytest.param("14 SEP 2033", "USA", date(1990, 3, 4), id="the State decides"),
    ],
)
def test_unambiguous_date_decides_the_order_of_the_others(expiry: str, state: str, expected: date):
    printed = {**PRINTED, "birth_date": "03/04/1990", "expiry_date": expiry}

    case = case_of(page(passport(state=state, birth="<<<<<<"), printed))

    assert case.viz_identity.birth_date == expected


def test_century_of_a_short_year_depends_on_the_field():
    printed = {**PRINTED, "birth_date": "12 APR 90", "expiry_date": "14 SEP 33"}
    viz = case_of(page(None, printed)).viz_identity

    assert (viz.birth_date, viz.expiry_date) == (date(1990, 4, 12), date(2033, 9, 14))


def test_empty_fields_of_the_mrz_are_none():
    read = case_of(page(passport(state="<<<", name="", number=""))).mrz_identity

    assert [read.nationality, read.surname, read.given_names, read.document_number] == [None] * 4


def test_page_with_the_mrz_is_the_checked_page():
    letter, document = page(None, {}), page()

    assert case_of(letter, document).page is document
    assert case_of(letter, letter).page is letter


def test_fields_of_the_page_with_the_mrz_win():
    letter = page(None, {"surname": "OTHER", "issue_date": "15 SEP 2023"})
    document = page(printed={"surname": "MERIDIAN"})

    assert {name: value.text for name, value in case_of(letter, document).printed.items()} == {
        "surname": "MERIDIAN",
        "issue_date": "15 SEP 2023",
    }


def test_label_on_one_page_takes_no_value_from_another():
    first = page(None, {}, more=[line("Surname", top=0)])
    second = page(None, {}, more=[line("MERIDIAN", top=25)])

    assert case_of(first, second).printed == {}


def test_mrz_of_no_known_format_is_not_parsed():
    case = case_of(page(("P<QUA", "QX71")))

    assert case.mrz is None
    assert case.mrz_identity == Identity(Source.MRZ)


def test_confidence_of_a_field_is_that_of_its_least_certain_character():
    case = case_of(page(doubtful=[(1, 8)]))

    assert case.mrz_confidence("document_number") == UNSURE
    assert case.mrz_confidence("birth_date", "document_number") == UNSURE
    assert case.mrz_confidence("birth_date", "name") == SURE


def test_confidence_of_a_long_number_covers_both_of_its_fields():
    card = ("I<QUAQX7182035<425<<<<<<<<<<<<", "9004122F3309149QUA<<<<<<<<<<<4", "M".ljust(30, "<"))

    assert case_of(page(card, doubtful=[(0, 16)])).mrz_confidence("document_number") == UNSURE


@pytest.mark.parametrize("source", ["mrz_identity", "viz_identity"])
def test_repr_of_an_identity_has_no_values(source: str):
    shown = repr(getattr(case_of(page()), source))

    assert shown == f"Identity(source={getattr(case_of(page()), source).source!r})"


def test_repr_of_a_reading_has_no_text():
    shown = repr(Reading(reading(page()).engine, (page(),)))
    values = ("MERIDIAN", "LOUISE", "QX7182035", "900412", "1990")

    assert [value for value in values if value in shown] == []


@pytest.mark.parametrize(
    ("printed", "in_mrz", "curp", "sex"),
    [
        pytest.param("M", "F", "", "F", id="mujer on a card"),
        pytest.param("H", "M", "", "M", id="hombre on a card"),
        pytest.param("M", "M", "", None, id="M in both may be either"),
        pytest.param("M", "M", "PELL900412MDFRPS09", "F", id="CURP of a woman"),
        pytest.param("M", "M", "PELL900412HDFRPS09", "M", id="CURP of a man"),
    ],
)
def test_m_on_a_mexican_card_is_mujer(printed: str, in_mrz: str, curp: str, sex: str | None):
    values = {**PRINTED, "sex": printed}
    more = (line(f"CURP: {curp}", top=900),) if curp else ()

    case = case_of(page(td1(state="MEX", sex=in_mrz), values, more=more))

    assert case.viz_identity.sex == sex


def test_names_of_a_russian_passport_are_those_in_its_code():
    first, second = passport(state="RUS", name="ZDRIL7K<<SERGEQ<ANATOL9EVI3")

    case = case_of(page(("PN" + first[2:], second)))

    assert case.mrz_identity.surname == "ЗДРИЛЮК"
    assert case.mrz_identity.given_names == "СЕРГЕЙ АНАТОЛЬЕВИЧ"


def test_russian_internal_passport_has_its_day_of_issue_in_the_mrz():
    first, second = passport(state="RUS", name="PETROVA<<ANNA", birth="900412", expiry="<<<<<<")
    second = second[:28] + "6100321770062<" + second[42:]

    case = case_of(page(("PN" + first[2:], second), {}))

    assert case.mrz_identity.expiry_date == date(2010, 7, 11)
    assert not case.mrz_has("expiry_date")


@pytest.mark.parametrize("title", ["MR", "Mrs", "MISS", "Ms."])
def test_title_in_front_of_given_names_is_no_name(title: str):
    case = case_of(page(printed={**PRINTED, "given_names": f"{title} LOUISE ANN"}))

    assert case.viz_identity.given_names == "LOUISE ANN"


@pytest.mark.parametrize("text", ["", " ", "·", ":"])
def test_text_without_a_letter_on_a_licence_changes_nothing(text: str):
    of = licence()
    blank = replace(of, lines=(*of.lines, line(text, top=500)))

    assert case_of(blank).viz_identity == case_of(of).viz_identity


def test_a_surname_in_two_lines_is_joined_if_the_mrz_has_both():
    def surname(mrz_name: str) -> str | None:
        second = Line("GRANADA", SURE, Box(0, 46, 200, 66))
        return case_of(page(passport(name=mrz_name), more=[second])).viz_identity.surname

    assert surname("MERIDIAN<GRANADA<<LOUISE<ANN") == "MERIDIAN GRANADA"
    assert surname("MERIDIAN<<LOUISE<ANN") == "MERIDIAN"


@pytest.mark.parametrize("text", ["15.09.23-14.09.2033", "15 SEP 2023 - 14 SEP 2033"])
def test_a_period_of_validity_has_both_dates(text):
    printed = {name: value for name, value in PRINTED.items() if name != "issue_date"}
    viz = case_of(page(printed={**printed, "expiry_date": text})).viz_identity

    assert (viz.issue_date, viz.expiry_date) == (date(2023, 9, 15), date(2033, 9, 14))
