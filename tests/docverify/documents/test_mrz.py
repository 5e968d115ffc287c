"""MRZ parsing, compared with published specimens and the rules of Doc 9303."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from docverify.documents.mrz import (
    ALPHABET,
    LAYOUTS,
    Mrz,
    MrzFormat,
    compute_check_digit,
    parse_mrz,
)
from docverify.errors import MalformedMrz
from tests.support.mrz_samples import ICAO, PASSPORT, TD1, TD2, VISA
from tests.support.readings import passport, with_letter

Vector = dict[str, Any]
VECTORS: list[Vector] = json.loads((Path(__file__).parents[1] / "vectors" / "mrz.json").read_text())
NATIONAL = tuple(sorted(set(MrzFormat) - set(ICAO)))


def vectors(*formats: str) -> list[Any]:
    return [pytest.param(each, id=each["id"]) for each in VECTORS if each["format"] in formats]


def test_every_vector_has_a_known_format():
    assert {vector["format"] for vector in VECTORS} < set(MrzFormat)


@pytest.mark.parametrize("vector", vectors(*MrzFormat))
def test_published_mrzs_are_parsed_into_their_fields(vector: Vector):
    renamed = {
        "birth_date_raw": "birth_date",
        "expiry_date_raw": "expiry_date",
        "name_truncated_possible": "name_truncated",
        "admin_code": "office_code",
        "admin_code_2": "department",
        "issue_yymm": "issue_month",
    }
    expected = {renamed.get(name, name): value for name, value in vector["expected"].items()}
    expected.pop("long_document_number", None)  # Its digit is compared by `checks` below.
    mrz = parse_mrz(vector["lines"])

    assert mrz.format == vector["format"]
    found = {name: mrz.national_data.get(name, getattr(mrz, name, None)) for name in expected}
    assert found == expected


@pytest.mark.parametrize("vector", vectors(*MrzFormat))
def test_published_mrzs_have_the_known_check_digit_results(vector: Vector):
    found = {
        digit.field: "legacy_filler_included" if digit.legacy else digit.is_correct
        for digit in parse_mrz(vector["lines"]).check_digits
    }

    assert found == vector["checks"]


@pytest.mark.parametrize("vector", vectors(*MrzFormat))
def test_mrz_that_follows_the_standard_has_no_deviations(vector: Vector):
    mrz = parse_mrz(vector["lines"])
    hold = all(digit.is_correct for digit in mrz.check_digits)
    # Doc 9303-3, 4.8 requires a filler for a printed X; the vectors are strict about digits only.
    deviations = set(mrz.deviations) - {"sex_written_x"}

    assert hold is vector["valid"]
    assert (hold and not deviations) is vector["valid_strict_icao"]


@pytest.mark.parametrize(
    "vector", [v for v in vectors(*MrzFormat) if v.values[0]["valid_strict_icao"]]
)
def test_only_digits_in_names_are_misplaced_in_standard_mrzs(vector: Vector):
    expected = ("name",) if vector["id"] == "sem_digit_in_name" else ()

    assert parse_mrz(vector["lines"]).misplaced == expected


@given(st.text("0123456789", min_size=1), st.data())
def test_any_single_wrong_digit_is_detected(number: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[at]))

    assert compute_check_digit(number[:at] + wrong + number[at + 1 :]) != compute_check_digit(
        number
    )


@pytest.mark.parametrize(
    "alike", ["0AKU<", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT"]
)
@given(before=st.text(ALPHABET, max_size=8))
def test_characters_whose_values_differ_by_ten_are_not_distinguished(alike: str, before: str):
    """Doc 9303-3, 4.9: A is 10, so A for 0 is not detected; nor Z for 5, S for 8, L for 1."""
    assert len({compute_check_digit(before + each) for each in alike}) == 1


@pytest.mark.parametrize("pair", ["0O", "0D", "0Q", "1I", "2Z", "5S", "8B"])
@given(before=st.text(ALPHABET, max_size=8))
def test_usual_misreadings_are_detected(pair: str, before: str):
    assert compute_check_digit(before + pair[0]) != compute_check_digit(before + pair[1])


@given(st.text(ALPHABET, min_size=2, max_size=20), st.data())
def test_swapped_neighbours_are_undetected_if_their_values_differ_by_a_multiple_of_five(
    text: str, data: st.DataObject
):
    at = data.draw(st.integers(0, len(text) - 2))
    first, second = text[at : at + 2]
    swapped = text[:at] + second + first + text[at + 2 :]
    difference = int(first.replace("<", "0"), 36) - int(second.replace("<", "0"), 36)

    assert (compute_check_digit(swapped) == compute_check_digit(text)) == (difference % 5 == 0)


def test_filler_for_an_unused_personal_number_counts_as_zero():
    lines = with_letter(PASSPORT, 1, 42, "<")
    digits = {digit.field: digit.is_correct for digit in parse_mrz(lines).check_digits}

    assert digits["personal_number"]


@pytest.mark.parametrize(
    "lines", [pytest.param(PASSPORT, id="TD3"), pytest.param(VISA, id="MRV-A")]
)
def test_only_cards_have_long_numbers(lines: tuple[str, ...]):
    """Doc 9303-5, 4.2.4 and 9303-6, 4.2.2: a passport's filler is just a wrong digit."""
    changed = with_letter(with_letter(lines, 1, 9, "<"), 1, 28, "7")
    changed = with_letter(changed, 1, 29, "3")
    mrz = parse_mrz(changed)

    assert mrz.document_number == "QX7182035"
    assert not mrz.has_long_number
    assert not mrz.check_digits[0].is_correct
    assert mrz.misplaced == ("document_number_check_digit",)


