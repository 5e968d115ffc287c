"""Two-digit years and printed dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.dates import (
    MAX_VALIDITY,
    MONTHS,
    DateOrder,
    choose_date,
    find_date_order,
    parse_dates,
    resolve_birth_date,
    resolve_expiry_date,
)

TODAY = date(2026, 11, 23)


def yymmdd(day: date) -> str:
    return f"{day:%y%m%d}"


def test_birth_date_of_today_is_in_this_century():
    assert resolve_birth_date("261123", today=TODAY) == date(2026, 11, 23)


def test_birth_date_of_tomorrow_is_a_century_ago():
    assert resolve_birth_date("261124", today=TODAY) == date(1926, 11, 24)


def test_birth_dates_are_resolved_at_the_turn_of_a_century():
    assert resolve_birth_date("991231", today=date(2000, 1, 1)) == date(1999, 12, 31)
    assert resolve_birth_date("000101", today=date(2000, 1, 1)) == date(2000, 1, 1)
    assert resolve_birth_date("000102", today=date(2000, 1, 1)) == date(1900, 1, 2)


@given(st.dates(date(1, 1, 1)), st.dates(date(101, 1, 1)))
def test_birth_date_is_not_after_today_and_has_the_digits_of_the_mrz(born: date, today: date):
    found = resolve_birth_date(yymmdd(born), today=today)

    assert found is None or (found <= today and yymmdd(found) == yymmdd(born))


@given(st.dates(date(1900, 1, 1), TODAY))
def test_printed_year_of_birth_takes_precedence(born: date):
    assert resolve_birth_date(yymmdd(born), today=TODAY, printed=born) == born


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param(date(2026, 11, 24), id="in the future"),
        pytest.param(date(1824, 3, 5), id="two centuries ago"),
        pytest.param(date(1924, 3, 6), id="another day"),
    ],
)
def test_impossible_printed_birth_date_is_ignored(printed: date):
    assert resolve_birth_date("240305", today=TODAY, printed=printed) == date(2024, 3, 5)


@given(st.integers(0, 99))
def test_february_29_is_found_only_in_leap_years(year: int):
    found = resolve_birth_date(f"{year:02}0229", today=TODAY)

    assert found == (
        date(2000 + year if year <= 26 else 1900 + year, 2, 29) if year % 4 == 0 else None
    )


def test_february_29_of_1900_does_not_exist():
    assert resolve_birth_date("000229", today=date(1999, 1, 1)) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<<<<<<", id="unknown"),
        pytest.param("74<<<<", id="year only"),
        pytest.param("7408<<", id="year and month only"),
        pytest.param("740230", id="30 February"),
        pytest.param("741301", id="month 13"),
        pytest.param("740800", id="day 0"),
        pytest.param("74O812", id="letter"),
    ],
)
@pytest.mark.parametrize("resolve", [resolve_birth_date, resolve_expiry_date])
def test_text_that_is_not_a_day_is_none(resolve, text: str):
    assert resolve(text, today=TODAY) is None


@given(st.dates(TODAY - timedelta(49 * 365), TODAY + timedelta(49 * 365)))
def test_expiry_is_the_nearest_day_to_today(expiry: date):
    assert resolve_expiry_date(yymmdd(expiry), today=TODAY) == expiry


def test_expiry_in_the_last_century_is_possible():
    """The visa in Doc 9303-7 was valid until 1994."""
    assert resolve_expiry_date("940623", today=TODAY) == date(1994, 6, 23)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param(date(2075, 1, 2), date(2075, 1, 2), id="in 49 years"),
        pytest.param(date(2175, 1, 2), date(2075, 1, 2), id="in 149 years"),
        pytest.param(date(1875, 1, 2), date(2075, 1, 2), id="151 years ago"),
        pytest.param(date(2075, 1, 3), date(2075, 1, 2), id="another day"),
    ],
)
def test_printed_expiry_counts_if_it_is_near(printed: date, expected: date):
    assert resolve_expiry_date("750102", today=TODAY, printed=printed) == expected


def test_printed_expiry_counts_for_fifty_years():
    last, later = TODAY + MAX_VALIDITY, TODAY + MAX_VALIDITY + timedelta(1)

    assert MAX_VALIDITY.days // 366 == 50
    assert resolve_expiry_date(yymmdd(last), today=TODAY, printed=last) == last
    assert resolve_expiry_date(yymmdd(later), today=TODAY, printed=later) == later.replace(
        year=later.year - 100
    )


def test_printed_century_does_not_make_an_expired_document_valid():
    assert resolve_expiry_date("230603", today=TODAY, printed=date(2123, 6, 3)) == date(2023, 6, 3)


def test_year_9999_means_that_a_document_does_not_expire():
    """As on Spanish identity cards of holders over seventy."""
    assert resolve_expiry_date("990101", today=TODAY, printed=date(9999, 1, 1)) == date(9999, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("12 AUG 1994", date(1994, 8, 12), id="month name"),
        pytest.param("2 Aug 1994", date(1994, 8, 2), id="one digit, small letters"),
        pytest.param("12AUG1994", date(1994, 8, 12), id="no blanks"),
        pytest.param("12 AUG/AOUT 1994", date(1994, 8, 12), id="two languages"),
        pytest.param("12 AUG / AOÛT 1994", date(1994, 8, 12), id="accent"),
        pytest.param("12 AGO/AUG 1994", date(1994, 8, 12), id="first language unknown"),
        pytest.param("12 JANV. 1994", date(1994, 1, 12), id="dot after the month"),
        pytest.param("31 DÉCEMBRE 2030", date(2030, 12, 31), id="French, in full"),
        pytest.param("12 September 2030", date(2030, 9, 12), id="English, in full"),
        pytest.param("1994-08-12", date(1994, 8, 12), id="ISO 8601"),
        pytest.param("1994年08月12日", date(1994, 8, 12), id="year first, other separators"),
        pytest.param("25.08.1994", date(1994, 8, 25), id="dots"),
        pytest.param("25/8/1994", date(1994, 8, 25), id="slashes"),
        pytest.param("25 08 1994", date(1994, 8, 25), id="blanks"),
        pytest.param("25. 08. 1994", date(1994, 8, 25), id="dots and blanks"),
        pytest.param(
            "08/25/1994", date(1994, 8, 25), id="month first, because the day is above 12"
        ),
        pytest.param("25.08.1994 NEWTOWN", date(1994, 8, 25), id="text after it"),
        pytest.param("AUG 12, 1994", date(1994, 8, 12), id="month name first"),
        pytest.param("August 12th 1994", date(1994, 8, 12), id="ordinal"),
        pytest.param("1994 AUG 12", date(1994, 8, 12), id="year before the month name"),
        pytest.param("1994. augusztus 12.", date(1994, 8, 12), id="Hungarian"),
        pytest.param("12 de agosto de 1994", date(1994, 8, 12), id="Spanish, in full"),
        pytest.param("12 października 1994", date(1994, 10, 12), id="Polish, in full"),
        pytest.param("12 AĞUSTOS 1994", date(1994, 8, 12), id="Turkish"),
        pytest.param("12 АВГ/AUG 1994", date(1994, 8, 12), id="Russian"),
        pytest.param("12 ΑΥΓ 1994", date(1994, 8, 12), id="Greek"),
        pytest.param("12-VIII-1994", date(1994, 8, 12), id="Roman numeral"),
        pytest.param("١٢/٢٥/١٩٩٤", date(1994, 12, 25), id="Arabic-Indic digits"),
        pytest.param("25081994", date(1994, 8, 25), id="lost dots"),
        pytest.param("19940825", date(1994, 8, 25), id="lost dots, year first"),
    ],
)
def test_usual_notations_are_parsed(text: str, expected: date):
    assert parse_dates(text) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("UNBEFRISTET", id="a word"),
        pytest.param("12 FOO 1994", id="no month"),
        pytest.param("12 MAY/JUN 1994", id="two months"),
        pytest.param("31 FEB 1994", id="no day"),
        pytest.param("31.02.1994", id="no day, in numbers"),
        pytest.param("1994-13-13", id="no month, in numbers"),
        pytest.param("12 AUG 1994 12 AUG 2004", id="two dates"),
        pytest.param("12.08.1994 12.08.2004", id="two dates in numbers"),
        pytest.param("1994 08 12 2004 08 12", id="two dates from the year on"),
        pytest.param("112.08.1994", id="longer number before"),
        pytest.param("12.08.19945", id="longer number after"),
        pytest.param("12.08.0000", id="year 0"),
    ],
)
def test_text_that_is_not_one_date_is_not_parsed(text: str):
    assert parse_dates(text) == ()


@pytest.mark.parametrize("name", sorted(name for name, month in MONTHS.items() if month == 8))
def test_every_name_of_a_month_is_known(name: str):
    assert parse_dates(f"12 {name} 1994") == (date(1994, 8, 12),)


def test_year_of_two_digits_is_in_this_or_the_last_century():
    assert parse_dates("12 AUG/AOÛT 94") == (date(2094, 8, 12), date(1994, 8, 12))
    assert parse_dates("94-08-12") == (date(2094, 8, 12), date(1994, 8, 12))


def test_three_short_numbers_may_mean_six_days():
    found = parse_dates("01/02/03")

    assert found[:2] == (date(2003, 2, 1), date(1903, 2, 1))
    assert set(found[2:]) == {
        *[date(2003, 1, 2), date(1903, 1, 2), date(2001, 2, 3), date(1901, 2, 3)],
    }


def test_year_may_be_of_the_buddhist_era():
    assert parse_dates("12 Aug. 2537") == (date(2537, 8, 12), date(1994, 8, 12))


def test_order_of_a_document_decides_the_day():
    assert parse_dates("03/04/1990", order=DateOrder.MONTH_FIRST) == (date(1990, 3, 4),)
    assert parse_dates("03/04/1990", order=DateOrder.DAY_FIRST) == (date(1990, 4, 3),)
    assert parse_dates("25/12/1990", order=DateOrder.MONTH_FIRST) == (date(1990, 12, 25),)


@pytest.mark.parametrize(
    ("texts", "state", "expected"),
    [
        pytest.param(["03/25/1990"], None, DateOrder.MONTH_FIRST, id="month first"),
        pytest.param(
            ["25.03.1990", "01.02.1990"], "USA", DateOrder.DAY_FIRST, id="date over state"
        ),
        pytest.param(["1990-03-25"], None, DateOrder.YEAR_FIRST, id="year first"),
        pytest.param(["03/25/1990", "25.03.1990"], "USA", None, id="contradiction"),
        pytest.param(["01/02/1990"], "USA", DateOrder.MONTH_FIRST, id="state"),
        pytest.param(["12 AUG 1994"], "QUA", None, id="month name"),
        pytest.param([], None, None, id="no date"),
    ],
)
def test_order_is_found_from_a_clear_date_or_the_state(texts, state, expected):
    assert find_date_order(texts, state) is expected


def test_birth_is_the_latest_likely_day_and_expiry_the_nearest():
    days = (date(2033, 1, 2), date(1933, 1, 2))

    assert choose_date(days, today=TODAY, ahead=False) == date(1933, 1, 2)
    assert choose_date(days, today=TODAY, ahead=True) == date(2033, 1, 2)
    assert choose_date((), today=TODAY, ahead=True) is None


def test_first_of_two_equally_likely_days_is_chosen():
    days = (date(1990, 4, 3), date(1990, 3, 4))

    assert choose_date(days, today=TODAY, ahead=False) == date(1990, 4, 3)


def test_impossible_day_is_still_returned():
    assert choose_date([date(2030, 1, 2)], today=TODAY, ahead=False) == date(2030, 1, 2)
