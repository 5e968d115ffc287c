"""Words of languages."""

import pytest

from docverify.documents.code_tables import load_table
from docverify.documents.label_table import OTHER, load_labels
from docverify.documents.languages import WordList, find_months, find_words, fold_letters
from docverify.documents.titles import TitleKind

LANGUAGES = load_table("languages")["languages"]
KEYS = {"labels", "months", "letters", "titles", "eras", "sexes", *WordList}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_has_only_known_keys(language: str):
    assert set(LANGUAGES[language]) - KEYS == set()
    assert (
        set(LANGUAGES[language].get("labels", {})) - {OTHER, *load_labels().names.values()} == set()
    )
    assert set(LANGUAGES[language].get("titles", {})) <= set(TitleKind)


@pytest.mark.parametrize(
    "language", [name for name, words in LANGUAGES.items() if "months" in words]
)
def test_language_names_every_month(language: str):
    months = LANGUAGES[language]["months"]

    assert len(months) == 12
    assert all(months)


def test_name_of_month_means_the_same_month_in_every_language():
    meanings = {
        (name.upper(), number)
        for words in LANGUAGES.values()
        for number, names in enumerate(words.get("months", ()), 1)
        for name in names
    }

    assert len(meanings) == len(find_months())


@pytest.mark.parametrize("word_list", WordList)
def test_every_word_list_has_words(word_list: WordList):
    assert find_words(word_list)


@pytest.mark.parametrize(
    "letter", [key for each in LANGUAGES.values() for key in each.get("letters", {})]
)
def test_letter_that_unicode_does_not_decompose_is_folded(letter: str):
    assert fold_letters(letter).isascii()