def test_long_number_continues_in_the_optional_data():
    mrz = parse_mrz(
        ("I<QUAQX7182035<42" + compute_check_digit("QX718203542") + "<<<<<<<<AB<<", *TD1[1:])
    )

    assert mrz.document_number == "QX718203542"
    assert mrz.has_long_number
    assert mrz.optional_data == "AB"
    assert mrz.check_digits[0].is_correct


@pytest.mark.parametrize(
    ("first", "number"),
    [
        pytest.param(
            "I<QUAQX7182035<4" + compute_check_digit("QX71820354"), "QX71820354", id="one more"
        ),
        pytest.param("I<QUAQX7182035<4", "QX7182035", id="no digit for the rest"),
        pytest.param("I<QUAQX718203<<42", "QX718203", id="nine are not used"),
        pytest.param("I<QUAQX7182035742", "QX7182035", id="nine with their digit"),
    ],
)
def test_number_is_long_if_its_digit_follows_the_rest(first: str, number: str):
    assert parse_mrz((first.ljust(30, "<"), *TD1[1:])).document_number == number


def test_number_without_check_digit_and_without_rest_fails():
    mrz = parse_mrz((TD1[0][:14] + "<" + TD1[0][15:], *TD1[1:]))

    assert mrz.document_number == "QX7182035"
    assert not mrz.check_digits[0].is_correct


@pytest.mark.parametrize(
    "lines",
    [pytest.param(each, id=each[0][0] + str(len(each))) for each in (PASSPORT, TD1, TD2, VISA)],
)
def test_case_and_blanks_do_not_matter(lines: tuple[str, ...]):
    untidy = [f" {line[:7].lower()} {line[7:].lower()}\t\r\n" for line in lines]

    assert parse_mrz(untidy) == parse_mrz(lines)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param([], "lines of no characters", id="no line"),
        pytest.param([""], "lines of 0 characters", id="empty line"),
        pytest.param([PASSPORT[0]], "lines of 44 characters", id="one line"),
        pytest.param([*PASSPORT, PASSPORT[1]], "lines of 44 and 44 and 44", id="one line more"),
        pytest.param([PASSPORT[0], PASSPORT[1][:-1]], "lines of 44 and 43", id="short line"),
        pytest.param(
            [PASSPORT[0] + "<", PASSPORT[1][:-1]], "lines of 45 and 43", id="shifted break"
        ),
        pytest.param(list("<" * 77), "no format has 77 lines", id="many lines"),
        pytest.param(["<"] * 1_000_000, "no format has 1000000 lines", id="a million lines"),
        pytest.param(["\x00" * 44] * 2, "line 1 contains characters", id="control characters"),
        pytest.param(["P" * 1_000_000], "lines of 1000000 characters", id="a million letters"),
        pytest.param(["C" * 30], "Chinese travel permits", id="permit of one line"),
        pytest.param(["P" * 30], "lines of 30 characters", id="one line of another document"),
        pytest.param(["<" * 9, "P" * 30, "P" * 30], "lines of 9 and 30 and 30", id="not a licence"),
        pytest.param([PASSPORT[0] + "<", PASSPORT[1]], "lines of 45 and 44", id="long line"),
        pytest.param([PASSPORT[0], TD2[1]], "lines of 44 and 36", id="mixed formats"),
        pytest.param(
            ["V" + TD1[0][1:], *TD1[1:]], "lines of 30 and 30 and 30", id="visa of three lines"
        ),
    ],
)
def test_lines_of_no_format_are_malformed(lines: list[str], message: str):
    with pytest.raises(MalformedMrz, match=message):
        parse_mrz(lines)


