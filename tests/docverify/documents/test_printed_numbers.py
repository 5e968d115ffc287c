"""Printed numbers: which one is the document's, and in which forms it is printed."""

import pytest

from docverify.documents.printed_fields import PrintedValue, find_printed_fields
from docverify.documents.printed_numbers import (
    begins_with_visa_number,
    choose_document_number,
    is_number_printed,
)
from tests.support.readings import line


def values(text: str, *others: str) -> PrintedValue:
    return PrintedValue(text, 0.99, tuple(PrintedValue(each, 0.99) for each in others))


def chosen(fields: dict[str, PrintedValue], number: str | None, *optional: str, visa: bool = False):
    found = choose_document_number(fields, number, optional, is_visa=visa).get("document_number")
    return [found.text, *(each.text for each in found.others)] if found else []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("QX7182035", "QX 718 2035"),
        ("QX7182035", "QX7182035 SPECIMEN"),
        ("71820354", "71820354-5"),
        ("71820354", "71820354 - K"),
        ("XX123456", "XX NR. 123456"),
        ("784199012345671", "784-1990-1234567-1"),
        ("Q07182035", "QO7182035"),
    ],
)
def test_number_is_found_in_the_forms_that_issuers_print(number: str, text: str):
    assert is_number_printed(number, text)


@pytest.mark.parametrize(
    "text", ["QX71820356", "QX7182O36", "AQX7182035", "QX7182035-12", "X7182035", ""]
)
def test_longer_or_other_number_is_not_the_number(text: str):
    assert not is_number_printed("QX7182035", text)


def test_number_with_another_label_is_the_documents_if_the_mrz_has_it():
    fields = {"document_number": values("111222333"), "other_number": values("QX7182035")}

    assert chosen(fields, "QX7182035") == ["QX7182035", "111222333"]


def test_number_in_the_optional_data_is_not_the_documents():
    fields = {"document_number": values("784-1990-1234567-1", "QX7182035")}

    assert chosen(fields, "QX7182035", "784199012345671") == ["QX7182035"]
    assert chosen({"other_number": values("1234567")}, "QX7182035", "1234567") == []


def test_number_of_another_label_contradicts_nothing():
    fields = {"document_number": values("QX7182035"), "other_number": values("111222333")}

    assert chosen(fields, "QX7182035") == ["QX7182035"]


def test_visa_has_the_number_of_the_passport_or_of_the_visa():
    fields = {"document_number": values("AB1234560"), "other_number": values("20232075820001")}

    assert chosen(fields, "AB1234560", visa=True) == ["AB1234560"]
    assert chosen({"document_number": values("X1", "AB1234560")}, "AB1234560", visa=True) == [
        "AB1234560"
    ]


def test_passport_with_two_numbers_keeps_both():
    fields = {"document_number": values("AB1234560", "CD1234560")}

    assert chosen(fields, "AB1234560") == ["AB1234560", "CD1234560"]


def test_number_of_another_label_is_taken_where_no_label_names_the_documents():
    assert chosen({"other_number": values("111222333")}, "QX7182035") == ["111222333"]
    assert chosen({"other_number": values("111222333")}, None) == ["111222333"]


@pytest.mark.parametrize(
    ("number", "text", "begins"),
    [
        ("555123ABC", "555123ABC12", True),
        ("555123AB", "555123ABC12", False),
        ("555123ABC", "555123ABD12", False),
    ],
)
def test_mrz_of_a_visa_has_nine_characters_of_a_longer_number(number: str, text: str, begins: bool):
    assert begins_with_visa_number(number, text) is begins


def test_letters_that_look_like_a_label_belong_to_the_number_if_the_mrz_has_them():
    fields = find_printed_fields([line("Passport No", top=0), line("DL0614284", top=30)])

    assert chosen(fields, "DL0614284") == ["DL0614284"]
    assert chosen(fields, "0614284") == ["0614284"]
    assert chosen(fields, "DL0614285") == ["0614284"]


def test_number_of_an_identity_card_is_no_second_number_of_a_passport():
    fields = find_printed_fields(
        [
            *(line("Passport No", top=0), line("QX7182035", top=30)),
            *(line("ID card No", top=100), line("012345678", top=130)),
        ]
    )
    (passport,) = choose_document_number(fields, "QX7182035", (), is_passport=True).values()
    (card,) = choose_document_number(fields, "012345678", (), is_card=True).values()

    assert (passport.text, passport.others) == ("QX7182035", ())
    assert (card.text, card.others) == ("012345678", ())
