"""Issuer and nationality of an MRZ that the document does not print."""

import pytest

from docverify.checks import Status
from docverify.checks.result import CheckResult
from docverify.page import Page
from docverify.policy import Consequence
from tests.support.framed_pages import at
from tests.support.readings import PRINTED, line, page, passport, reading, results, td1

NATIONALITY, ISSUER = "viz_mrz_match_nationality", "viz_mrz_match_issuing_state"
FAILED, PASSED, NOT_PERFORMED = Status.FAILED, Status.PASSED, Status.NOT_PERFORMED


def of(shown: Page, code: str = NATIONALITY) -> CheckResult:
    return results(reading(shown))[code]


def foreigner(nation: str, *texts: str, issuer: str = "AUS", **values: str) -> Page:
    """Return a passport with the lines and the labelled values, and a nationality in its MRZ."""
    first, second = passport(state=issuer)
    more = [line(text, top=900 + 40 * row) for row, text in enumerate(texts)]
    return page((first, second[:10] + nation + second[13:]), {**PRINTED, **values}, more=more)


def test_nationality_other_than_the_issuers_must_be_printed():
    missing = of(foreigner("KEN", "AUSTRALIA"))

    assert (missing.status, missing.severity) == (FAILED, Consequence.REFER)
    assert "KEN" not in missing.evidence
    assert of(foreigner("AUS", "AUSTRALIA")).status is NOT_PERFORMED


@pytest.mark.parametrize("text", ["KEN", "KENYAN", "REPUBLIC OF KENYA", "KENIA"])
def test_nationality_without_a_label_is_printed_in_any_form(text):
    assert of(foreigner("KEN", "AUSTRALIA", text)).status is not FAILED


@pytest.mark.parametrize("text", ["Keniane", "KENIANISCH", "Kenia", "KEM"])
def test_labelled_nationality_in_another_language_or_misread_is_printed(text):
    assert of(foreigner("KEN", "AUSTRALIA", nationality=text)).status is not FAILED


def test_place_of_birth_of_a_passport_is_not_its_nationality():
    shown = foreigner("KEN", "AUSTRALIA", "Place of birth: NAIROBI, KENYA")

    assert of(shown).status is FAILED


def test_permit_may_print_the_country_of_birth_only():
    card = td1(code="C1", state="USA", nationality="KEN")
    more = [line("UNITED STATES OF AMERICA", top=900), line("Country of birth: KENYA", top=940)]

    assert of(page(card, more=more)).status is NOT_PERFORMED
    assert of(page(card, more=more[:1])).status is NOT_PERFORMED
    assert of(page(card, more=more), ISSUER).status is NOT_PERFORMED


@pytest.mark.parametrize("nation", ["XXA", "XXB", "XXC", "XXX", "<<<"])
def test_holder_without_a_nationality_has_none_printed(nation):
    assert of(foreigner(nation, "AUSTRALIA")).status is NOT_PERFORMED


@pytest.mark.parametrize(("issuer", "nation"), [("HKG", "CHN"), ("GBR", "GBD"), ("UNO", "KEN")])
def test_issuers_of_documents_for_other_codes_are_no_contradiction(issuer, nation):
    assert of(foreigner(nation, issuer=issuer)).status is NOT_PERFORMED


def test_issuer_other_than_the_nationality_must_be_printed():
    shown = foreigner("KEN", "KENYA", nationality="KEN")

    assert of(shown).status is PASSED
    assert of(shown, ISSUER).status is FAILED
    named = foreigner("KEN", "AUSTRALIA", nationality="KEN")
    assert of(named, ISSUER).status is not FAILED


@pytest.mark.parametrize("text", ["AUS", "AUSTRALIAN"])
def test_code_or_people_of_another_state_contradicts_if_that_of_the_mrz_is_not_printed(text):
    more = [at(text, 400, 300)]
    shown = page(passport(state="KEN"), more=more)

    assert of(shown).status is FAILED
    own = page(passport(state="KEN"), more=[*more, line("KENYA", top=900)])
    assert of(own).status is not FAILED


@pytest.mark.parametrize("text", ["AND", "KEY", "LANTERN BAY"])
def test_word_that_is_not_a_code_contradicts_nothing(text):
    assert of(page(passport(state="KEN"), more=[at(text, 400, 300)])).status is NOT_PERFORMED


def test_name_of_the_holder_is_no_code_of_a_state():
    shown = page(passport(state="AUS", name="MERIDIAN<<KEN"), more=[at("KEN", 400, 300)])

    assert of(shown).status is NOT_PERFORMED


@pytest.mark.parametrize("text", ["KENIANISCH", "Keniane", "STATELESS", "APATRIDE"])
def test_nationality_in_another_language_or_none_differs(text):
    assert of(foreigner("AUS", "AUSTRALIA", nationality=text)).status is FAILED


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        *(("SWE", "SVENSK", PASSED), ("NOR", "NORSK", PASSED)),
        *(("HUN", "MAGYAR", NOT_PERFORMED), ("D", "DEUTSCH", NOT_PERFORMED)),
    ],
)
def test_nationality_in_the_language_of_its_state_does_not_differ(code, text, expected):
    shown = foreigner(code.ljust(3, "<"), issuer=code.ljust(3, "<"), nationality=text)

    assert of(shown).status is expected


@pytest.mark.parametrize(
    ("issuer", "nation", "people"),
    [
        ("AUS", "AUT", "AUSTRALIAN"),
        ("NGA", "NER", "NIGERIAN"),
        ("MRT", "MUS", "MAURITANIAN"),
        ("GIN", "GNQ", "GUINEAN"),
        ("AUS", "AUT", "AUSTRALIENNE"),
        ("AUT", "AUS", "AUSTRIACO"),
        ("MRT", "MUS", "MAURITANIENNE"),
    ],
)
def test_word_for_the_issuers_people_is_not_a_nationality_with_the_same_beginning(
    issuer, nation, people
):
    assert of(foreigner(nation, issuer=issuer, nationality=people)).status is FAILED
    assert of(foreigner(nation, people, issuer=issuer)).status is FAILED


@pytest.mark.parametrize(
    ("issuer", "nation", "people"),
    [("NER", "NGA", "NIGERIANE"), ("MRT", "MUS", "MAURICIENNE"), ("FRA", "AUT", "AUSTRIACO")],
)
def test_word_that_begins_more_like_the_nationality_than_the_issuer_is_printed(
    issuer, nation, people
):
    assert of(foreigner(nation, issuer=issuer, nationality=people)).status is not FAILED


@pytest.mark.parametrize(
    ("issuer", "nationality", "printed", "status"),
    [
        pytest.param("CHL", "NLD", "NEERLANDESA", PASSED, id="another language"),
        pytest.param("CHL", "KEN", "NEERLANDESA", FAILED, id="another people"),
        pytest.param("CHL", "KEN", "NARNIANA", FAILED, id="no people"),
        pytest.param("CHL", "XXB", "AFGANA", NOT_PERFORMED, id="a refugee's former State"),
        pytest.param("CHL", "PSE", "STATELESS PALESTINIAN", PASSED, id="people and status"),
        pytest.param("CHL", "KEN", "STATELESS", FAILED, id="status of nobody's people"),
    ],
)
def test_nationality_of_a_foreign_holder_is_printed(issuer, nationality, printed, status):
    mrz = td1(code="I<", state=issuer, nationality=nationality)
    shown = page(mrz, {**PRINTED, "nationality": printed})

    assert of(shown).status is status
