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
    LETTERS,
    NUMBERS,
    Mrz,
    MrzFormat,
    MrzLayout,
    compute_check_digit,
    decode_russian_name,
    parse_mrz,
)
from docverify.documents.mrz_layouts import RARE_LAYOUTS
from docverify.errors import MalformedMrz
from tests.support.readings import passport, with_letter

Vector = dict[str, Any]
VECTORS: list[Vector] = json.loads((Path(__file__).parents[1] / "vectors" / "mrz.json").read_text())
ICAO = ("TD1", "TD2", "TD3", "MRV-A", "MRV-B")
NATIONAL = tuple(sorted(set(MrzFormat) - set(ICAO)))

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
        digit.field: "legacy_filler_included" if digit.legacy else digit.holds
        for digit in parse_mrz(vector["lines"]).check_digits
    }

    assert found == vector["checks"]


@pytest.mark.parametrize("vector", vectors(*MrzFormat))
def test_mrz_that_follows_the_standard_has_no_deviations(vector: Vector):
    mrz = parse_mrz(vector["lines"])
    hold = all(digit.holds for digit in mrz.check_digits)
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


def test_long_number_continues_in_the_optional_data():
    mrz = parse_mrz(
        ("I<QUAQX7182035<42" + compute_check_digit("QX718203542") + "<<<<<<<<AB<<", *TD1[1:])
    )

    assert mrz.document_number == "QX718203542"
    assert mrz.has_long_number
    assert mrz.optional_data == "AB"
    assert mrz.check_digits[0].holds


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
        pytest.param(
            [PASSPORT[0] + "<", PASSPORT[1][:-1]], "lines of 45 and 43", id="shifted break"
        ),
        pytest.param(list("<" * 77), "no format has 77 lines", id="many lines"),
        pytest.param(["<"] * 1_000_000, "no format has 1000000 lines", id="a million lines"),
        pytest.param(["\x00" * 44] * 2, "line 1 holds characters", id="control characters"),
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
    MrzFormat.FRA_ID: [(1, 1, 36), (2, 1, 35)],
    MrzFormat.FRA_DL: [(1, 1, 29)],
    MrzFormat.ISO_DL: [(1, 1, 29)],
}
EVERY_LAYOUT = LAYOUTS | RARE_LAYOUTS


def columns(places: list[Place]) -> list[tuple[int, int]]:
    return [(row, column) for row, first, last in places for column in range(first, last + 1)]


def place(layout: MrzLayout, name: str) -> Place:
    field = layout.fields[name]
    return field.line + 1, field.start + 1, field.stop


@pytest.mark.parametrize("name", STANDARD)
def test_fields_have_the_columns_of_the_standard(name: MrzFormat):
    layout = EVERY_LAYOUT[name]

    assert {field: place(layout, field) for field in layout.fields} == STANDARD[name]


@pytest.mark.parametrize("name", MrzFormat)
def test_fields_cover_every_column_exactly_once(name: MrzFormat):
    layout = EVERY_LAYOUT[name]
    covered = columns([place(layout, field) for field in layout.fields])

    assert sorted(covered) == columns(
        [(row, 1, width) for row, width in enumerate(layout.widths, 1)]
    )


@pytest.mark.parametrize("name", COMPOSITE)
def test_composite_covers_the_columns_of_the_standard_in_order(name: MrzFormat):
    layout = EVERY_LAYOUT[name]
    covered = [place(layout, field) for field in layout.check_digits["composite"]]

    assert columns(covered) == columns(COMPOSITE[name])


def test_visas_old_slovak_cards_and_swiss_licences_have_no_composite():
    with_composite = {
        name for name, each in EVERY_LAYOUT.items() if "composite" in each.check_digits
    }

    assert with_composite == set(COMPOSITE)


@pytest.mark.parametrize("name", MrzFormat)
def test_each_check_digit_has_its_own_column(name: MrzFormat):
    layout = EVERY_LAYOUT[name]

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
        pytest.param(MrzFormat.FRA_ID, 0, 4, "A", id="beginning of every old French card"),
        pytest.param(MrzFormat.FRA_ID, 1, 3, "0123456789", id="month of issue within a number"),
        pytest.param(MrzFormat.FRA_ID, 1, 4, ALPHABET, id="department within a number"),
    ],
)
def test_alphabets_list_the_allowed_characters(
    name: MrzFormat, row: int, column: int, alphabet: str
):
    assert EVERY_LAYOUT[name].alphabets()[row][column] == alphabet


@pytest.mark.parametrize("name", MrzFormat)
def test_every_position_has_an_alphabet(name: MrzFormat):
    layout = EVERY_LAYOUT[name]

    assert tuple(map(len, layout.alphabets())) == layout.widths


def test_layouts_searched_in_images_have_two_or_three_equal_lines():
    assert {
        (len(layout.widths) in (2, 3), len(set(layout.widths))) for layout in LAYOUTS.values()
    } == {(True, 1)}


# ------------------------------------------------------------------ layouts of single states

