"""Which printed text becomes the value of a field, and which contradicts it."""

import pytest

from docverify.documents.label_table import load_labels
from docverify.documents.printed_fields import PrintedValue, convert_engine_fields, merge_fields
from docverify.page import Box, FieldText, Line
from tests.support.printed_lines import block, others, texts
from tests.support.readings import SURE, line


def test_latin_spelling_of_a_name_takes_precedence():
    assert texts(*block("Name", "林健聖", "LIN, CHIEN")) == {"full_name": "LIN, CHIEN"}
    assert texts(*block("Name", "林健聖", "Type")) == {"full_name": "林健聖"}
    assert texts(*block("Name", "林健聖")) == {"full_name": "林健聖"}


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("birth_date", "12 APR 1990", "QUA"),
        ("document_number", "QX7182035", "QUA"),
        ("sex", "F", "180 cm"),
        ("nationality", "QUA", "12 APR 1990"),
        ("surname", "MERIDIAN", "12345"),
    ],
)
def test_text_that_cannot_be_the_value_is_skipped(name: str, text: str, other: str):
    label = next(each for each, found in load_labels().names.items() if found == name)

    assert texts(*block(label, other, text)) == {name: text}


def test_label_name_means_surname_next_to_given_names():
    lines = block("Name", "MERIDIAN", "Given names", "LOUISE")

    assert texts(*lines) == {"surname": "MERIDIAN", "given_names": "LOUISE"}


def test_surname_with_a_comma_is_the_full_name_without_given_names():
    assert texts(*block("Surname", "LIN, MEI")) == {"full_name": "LIN, MEI"}


def test_lines_of_the_mrz_are_not_values():
    assert texts(*block("Surname", "P<QUAMERIDIAN<<LOUISE")) == {}


def test_certain_value_replaces_a_badly_read_one():
    lines = (
        line("Surname: NERIDIAN", top=0, confidence=0.5),
        line("Surname: MERIDIAN", top=100),
        line("Surname: MERIDIAN", top=200),
    )

    assert texts(*lines) == {"surname": "MERIDIAN"}
    assert others(*lines) == {"surname": ["NERIDIAN"]}


def test_one_day_in_two_notations_is_not_a_contradiction():
    same = (line("DOB: 12 APR 1990", top=0), line("DOB: 12.04.1990", top=100))
    another = (line("DOB: 12 APR 1990", top=0), line("DOB: 13.04.1990", top=100))

    assert others(*same) == {}
    assert others(*another) == {"birth_date": ["13.04.1990"]}


def test_one_name_in_two_layouts_is_not_a_contradiction():
    assert others(line("Surname: DE ROE", top=0), line("Surname: De Roe", top=100)) == {}


def test_empty_field_of_an_engine_is_missing():
    fields = {"surname": FieldText(" DOE ", 0.9), "sex": FieldText(" ", 0.99)}

    assert convert_engine_fields(fields) == {"surname": PrintedValue("DOE", 0.9)}


def test_merged_fields_keep_the_values_of_both_sources():
    first, second = {"surname": PrintedValue("DOE", 0.9)}, {"sex": PrintedValue("F", 0.9)}

    assert merge_fields(first, second) == first | second


def test_repr_of_contradictions_does_not_contain_them():
    value = PrintedValue("DOE", 0.9, (PrintedValue("ROE", 0.9),))

    assert repr(value) == "PrintedValue(confidence=0.9, labelled=True)"


def test_each_date_in_a_line_belongs_to_the_label_above_it():
    lines = [
        *block("Date of birth", width=100),
        *block("Date of expiry", left=300, width=110),
        Line("12 APR 1990 14 SEP 2033", SURE, Box(0, 25, 420, 45)),
    ]

    assert texts(*lines) == {"birth_date": "12 APR 1990", "expiry_date": "14 SEP 2033"}


def test_short_name_with_a_letter_misread_as_digit_is_a_name():
    assert texts(*block("Surname", "0Z")) == {"surname": "0Z"}
    assert texts(*block("Surname", "B2")) == {}


def test_label_directly_after_its_number_ends_the_value_before_it():
    lines = (line("4d LIC# 259503317 15SEX M", top=0), line("4b EXP 07/27/2033", top=30))

    assert texts(*lines) == {
        "document_number": "259503317",
        "sex": "M",
        "expiry_date": "07/27/2033",
    }
    assert texts(line("DL D55SEX M", top=0)) == {"document_number": "D55SEX M"}
