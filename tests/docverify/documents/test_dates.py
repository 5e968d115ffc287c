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
    split_dates,
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
