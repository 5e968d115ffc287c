"""The checks of the dates."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.checks.validity import (
    check_age,
    check_age_below_century,
    check_date_order,
    check_date_valid,
    check_expires_soon,
    check_issue_in_past,
    check_not_expired,
    check_of_age,
    check_validity_period,
)
from docverify.page import Page
from docverify.policy import POLICIES, STANDARD
from docverify.verdict import Outcome, judge
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
    PRINTED,
    SURE,
    TODAY,
    UNSURE,
    aamva,
    french_card,
    licence,
    page,
    passport,
    reading,
    refused,
    results,
    td1,
)

CHILD = "081124"  # 18 years old one day after the day of the judgement
DUTCH_LICENCE = ("D1NLD150949111659TVGD57GR81QX2",)
SWISS_LICENCE = ("CBA321D<<", "FACHE305142128097<<740101<<<<<", "MERIDIAN<<LOUISE<<<<<<<<<<<<<<")


def russian_passport(birth: str, issued: str = "20 MAR 2010") -> Page:
    """Return a Russian internal passport, which has no expiry date."""
    first, second = passport(state="RUS", name="PETROVA<<ANNA", birth=birth, expiry="<<<<<<")
    return page(("PN" + first[2:], second), {**without("expiry_date"), "issue_date": issued})


def printed(**values: str) -> Page:
    return page(printed={**PRINTED, **values})


def alone(confidence: float = SURE, **values: str) -> Page:
    """Print these values on a page without an MRZ."""
    return page(None, values, printed_confidence=confidence)


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in PRINTED.items() if name not in names}


def issued(day: str, state: str = "ATA", expiry: str = "330914") -> Page:
    """Return a passport with an issue date, and an expiry date in its MRZ only."""
    values = {**without("expiry_date"), "issue_date": day}
    return page(passport(state=state, expiry=expiry), values)


UNKNOWN_BIRTH = page(passport(birth="<<<<<<"), without("birth_date"))

PRINTED_AS_1913 = page(passport(birth="130402"), {**PRINTED, "birth_date": "02 APR 1913"})
"""A child's MRZ with a printed birth date of the century before."""
PRINTED_AS_2013 = page(passport(birth="130402"), {**PRINTED, "birth_date": "02 APR 2013"})
PRINTED_AS_13 = page(passport(birth="130402"), {**PRINTED, "birth_date": "02 APR 13"})

