"""The machine readable zone, against published specimens and the laws of Doc 9303."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from docverify.errors import MalformedMrz
from docverify.mrz import (
    ALPHABET,
    LAYOUTS,
    LETTERS,
    NUMBERS,
    OLD_FRENCH_CARD,
    Layout,
    Mrz,
    MrzFormat,
    check_digit,
    parse_mrz,
)
from tests.docverify.readings import passport, with_letter

Vector = dict[str, Any]
VECTORS: list[Vector] = json.loads((Path(__file__).parent / "vectors" / "mrz.json").read_text())
FORMATS = set(MrzFormat)
# Layouts of single States come with an issue of their own; until then they are refused.
NATIONAL = {"FRA-ID-2x36", "FRA-DL-1x30", "CHE-DL-9+30+30"}

PASSPORT = passport()
TD1 = (
    "I<QUAQX71820357<<<<<<<<<<<<<<<",
    "9004122F3309149QUA<<<<<<<<<<<4",
    "MERIDIAN<<LOUISE<ANN<<<<<<<<<<",
)
TD2 = ("I<QUAMERIDIAN<<LOUISE<ANN<<<<<<<<<<<", "QX71820357QUA9004122F3309149<<<<<<<4")
VISA = (
    "V<QUAMERIDIAN<<LOUISE<ANN<<<<<<<<<<<<<<<<<<<",
    "QX71820357QUA9004122F3309149<<<<<<<<<<<<<<<<",
)


def vectors(*formats: str) -> list[Any]:
    return [pytest.param(each, id=each["id"]) for each in VECTORS if each["format"] in formats]


def test_every_vector_is_of_a_known_format_or_of_a_national_layout():
    assert {vector["format"] for vector in VECTORS} == FORMATS | NATIONAL


@pytest.mark.parametrize("vector", vectors(*FORMATS))
def test_published_zones_are_parsed_into_their_fields(vector: Vector):
    renamed = {
        "birth_date_raw": "birth_date",
        "expiry_date_raw": "expiry_date",
        "name_truncated_possible": "name_truncated",
    }
    expected = {renamed.get(name, name): value for name, value in vector["expected"].items()}
    expected.pop("long_document_number", None)  # Its digit is told by `checks` below.
    mrz = parse_mrz(vector["lines"])

    assert mrz.format == vector["format"]
    assert {name: getattr(mrz, name) for name in expected} == expected


@pytest.mark.parametrize("vector", vectors(*FORMATS))
def test_published_zones_have_the_check_digits_that_are_known_to_hold(vector: Vector):
    found = {
        digit.field: "legacy_filler_included" if digit.legacy else digit.holds
        for digit in parse_mrz(vector["lines"]).check_digits
    }

    assert found == vector["checks"]


@pytest.mark.parametrize("vector", vectors(*NATIONAL))
def test_national_layouts_are_refused_and_not_misread(vector: Vector):
    with pytest.raises(MalformedMrz):
        parse_mrz(vector["lines"])


@pytest.mark.parametrize(
    "vector", [v for v in vectors(*FORMATS) if v.values[0]["valid_strict_icao"]]
)
def test_only_digits_in_names_are_out_of_place_in_zones_after_the_standard(vector: Vector):
    expected = ("name",) if vector["id"] == "sem_digit_in_name" else ()

    assert parse_mrz(vector["lines"]).misplaced == expected


@given(st.text("0123456789", min_size=1), st.data())
def test_any_single_wrong_digit_is_caught(number: str, data: st.DataObject):
    at = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[at]))

    assert check_digit(number[:at] + wrong + number[at + 1 :]) != check_digit(number)


@pytest.mark.parametrize(
    "alike", ["0AKU<", "1BLV", "2CMW", "3DNX", "4EOY", "5FPZ", "6GQ", "7HR", "8IS", "9JT"]
)
@given(before=st.text(ALPHABET, max_size=8))
def test_characters_whose_values_differ_by_ten_are_taken_for_each_other(alike: str, before: str):
    """Doc 9303-3, 4.9: A is 10, so a zero read as A passes; 5 for Z, 8 for S, 1 for L as well."""
    assert len({check_digit(before + each) for each in alike}) == 1


@pytest.mark.parametrize("pair", ["0O", "0D", "0Q", "1I", "2Z", "5S", "8B"])
@given(before=st.text(ALPHABET, max_size=8))
def test_the_usual_misreadings_are_caught(pair: str, before: str):
    assert check_digit(before + pair[0]) != check_digit(before + pair[1])


@given(st.text(ALPHABET, min_size=2, max_size=20), st.data())
def test_swapped_neighbours_are_missed_exactly_when_their_values_differ_by_a_multiple_of_five(
    text: str, data: st.DataObject
):
    at = data.draw(st.integers(0, len(text) - 2))
    first, second = text[at : at + 2]
    swapped = text[:at] + second + first + text[at + 2 :]
    difference = int(first.replace("<", "0"), 36) - int(second.replace("<", "0"), 36)

    assert (check_digit(swapped) == check_digit(text)) == (difference % 5 == 0)


def test_a_filler_for_an_unused_personal_number_counts_as_zero():
    lines = with_letter(PASSPORT, 1, 42, "<")
    digits = {digit.field: digit.holds for digit in parse_mrz(lines).check_digits}

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
    assert not mrz.check_digits[0].holds
    assert mrz.misplaced == ("document_number_check_digit",)


def test_a_long_number_goes_on_in_the_optional_data():
    mrz = parse_mrz(("I<QUAQX7182035<42" + check_digit("QX718203542") + "<<<<<<<<AB<<", *TD1[1:]))

    assert mrz.document_number == "QX718203542"
    assert mrz.has_long_number
    assert mrz.optional_data == "AB"
    assert mrz.check_digits[0].holds


@pytest.mark.parametrize(
    ("first", "number"),
    [
        pytest.param("I<QUAQX7182035<4" + check_digit("QX71820354"), "QX71820354", id="one more"),
        pytest.param("I<QUAQX7182035<4", "QX7182035", id="no digit for what is more"),
        pytest.param("I<QUAQX718203<<42", "QX718203", id="nine are not used"),
        pytest.param("I<QUAQX7182035742", "QX7182035", id="nine with their digit"),
    ],
)
def test_a_number_is_long_when_its_digit_comes_after_the_rest(first: str, number: str):
    assert parse_mrz((first.ljust(30, "<"), *TD1[1:])).document_number == number


def test_a_number_without_check_digit_and_without_more_of_it_fails():
    mrz = parse_mrz((TD1[0][:14] + "<" + TD1[0][15:], *TD1[1:]))

    assert mrz.document_number == "QX7182035"
    assert not mrz.check_digits[0].holds


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
        pytest.param([PASSPORT[0] + "<", PASSPORT[1]], "lines of 45 and 44", id="long line"),
        pytest.param([PASSPORT[0], TD2[1]], "lines of 44 and 36", id="mixed formats"),
        pytest.param(
            ["V" + TD1[0][1:], *TD1[1:]], "lines of 30 and 30 and 30", id="visa of three lines"
        ),
    ],
)
def test_a_shape_of_no_format_is_malformed(lines: list[str], message: str):
    with pytest.raises(MalformedMrz, match=message):
        parse_mrz(lines)


@pytest.mark.parametrize(
    "letter",
    ["Ä", "ß", "\N{LATIN SMALL LETTER DOTLESS I}", "ﬁ", "\N{FULLWIDTH DIGIT ONE}", "*", "«"],
)
@pytest.mark.parametrize("row", [0, 1])
def test_a_foreign_character_is_named_by_its_line_and_not_by_its_text(row: int, letter: str):
    with pytest.raises(
        MalformedMrz, match=rf"^line {row + 1} holds characters other than"
    ) as error:
        parse_mrz(with_letter(PASSPORT, row, 20, letter))

    assert letter not in str(error.value)


@given(st.lists(st.text() | st.text(ALPHABET, min_size=30, max_size=44), max_size=4))
def test_any_text_is_parsed_or_malformed(lines: list[str]):
    try:
        parse_mrz(lines)
    except MalformedMrz:
        return


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_any_lines_in_the_shape_of_a_format_are_parsed(name: MrzFormat, data: st.DataObject):
    layout = LAYOUTS[name]
    line = st.text(ALPHABET, min_size=layout.width, max_size=layout.width)
    lines = [data.draw(line) for _ in range(layout.line_count)]
    lines[0] = data.draw(st.sampled_from(layout.first_letters)) + lines[0][1:]
    assume(not lines[0].startswith(OLD_FRENCH_CARD))

    assert parse_mrz(lines).format is name


def test_a_zone_prints_only_what_is_not_of_its_holder():
    assert {field.name for field in fields(Mrz) if field.repr} == {
        *("format", "document_code", "issuing_state"),
        *("name_truncated", "check_digits", "misplaced"),
    }


def test_a_zone_does_not_print_its_holder():
    shown = repr(parse_mrz(PASSPORT))

    assert [
        value for value in ("MERIDIAN", "LOUISE", "QX7182035", "900412") if value in shown
    ] == []


@pytest.mark.parametrize(
    ("name", "surname", "given_names"),
    [
        pytest.param("MERIDIAN<<LOUISE<ANN", "MERIDIAN", "LOUISE ANN", id="both"),
        pytest.param("MERIDIAN", "MERIDIAN", "", id="primary identifier only"),
        pytest.param("<<LOUISE", "", "LOUISE", id="secondary identifier only"),
        pytest.param("DE<LA<MER<<LOUISE", "DE LA MER", "LOUISE", id="several components"),
        pytest.param("<" * 39, "", "", id="fillers only"),
    ],
)
def test_two_fillers_part_the_identifiers(name: str, surname: str, given_names: str):
    mrz = parse_mrz(passport(name=name))

    assert (mrz.surname, mrz.given_names) == (surname, given_names)


@pytest.mark.parametrize(("name", "truncated"), [("A" * 39, True), ("A" * 38, False)])
def test_a_letter_in_the_last_place_says_that_the_name_may_be_cut(name: str, truncated: bool):
    """Doc 9303-3, 4.6: even a name that fits exactly."""
    assert parse_mrz(passport(name=name)).name_truncated is truncated


@pytest.mark.parametrize(
    ("row", "column", "letter", "field"),
    [
        pytest.param(0, 0, "X", "document_code", id="first letter of no document"),
        pytest.param(0, 3, "5", "issuing_state", id="digit in the state"),
        pytest.param(0, 9, "1", "name", id="digit in the name"),
        pytest.param(1, 9, "<", "document_number_check_digit", id="filler for a check digit"),
        pytest.param(1, 12, "0", "nationality", id="digit in the nationality"),
        pytest.param(1, 15, "O", "birth_date", id="letter in a date"),
        pytest.param(1, 20, "W", "sex", id="sex that the standard does not know"),
        pytest.param(1, 43, "A", "composite_check_digit", id="letter for a check digit"),
    ],
)
def test_a_character_out_of_place_names_its_field(row: int, column: int, letter: str, field: str):
    assert parse_mrz(with_letter(PASSPORT, row, column, letter)).misplaced == (field,)


@pytest.mark.parametrize("sex", ["M", "F", "<", "X"])
def test_every_way_to_write_the_sex_is_in_place(sex: str):
    assert parse_mrz(passport(sex=sex)).misplaced == ()


# ------------------------------------------------------------------ layouts

Place = tuple[int, int, int]
"""A line and its first and last column, from 1 as in the standard."""

STANDARD: dict[MrzFormat, dict[str, Place]] = {
    MrzFormat.TD1: {
        "document_code": (1, 1, 2),
        "issuing_state": (1, 3, 5),
        "document_number": (1, 6, 14),
        "document_number_check_digit": (1, 15, 15),
        "optional_data": (1, 16, 30),
        "birth_date": (2, 1, 6),
        "birth_date_check_digit": (2, 7, 7),
        "sex": (2, 8, 8),
        "expiry_date": (2, 9, 14),
        "expiry_date_check_digit": (2, 15, 15),
        "nationality": (2, 16, 18),
        "optional_data_2": (2, 19, 29),
        "composite_check_digit": (2, 30, 30),
        "name": (3, 1, 30),
    },
}
TWO_LINES: dict[str, Place] = {
    "document_code": (1, 1, 2),
    "issuing_state": (1, 3, 5),
    "document_number": (2, 1, 9),
    "document_number_check_digit": (2, 10, 10),
    "nationality": (2, 11, 13),
    "birth_date": (2, 14, 19),
    "birth_date_check_digit": (2, 20, 20),
    "sex": (2, 21, 21),
    "expiry_date": (2, 22, 27),
    "expiry_date_check_digit": (2, 28, 28),
}
STANDARD |= {
    MrzFormat.TD2: TWO_LINES
    | {"name": (1, 6, 36), "optional_data": (2, 29, 35), "composite_check_digit": (2, 36, 36)},
    MrzFormat.TD3: TWO_LINES
    | {
        "name": (1, 6, 44),
        "personal_number": (2, 29, 42),
        "personal_number_check_digit": (2, 43, 43),
        "composite_check_digit": (2, 44, 44),
    },
    MrzFormat.MRV_A: TWO_LINES | {"name": (1, 6, 44), "optional_data": (2, 29, 44)},
    MrzFormat.MRV_B: TWO_LINES | {"name": (1, 6, 36), "optional_data": (2, 29, 36)},
}
COMPOSITE: dict[MrzFormat, list[Place]] = {
    MrzFormat.TD1: [(1, 6, 30), (2, 1, 7), (2, 9, 15), (2, 19, 29)],
    MrzFormat.TD2: [(2, 1, 10), (2, 14, 20), (2, 22, 35)],
    MrzFormat.TD3: [(2, 1, 10), (2, 14, 20), (2, 22, 43)],
}


def columns(places: list[Place]) -> list[tuple[int, int]]:
    return [(row, column) for row, first, last in places for column in range(first, last + 1)]


def place(layout: Layout, name: str) -> Place:
    field = layout.fields[name]
    return field.line + 1, field.start + 1, field.stop


@pytest.mark.parametrize("name", MrzFormat)
def test_fields_stand_where_the_standard_puts_them(name: MrzFormat):
    layout = LAYOUTS[name]

    assert {field: place(layout, field) for field in layout.fields} == STANDARD[name]


@pytest.mark.parametrize("name", MrzFormat)
def test_fields_cover_every_column_exactly_once(name: MrzFormat):
    layout = LAYOUTS[name]
    covered = columns([place(layout, field) for field in layout.fields])

    assert sorted(covered) == columns(
        [(row, 1, layout.width) for row in range(1, layout.line_count + 1)]
    )


@pytest.mark.parametrize("name", COMPOSITE)
def test_the_composite_covers_the_columns_of_the_standard_in_their_order(name: MrzFormat):
    layout = LAYOUTS[name]
    covered = [place(layout, field) for field in layout.check_digits["composite"]]

    assert columns(covered) == columns(COMPOSITE[name])


def test_visas_have_no_composite():
    with_composite = {name for name, each in LAYOUTS.items() if "composite" in each.check_digits}

    assert with_composite == set(COMPOSITE)


@pytest.mark.parametrize("name", MrzFormat)
def test_each_check_digit_has_a_place_of_its_own(name: MrzFormat):
    layout = LAYOUTS[name]

    assert {f"{each}_check_digit" for each in layout.check_digits} == {
        field for field in layout.fields if field.endswith("check_digit")
    }


@pytest.mark.parametrize(
    ("name", "row", "column", "alphabet"),
    [
        pytest.param(MrzFormat.TD3, 0, 0, "PIAC", id="first letter of a passport"),
        pytest.param(MrzFormat.MRV_A, 0, 0, "V", id="first letter of a visa"),
        pytest.param(MrzFormat.TD1, 2, 29, LETTERS, id="last letter of a name"),
        pytest.param(MrzFormat.TD1, 0, 14, NUMBERS, id="filler before the rest of a long number"),
        pytest.param(MrzFormat.TD3, 1, 9, "0123456789", id="digit of a number"),
        pytest.param(MrzFormat.TD3, 1, 13, NUMBERS, id="year of birth"),
        pytest.param(MrzFormat.TD2, 1, 30, ALPHABET, id="optional data"),
    ],
)
def test_alphabets_say_what_each_place_may_hold(
    name: MrzFormat, row: int, column: int, alphabet: str
):
    assert LAYOUTS[name].alphabets()[row][column] == alphabet
