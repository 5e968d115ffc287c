"""Dates as documents print them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.dates import DateOrder, parse_dates, split_dates


def test_numbers_alone_may_mean_two_days_the_day_first():
    assert parse_dates("03/04/1990") == (date(1990, 4, 3), date(1990, 3, 4))


@given(st.text())
def test_any_text_can_be_parsed(text: str):
    for order in (None, *DateOrder):
        assert len(parse_dates(text, order=order)) <= 6


@given(st.dates(date(1000, 1, 1), date(2399, 12, 31)))
def test_written_date_is_parsed_back(day: date):
    assert day in parse_dates(f"{day:%d.%m.%Y}")
    assert (day,) == parse_dates(f"{day:%d %b %Y}")
    assert (day,) == parse_dates(day.isoformat())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("17 0CT / 0CT 1963", date(1963, 10, 17), id="O as 0"),
        pytest.param("08 5EP 2020", date(2020, 9, 8), id="S as 5"),
        pytest.param("07 JU1 2024", date(2024, 7, 7), id="L as 1"),
        pytest.param("07 APR1L 2024", date(2024, 4, 7), id="I as 1"),
        pytest.param("06 MAR 1 MARS 2032", date(2032, 3, 6), id="the slash between two months"),
        pytest.param("27 J AN 2035", date(2035, 1, 27), id="a blank in the month"),
        pytest.param("12 N O V 1990", date(1990, 11, 12), id="blanks and a Roman numeral"),
        pytest.param("1 MAR 2032", date(2032, 3, 1), id="the first of the month"),
        pytest.param("MAR 1, 2032", date(2032, 3, 1), id="the first, after its month"),
        pytest.param("08107/1978", date(1978, 7, 8), id="the first slash as 1"),
        pytest.param("08/07I1978", date(1978, 7, 8), id="the second slash as I"),
    ],
)
def test_date_with_misread_letters_and_signs_is_parsed(text, expected):
    assert parse_dates(text)[0] == expected


@pytest.mark.parametrize("text", ["17 0XT 1963", "1B 0F 2020", "081071/1978"])
def test_other_digits_are_not_read_as_month_or_sign(text: str):
    assert parse_dates(text) == ()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "13 JUN / JUIN 1954 27 SEP / SEPT 2036",
            ("13 JUN / JUIN 1954", "27 SEP / SEPT 2036"),
        ),
        ("1954-06-13 2036-09-27", ("1954-06-13", "2036-09-27")),
        ("1.1.20 2.2.20 3.3.20 OSLO", ("1.1.20", "2.2.20", "3.3.20 OSLO")),
        ("12.08.2014 - 12.08.2024", ("12.08.2014 - 12.08.2024",)),
        ("13 JUN 1954 OSLO 12345678", ("13 JUN 1954 OSLO 12345678",)),
        ("13 JUN 1954", ("13 JUN 1954",)),
        ("1 2 3 4 5 6 7 8 9 10 2020 1.1.20", ("1 2 3 4 5 6 7 8 9 10 2020 1.1.20",)),
        ("", ("",)),
    ],
)
def test_line_with_several_dates_is_split(text: str, parts: tuple[str, ...]):
    assert split_dates(text) == parts


@given(st.lists(st.sampled_from(["1", "20", "1.1.20", "JAN", "-"]), max_size=160).map(" ".join))
def test_split_line_keeps_its_words(text: str):
    """Even a hostile line of many dates, in a time that grows only with their number."""
    assert " ".join(split_dates(text)) == text


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 4월/APR 1990", date(1990, 4, 12)),
        ("12 4월 / APR 1990", date(1990, 4, 12)),
        ("12 4/APR 1990", date(1990, 4, 12)),
        ("17 1月/JAN 2029", date(2029, 1, 17)),
        ("4 4/APR 1990", date(1990, 4, 4)),
        ("12 APR/4월 1990", date(1990, 4, 12)),
    ],
)
def test_number_of_a_month_next_to_its_name_is_no_day(text: str, day: date):
    assert parse_dates(text) == (day,)


def test_number_of_another_month_next_to_a_name_is_not_ignored():
    assert parse_dates("12 4/MAY 1990") == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和60年 4月12日生", date(1985, 4, 12)),
        ("平成元年4月12日", date(1989, 4, 12)),
        ("令和 6年6月1日", date(2024, 6, 1)),
        ("2024年(令和06年)06月01日まで有効", date(2024, 6, 1)),
        ("民國79年4月12日", date(1990, 4, 12)),
        ("中華民國104年4月12日", date(2015, 4, 12)),
        ("1990년 4월 12일", date(1990, 4, 12)),
    ],
)
def test_years_of_an_era_are_counted_from_its_first_year(text: str, day: date):
    assert parse_dates(text) == (day,)


def test_year_of_an_era_that_contradicts_the_year_next_to_it_gives_no_date():
    assert parse_dates("2024年(令和05年)06月01日") == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("l1 APR 1990", date(1990, 4, 11)),
        ("|1 APR 1990", date(1990, 4, 11)),
        ("2O APR 1990", date(1990, 4, 20)),
        ("2B APR 1990", date(1990, 4, 28)),
        ("Z8 APR 1990", date(1990, 4, 28)),
        ("O4 JUL 1967", date(1967, 7, 4)),
        ("l2.04.1990", date(1990, 4, 12)),
        ("13.O4.1990", date(1990, 4, 13)),
        ("1990-04-2O", date(1990, 4, 20)),
        ("January l1, 2028", date(2028, 1, 11)),
        ("20I9-04-12", date(2019, 4, 12)),
        ("12 APR 199O", date(1990, 4, 12)),
    ],
)
def test_letter_read_for_a_digit_of_a_date_is_the_digit(text: str, day: date):
    assert day in parse_dates(text)
    assert {(each.year, each.day) for each in parse_dates(text)} <= {
        (day.year, day.day),
        (day.year, day.month),
    }


@pytest.mark.parametrize("text", ["B072RRE2I55", "X12V90", "12XI90Z"])
def test_letters_within_a_document_number_are_no_month(text: str):
    assert parse_dates(text) == ()


@pytest.mark.parametrize("text", ["l1APR1990", "2OAPR1990", "12.1I.1990", "12.04.2OIS"])
def test_letter_that_may_be_a_digit_is_never_cut_off(text: str):
    assert parse_dates(text) == ()


@given(
    st.dates(date(1930, 1, 1), date(2040, 12, 31)),
    st.sampled_from(["%d %b %Y", "%d.%m.%Y", "%Y-%m-%d"]),
    st.data(),
)
def test_one_digit_misread_as_a_letter_gives_the_same_day_or_none(
    day: date, layout: str, data: st.DataObject
):
    text = f"{day:{layout}}"
    look_alikes = {"0": "OoDQ", "1": "Il|", "2": "Z", "5": "S", "6": "G", "8": "B"}
    places = [place for place, each in enumerate(text) if each in look_alikes]
    place = data.draw(st.sampled_from(places)) if places else None
    misread = text
    if place is not None:
        letter = data.draw(st.sampled_from(look_alikes[text[place]]))
        misread = text[:place] + letter + text[place + 1 :]

    assert set(parse_dates(misread)) <= set(parse_dates(text))


def test_two_roman_numerals_are_not_one_month():
    assert parse_dates("12 I II 1990") == ()