ANSWERS = [
    Row("a passport", "date_valid", PASSED, page()),
    Row("a licence", "date_valid", PASSED, licence()),
    Row("an old French card", "date_valid", PASSED, page(french_card())),
    Row("a French card of month 13", "date_valid", FAILED, page(french_card("121375101234"))),
    Row("a Swiss licence", "date_valid", PASSED, page(SWISS_LICENCE)),
    Row("30 February", "date_valid", FAILED, page(passport(birth="900230")), REFER),
    Row("30 February in a barcode", "date_valid", FAILED, licence(aamva(DBB="02301990"))),
    Row("a Russian internal passport", "date_valid", PASSED, russian_passport("900412")),
    Row("no expiry", "date_valid", FAILED, page(passport(expiry="<<<<<<"))),
    Row("neither", "date_valid", FAILED, page(passport(birth="<<<<<<", expiry="<<<<<<"))),
    Row("birth date unknown", "date_valid", INCONCLUSIVE, UNKNOWN_BIRTH),
    Row("birth day unknown", "date_valid", INCONCLUSIVE, page(passport(birth="9004<<"))),
    Row("no MRZ", "date_valid", NOT_PERFORMED, NO_MRZ),
    Row("an MRZ without dates", "date_valid", NOT_PERFORMED, page(DUTCH_LICENCE, {})),
    Row("in order", "date_order", PASSED, page()),
    Row("issued before birth", "date_order", FAILED, printed(issue_date="11 APR 1990"), REFER),
    Row("issued after expiry", "date_order", FAILED, printed(issue_date="15 SEP 2033")),
    Row("issued at expiry", "date_order", FAILED, printed(issue_date="14 SEP 2033")),
    Row("issued at birth", "date_order", FAILED, printed(issue_date="12 APR 1990")),
    Row("issued tomorrow", "date_order", PASSED, printed(issue_date="24 NOV 2026")),
    Row("issued today", "date_order", PASSED, printed(issue_date="23 NOV 2026")),
    Row("birth and expiry", "date_order", PASSED, page(printed=without("issue_date"))),
    Row("another printed birth date", "date_order", PASSED, printed(birth_date="12 APR 2025")),
    Row("another printed expiry date", "date_order", PASSED, printed(expiry_date="12 APR 2020")),
    Row("a barcode", "date_order", FAILED, licence(aamva(DBD="04131990", DBA="04121990"), ())),
    Row("no MRZ", "date_order", PASSED, NO_MRZ),
    Row("one date", "date_order", NOT_PERFORMED, alone(birth_date="12 APR 1990")),
    Row("in the past", "issue_date_future", PASSED, page()),
    Row("tomorrow", "issue_date_future", PASSED, printed(issue_date="24 NOV 2026")),
    Row("in two days", "issue_date_future", FAILED, printed(issue_date="25 NOV 2026"), REFER),
    Row("in a barcode", "issue_date_future", FAILED, licence(aamva(DBD="11252026")), REJECT),
    Row(
        "in two days, misread",
        "issue_date_future",
        INCONCLUSIVE,
        alone(UNSURE, issue_date="25 NOV 2026"),
    ),
    Row("unknown", "issue_date_future", NOT_PERFORMED, page(printed=without("issue_date"))),
    Row("the last possible day", "issue_date_future", PASSED, page(), today=date.max),
    Row("ten years", "validity_period", PASSED, page()),
    Row("36 days more", "validity_period", PASSED, issued("09 AUG 2023", "FRA")),
    Row("37 days more", "validity_period", FAILED, issued("08 AUG 2023", "FRA"), REFER),
    Row("of an unknown State", "validity_period", FAILED, issued("08 AUG 2023"), NOTE),
    Row("for life", "validity_period", PASSED, page(
        td1(state="ESP", nationality="ESP", birth="500412", expiry="990101"),
        {**PRINTED, "birth_date": "12 APR 1950", "expiry_date": "01-01-9999"},
    )),
    Row("a licence", "validity_period", PASSED, licence()),
    Row("a licence, longer", "validity_period", FAILED, licence(aamva(DBA="04122032")), NOTE),
    Row("a licence of an unknown issuer", "validity_period", NOT_PERFORMED, licence(
        aamva("ANSI 999999100001")
    )),
    Row("an old French card", "validity_period", PASSED, page(
        french_card("190675101234"),
        {**PRINTED, "issue_date": "03 JUN 2019", "expiry_date": "02 JUN 2034"},
    )),
    Row("no printed expiry", "validity_period", NOT_PERFORMED, page(
        french_card("190675101234"), {"issue_date": "03 JUN 2019"}
    )),
    Row("no birth date", "validity_period", PASSED, page(
        passport(birth="<<<<<<"), without("birth_date")
    )),
    Row("unknown kind", "validity_period", NOT_PERFORMED, NO_MRZ),
    Row("a code of no known kind", "validity_period", NOT_PERFORMED, page(td1(code="XX"))),
    Row("36 years", "age_plausible", PASSED, page()),
    Row("born today", "age_plausible", PASSED, alone(birth_date="23 NOV 2026")),
    Row("born tomorrow", "age_plausible", FAILED, alone(birth_date="24 NOV 2026"), REFER),
    Row("120 years", "age_plausible", PASSED, alone(birth_date="24 NOV 1905")),
    Row("121 years", "age_plausible", FAILED, alone(birth_date="23 NOV 1905")),
    Row("birth date unknown", "age_plausible", NOT_PERFORMED, UNKNOWN_BIRTH),
    Row("99 years", "age_over_100", PASSED, alone(birth_date="24 NOV 1926")),
    Row("100 years", "age_over_100", FAILED, alone(birth_date="23 NOV 1926"), REFER),
    Row("born in 1913 by the print", "age_over_100", FAILED, PRINTED_AS_1913, REFER),
    Row("birth date unknown", "age_over_100", NOT_PERFORMED, UNKNOWN_BIRTH),
    Row("born in 1913 by the print", "applicant_underage", FAILED, PRINTED_AS_1913, REFER),
    Row("a child by the print", "applicant_underage", FAILED, PRINTED_AS_2013, REJECT),
    Row("two digits of the year", "applicant_underage", FAILED, PRINTED_AS_13, REFER),
    Row("born in 1913 by the barcode", "applicant_underage", PASSED,
        licence(aamva(DBB="04021913"))),
    Row("18 years today", "applicant_underage", PASSED, page(passport(birth="081123"), {})),
    Row("tomorrow", "applicant_underage", FAILED, page(passport(birth=CHILD), {}), REFER),
    Row("in a barcode", "applicant_underage", FAILED, licence(aamva(DBB="11242008")), REJECT),
    Row("printed", "applicant_underage", FAILED, alone(birth_date="24 NOV 2008"), REFER),
    Row("misread", "applicant_underage", INCONCLUSIVE, page(
        passport(birth=CHILD), {}, doubtful=[(1, 13)]
    )),
    Row("misread printed value", "applicant_underage", INCONCLUSIVE, alone(
        UNSURE, birth_date="24 NOV 2008"
    )),
    Row("birth date unknown", "applicant_underage", NOT_PERFORMED, UNKNOWN_BIRTH),
    Row("valid", "document_expired", PASSED, page()),
    Row("last day", "document_expired", PASSED, page(), today=date(2033, 9, 14)),
    Row("yesterday", "document_expired", FAILED, page(), REJECT, date(2033, 9, 15)),
    Row("only printed", "document_expired", FAILED, NO_MRZ, today=date(2033, 9, 15)),
    Row("in a barcode", "document_expired", FAILED, licence(), today=date(2029, 4, 13)),
    Row("extended", "document_expired", PASSED, page(french_card()), today=date(2027, 6, 30)),
    Row(
        "longest term",
        "document_expired",
        INCONCLUSIVE,
        page(french_card(), without("expiry_date")),
        today=date(2027, 7, 1),
    ),
    Row(
        "printed too",
        "document_expired",
        FAILED,
        page(french_card(), {**PRINTED, "expiry_date": "30 JUN 2022"}),
        today=date(2027, 7, 1),
    ),
    Row("misread", "document_expired", INCONCLUSIVE, page(doubtful=[(1, 21)]),
        today=date(2033, 9, 15)),
    Row("misread printed value", "document_expired", INCONCLUSIVE,
        page(None, printed_confidence=UNSURE), today=date(2033, 9, 15)),
    Row("no date", "document_expired", NOT_PERFORMED, NOTHING),
    Row("Russian, issued at 19", "document_expired", INCONCLUSIVE, russian_passport("900412")),
    Row("Russian, issued at 20", "document_expired", PASSED, russian_passport("900319")),
    Row("Russian, issued at 45", "document_expired", NOT_PERFORMED, russian_passport("650319")),
    Row("in seven years", "expiring_soon", PASSED, page()),
    Row("in 30 days", "expiring_soon", PASSED, page(), today=date(2033, 8, 15)),
    Row("in 29 days", "expiring_soon", FAILED, page(), NOTE, date(2033, 8, 16)),
    Row("today", "expiring_soon", FAILED, page(), today=date(2033, 9, 14)),
    Row("expired", "expiring_soon", NOT_PERFORMED, page(), today=date(2033, 9, 15)),
    Row("no date", "expiring_soon", NOT_PERFORMED, refused()),
    Row("the last possible day", "expiring_soon", PASSED, page(None, {
        **PRINTED, "expiry_date": "31 DEC 9999"
    }), today=date.max),
]  # fmt: skip


