"""Formats of document numbers, and what stands where there is none."""

import json
from pathlib import Path

import pytest

from docverify.documents.aamva import parse_aamva
from docverify.documents.code_tables import table
from docverify.documents.document_numbers import (
    FormatFact,
    dutch_citizen_number,
    has_specimen_name,
    is_placeholder_number,
    is_placeholder_text,
    is_specimen_card,
    licence_number_fact,
    passport_number_fact,
)
from docverify.documents.mrz import MrzFormat, check_digit, parse_mrz

VECTORS = Path(__file__).parents[1] / "vectors"
PASSPORTS = [
    mrz
    for vector in json.loads((VECTORS / "mrz.json").read_text())
    if vector["valid"] and vector["format"] == "TD3"
    for mrz in [parse_mrz(vector["lines"])]
    if mrz.document_code == "P"
]
CARDS = [
    parse_aamva(vector["raw"].encode("latin-1"))
    for vector in json.loads((VECTORS / "aamva.json").read_text())
    if "document_number" in vector["expected"] and "format" not in vector["expected"]
]


def test_no_published_passport_differs_from_the_format_of_its_state():
    assert [
        mrz.issuing_state
        for mrz in PASSPORTS
        if passport_number_fact(mrz.document_number, mrz.issuing_state) is FormatFact.DIFFERS
    ] == []


def test_no_published_licence_differs_from_the_formats_of_its_state_but_the_one_without_number():
    facts = {
        licence_number_fact(card.document_number, card.issuer.code, card.country)
        for card in CARDS
        if card.issuer and card.country and card.document_number not in (None, "NONE")
    }

    assert facts == {FormatFact.MATCHES}
    assert licence_number_fact("NONE", "NY", "USA") is FormatFact.DIFFERS


@pytest.mark.parametrize(
    ("number", "state", "fact"),
    [
        ("AB123456", "CAN", FormatFact.MATCHES),
        ("ab 123456", "CAN", FormatFact.MATCHES),
        ("123456789", "CAN", FormatFact.DIFFERS),
        ("123456789", "QQZ", FormatFact.UNKNOWN),
    ],
)
def test_the_format_of_a_passport_number_is_a_fact(number: str, state: str, fact: FormatFact):
    assert passport_number_fact(number, state) is fact


@pytest.mark.parametrize(
    ("number", "jurisdiction", "country", "fact"),
    [
        ("D1234567", "CA", "USA", FormatFact.MATCHES),
        ("D-123 4567", "CA", "USA", FormatFact.MATCHES),
        ("12345678", "CA", "USA", FormatFact.DIFFERS),
        ("1234567", "BC", "CAN", FormatFact.MATCHES),
        ("1", "BC", "CAN", FormatFact.UNKNOWN),
        ("1", "ON", "CAN", FormatFact.DIFFERS),
        ("D1234567", "ZZ", "USA", FormatFact.UNKNOWN),
        ("D1234567", "CU", "MEX", FormatFact.UNKNOWN),
    ],
)
def test_the_format_of_a_licence_number_is_a_fact(
    number: str, jurisdiction: str, country: str, fact: FormatFact
):
    assert licence_number_fact(number, jurisdiction, country) is fact


@pytest.mark.parametrize("name", ["passport_numbers", "licence_numbers", "specimens", "iin"])
def test_every_table_names_its_source(name: str):
    assert table(name)["source"]


@pytest.mark.parametrize(
    ("number", "is_placeholder"),
    [
        ("000000000", True),
        ("XXXXXXX", True),
        ("123-456-789", True),
        ("1234567890", True),
        ("987654321", True),
        ("ABCDEFG", True),
        ("NONE", True),
        ("TEST", True),
        ("111", False),
        ("QX7182035", False),
        ("", False),
    ],
)
def test_numbers_without_information_are_placeholders(number: str, is_placeholder: bool):
    assert is_placeholder_number(number) is is_placeholder


@pytest.mark.parametrize(("text", "found"), [("Lorem Ipsum", True), ("TESTER", False)])
def test_words_of_filler_text_are_found(text: str, found: bool):
    assert is_placeholder_text(text) is found


def test_published_samples_of_barcodes_are_known():
    assert is_specimen_card("636000", "T64235789", "Sample")
    assert not is_specimen_card("636000", "T64235789", "ROE")


@pytest.mark.parametrize(
    ("surname", "given_names", "found"),
    [("Mustermann", "ERIKA", True), ("DOE", "JANE", True), ("DOE", "RICHARD", False)],
)
def test_names_of_samples_are_known(surname: str, given_names: str, found: bool):
    assert has_specimen_name(surname, given_names) is found


def dutch_card(optional_data: str, state: str = "NLD"):
    return parse_mrz(
        (
            f"I<{state}SPECI20149{optional_data}".ljust(30, "<"),
            "6503101F2403096NLD<<<<<<<<<<<4",
            "DE<BRUIJN<<WILLEKE<LISELOTTE<<",
        )
    )


def test_the_citizen_number_of_a_dutch_card_has_a_digit_of_its_own():
    number = "999999990<<<<<"

    assert dutch_citizen_number(dutch_card(number + check_digit(number))) == ("999999990", True)
    assert dutch_citizen_number(dutch_card(number + "1")) == ("999999990", False)


def test_other_cards_have_no_dutch_citizen_number():
    number = "999999990<<<<<4"

    assert dutch_citizen_number(dutch_card("")) is None
    assert dutch_citizen_number(dutch_card(number, state="BEL")) is None
    assert dutch_citizen_number(PASSPORTS[0]) is None
    assert dutch_card(number).format is MrzFormat.TD1
