"""Dates and numbers that no label explains."""

import pytest

from docverify.layout.unlabelled import find_unlabelled_values, read_labels, shape_of
from docverify.page import Box, Line


def line(text: str, left: float, top: float) -> Line:
    return Line(text, 0.99, Box(left, top, left + 10 * len(text), top + 20))


def found(*lines: Line) -> list[str]:
    return [each.number or str(each.days[0]) for each in find_unlabelled_values(read_labels(lines))]


LABEL = line("Date of entry", 100, 100)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(line("12 APR 1990", 100, 125), id="below"),
        pytest.param(line("12 APR 1990", 260, 100), id="to the right"),
        pytest.param(line("Date of entry 12 APR 1990", 100, 300), id="in the line of the label"),
        pytest.param(line("Replaced: 12 APR 1990", 100, 300), id="after what happened"),
    ],
)
def test_a_date_near_the_label_of_something_else_is_explained(value):
    assert found(LABEL, value) == []


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(line("12 APR 1990", 100, 400), id="far below"),
        pytest.param(line("12 APR 1990", 900, 100), id="far to the right"),
        pytest.param(line("12 APR 1990", 100, 40), id="above"),
        pytest.param(line("12 APR 1990", 600, 125), id="below, in another column"),
    ],
)
def test_a_date_away_from_every_label_is_unlabelled(value):
    assert found(LABEL, value) == ["1990-04-12"]


def test_a_line_of_two_dates_has_two_values():
    assert found(line("12 APR 1990 14 SEP 2033", 100, 400)) == ["1990-04-12", "2033-09-14"]


def test_a_misread_label_before_a_date_does_not_hide_it():
    assert found(line("Dxte qf 12 APR 1990", 100, 400)) == ["1990-04-12"]


@pytest.mark.parametrize("text", ["QX7182035", "AB 4711 QX7182035", "7182035D"])
def test_a_number_is_a_value(text):
    assert found(line(text, 100, 400)) == [text.split()[-1]]


@pytest.mark.parametrize("text", ["MERIDIAN", "12345", "REV 05", "172 cm", "QX7182035<<<<<<<<<<<"])
def test_names_short_numbers_and_mrz_lines_are_not_values(text):
    assert found(line(text, 100, 400)) == []


def test_the_shape_of_a_number_is_where_its_letters_and_digits_are():
    assert shape_of("L01X00T47") == "A99A99A99"


def test_a_date_near_the_label_of_a_birth_is_returned():
    assert found(line("Date of birth", 100, 100), line("12 APR 1990", 100, 125)) == ["1990-04-12"]


def test_a_label_explains_the_nearer_one_of_two_dates():
    near, far = line("12 APR 1990", 100, 122), line("14 SEP 2033", 100, 145)

    assert found(LABEL, near, far) == ["2033-09-14"]


def test_a_label_explains_no_line_of_two_dates():
    assert len(found(LABEL, line("12 APR 1990 14 SEP 2033", 100, 125))) == 2


def test_a_nationality_is_no_date():
    assert found(line("Nationality 12 APR 1990", 100, 300)) == ["1990-04-12"]


def test_a_filler_behind_a_date_does_not_hide_it():
    assert found(line("12 APR 1990 <", 100, 400)) == ["1990-04-12"]


@pytest.mark.parametrize("text", ["AMARA OKONKWO", "CORRECTED", "OKONKWO SINCE", "Holder"])
def test_other_words_in_front_of_a_colon_explain_no_date(text):
    assert found(line(f"{text}: 12 MAR 1980", 100, 400)) == ["1980-03-12"]


def test_a_label_of_a_number_explains_the_nearest_number():
    label, own, other = (
        line("Old passport no", 100, 100),
        line("QX7182035", 100, 125),
        line("QX7182036", 100, 150),
    )

    assert found(label, own) == []
    assert found(label, own, other) == ["QX7182036"]


@pytest.mark.parametrize("text", ["COLUMBIA, SC 290161234", "ASPEN, TX 12345-6789"])
def test_a_postal_code_behind_a_state_is_no_number_of_a_licence(text):
    shown, number = line(text, 100, 400), text.split()[-1].replace("-", "")

    def numbers(*, is_american: bool) -> list[str]:
        read = read_labels([shown], is_american=is_american)
        return [each.number for each in find_unlabelled_values(read, is_american=is_american)]

    assert numbers(is_american=True) == []
    assert numbers(is_american=False) == [number]


@pytest.mark.parametrize("text", ["PL 512345678", "NORTHTOWN, PL 512345678", "SC 290161234"])
def test_two_letters_without_a_town_or_a_state_explain_no_number(text):
    read = read_labels([line(text, 100, 400)], is_american=True)

    assert [each.number for each in find_unlabelled_values(read, is_american=True)] == [
        text.split()[-1]
    ]
