"""What is known of other documents, as answers; and what a document is found by."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.case import open_case
from docverify.checks import Status, run_checks
from docverify.duplicates import History, Traits
from docverify.page import Engine, Reading
from docverify.policy import STANDARD, Consequence
from tests.support.readings import page, passport, reading

TODAY = date(2026, 6, 1)
CODES = (
    *("duplicate_document_other_person", "duplicate_image_other_person"),
    "repeat_submission",
)
PORTRAIT = "portrait_seen_before"


def answers(history):
    case = open_case(Reading(Engine.LOCAL), today=TODAY, policy=STANDARD, history=history)
    found = {each.code: each for each in run_checks(case)}
    return [found[code] for code in CODES]


@pytest.mark.parametrize(
    ("history", "statuses"),
    [
        (None, [Status.NOT_PERFORMED] * 3),
        (History(), [Status.NOT_PERFORMED] * 3),
        (History(0, 0, 0), [Status.PASSED] * 3),
        (History(1, 0, 0), [Status.FAILED, Status.PASSED, Status.PASSED]),
        (History(0, 2, 0), [Status.PASSED, Status.FAILED, Status.PASSED]),
        (History(0, None, 1), [Status.PASSED, Status.NOT_PERFORMED, Status.FAILED]),
    ],
)
def test_duplicates_are_counted_and_missing_lookups_explained(history, statuses):
    assert [each.status for each in answers(history)] == statuses


def test_other_person_is_referred_and_same_person_only_noted():
    assert [each.severity for each in answers(History(1, 1, 1))] == [
        *(Consequence.REFER, Consequence.REFER, Consequence.NOTE)
    ]


def portrait_answer(history):
    case = open_case(Reading(Engine.LOCAL), today=TODAY, policy=STANDARD, history=history)
    (found,) = (each for each in run_checks(case) if each.code == PORTRAIT)
    return found


@pytest.mark.parametrize(
    ("persons", "numbers", "status", "severity"),
    [
        (0, 0, Status.PASSED, Consequence.NOTE),
        (0, None, Status.PASSED, Consequence.NOTE),
        (0, 2, Status.FAILED, Consequence.NOTE),
        (1, 0, Status.FAILED, Consequence.REFER),
        (1, 2, Status.FAILED, Consequence.REFER),
    ],
)
def test_photo_of_another_person_refers_and_another_number_is_noted(
    persons, numbers, status, severity
):
    found = portrait_answer(History(0, 0, 0, persons, numbers))

    assert (found.status, found.severity) == (status, severity)


def test_reason_names_the_setting_where_portraits_are_not_compared():
    found = portrait_answer(History(0, 0, 0))

    assert found.status is Status.NOT_PERFORMED
    assert "DOCVERIFY_COMPARE_PORTRAITS" in found.evidence


def test_reasons_for_no_lookup_differ():
    assert answers(None)[0].evidence != answers(History())[0].evidence


def traits_of(lines=None, **options):
    found = reading(replace(page(lines or passport(), **options), fingerprint=7))
    return open_case(found, today=TODAY, policy=STANDARD).traits


def test_traits_are_issuer_kind_number_and_image():
    assert traits_of() == Traits("ATA/passport/QX7182035", "MERIDIAN/LOUISE/1990-04-12", 7)


def test_further_given_names_do_not_make_another_person():
    """Long names are truncated in an MRZ."""
    assert traits_of(passport(name="MERIDIAN<<LOUISE")).person == traits_of().person
    assert traits_of(passport(name="MERIDIAN<<ANN")).person != traits_of().person


def test_uncertain_fields_give_no_traits():
    doubtful = traits_of(doubtful=[(1, 3)])

    assert doubtful == Traits(image=7)


def test_invalid_birth_date_gives_no_person():
    assert traits_of(passport(birth="<<<<<<")).person is None


def test_reading_without_pages_has_no_traits():
    assert open_case(Reading(Engine.LOCAL), today=TODAY, policy=STANDARD).traits == Traits()


def test_repr_of_traits_has_no_values():
    assert repr(traits_of()) == "Traits()"
