"""A visa identifies its holder only with the passport."""

from dataclasses import replace
from itertools import permutations

import pytest

from docverify.checks import Status
from docverify.checks.visa import check_visa_with_passport
from docverify.documents.kinds import DocumentKind
from docverify.page import Page
from docverify.policy import POLICIES, STANDARD
from docverify.verdict import Outcome, judge
from tests.support.check_rows import (
    FAILED,
    INCONCLUSIVE,
    NOT_PERFORMED,
    NOTHING,
    PASSED,
    REFER,
    RESUBMIT,
    Row,
    assert_complete,
    assert_holds,
    params,
)
from tests.support.readings import (
    PRINTED,
    TODAY,
    UNSURE,
    line,
    page,
    passport,
    reading,
    results,
    td1,
    with_letter,
)

CODE = "visa_with_passport"
OF_VISA = {**PRINTED, "document_number": "V12345678", "expiry_date": "01 MAR 2030"}


def visa(printed=OF_VISA, number="V12345678", expiry="300301", **changed) -> Page:
    """Return the page of a visa with a number and an expiry date of its own."""
    lines = with_letter(passport(number=number, expiry=expiry, **changed), 0, 0, "V")
    shown = page(lines, printed, more=[line("VISA", top=-90)])
    return replace(shown, portraits=())


def with_wrong_digit(shown: Page, confidence: float = 0.99) -> Page:
    lines = with_letter(shown.mrz.lines, 1, 9, str((int(shown.mrz.lines[1][9]) + 1) % 10))
    row = tuple(confidence if at == 9 else 0.99 for at in range(44))
    confidences = (shown.mrz.confidences[0], row)
    return replace(shown, mrz=replace(shown.mrz, lines=lines, confidences=confidences))


ON_ONE_PAGE = replace(page(), other_mrzs=(visa().mrz,))
OTHER_DAY = {**OF_VISA, "birth_date": "13 APR 1990"}
ANSWERS = [
    Row("a visa alone", CODE, FAILED, visa(), RESUBMIT),
    Row("two visas", CODE, FAILED, reading(visa(), visa(number="V87654321")), RESUBMIT),
    Row("a passport with a visa", CODE, PASSED, reading(page(), visa())),
    Row("both on one page", CODE, PASSED, ON_ONE_PAGE),
    Row("a visa with a wrong check digit", CODE, FAILED, reading(page(), with_wrong_digit(visa()))),
    Row(
        "a visa that was misread",
        CODE,
        INCONCLUSIVE,
        reading(page(), with_wrong_digit(visa(), UNSURE)),
    ),
    Row(
        "a visa that prints another day",
        CODE,
        FAILED,
        reading(page(), visa(OTHER_DAY)),
        REFER,
    ),
    Row(
        "a visa of another birth date",
        CODE,
        FAILED,
        reading(page(), visa(OTHER_DAY, birth="900413")),
        REFER,
    ),
    Row("a passport", CODE, NOT_PERFORMED, page()),
    Row("a card", CODE, NOT_PERFORMED, page(td1())),
    Row("nothing", CODE, NOT_PERFORMED, NOTHING),
]


@pytest.mark.parametrize("row", params(ANSWERS))
def test_the_check_answers(row: Row):
    assert_holds(row)


def test_the_table_is_complete():
    assert_complete(ANSWERS, check_visa_with_passport)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_visa_alone_asks_for_the_passport(policy):
    verdict = judge(reading(visa()), today=TODAY, policy=policy)

    assert (verdict.outcome, verdict.reasons) == (Outcome.RESUBMIT, (CODE,))
    assert verdict.applicant_message.endswith(
        "upload it again: together with the page of your passport that shows your photo."
    )


@pytest.mark.parametrize("pages", [*permutations((page(), visa())), (ON_ONE_PAGE,)])
def test_passport_with_its_visa_is_decided_as_the_passport(pages):
    verdict = judge(reading(*pages), today=TODAY, policy=STANDARD)

    assert (verdict.outcome, verdict.reasons) == (Outcome.VERIFIED, ())
    assert verdict.kind is DocumentKind.PASSPORT
    assert {each.document_number for each in verdict.identities} == {PRINTED["document_number"]}


@pytest.mark.parametrize(
    "other",
    [
        visa({**OF_VISA, "surname": "BERG", "given_names": "ANNA"}, name="BERG<<ANNA"),
        visa(OTHER_DAY, birth="900413"),
        with_wrong_digit(visa()),
        visa(OTHER_DAY),
    ],
    ids=["name", "birth date", "check digit", "print"],
)
def test_passport_with_a_contradicting_visa_is_not_verified(other):
    for pages in permutations((page(), other)):
        assert judge(reading(*pages), today=TODAY, policy=STANDARD).outcome is Outcome.REFERRED


def test_wrong_passport_is_not_helped_by_a_right_visa():
    expired = page(passport(expiry="250101"), {**PRINTED, "expiry_date": "01 JAN 2025"})

    verdict = judge(reading(visa(), expired), today=TODAY, policy=STANDARD)

    assert verdict.outcome is Outcome.REJECTED


def test_values_of_the_visa_contradict_none_of_the_passport():
    found = results(reading(page(), visa()))

    assert found["single_document"].status is Status.PASSED
    assert found["viz_values_agree"].status is Status.PASSED
    assert found["single_person"].status is Status.PASSED


def test_second_passport_is_still_a_second_document():
    other = page(passport(number="QX7182036"), {**PRINTED, "document_number": "QX7182036"})

    assert results(reading(page(), visa(), other))["single_document"].status is FAILED
