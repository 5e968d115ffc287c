"""Documents that print other numbers or dates than their MRZ has."""

import pytest

from tests.support.check_rows import FAILED, INCONCLUSIVE, NOT_PERFORMED, PASSED
from tests.support.readings import PRINTED, line, page, passport, reading, results, td1
from tests.support.source_rows import ALL, MATCH, UNIFORM_VISA, visa_of, without


def test_visa_of_the_uniform_format_needs_no_printed_birth_date():
    found = results(reading(page(visa_of("FRA"), UNIFORM_VISA)))[MATCH + "birth_date"]

    assert (found.status, found.applies) == (NOT_PERFORMED, False)


def test_other_visas_need_a_printed_birth_date():
    found = results(reading(page(visa_of("USA"), UNIFORM_VISA)))[MATCH + "birth_date"]

    assert (found.status, found.applies) == (NOT_PERFORMED, True)


def test_another_birth_date_on_a_visa_of_the_uniform_format_fails():
    values = {**UNIFORM_VISA, "birth_date": "13 APR 1990"}

    assert results(reading(page(visa_of("FRA"), values)))[MATCH + "birth_date"].status is FAILED


def test_visa_may_print_the_numbers_of_visa_and_passport():
    more = (line("Control Number: 20232075820001", top=900),)
    found = results(reading(page(visa_of("USA"), PRINTED, more=more)))

    assert found[MATCH + "document_number"].status is PASSED
    assert found["viz_values_agree"].status is PASSED


@pytest.mark.parametrize("printed_number", ["QX718203512", "QX 718 203 512"])
def test_visa_has_the_beginning_of_a_longer_passport_number(printed_number: str):
    values = {**PRINTED, "document_number": printed_number}

    on_visa = results(reading(page(visa_of("USA"), values)))[MATCH + "document_number"]
    on_passport = results(reading(page(passport(), values)))[MATCH + "document_number"]

    assert (on_visa.status, on_passport.status) == (PASSED, FAILED)


def test_number_in_the_optional_data_is_another_number_of_the_card():
    values = {**without("document_number"), "nationality": "ATA"}
    more = (line("ID Number: 784-1990-1234567-1", top=900), line("QX7182035", top=990))
    found = results(reading(page(td1(optional="784199012345671"), values, more=more)))

    assert found[MATCH + "document_number"].status is PASSED
    assert found["viz_values_agree"].status is PASSED


def test_number_of_the_holders_passport_on_a_card_is_another_number():
    values = without("document_number")
    more = (line("Pass-Nr. AB123456", top=900), line("QX7182035", top=990))
    on_card = results(reading(page(td1(code="AR"), values, more=more)))
    on_passport = results(reading(page(printed=values, more=more)))

    assert on_card[MATCH + "document_number"].status is PASSED
    assert on_passport[MATCH + "document_number"].status is INCONCLUSIVE


@pytest.mark.parametrize(
    ("field", "other", "right"),
    [
        ("surname", "KESTERWIN", "MERIDIAN"),
        ("birth_date", "13 APR 1990", "12 APR 1990"),
        ("document_number", "QX7182036", "QX7182035"),
    ],
)
def test_value_next_to_the_label_of_another_field_is_a_doubt(field: str, other: str, right: str):
    elsewhere = line(right, top=1200)
    found = results(reading(page(printed={**ALL, field: other}, more=[elsewhere])))

    assert found[MATCH + field].status is INCONCLUSIVE