@pytest.mark.parametrize("row", params(ANSWERS))
def test_check_gives_the_expected_result(row: Row):
    assert_holds(row)


def test_table_covers_every_result():
    assert_complete(
        ANSWERS,
        *(check_date_valid, check_date_order, check_issue_in_past, check_validity_period),
        *(check_age, check_age_below_century, check_of_age, check_not_expired, check_expires_soon),
    )


@pytest.mark.parametrize(("least", "status"), [(SURE, FAILED), (1.0, INCONCLUSIVE)])
def test_date_with_the_required_confidence_counts_as_read(least, status):
    policy = replace(STANDARD, min_confidence=least)
    of = reading(page(passport(birth=CHILD, expiry="200101"), {"issue_date": "25 NOV 2026"}))
    codes = ("document_expired", "applicant_underage", "issue_date_future")

    assert {results(of, policy=policy)[code].status for code in codes} == {status}


def test_thresholds_come_from_the_policy():
    lax = replace(
        STANDARD,
        min_age=17,
        max_issue_days_ahead=2,
        max_excess_validity_days=37,
        min_days_before_expiry=0,
    )
    codes = ("applicant_underage", "issue_date_future", "validity_period", "expiring_soon")
    rows = [
        page(passport(birth=CHILD), {}),
        printed(issue_date="25 NOV 2026"),
        issued("08 AUG 2023", "FRA"),
        page(passport(expiry="261123"), {}),
    ]

    for code, of in zip(codes, rows, strict=True):
        assert results(reading(of))[code].status is FAILED
        assert results(reading(of), policy=lax)[code].status is PASSED


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@pytest.mark.parametrize("values", [PRINTED | {"birth_date": "02 APR 1913"}, {}])
def test_holder_over_100_is_never_rejected_as_a_child_nor_verified(values, policy):
    of = reading(page(passport(birth="130402"), values))
    verdict = judge(of, today=TODAY, policy=policy)

    assert verdict.outcome is Outcome.REFERRED
    assert ("age_over_100" in verdict.reasons) is bool(values)