@pytest.mark.parametrize(
    "letter",
    ["Ä", "ß", "\N{LATIN SMALL LETTER DOTLESS I}", "ﬁ", "\N{FULLWIDTH DIGIT ONE}", "*", "«"],
)
@pytest.mark.parametrize("row", [0, 1])
def test_error_about_a_foreign_character_names_only_its_line(row: int, letter: str):
    with pytest.raises(
        MalformedMrz, match=rf"^line {row + 1} contains characters other than"
    ) as error:
        parse_mrz(with_letter(PASSPORT, row, 20, letter))

    assert letter not in str(error.value)


@given(st.lists(st.text() | st.text(ALPHABET, min_size=30, max_size=44), max_size=4))
def test_any_text_is_parsed_or_malformed(lines: list[str]):
    try:
        parse_mrz(lines)
    except MalformedMrz:
        return


@pytest.mark.parametrize("name", ICAO)
@given(data=st.data())
def test_any_lines_with_the_size_of_a_format_are_parsed(name: MrzFormat, data: st.DataObject):
    layout = LAYOUTS[name]
    line = st.text(ALPHABET, min_size=layout.width, max_size=layout.width)
    lines = [data.draw(line) for _ in range(layout.line_count)]
    lines[0] = data.draw(st.sampled_from(layout.first_letters)) + lines[0][1:]
    assume(not lines[0].startswith("IDFRA"))

    assert parse_mrz(lines).format == name


def test_repr_of_mrz_contains_no_holder_data():
    assert {field.name for field in fields(Mrz) if field.repr} == {
        *("format", "document_code", "issuing_state"),
        *("name_truncated", "check_digits", "misplaced"),
    }


def test_repr_of_published_mrz_does_not_contain_its_holder():
    shown = repr(parse_mrz(PASSPORT))

    assert [
        value for value in ("MERIDIAN", "LOUISE", "QX7182035", "900412") if value in shown
    ] == []


@pytest.mark.parametrize(
    ("name", "surname", "given_names"),
    [
        pytest.param("MERIDIAN<<LOUISE<ANN", "MERIDIAN", "LOUISE ANN", id="both"),
        pytest.param("MERIDIAN", "MERIDIAN", "", id="surname only"),
        pytest.param("<<LOUISE", "", "LOUISE", id="given names only"),
        pytest.param("DE<LA<MER<<LOUISE", "DE LA MER", "LOUISE", id="several words"),
        pytest.param("<" * 39, "", "", id="fillers only"),
    ],
)
def test_two_fillers_separate_surname_and_given_names(name: str, surname: str, given_names: str):
    mrz = parse_mrz(passport(name=name))

    assert (mrz.surname, mrz.given_names) == (surname, given_names)


@pytest.mark.parametrize(("name", "truncated"), [("A" * 39, True), ("A" * 38, False)])
def test_letter_at_the_end_of_the_name_means_it_may_be_cut(name: str, truncated: bool):
    """Doc 9303-3, 4.6: even a name that fits exactly."""
    assert parse_mrz(passport(name=name)).name_truncated is truncated


@pytest.mark.parametrize(
    ("row", "column", "letter", "field"),
    [
        pytest.param(0, 0, "X", "document_code", id="first letter that no document has"),
        pytest.param(0, 3, "5", "issuing_state", id="digit in the state"),
        pytest.param(0, 9, "1", "name", id="digit in the name"),
        pytest.param(1, 9, "<", "document_number_check_digit", id="filler for a check digit"),
        pytest.param(1, 12, "0", "nationality", id="digit in the nationality"),
        pytest.param(1, 15, "O", "birth_date", id="letter in a date"),
        pytest.param(1, 20, "W", "sex", id="sex that is not in the standard"),
        pytest.param(1, 43, "A", "composite_check_digit", id="letter for a check digit"),
    ],
)
def test_field_of_a_misplaced_character_is_named(row: int, column: int, letter: str, field: str):
    assert parse_mrz(with_letter(PASSPORT, row, column, letter)).misplaced == (field,)


@pytest.mark.parametrize("sex", ["M", "F", "<", "X"])
def test_every_letter_for_the_sex_is_allowed(sex: str):
    assert parse_mrz(passport(sex=sex)).misplaced == ()
