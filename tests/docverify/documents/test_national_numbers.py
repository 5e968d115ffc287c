"""National numbers: check digits, and the birth date and sex that they contain."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.national_number_kinds import NUMBER_KINDS, NumberPlace
from docverify.documents.national_numbers import NationalNumber, find_national_numbers

ASCII = st.characters(max_codepoint=127)
TABLE = json.loads(
    (Path(__file__).parents[1] / "vectors" / "national_numbers.json").read_text("utf-8")
)
EXAMPLES = [
    pytest.param(row, number, valid, id=f"{row['state']} {row['kind']} {number}")
    for row in TABLE["rows"]
    for valid in (True, False)
    for number in row["valid" if valid else "invalid"]
]


def printed(state: str, text: str) -> tuple[NationalNumber, ...]:
    return find_national_numbers(state, printed=[text])


def only(found: tuple[NationalNumber, ...]) -> NationalNumber:
    (number,) = found
    return number


@pytest.mark.parametrize(("row", "number", "valid"), EXAMPLES)
def test_published_examples_are_valid_or_invalid(row: dict[str, str], number: str, valid: bool):
    if row["place"] == "document_number":
        found = find_national_numbers(row["state"], document_number=number)
    else:
        found = printed(row["state"], number)

    assert [(each.kind, each.valid) for each in found] == [(row["kind"], valid)]


def test_every_kind_has_an_example():
    assert {kind.name for kind in NUMBER_KINDS} == {row["kind"] for row in TABLE["rows"]}


@pytest.mark.parametrize(
    ("state", "text", "births", "sex"),
    [
        ("POL", "44051401359", [date(1944, 5, 14)], "M"),
        ("SWE", "701063-2391", [date(1970, 10, 3), date(2070, 10, 3)], "M"),
        ("SWE", "19701063-2391", [date(1970, 10, 3)], "M"),
        ("FIN", "131052-308T", [date(1952, 10, 13)], "F"),
        ("FIN", "131052+308T", [date(1852, 10, 13)], "F"),
        ("FIN", "131052A308T", [date(2052, 10, 13)], "F"),
        ("EST", "38001085718", [date(1980, 1, 8)], "M"),
        ("LTU", "46411231034", [date(1964, 11, 23)], "F"),
        ("LVA", "161175-19997", [date(1975, 11, 16)], None),
        ("LVA", "320000-00000", [], None),
        ("BEL", "90031024409", [date(1990, 3, 10)], "F"),
        ("BEL", "12021714429", [date(2012, 2, 17)], "F"),
        ("BGR", "7523169263", [date(1875, 3, 16)], "M"),
        ("ROU", "1630615123457", [date(1963, 6, 15)], "M"),
        ("CHN", "360426199101010071", [date(1991, 1, 1)], "M"),
        ("SWE", "870314-2391", [date(1987, 3, 14), date(2087, 3, 14)], "M"),
        ("SWE", "19870314-2391", [date(1987, 3, 14)], "M"),
        ("NOR", "15108695088", [date(1986, 10, 15)], "F"),
        ("DNK", "211062-5629", [date(1862, 10, 21)], "M"),
        ("ISL", "120174-3399", [date(1974, 1, 12)], None),
        ("ISL", "450401-3150", [date(2001, 4, 5)], None),
        ("CZE", "695622/0612", [date(1969, 6, 22)], "F"),
        ("CZE", "110101111", [date(1911, 1, 1)], "M"),
        ("SVN", "0101006500006", [date(2006, 1, 1)], "M"),
        ("ITA", "RCCMNL83S18D969H", [date(1983, 11, 18), date(2083, 11, 18)], "M"),
        ("ITA", "CNTCHR83T41D969D", [date(1983, 12, 1), date(2083, 12, 1)], "F"),
        ("FRA", "295109912611193", [], "F"),
        ("ZAF", "7503305044089", [date(1975, 3, 30), date(2075, 3, 30)], "M"),
        ("MEX", "BOXW310820HNERXN09", [date(1931, 8, 20)], "M"),
        ("MYS", "770305-02-1234", [date(1977, 3, 5), date(2077, 3, 5)], "F"),
        ("TWN", "A123456789", [], "M"),
        ("TUR", "17291716060", [], None),
    ],
)
def test_birth_date_and_sex_are_read_from_a_valid_number(state, text, births, sex):
    number = only(printed(state, text))

    assert number.valid
    assert (list(number.birth_dates), number.sex) == (births, sex)
    assert number.birth_date == (births[0] if len(births) == 1 else None)


def test_romanian_number_of_a_foreigner_contains_no_sex():
    kind = next(kind for kind in NUMBER_KINDS if kind.name == "CNP")

    assert kind.sex("9000101123457") is None


def test_belgian_number_of_an_unknown_day_has_no_birth_date():
    number = only(printed("BEL", "40000095579"))

    assert (number.valid, number.birth_dates) == (True, ())


def test_a_latvian_code_without_a_century_is_wrong():
    assert [each.valid for each in printed("LVA", "161175-99991")] == [False]


def test_invalid_number_has_no_birth_date_and_sex():
    number = only(printed("POL", "44051401358"))

    assert (number.valid, number.birth_dates, number.sex) == (False, (), None)


@pytest.mark.parametrize(
    ("state", "data"),
    [
        pytest.param("FIN", "131052<308T", id="filler for the sign"),
        pytest.param("SWE", "198703142391<<<", id="fillers after it"),
        pytest.param("NLD", "999999990<<<<<4", id="check digit of its own at the end"),
        pytest.param("BEL", "13010198739", id="nothing else"),
    ],
)
def test_numbers_are_found_in_optional_data(state: str, data: str):
    number = only(find_national_numbers(state, optional_data=[data]))

    assert (number.valid, number.place) == (True, NumberPlace.OPTIONAL_DATA)


def test_number_that_is_only_printed_is_not_searched_in_the_mrz():
    assert find_national_numbers("USA", optional_data=["536904399"]) == ()


def test_all_places_are_searched():
    found = find_national_numbers(
        "POL",
        optional_data=["44051401359"],
        document_number="ABA300000",
        printed=["44051401359", "ABA 300000"],
    )

    assert [each.place for each in found] == [
        *[
            NumberPlace.OPTIONAL_DATA,
            NumberPlace.DOCUMENT_NUMBER,
            NumberPlace.PRINTED,
            NumberPlace.PRINTED,
        ],
    ]


@pytest.mark.parametrize("state", ["UTO", "D", "", None])
def test_a_state_without_known_numbers_has_none(state: str | None):
    assert find_national_numbers(state, optional_data=["999999990"], printed=["999999990"]) == ()


def test_repr_of_number_does_not_contain_it():
    shown = repr(printed("POL", "44051401359"))

    assert [each for each in ("44051401359", "1944", "5, 14", "'M'") if each in shown] == []


@given(
    st.sampled_from([state for kind in NUMBER_KINDS for state in kind.states]),
    st.text() | st.text("0123456789ABCXYZ-+<", max_size=18),
)
def test_any_text_can_be_searched(state: str, text: str):
    find_national_numbers(state, optional_data=[text], document_number=text, printed=[text])


@given(st.sampled_from(NUMBER_KINDS), st.data())
def test_any_text_in_the_shape_of_a_number_can_be_checked(kind, data: st.DataObject):
    text = data.draw(st.from_regex(kind.shape, fullmatch=True, alphabet=ASCII))

    assert find_national_numbers(kind.states[0], document_number=text, printed=[text])