FRENCH_CARD = ("IDFRABERTHIER<<<<<<<<<<<<<<<<<923255", "8806923102858CORINNE<<<<<<<6512068F2")
SLOVAK_CARD = ("I<SVKNOVAK<<JAN<<<<<<<<<<<<<<<<<<<", "123456<AA5SVK8110251M1801020749313")
PAYLOAD = "D1NLD11234567890ABCDEFGHIJKLM"
DUTCH_LICENCE = (PAYLOAD + compute_check_digit(PAYLOAD),)
SWISS_LICENCE = (
    "AAA001D<<",
    "FACHE305142128097<<800126<<<<<",
    "MARCHAND<<FABIENNE<<<<<<<<<<<<",
)


def test_old_french_card_has_a_month_of_issue_and_no_expiry():
    mrz = parse_mrz(FRENCH_CARD)

    assert (mrz.format, mrz.expiry_date, mrz.nationality) == (MrzFormat.FRA_ID, "", "")
    assert mrz.national_data["issue_month"] == "8806"
    assert mrz.national_data["office_code"] == "923255"
    assert not mrz.has_long_number


def test_old_slovak_card_is_td2_cut_to_34_columns():
    mrz = parse_mrz(SLOVAK_CARD)

    assert mrz.format is MrzFormat.SVK_ID
    assert (mrz.surname, mrz.given_names, mrz.document_number) == ("NOVAK", "JAN", "123456 AA")
    assert (mrz.birth_date, mrz.sex, mrz.expiry_date) == ("811025", "M", "180102")
    assert {digit.field for digit in mrz.check_digits if digit.holds} == {
        *("document_number", "birth_date", "expiry_date")
    }


def test_licence_of_one_line_has_a_number_and_a_composite_digit():
    mrz = parse_mrz(DUTCH_LICENCE)

    assert (mrz.format, mrz.issuing_state) == (MrzFormat.ISO_DL, "NLD")
    assert (mrz.document_number, mrz.national_data) == ("1234567890", {"configuration": "1"})
    assert (mrz.surname, mrz.birth_date, mrz.sex, mrz.name_truncated) == ("", "", "", False)
    assert not mrz.has_long_number
    assert [(digit.field, digit.holds) for digit in mrz.check_digits] == [("composite", True)]


def test_swiss_licence_has_lines_of_two_widths_and_no_check_digit():
    mrz = parse_mrz(SWISS_LICENCE)

    assert (mrz.format, mrz.check_digits, mrz.misplaced) == (MrzFormat.CHE_DL, (), ())
    assert mrz.national_data["language"] == "D"


# ------------------------------------------------------------------ lines, joined and split


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(each, id=name)
        for name, each in {
            "TD1": TD1,
            "TD2": TD2,
            "TD3": PASSPORT,
            "visa": VISA,
            "French card": FRENCH_CARD,
            "Slovak card": SLOVAK_CARD,
            "Swiss licence": SWISS_LICENCE,
        }.items()
    ],
)
def test_joined_lines_are_split_and_split_lines_joined(lines: tuple[str, ...]):
    parsed = parse_mrz(lines)
    halves = [half for line in lines for half in (line[:7], line[7:])]

    assert parse_mrz(["".join(lines)]) == parsed
    assert parse_mrz(["\n".join(lines)]) == parsed
    assert parse_mrz(["", *halves]) == parsed
    assert parse_mrz("".join(lines)) == parsed


def test_break_inside_a_line_means_missing_characters():
    text = "".join(TD1)

    assert parse_mrz([text[:60], text[60:]]).format is MrzFormat.TD1
    with pytest.raises(MalformedMrz):
        parse_mrz([text[:29], text[29:60], text[60:]])


# ------------------------------------------------------------------ departures from the standard


@pytest.mark.parametrize(
    ("lines", "deviation"),
    [
        pytest.param(PASSPORT, (), id="nothing"),
        pytest.param(passport(sex="X"), ("sex_written_x",), id="sex X"),
        pytest.param(passport(state="DEU"), ("germany_written_deu",), id="DEU instead of D"),
        pytest.param(passport(expiry="<<<<<<"), ("expiry_unknown",), id="no expiry date"),
        pytest.param(with_letter(PASSPORT, 1, 42, "<"), (), id="filler, number not used"),
        pytest.param(
            with_letter(with_letter(PASSPORT, 1, 42, "<"), 1, 28, "A"),
            ("personal_number_digit_filler",),
            id="filler, number used",
        ),
        pytest.param(
            ("I<QUAQX7182035<4" + compute_check_digit("QX7182035<4") + "<" * 13, *TD1[1:]),
            ("long_number_digit_covers_filler",),
            id="long number, filler covered",
        ),
    ],
)
def test_common_departure_from_the_standard_has_a_code(
    lines: tuple[str, ...], deviation: tuple[str, ...]
):
    assert parse_mrz(lines).deviations == deviation


