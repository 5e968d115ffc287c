"""Formats of document numbers, and placeholders."""

import json
from pathlib import Path

import pytest

from docverify.documents.aamva import parse_aamva
from docverify.documents.code_tables import load_table
from docverify.documents.document_numbers import (
    FormatMatch,
    check_licence_number,
    check_passport_number,
    has_specimen_name,
    is_placeholder_number,
    is_placeholder_text,
    is_specimen_card,
)
from docverify.documents.mrz import parse_mrz

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


def test_every_published_passport_has_the_format_of_its_state():
    assert [
        mrz.issuing_state
        for mrz in PASSPORTS
        if check_passport_number(mrz.document_number, mrz.issuing_state) is FormatMatch.DIFFERS
    ] == []


def test_every_published_licence_with_a_number_has_a_format_of_its_state():
    facts = {
        check_licence_number(card.document_number, card.issuer.code, card.country)
        for card in CARDS
        if card.issuer and card.country and card.document_number not in (None, "NONE")
    }

    assert facts == {FormatMatch.MATCHES}
    assert check_licence_number("NONE", "NY", "USA") is FormatMatch.DIFFERS


@pytest.mark.parametrize(
    ("number", "state", "fact"),
    [
        ("AB123456", "CAN", FormatMatch.MATCHES),
        ("ab 123456", "CAN", FormatMatch.MATCHES),
        ("123456789", "CAN", FormatMatch.DIFFERS),
        ("123456789", "QQZ", FormatMatch.UNKNOWN),
    ],
)
def test_passport_number_is_compared_with_formats(number: str, state: str, fact: FormatMatch):
    assert check_passport_number(number, state) is fact


@pytest.mark.parametrize(
    ("number", "jurisdiction", "country", "fact"),
    [
        ("D1234567", "CA", "USA", FormatMatch.MATCHES),
        ("D-123 4567", "CA", "USA", FormatMatch.MATCHES),
        ("12345678", "CA", "USA", FormatMatch.DIFFERS),
        ("1234567", "BC", "CAN", FormatMatch.MATCHES),
        ("0000012345678", "TX", "USA", FormatMatch.MATCHES),
        ("000001", "TX", "USA", FormatMatch.DIFFERS),
        ("1", "BC", "CAN", FormatMatch.UNKNOWN),
        ("1", "ON", "CAN", FormatMatch.DIFFERS),
        ("D1234567", "ZZ", "USA", FormatMatch.UNKNOWN),
        ("D1234567", "CU", "MEX", FormatMatch.UNKNOWN),
    ],
)
def test_licence_number_is_compared_with_formats(
    number: str, jurisdiction: str, country: str, fact: FormatMatch
):
    assert check_licence_number(number, jurisdiction, country) is fact


@pytest.mark.parametrize("name", ["passport_numbers", "licence_numbers", "specimens", "iin"])
def test_every_table_names_its_source(name: str):
    assert load_table(name)["source"]


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


def test_published_specimen_barcodes_are_known():
    assert is_specimen_card("636000", "T64235789", "Sample")
    assert not is_specimen_card("636000", "T64235789", "ROE")


@pytest.mark.parametrize(
    ("surname", "given_names", "found"),
    [("Mustermann", "ERIKA", True), ("DOE", "JANE", True), ("DOE", "RICHARD", False)],
)
def test_specimen_names_are_known(surname: str, given_names: str, found: bool):
    assert has_specimen_name(surname, given_names) is found
