"""The checks of the MRZ by itself."""

from dataclasses import replace

import pytest

from docverify.checks.mrz import (
    check_mrz_confidence,
    check_mrz_digits,
    check_mrz_format,
    check_mrz_present,
    check_mrz_repair,
    check_name_truncated,
)
from docverify.identities import Source
from docverify.page import Page
from docverify.policy import STANDARD
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NO_MRZ,
    NOT_PERFORMED,
    NOTE,
    NOTHING,
    PASSED,
    REFER,
    REJECT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    FRONT,
    PRINTED,
    SURE,
    UNSURE,
    confidences,
    french_card,
    licence,
    page,
    passport,
    reading,
    refused,
    results,
    td1,
    with_letter,
)

VISA = tuple(line[:36] for line in with_letter(passport(), 0, 0, "V"))
NUMBER, BIRTH, EXPIRY, PERSONAL, COMPOSITE = 9, 19, 27, 42, 43  # columns of check digits
DIGIT = "mrz_check_digit_"
MISREAD = with_letter(passport(), 1, 4, "B")  # QX71B2035 for QX7182035
LONG_NAME = "MERIDIAN<<LOUISE<ANNABEL<CLEMENTINE<ROS"


def wrong_digit(column: int) -> tuple[str, ...]:
    """Return the passport with another digit in a column of its second line."""
    digit = str((int(passport()[1][column]) + 1) % 10)
    return with_letter(passport(), 1, column, digit)


def unconstrained() -> Page:
    of = page()
    assert of.mrz is not None
    return replace(of, mrz=replace(of.mrz, constrained=False))


def in_one_line() -> Page:
    """Return an MRZ whose lines came joined, so that no character has a confidence."""
    of = page()
    assert of.mrz is not None
    lines = ("".join(of.mrz.lines),)
    return replace(of, mrz=replace(of.mrz, lines=lines, confidences=confidences(lines)))


def without_confidences(lines: tuple[str, ...]) -> Page:
    of = page(lines)
    assert of.mrz is not None
    return replace(of, mrz=replace(of.mrz, confidences=()))


