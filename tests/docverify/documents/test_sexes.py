"""The sex that a document prints."""

import pytest

from docverify.documents.label_table import match_label
from docverify.documents.languages import find_sexes
from docverify.documents.sexes import parse_sex


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("f", "F"),
        ("K/M", "M"),
        ("Ž/F", "F"),
        ("H", "M"),
        ("F'", "F"),
        ("X", "X"),
        ("M / M", "M"),
        ("男/M", "M"),
    ],
)
def test_letter_after_that_of_another_language_counts(text: str, sex: str):
    assert parse_sex(text) == sex


@pytest.mark.parametrize(
    ("text", "sex"),
    [
        ("MUJER", "F"),
        ("HOMBRE", "M"),
        ("Mulher", "F"),
        ("MOTERIS", "F"),
        ("FÉRFI", "M"),
        ("FÉRFI/M", "M"),
        ("Weiblich", "F"),
        ("männlich/M", "M"),
        ("FEMALE F", "F"),
        ("LAKI-LAKI", "M"),
        ("Жен/F", "F"),
    ],
)
def test_word_counts_by_its_meaning_and_not_by_its_first_letter(text: str, sex: str):
    assert parse_sex(text) == sex


@pytest.mark.parametrize("text", ["", "M/F", "MUJER/M", "MARITAL", "K", "-"])
def test_unknown_or_contradictory_sex_is_not_guessed(text: str):
    assert parse_sex(text) is None


@pytest.mark.parametrize("word", sorted(find_sexes()))
def test_word_for_the_sex_is_not_taken_for_a_misread_label(word: str):
    assert match_label(word) in (None, "sex")
