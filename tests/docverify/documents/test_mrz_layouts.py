"""The layouts of MRZs, compared with the columns and rules of Doc 9303."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.mrz import (
    ALPHABET,
    LAYOUTS,
    LETTERS,
    NUMBERS,
    MrzFormat,
    MrzLayout,
    compute_check_digit,
    decode_russian_name,
    parse_mrz,
)
from docverify.documents.mrz_layouts import RARE_LAYOUTS
from docverify.errors import MalformedMrz
from tests.support.mrz_samples import ICAO, PASSPORT, TD1, TD2, VISA
from tests.support.readings import passport, with_letter

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
    assert {digit.field for digit in mrz.check_digits if digit.is_correct} == {
        *("document_number", "birth_date", "expiry_date")
    }


def test_licence_of_one_line_has_a_number_and_a_composite_digit():
    mrz = parse_mrz(DUTCH_LICENCE)

    assert (mrz.format, mrz.issuing_state) == (MrzFormat.ISO_DL, "NLD")
    assert (mrz.document_number, mrz.national_data) == ("1234567890", {"configuration": "1"})
    assert (mrz.surname, mrz.birth_date, mrz.sex, mrz.name_truncated) == ("", "", "", False)
    assert not mrz.has_long_number
    assert [(digit.field, digit.is_correct) for digit in mrz.check_digits] == [("composite", True)]


def test_swiss_licence_has_lines_of_two_widths_and_no_check_digit():
    mrz = parse_mrz(SWISS_LICENCE)

    assert (mrz.format, mrz.check_digits, mrz.misplaced) == (MrzFormat.CHE_DL, (), ())
    assert mrz.national_data["language"] == "D"


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

    assert all(digit.is_correct for digit in parse_mrz(lines).check_digits)


def test_russian_passport_may_have_a_filler_as_check_digit_of_a_missing_expiry():
    first, second = with_letter(
        passport(state="RUS", name="ZDRIL7K<<SERGEQ", expiry="<<<<<<"), 1, 27, "<"
    )

    assert parse_mrz(("PN" + first[2:], second)).misplaced == ()
    assert parse_mrz((first.replace("7", "J"), second)).misplaced == ("expiry_date_check_digit",)


def test_digits_in_other_names_are_misplaced():
    assert parse_mrz(passport(name="ZDRIL7K<<SERGEQ")).misplaced == ("name",)


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
    assert all(digit.is_correct for digit in mrz.check_digits)
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
    assert all(digit.is_correct for digit in mrz.check_digits)
    assert filler or not mrz.check_digits[0].legacy