def test_russian_passport_writes_cyrillic_with_digits_and_may_have_no_expiry():
    first, second = passport(state="RUS", name="ZDRIL7K<<SERGEQ<ANATOL9EVI3", expiry="<<<<<<")
    mrz = parse_mrz(("PN" + first[2:], second))

    assert mrz.has_russian_names
    assert mrz.misplaced == ()
    assert mrz.deviations == ("expiry_unknown", "names_in_russian_code")
    assert decode_russian_name(mrz.surname) == "ЗДРИЛЮК"
    assert decode_russian_name(mrz.given_names) == "СЕРГЕЙ АНАТОЛЬЕВИЧ"


def test_expiry_date_of_fillers_may_have_a_filler_as_check_digit():
    lines = with_letter(passport(expiry="<<<<<<"), 1, 27, "<")

    assert all(digit.holds for digit in parse_mrz(lines).check_digits)


def test_russian_passport_may_have_a_filler_as_check_digit_of_a_missing_expiry():
    first, second = with_letter(
        passport(state="RUS", name="ZDRIL7K<<SERGEQ", expiry="<<<<<<"), 1, 27, "<"
    )

    assert parse_mrz(("PN" + first[2:], second)).misplaced == ()
    assert parse_mrz((first.replace("7", "J"), second)).misplaced == ("expiry_date_check_digit",)


def test_digits_in_other_names_are_misplaced():
    assert parse_mrz(passport(name="ZDRIL7K<<SERGEQ")).misplaced == ("name",)


# ------------------------------------------------------------------ writing and reading back

WORDS = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=4), max_size=2)
NUMBERS_OF_DAYS = st.text("0123456789", min_size=6, max_size=6)


def written(values: dict[str, str], layout: MrzLayout) -> tuple[str, ...]:
    """Write values into their fields, with every check digit that is not given."""
    text = dict.fromkeys(layout.fields, "") | values
    padded = {
        name: text[name].replace(" ", "<").ljust(each.stop - each.start, "<")
        for name, each in layout.fields.items()
    }
    for name, covered in layout.check_digits.items():  # The composite comes last in each layout.
        if f"{name}_check_digit" not in values:
            padded[f"{name}_check_digit"] = compute_check_digit(
                "".join(padded[each] for each in covered)
            )
    rows = [[""] for _ in layout.widths]
    for name, each in layout.fields.items():
        rows[each.line].append(padded[name])
    return tuple("".join(row) for row in rows)


@st.composite
def holders(draw: st.DrawFn) -> dict[str, str]:
    values = {
        "issuing_state": draw(st.sampled_from(["QUA", "D", "XXB"])),
        "document_number": draw(st.from_regex("[A-Z0-9]( ?[A-Z0-9]){1,4}", fullmatch=True)),
        "birth_date": draw(NUMBERS_OF_DAYS),
        "expiry_date": draw(NUMBERS_OF_DAYS),
        "sex": draw(st.sampled_from("MF<")),
        "nationality": draw(st.sampled_from(["QUA", "D", "XXB"])),
        "surname": " ".join(draw(WORDS)),
        "given_names": " ".join(draw(WORDS)),
    }
    return values | {"name": "<<".join((values["surname"], values["given_names"])).rstrip("<")}


@pytest.mark.parametrize("name", ICAO)
@given(holder=holders())
def test_values_written_into_an_mrz_are_read_back(name: str, holder: dict[str, str]):
    layout = LAYOUTS[MrzFormat(name)]
    code = {"document_code": layout.first_letters[0]}
    mrz = parse_mrz(written(code | holder, layout))

    found = {each: getattr(mrz, each) for each in holder if each != "name"}
    assert found == {each: value for each, value in holder.items() if each != "name"}
    assert (mrz.format, mrz.document_code) == (name, code["document_code"])
    assert all(digit.holds for digit in mrz.check_digits)
    assert (mrz.misplaced, mrz.deviations) == ((), ())


@pytest.mark.parametrize(
    ("name", "most"), [pytest.param("TD1", 13, id="TD1"), pytest.param("TD2", 5, id="TD2")]
)
@given(data=st.data())
def test_long_numbers_are_read_back(name: str, most: int, data: st.DataObject):
    """Doc 9303-5, 4.2.4 and 9303-6, 4.2.2; with the filler in the sum as well."""
    layout = LAYOUTS[MrzFormat(name)]
    number = data.draw(st.text("0123456789ABCXYZ", min_size=10, max_size=9 + most))
    filler = data.draw(st.sampled_from(["", "<"]))
    values = {
        "document_code": "I",
        "issuing_state": "QUA",
        "document_number": number[:9],
        "document_number_check_digit": "<",
        "optional_data": number[9:] + compute_check_digit(number[:9] + filler + number[9:]),
        "birth_date": "900412",
        "expiry_date": "330914",
    }
    mrz = parse_mrz(written(values, layout))

    assert (mrz.document_number, mrz.optional_data) == (number, "")
    assert all(digit.holds for digit in mrz.check_digits)
    assert filler or not mrz.check_digits[0].legacy
