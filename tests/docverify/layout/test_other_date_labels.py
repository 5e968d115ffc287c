"""Dates of birth and expiry under the label of another date."""

from dataclasses import replace
from datetime import date

import pytest

from docverify.case import open_case
from docverify.checks import Status
from docverify.layout.other_date_labels import is_labelled_as_other_date
from docverify.page import Page
from docverify.policy import STANDARD
from tests.support.framed_pages import at, status
from tests.support.readings import PRINTED, SURE, TODAY, UNSURE, page, reading

BIRTH, EXPIRY = "viz_mrz_match_birth_date", "viz_mrz_match_expiry_date"
DOUBT, PASSED = Status.INCONCLUSIVE, Status.PASSED


def labelled(label: str, name: str = "birth_date", *, confidence: float = SURE) -> Page:
    """Return a passport with another label above its date of birth or expiry."""
    others = {key: text for key, text in PRINTED.items() if key != name}
    day = at(PRINTED[name], 500, 330)
    return page(printed=others, more=[at(label, 500, 300, height=15, confidence=confidence), day])


@pytest.mark.parametrize("label", ["Date of entry", "Date of death", "Date of naturalisation"])
def test_date_under_the_label_of_another_date_is_in_doubt(label):
    assert status(labelled(label), BIRTH) is DOUBT
    assert status(labelled(label, "expiry_date"), EXPIRY) is DOUBT


@pytest.mark.parametrize(
    "label",
    [
        *("Dxte xf bxrth", "Date", "Remarks", "Data di nascita / Dith", "Data de naixement"),
        *("Date naiss.", "Fecha nac.", "Data tat-twelid", "Dáta breithe", "Data ta' xi haga"),
    ],
)
def test_misread_unknown_or_general_label_explains_a_date(label):
    assert status(labelled(label), BIRTH) is PASSED


def test_label_that_was_read_with_doubt_names_no_other_date():
    assert status(labelled("Date of entry", confidence=UNSURE), BIRTH) is PASSED


def test_birth_date_under_a_second_label_of_the_date_of_issue_is_in_doubt():
    shown = labelled("Date of issue")
    issued = {"Date of issue / Date de délivrance", PRINTED["issue_date"]}
    without = replace(shown, lines=tuple(each for each in shown.lines if each.text not in issued))

    assert status(shown, BIRTH) is DOUBT
    assert not is_other_date(without)


def test_line_with_other_words_may_have_its_own_misread_label():
    shown = labelled("Date of entry")
    lines = (replace(each, text=each.text.replace("12 APR", "Bxrn 12 APR")) for each in shown.lines)

    assert is_other_date(shown)
    assert not is_other_date(replace(shown, lines=tuple(lines)))


def is_other_date(shown: Page) -> bool:
    case = open_case(reading(shown), today=TODAY, policy=STANDARD)
    return is_labelled_as_other_date(case, "birth_date", date(1990, 4, 12))
