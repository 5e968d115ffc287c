"""The checks of document numbers and national numbers."""

import pytest

from docverify.checks.numbers import (
    check_national_number,
    check_number_format,
    check_placeholders,
)
from docverify.page import Page
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    NOTE,
    NOTHING,
    PASSED,
    REFER,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    UNSURE,
    aamva,
    licence,
    line,
    page,
    passport,
    reading,
    results,
    td1,
)

RIGHT, WRONG = "90041212348", "90041212347"  # a Polish number of a woman of 12 April 1990
OTHER_DAY, OTHER_SEX = "90041312345", "90041212331"


def polish(number: str, **changed: str) -> Page:
    return page(td1(state="POL", nationality="POL", optional=number, **changed))


def printed(number: str) -> Page:
    """Print the national number of a Polish card without one in its MRZ."""
    more = [line(f"PESEL: {number}", top=900)]
    return page(td1(state="POL", nationality="POL"), more=more)


DIGIT, BIRTH, SEX = (
    f"national_number_{each}" for each in ("check_digit", "birth_date_match", "sex_match")
)
FORMAT = "document_number_format"
ANSWERS = [
    Row("an Austrian passport", FORMAT, PASSED, page(passport(state="AUT", number="P1234567"))),
    Row("another format", FORMAT, FAILED, page(passport(state="AUT", number="12345678P")), NOTE),
    Row("misread", FORMAT, INCONCLUSIVE, page(
        passport(state="AUT", number="12345678P"), doubtful=[(1, 3)]
    )),
    Row("read badly, and right", FORMAT, PASSED, page(
        passport(state="AUT", number="P1234567"), doubtful=[(1, 3)]
    )),
    Row("an unknown State", FORMAT, NOT_PERFORMED, page()),
    Row("a card", FORMAT, NOT_PERFORMED, page(td1(state="AUT"))),
    Row("a licence", FORMAT, PASSED, licence()),
    Row("not a Californian one", FORMAT, FAILED, licence(aamva(DAQ="55217380"))),
    Row("and is referred", FORMAT, FAILED, licence(aamva(DAQ="55217380")), REFER),
    Row("of an unknown issuer", FORMAT, NOT_PERFORMED, licence(aamva("ANSI 999999100001"))),
    Row("a barcode without number", FORMAT, NOT_PERFORMED, licence(aamva(DAQ=None))),
    Row("a passport without number", FORMAT, NOT_PERFORMED, page(passport(number=""))),
    Row("only the printed text", FORMAT, NOT_PERFORMED, NO_MRZ),
    Row("a real number", "placeholder_data", PASSED, page()),
    *(
        Row(number, "placeholder_data", FAILED, page(passport(number=number), {}))
        for number in ("123456789", "000000000", "NONE", "TEST")
    ),
    Row("a short row", "placeholder_data", PASSED, page(passport(number="1234"), {})),
    Row("a row of five", "placeholder_data", FAILED, page(passport(number="12345"), {}), REFER),
    Row("a name", "placeholder_data", FAILED, page(passport(name="LOREM<<IPSUM"), {})),
    Row("printed", "placeholder_data", FAILED, page(printed={**PRINTED, "surname": "Test"})),
    Row("in a barcode", "placeholder_data", FAILED, licence(aamva(DAC="TEST"))),
    Row("part of a name", "placeholder_data", PASSED, page(passport(name="TESTI<<LOUISE"), {})),
    Row("nothing read", "placeholder_data", NOT_PERFORMED, NOTHING),
    Row("correct", DIGIT, PASSED, polish(RIGHT)),
    Row("printed", DIGIT, PASSED, printed(RIGHT)),
    Row("wrong", DIGIT, FAILED, polish(WRONG), NOTE),
    Row("none", DIGIT, NOT_PERFORMED, polish("")),
    Row("of another State", DIGIT, NOT_PERFORMED, page(td1(optional=RIGHT))),
    Row("no MRZ", DIGIT, NOT_PERFORMED, NO_MRZ),
    Row("the same", BIRTH, PASSED, polish(RIGHT)),
    Row("another", BIRTH, FAILED, polish(OTHER_DAY), REFER),
    Row("of a wrong number", BIRTH, NOT_PERFORMED, polish(WRONG)),
    Row("a number without it", BIRTH, NOT_PERFORMED, page(
        td1(state="HRV", nationality="HRV", optional="33392005961")
    )),
    Row("birth date unknown", BIRTH, NOT_PERFORMED, page(
        td1(state="POL", optional=RIGHT, birth="<<<<<<"), {}
    )),
    Row("none", BIRTH, NOT_PERFORMED, polish("")),
    Row("the same", SEX, PASSED, polish(RIGHT)),
    Row("another", SEX, FAILED, polish(OTHER_SEX), REFER),
    Row("of a wrong number", SEX, NOT_PERFORMED, polish(WRONG)),
    Row("none", SEX, NOT_PERFORMED, polish("")),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_number_format, check_placeholders, check_national_number)


def test_evidence_of_another_birth_date_names_only_the_field():
    told = results(reading(polish(OTHER_DAY)))[BIRTH]

    evidence = "the national identity number has a different birth date"
    assert (told.field, told.evidence) == ("birth_date", evidence)


def test_licence_number_is_not_checked_as_a_passport_number():
    assert results(reading(licence(confidence=UNSURE)))[FORMAT].status is PASSED
