"""Values under the label of a relative's field or of another document only."""

from collections.abc import Sequence

import pytest

from docverify.checks import Status
from docverify.page import Line, Page
from tests.support.framed_pages import at, status
from tests.support.readings import PRINTED, SURE, UNSURE, line, page

DOUBT, PASSED = Status.INCONCLUSIVE, Status.PASSED
LABELS = (
    *(("birth_date", "Father's date of birth"), ("birth_date", "Date of birth of child")),
    *(("birth_date", "Geburtsdatum des Kindes"), ("birth_date", "Father's DOB")),
    *(("birth_date", "DOB (father)"), ("surname", "Sister's surname")),
    *(("expiry_date", "Visa expires on"), ("expiry_date", "Date of expiry of visa")),
    *(("surname", "Mother's surname"), ("surname", "Surname of spouse")),
    *(("surname", "Spouse surname"), ("given_names", "Given names of child")),
    *(("document_number", "Old passport No"), ("document_number", "Lost passport No")),
)


def labelled(label: str, name: str, *, more: Sequence[Line] = (), confidence: float = SURE) -> Page:
    """Return a passport with another label above one of its values."""
    others = {key: text for key, text in PRINTED.items() if key != name}
    value = at(PRINTED[name], 500, 330)
    return page(
        printed=others, more=[at(label, 500, 300, height=15, confidence=confidence), value, *more]
    )


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_value_under_the_label_of_a_relative_or_another_document_is_in_doubt(name, label):
    assert status(labelled(label, name), f"viz_mrz_match_{name}") is DOUBT


@pytest.mark.parametrize(
    ("name", "label"),
    [
        *(("birth_date", "Date of birth / Date de naissance"), ("surname", "Surname")),
        *(("given_names", "Given names and father's name"), ("expiry_date", "Valid until")),
        *(("document_number", "Passport No"), ("birth_date", "Remarks")),
        *(("surname", "Nom / Nom d'épouse"), ("surname", "Name / Father's name")),
        *(("document_number", "Passport No (old style)"), ("surname", "Name of holder / spouse")),
    ],
)
def test_value_under_its_own_or_an_unknown_label_passes(name, label):
    assert status(labelled(label, name), f"viz_mrz_match_{name}") is PASSED


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_value_that_is_printed_again_without_such_a_label_passes(name, label):
    shown = labelled(label, name, more=[line(PRINTED[name], top=900)])

    assert status(shown, f"viz_mrz_match_{name}") is PASSED


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_label_of_a_relative_that_was_read_with_doubt_means_nothing(name, label):
    shown = labelled(label, name, confidence=UNSURE)

    assert status(shown, f"viz_mrz_match_{name}") is PASSED


def test_own_label_that_is_printed_elsewhere_may_be_that_of_the_value():
    own = [at("Date of birth", 900, 300, height=15)]

    assert (
        status(
            labelled("Father's date of birth", "birth_date", more=own), "viz_mrz_match_birth_date"
        )
        is PASSED
    )


def test_label_and_value_may_be_in_one_line():
    others = {key: text for key, text in PRINTED.items() if key != "birth_date"}
    text = "Father's date of birth: " + PRINTED["birth_date"]

    shown = page(printed=others, more=[line(text, top=900)])

    assert status(shown, "viz_mrz_match_birth_date") is DOUBT
