"""Printed fields of a document, found by their labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.documents.label_table import OTHER, load_labels
from docverify.documents.printed_fields import PrintedValue, find_printed_fields
from docverify.page import Box, Line
from tests.support.printed_lines import block, others, texts
from tests.support.readings import PRINTED, SURE, line, printed_lines


def test_value_is_found_below_its_label():
    assert texts(*printed_lines(PRINTED)) == PRINTED


@pytest.mark.parametrize(
    "text",
    ["Surname: MERIDIAN", "Surname / Nom: MERIDIAN", "SURNAME:MERIDIAN", "Surname : MERIDIAN "],
)
def test_value_is_found_after_the_colon_of_its_label(text: str):
    assert texts(line(text, top=0)) == {"surname": "MERIDIAN"}


def test_one_letter_after_a_colon_is_a_value():
    lines = (line("Gender: F", top=0), line("NEWTOWN", top=30))

    assert texts(*lines) == {"sex": "F"}


def test_label_with_a_colon_in_each_language_has_its_value_below():
    lines = (line("Surname: / Nom:", top=0), line("MERIDIAN", top=30))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_a_second_language_may_have_a_line_of_its_own():
    lines = (line("Surname", top=0), line("Nom", top=22), line("MERIDIAN", top=44))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_value_of_the_next_field_does_not_replace_a_missing_one():
    lines = (line("Surname", top=0), line("Given names", top=22), line("LOUISE", top=44))

    assert texts(*lines) == {"given_names": "LOUISE"}


def test_value_below_the_beginning_of_a_label_is_chosen():
    lines = [
        Line("Date of birth / Datum narození", SURE, Box(100, 100, 400, 130)),
        Line("06 SEP 1986", SURE, Box(100, 130, 260, 165)),
        Line("Date of expiry", SURE, Box(390, 96, 540, 126)),
        Line("15 JAN 2031", SURE, Box(392, 126, 552, 161)),
    ]

    assert texts(*lines) == {"birth_date": "06 SEP 1986", "expiry_date": "15 JAN 2031"}


def test_value_below_an_unused_label_is_ignored():
    lines = (line("Surname", top=0), line("Type", top=22), line("P", top=44))

    assert texts(*lines) == {}


def test_line_with_a_label_is_not_the_value_of_the_label_above():
    lines = (line("Surname", top=0), line("Nationality: QUA", top=25))

    assert texts(*lines) == {"nationality": "QUA"}


@pytest.mark.parametrize(
    ("top", "left"),
    [
        pytest.param(71, 0, id="too far below"),
        pytest.param(30, 201, id="right of the label's end"),
        pytest.param(30, -41, id="too far to the left"),
        pytest.param(9, 0, id="on it"),
        pytest.param(-30, 0, id="above"),
    ],
)
def test_line_elsewhere_is_not_the_value(top: float, left: float):
    assert texts(line("Surname", top=0), line("MERIDIAN", top=top, left=left)) == {}


def test_fields_may_be_side_by_side():
    left = (line("Sex", top=0), line("F", top=25))
    right = (line("Surname", top=0, left=300), line("MERIDIAN", top=25, left=300))

    assert texts(*left, *right) == {"sex": "F", "surname": "MERIDIAN"}


@pytest.mark.parametrize(("top", "left"), [(70, 40), (10, -40)])
def test_value_may_be_a_little_away_from_its_label(top: float, left: float):
    lines = (line("Surname", top=0), line("MERIDIAN", top=top, left=left))

    assert texts(*lines) == {"surname": "MERIDIAN"}


def test_the_nearest_line_below_is_the_value():
    lines = (line("Surname", top=0), line("SECOND", top=50), line("FIRST", top=25))

    assert texts(*lines) == {"surname": "FIRST"}


def test_the_first_label_of_a_field_counts():
    lines = (line("Surname: FIRST", top=0), line("Surname: SECOND", top=100))

    assert texts(*lines) == {"surname": "FIRST"}
    assert others(*lines) == {"surname": ["SECOND"]}


def test_value_has_the_confidence_of_its_line():
    found = find_printed_fields([line("Sex", top=0), line(" F ", top=25, confidence=0.7)])

    assert found == {"sex": PrintedValue("F", 0.7)}


@given(
    st.lists(
        st.builds(
            line,
            st.text()
            | st.sampled_from(
                ["Surname", "Sex: F", "Nom", "Type", "A", "Sex Height", "4a", "4b 1.1.30"]
            ),
            top=st.integers(-100, 100),
            left=st.integers(-50, 50),
        )
    )
)
def test_any_lines_can_be_searched(lines: list[Line]):
    assert set(find_printed_fields(lines)) <= set(load_labels().names.values()) - {OTHER}


def test_repr_of_value_does_not_contain_it():
    assert "MERIDIAN" not in repr(PrintedValue("MERIDIAN", 0.9))
    assert "MERIDIAN" not in repr(line("MERIDIAN", top=0))


AMERICAN = (
    *("CALIFORNIA USA DRIVER LICENSE", "4d LIC# D1234568", "3 DOB 01/02/1990", "4b EXP 01/02/2030"),
    *(
        "4a ISS 01/02/2025",
        "1 LN DOE",
        "2 FN JOHN ADAM",
        "8 12 MAIN STREET",
        "SPRINGFIELD, CA 90001",
    ),
    *("15 SEX M 16 HGT 5'-11\"", "18 EYES BRN", "5 DD 00/00/0000NNNAN/ANFD/YY"),
)
EUROPEAN = (
    *("FÜHRERSCHEIN BUNDESREPUBLIK DEUTSCHLAND", "1. Doe", "2. John", "3. 02.01.1990 Berlin"),
    *("4a. 02.01.2025 4b. 01.01.2040", "4c. Landratsamt", "5. B072RRE2I55", "9. AM/B/L"),
)


def test_american_licence_is_read():
    assert texts(*block(*AMERICAN)) == {
        "document_number": "D1234568",
        "birth_date": "01/02/1990",
        "expiry_date": "01/02/2030",
        "issue_date": "01/02/2025",
        "surname": "DOE",
        "given_names": "JOHN ADAM",
        "address": "12 MAIN STREET SPRINGFIELD, CA 90001",
        "sex": "M",
        "height": "5'-11\"",
    }


def test_european_licence_is_read_by_its_numbers():
    assert texts(*block(*EUROPEAN)) == {
        "surname": "Doe",
        "given_names": "John",
        "birth_date": "02.01.1990 Berlin",
        "issue_date": "02.01.2025",
        "expiry_date": "01.01.2040",
        "document_number": "B072RRE2I55",
    }


def test_numbers_alone_are_not_labels_on_other_documents():
    assert texts(*block("1. Doe", "2. John", "4a. 02.01.2025")) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "DOB 01/02/1990 EXP 01/02/2030",
            {"birth_date": "01/02/1990", "expiry_date": "01/02/2030"},
        ),
        ("DOB01/02/1990", {"birth_date": "01/02/1990"}),
        ("Date of birth / 01/02/1990", {"birth_date": "01/02/1990"}),
        ("Sex Height 180 cm Nationality: QUA", {"height": "180 cm", "nationality": "QUA"}),
        ("Height ABC DOB 01/02/1990", {"birth_date": "01/02/1990"}),
        ("Sex EXP 01/02/1990", {"expiry_date": "01/02/1990"}),
        ("SexF", {"sex": "F"}),
        ("SEXF", {"sex": "F"}),
        ("Name: DOE, JOHN A", {"full_name": "DOE, JOHN A"}),
        ("NationalityFRANÇAISE", {"nationality": "FRANÇAISE"}),
        ("Sexe : F Né(e) le: 06.12.1965", {"sex": "F", "birth_date": "06.12.1965"}),
        ("BC Nom: BERTHIER", {"surname": "BERTHIER"}),
        ("Surname/Nom/Apellidos MERIDIAN", {"surname": "MERIDIAN"}),
        ("Name of ship MERIDIAN", {}),
        ("Date of birth unknown", {}),
        ("Date of birth: unknown", {"birth_date": "unknown"}),
        ("Sex at birth registration", {}),
        ("Passport No. unknown", {}),
        ("Height ABC", {}),
        ("Valid until PERMANENT", {"expiry_date": "PERMANENT"}),
    ],
)
def test_value_is_found_in_the_line_of_its_label(text: str, expected: dict[str, str]):
    assert texts(line(text, top=0)) == expected


def test_value_is_found_to_the_right_of_its_label():
    lines = (
        *block("Surname", "Given names", "Date of birth"),
        *block("MERIDIAN", "LOUISE", "12 APR 1990", left=250),
        line("Newtown", top=75),
    )

    assert texts(*lines) == {
        "surname": "MERIDIAN",
        "given_names": "LOUISE",
        "birth_date": "12 APR 1990",
    }


def test_layout_of_the_page_decides_between_right_and_below():
    beside = (*block("Surname", "NEWTOWN"), *block("MERIDIAN", left=250))

    assert texts(*beside) == {"surname": "NEWTOWN"}
    assert texts(*beside, line("Height 180 cm", top=300)) == {
        "surname": "MERIDIAN",
        "height": "180 cm",
    }


@pytest.mark.parametrize(
    "neighbour",
    [
        pytest.param(line("Type", top=0, left=250), id="label"),
        pytest.param(line("MERIDIAN", top=0, left=501), id="too far"),
        pytest.param(line("12345", top=0, left=250), id="no name"),
        pytest.param(line("MERIDIAN", top=15, left=250), id="lower"),
    ],
)
def test_text_to_the_right_may_not_be_the_value(neighbour: Line):
    assert texts(line("Surname", top=0), neighbour) == {}


def test_labels_in_one_line_have_their_values_below_them():
    lines = (
        Line("Sex Nationality Height", SURE, Box(0, 0, 440, 20)),
        *(Line(text, SURE, Box(left, 25, left + 60, 45)) for text, left in TABLE_ROW),
    )

    assert texts(*lines) == {"sex": "F", "nationality": "QUA", "height": "180 cm"}


TABLE_ROW = (("F", 0), ("QUA", 90), ("180 cm", 320))


def test_long_name_and_address_continue_below():
    names = block("Given names", "THEODOSIA ROSALIND", "MAEVE", "Nationality", "QUA")
    address = block("Address", "12 MAIN STREET", "APT 4", "NEWTOWN", "QUAVIA", "-", top=300)

    assert texts(*names, *address) == {
        "given_names": "THEODOSIA ROSALIND MAEVE",
        "nationality": "QUA",
        "address": "12 MAIN STREET APT 4 NEWTOWN QUAVIA",
    }


def test_short_name_continues_below_only_after_a_hyphen():
    assert texts(*block("Surname", "MERIDIAN", "KESTER")) == {"surname": "MERIDIAN"}
    assert texts(*block("Surname", "MERIDIAN-", "KESTER")) == {"surname": "MERIDIAN- KESTER"}


def test_value_has_the_lowest_confidence_of_its_lines():
    lines = (*block("Surname", "MERIDIAN-"), line("KESTER", top=50, confidence=0.5))

    assert find_printed_fields(lines)["surname"].confidence == 0.5


def test_value_of_another_label_is_not_a_second_line():
    lines = (
        *block("Given names", "THEODOSIA ROSALIND", "UTO"),
        line("Nationality", top=52, left=-250),
    )

    assert texts(*lines) == {"given_names": "THEODOSIA ROSALIND", "nationality": "UTO"}


def test_value_belongs_to_the_nearest_label():
    lines = (*block("Surname", "MERIDIAN"), line("Nationality", top=25, left=-250))

    assert texts(*lines) == {"surname": "MERIDIAN"}


@pytest.mark.parametrize(
    "text",
    [
        "Passport No. / Pasaporte blg. AB1834567",
        "Passport No / Pasznamer AB1834567",
        "PASSPORT NO. PASZNAMER AB1834567",
    ],
)
def test_words_of_an_unknown_language_before_a_number_belong_to_its_label(text: str):
    assert texts(line(text, top=0)) == {"document_number": "AB1834567"}


def test_a_middle_name_with_its_own_label_is_added_to_the_given_names():
    lines = [line("Given names: LOUISE", top=0), line("Middle name: ANN", top=30)]

    assert texts(*lines) == {"given_names": "LOUISE ANN"}
    assert texts(lines[1]) == {}


@pytest.mark.parametrize("text", ["0", "1BASANAVICIUS", "12 HARBOUR ROW"])
def test_a_figure_a_name_that_touches_one_and_a_street_are_no_document_number(text: str):
    assert texts(line("Passport No", top=0), line(text, top=22)) == {}


def test_the_name_at_birth_is_the_surname_if_no_other_label_asks_for_it():
    lines = [line("Nom de naissance: MERIDIAN", top=0), line("Prénoms: LOUISE", top=30)]

    assert texts(*lines) == {"surname": "MERIDIAN", "given_names": "LOUISE"}
    married = line("Nom: GABLE", top=60)
    assert texts(*lines, married) == {"surname": "GABLE", "given_names": "LOUISE"}


@pytest.mark.parametrize(("top", "expected"), [(44, "WANG, XIAOMEI"), (54, "王小美")])
def test_a_name_is_read_from_its_spelling_in_latin_letters_right_below(top: int, expected: str):
    lines = [line("姓名/Name: 王小美", top=20), line("WANG, XIAOMEI", top=top)]

    assert texts(*lines) == {"full_name": expected}


def test_name_labels_the_given_names_next_to_a_label_of_the_surname():
    lines = [line("Επώνυμο/Surname: MERIDIAN", top=0), line("Όνομα/Name: LOUISE", top=30)]

    assert texts(*lines) == {"surname": "MERIDIAN", "given_names": "LOUISE"}
    whole = line("Name: LOUISE MERIDIAN", top=30)
    assert texts(lines[0], whole) == {"surname": "MERIDIAN", "full_name": "LOUISE MERIDIAN"}


def test_a_long_name_does_not_continue_in_another_script():
    lines = [line("Имя/Given names", top=0), line("ОЛЬГА ПЕТРОВНА ИВАНОВНА/", top=22)]

    assert texts(*lines, line("OLGA", top=44)) == {"given_names": "OLGA"}