ANSWERS = [
    Row("a passport", "mrz_present", PASSED, page()),
    Row("a card", "mrz_present", PASSED, page(td1())),
    Row("only the printed text", "mrz_present", FAILED, NO_MRZ, REFER),
    Row("an MRZ of no format", "mrz_present", FAILED, page(("P<ATA",), {})),
    Row("a licence", "mrz_present", NOT_PERFORMED, licence()),
    Row("a licence's front", "mrz_present", NOT_PERFORMED, licence(b"")),
    Row(
        "a licence overseas",
        "mrz_present",
        NOT_PERFORMED,
        licence(b"", ("DRIVER LICENCE", "NEW ZEALAND", *FRONT[2:])),
    ),
    Row("no document", "mrz_present", NOT_PERFORMED, NOTHING),
    Row("allowed characters", "mrz_format", PASSED, page()),
    Row("a French card", "mrz_format", PASSED, page(french_card())),
    Row("a letter in a date", "mrz_format", FAILED, page(with_letter(passport(), 1, 13, "O"))),
    Row("a digit in a name", "mrz_format", FAILED, page(with_letter(passport(), 0, 6, "1"))),
    Row("no MRZ", "mrz_format", NOT_PERFORMED, NO_MRZ),
    Row("all read well", "mrz_confidence", PASSED, page()),
    Row("one read badly", "mrz_confidence", INCONCLUSIVE, page(doubtful=[(1, 35)])),
    Row("of the issuer", "mrz_confidence", INCONCLUSIVE, page(doubtful=[(0, 3)])),
    *(
        Row(f"{field}: the print says the same", "mrz_confidence", PASSED, page(doubtful=places))
        for field, places in {
            "document_number": [(1, 4), (1, NUMBER)],
            "birth_date": [(1, 15), (1, BIRTH)],
            "expiry_date": [(1, 24), (1, EXPIRY)],
            "sex": [(1, 20)],
            "name": [(0, 5), (0, 15), (0, 43)],
            "composite": [(1, COMPOSITE)],
        }.items()
    ),
    Row(
        "the print says another",
        "mrz_confidence",
        INCONCLUSIVE,
        page(printed={**PRINTED, "given_names": "PAULA"}, doubtful=[(0, 43)]),
    ),
    Row(
        "the name was cut",
        "mrz_confidence",
        INCONCLUSIVE,
        page(
            passport(name=LONG_NAME),
            {**PRINTED, "given_names": "LOUISE ANNABEL CLEMENTINE ROSALIND"},
            doubtful=[(0, 43)],
        ),
    ),
    Row("the format of a visa", "mrz_confidence", INCONCLUSIVE, page(VISA, doubtful=[(1, 35)])),
    Row("fits no layout", "mrz_confidence", INCONCLUSIVE, unconstrained()),
    Row("lines joined", "mrz_confidence", INCONCLUSIVE, in_one_line()),
    Row("no confidences", "mrz_confidence", INCONCLUSIVE, without_confidences(passport())),
    Row("no MRZ", "mrz_confidence", NOT_PERFORMED, NO_MRZ),
    *(
        row
        for field, column in {
            "document_number": NUMBER,
            "birth_date": BIRTH,
            "expiry_date": EXPIRY,
            "personal_number": PERSONAL,
            "composite": COMPOSITE,
        }.items()
        for row in (
            Row("correct", DIGIT + field, PASSED, page()),
            Row("wrong", DIGIT + field, FAILED, page(wrong_digit(column), {}), REFER),
            Row(
                "misread",
                DIGIT + field,
                INCONCLUSIVE,
                page(wrong_digit(column), doubtful=[(1, column)]),
            ),
            Row("no MRZ", DIGIT + field, NOT_PERFORMED, NO_MRZ),
        )
    ),
    *(
        Row(
            "confirmed by the printed value",
            DIGIT + field,
            FAILED,
            page(wrong_digit(column)),
            REJECT,
        )
        for field, column in {
            "document_number": NUMBER,
            "birth_date": BIRTH,
            "expiry_date": EXPIRY,
        }.items()
    ),
    Row("not printed", DIGIT + "composite", FAILED, page(wrong_digit(COMPOSITE)), REFER),
    Row("not printed", DIGIT + "personal_number", FAILED, page(wrong_digit(PERSONAL)), REFER),
    Row(
        "the print says another",
        DIGIT + "birth_date",
        FAILED,
        page(wrong_digit(BIRTH), {**PRINTED, "birth_date": "13 APR 1990"}),
        REFER,
    ),
    Row(
        "digit over a doubtful character",
        DIGIT + "composite",
        INCONCLUSIVE,
        page(MISREAD, doubtful=[(1, 4)]),
    ),
    Row("a visa", DIGIT + "personal_number", NOT_PERFORMED, page(VISA)),
    Row("a visa", DIGIT + "composite", NOT_PERFORMED, page(VISA)),
    Row("a card", DIGIT + "composite", PASSED, page(td1())),
    Row("a French card", DIGIT + "composite", PASSED, page(french_card())),
    Row("a French card", DIGIT + "expiry_date", NOT_PERFORMED, page(french_card())),
    Row(
        "a French card",
        DIGIT + "composite",
        FAILED,
        page(with_letter(french_card(), 0, 31, "9")),
        REFER,
    ),
    Row("nothing to repair", "mrz_ocr_repaired", PASSED, page()),
    Row(
        "one misreading",
        "mrz_ocr_repaired",
        FAILED,
        page(MISREAD, doubtful=[(1, 4)]),
        NOTE,
    ),
    Row(
        "characters that are not allowed",
        "mrz_ocr_repaired",
        FAILED,
        page(with_letter(passport(), 1, 14, "O")),
    ),
    Row("no misreading", "mrz_ocr_repaired", INCONCLUSIVE, page(wrong_digit(BIRTH))),
    Row("unknown issuer", "mrz_ocr_repaired", INCONCLUSIVE, without_confidences(MISREAD)),
    Row("no MRZ", "mrz_ocr_repaired", NOT_PERFORMED, NO_MRZ),
    Row("a filler at its end", "mrz_name_truncated", PASSED, page()),
    Row("a letter at its end", "mrz_name_truncated", FAILED, page(passport(name=LONG_NAME)), NOTE),
    Row("one place left", "mrz_name_truncated", PASSED, page(passport(name=LONG_NAME[:-1]))),
    Row("no MRZ", "mrz_name_truncated", NOT_PERFORMED, refused()),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(
        ANSWERS,
        *(check_mrz_present, check_mrz_format, check_mrz_confidence),
        *(check_mrz_digits, check_mrz_repair, check_name_truncated),
    )


def test_check_digit_confirmed_by_the_viz_names_both_sources():
    result = results(reading(page(wrong_digit(NUMBER))))[DIGIT + "document_number"]

    assert result.sources == (Source.MRZ, Source.VIZ)
    assert result.evidence == "the check digit is wrong; the printed value confirms the reading"


def test_missing_check_digit_and_missing_mrz_have_different_evidence():
    evidence = [results(reading(of))[DIGIT + "composite"].evidence for of in (page(VISA), NO_MRZ)]

    assert evidence == ["this MRZ format does not have this check digit", "no MRZ was read"]


def test_unknown_format_and_missing_mrz_have_different_evidence():
    evidence = [
        results(reading(of))["mrz_present"].evidence for of in (page(("P<ATA",), {}), NO_MRZ)
    ]

    assert [each[:10] for each in evidence] == ["the MRZ th", "no MRZ was"]


@pytest.mark.parametrize(("least", "status"), [(UNSURE, PASSED), (UNSURE + 0.01, INCONCLUSIVE)])
def test_character_with_the_required_confidence_counts_as_read(least, status):
    policy = replace(STANDARD, min_confidence=least)
    of = reading(page(doubtful=[(1, 35)]))

    assert results(of, policy=policy)["mrz_confidence"].status is status


@pytest.mark.parametrize(("least", "status"), [(SURE, FAILED), (1.0, INCONCLUSIVE)])
def test_check_digit_with_the_required_confidence_fails(least, status):
    policy = replace(STANDARD, min_confidence=least)
    of = reading(page(wrong_digit(COMPOSITE)))

    assert results(of, policy=policy)[DIGIT + "composite"].status is status


def test_repair_names_the_field_and_not_the_characters():
    told = results(reading(page(MISREAD, doubtful=[(1, 4)])))["mrz_ocr_repaired"].evidence

    assert told == "one misreading would explain the errors, in document_number"
