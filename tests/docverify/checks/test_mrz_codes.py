"""The checks of the codes for States and documents."""

import pytest

from docverify.checks.mrz_codes import (
    check_country_codes,
    check_document_code,
    check_format_of_kind,
)
from docverify.page import Page
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    PASSED,
    REFER,
    REJECT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    french_card,
    licence,
    page,
    passport,
    reading,
    results,
    td1,
    with_letter,
)


def of(state: str, nationality: str) -> Page:
    return page(td1(state=state, nationality=nationality))


def coded(code: str, issued: str = "15 SEP 2023") -> Page:
    first, second = passport()
    return page((code.ljust(2, "<") + first[2:], second), {**PRINTED, "issue_date": issued})


VISA_OF_CARD_SIZE = tuple(each[:36] for each in with_letter(passport(), 0, 0, "V"))
SWISS_LICENCE = ("CBA321D<<", "FACHE305142128097<<740101<<<<<", "MERIDIAN<<LOUISE<<<<<<<<<<<<<<")

ANSWERS = [
    *(
        Row(f"{state} {nationality}", "country_code_valid", PASSED, of(state, nationality))
        for state, nationality in (
            *(("D<<", "D<<"), ("GBR", "GBD"), ("GBR", "GBN"), ("GBR", "GBS"), ("CHE", "XXA")),
            *(("CHE", "XXB"), ("CHE", "XXC"), ("CHE", "XXX"), ("UNO", "UNO"), ("EUE", "FRA")),
            *(("XPO", "CHE"), ("RKS", "RKS"), ("UTO", "UTO"), ("XOM", "ITA")),
        )
    ),
    *(
        Row(f"{state} {nationality}", "country_code_valid", FAILED, of(state, nationality), asks)
        for state, nationality, asks in (
            *(("SUN", "SUN", REFER), ("ATA", "YUG", REFER), ("DEU", "DEU", REFER)),
            *(("XXA", "XXA", REFER), ("QQQ", "ATA", REFER), ("ATA", "<<X", REFER)),
            *(("WSA", "ATA", REJECT), ("ATA", "BOS", REJECT), ("WSA", "SUN", REJECT)),
        )
    ),
    Row("a blank nationality", "country_code_valid", PASSED, of("ATA", "<<<")),
    Row("no nationality in it", "country_code_valid", PASSED, page(french_card())),
    Row("a Swiss licence", "country_code_valid", PASSED, page(SWISS_LICENCE)),
    Row(
        "misread",
        "country_code_valid",
        INCONCLUSIVE,
        page(td1(state="QQQ"), doubtful=[(0, 3)]),
    ),
    Row(
        "another field misread",
        "country_code_valid",
        FAILED,
        page(td1(state="QQQ"), doubtful=[(1, 3)]),
    ),
    Row("no MRZ", "country_code_valid", NOT_PERFORMED, NO_MRZ),
    *(
        Row(f"{code} of {issued[-4:]}", "document_code_valid", status, coded(code, issued))
        for code, issued, status in (
            *(("P", "31 DEC 2027", PASSED), ("P", "01 JAN 2028", FAILED)),
            *(("PN", "31 DEC 2025", PASSED), ("PN", "01 JAN 2026", FAILED)),
            *(("PP", "", PASSED), ("PD", "01 JAN 2028", PASSED), ("X", "", FAILED)),
        )
    ),
    *(
        Row(code, "document_code_valid", status, page(td1(code=code)))
        for code, status in (
            *(("I<", PASSED), ("ID", PASSED), ("AR", PASSED), ("C<", PASSED)),
            *(("AV", FAILED), ("IV", FAILED), ("XX", FAILED)),
        )
    ),
    Row("is referred", "document_code_valid", FAILED, page(td1(code="IV")), REFER),
    Row("no MRZ", "document_code_valid", NOT_PERFORMED, licence()),
    Row("a passport book", "document_type_mrz_format", PASSED, page()),
    Row("a card", "document_type_mrz_format", PASSED, page(td1())),
    Row("a visa", "document_type_mrz_format", PASSED, page(VISA_OF_CARD_SIZE)),
    Row("a French card", "document_type_mrz_format", PASSED, page(french_card())),
    Row("a passport of card size", "document_type_mrz_format", FAILED, page(td1(code="P<")), REFER),
    Row("a card of book size", "document_type_mrz_format", FAILED, coded("I")),
    Row("no MRZ", "document_type_mrz_format", NOT_PERFORMED, NO_MRZ),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(ANSWERS, check_country_codes, check_document_code, check_format_of_kind)


def test_evidence_names_the_field_and_the_status_of_its_code():
    told = results(reading(of("SUN", "QQQ")))["country_code_valid"].evidence

    assert told == "issuing_state: withdrawn code; nationality: unknown code"


def test_evidence_explains_an_assigned_code_in_a_field_where_it_cannot_be():
    found = results(reading(of("XXA", "GBR")))["country_code_valid"]

    assert found.evidence == (
        "issuing_state: the code of people or of no one, which issues no documents"
    )
