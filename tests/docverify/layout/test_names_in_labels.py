"""Names within the labels of names, and labels in languages that the table lacks."""

from dataclasses import replace

import pytest

from docverify.checks import Status
from docverify.page import Page
from tests.support.framed_pages import framed, status
from tests.support.readings import LABELS, PRINTED


def relabelled(labels: dict[str, str]) -> Page:
    """Return a passport with other labels of some fields, as large as its values."""
    texts = {LABELS[name]: label for name, label in labels.items()}
    shown = framed(PRINTED)
    lines = tuple(replace(each, text=texts.get(each.text, each.text)) for each in shown.lines)
    return replace(shown, lines=lines)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        *(("surname", "SURNAME / OKONKWO"), ("surname", "SURNAME / NOM / AMARA OKONKWO")),
        *(("surname", "SURNAME (OKONKWO) / NOM"), ("given_names", "GIVEN NAMES / AMARA")),
    ],
)
def test_unknown_words_in_the_label_of_a_name_are_another_name(name, label):
    assert status(relabelled({name: label}), "unexplained_print") is Status.FAILED


def test_labels_in_an_unknown_language_are_no_names():
    language = {
        "surname": "SURNAME / BRONTAMOR",
        "birth_date": "DATE OF BIRTH / VARDELUM GASTIR",
        "expiry_date": "DATE OF EXPIRY / VARDELUM PLOM",
    }

    assert status(relabelled(language), "unexplained_print") is Status.PASSED


@pytest.mark.parametrize("label", ["SURNAME / EFTERNAMN / SUKUNIMI", "SURNAME (NOM) / APELLIDOS"])
def test_labels_in_known_languages_are_no_names(label):
    assert status(relabelled({"surname": label}), "unexplained_print") is Status.PASSED


def test_small_labels_are_no_names():
    shown = relabelled({"surname": "SURNAME / OKONKWO"})
    lines = [
        replace(each, box=replace(each.box, bottom=each.box.top + 12)) if "/" in each.text else each
        for each in shown.lines
    ]

    assert status(replace(shown, lines=tuple(lines)), "unexplained_print") is Status.PASSED


@pytest.mark.parametrize(
    "label",
    [
        *("Surname (okonkwo)", "Surname (Okonkwo amara)", "Surname (of the nephew)"),
        *("Surname (okonkwo) / Nom", "Surname(s) (jane okonkwo)"),
    ],
)
def test_unknown_small_letters_in_brackets_of_one_label_are_another_name(label):
    assert status(relabelled({"surname": label}), "unexplained_print") is Status.FAILED


@pytest.mark.parametrize(
    "label",
    [
        *("Surname (in full)", "Surname (block letters)", "Surname (as shown in the passport)"),
        *("Surname (family name)", "Réamhainm(neacha)/Surname(s)", "Surname (nom)"),
    ],
)
def test_explanations_in_brackets_are_no_names(label):
    assert status(relabelled({"surname": label}), "unexplained_print") is Status.PASSED


def test_labels_in_brackets_in_an_unknown_language_are_no_names():
    language = {
        "surname": "Surname (brontamor)",
        "birth_date": "Date of birth (vardelum gastir)",
        "expiry_date": "Date of expiry (vardelum plom)",
    }

    assert status(relabelled(language), "unexplained_print") is Status.PASSED
    dates = {"birth_date": "Date of birth (dd-mm-yyyy)", "expiry_date": "Date of expiry (dd/yyyy)"}
    with_dates = {"surname": "Surname (okonkwo)", **dates}
    assert status(relabelled(with_dates), "unexplained_print") is Status.FAILED
