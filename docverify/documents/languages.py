"""Words of the languages that documents are printed in (data/languages.json).

A new language is one more entry of that file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from docverify.documents.code_tables import load_table

MIN_WORD_WITH_SIGN = 5  # letters of a word in a label, because "card n" may be something else


class WordList(StrEnum):
    """The lists of words that a language may have in the file."""

    CONTINUATIONS = "continuations"
    """Words that continue a label, as "of" and "and": no value begins with them."""

    DATE_NOUNS = "date_nouns"
    """Words for a date: a label with one of them asks for a date."""

    PLACE_NOUNS = "place_nouns"
    """Words for a place or a country: a label with one of them asks for the name of a place."""

    CHIEFS = "chiefs"
    """Place nouns that may also describe a person, such as headman."""

    GROUPS = "groups"
    """Place nouns for a group of people, such as tribe: its name is a single word."""

    LONG_VALUES = "long_values"
    """Words of labels whose values have any number of lines, such as remarks and addresses."""

    RELATIVES = "relatives"
    """Words for parents, spouses and guardians: a label with one of them asks for a name."""

    CHILDREN = "children"
    """Words for children, brothers and sisters: their labels are not those of the holder."""

    EARLIER_DOCUMENTS = "earlier_documents"
    """Words for documents that were replaced or lost, as in Old passport No."""

    HOLDERS = "holders"
    """Words for the holder: a text with one of them and a name states who the holder is."""

    DATE_WORDS = "date_words"
    """Words within dates that have no meaning, as in 1 de enero de 1990."""

    ORDINAL_ENDINGS = "ordinal_endings"
    """Letters after the number of a day, as in 1st."""

    DATE_SIGNS = "date_signs"
    """Characters after the year, the month and the day of a date."""

    UNLIMITED = "unlimited"
    """Words in place of an expiry date on documents that do not expire."""

    OTHER_NAMES = "other_names"
    """Words between a surname and the name at birth or of the spouse, as in ROE NÉE DOE."""

    WHOLE_NAME_LABELS = "whole_name_labels"
    """Labels of given names that label the whole name if there is no label for a surname."""

    LICENCE_TITLES = "licence_titles"
    """Titles of North American licences; European ones are driving licences."""

    SPECIMEN_MARKS = "specimen_marks"
    """Words that issuers print across specimens of documents."""

    INVALIDITY_MARKS = "invalidity_marks"
    """Words that are stamped or punched on copies, and on documents that are no longer valid."""

    INVALIDITY_LINES = "invalidity_lines"
    """Marks only if they are the whole line: NOT VALID, but not NOT VALID FOR TRAVEL TO.

    Words that are also names of people or places are left out.
    """

    INVALIDITY_ENDS = "invalidity_ends"
    """Marks only if they end the line: NO VÁLIDO, but not NO VÁLIDO PARA VIAJAR."""

    NEGATIONS = "negations"
    """Words before a name that is not the holder's, as in NOT MILLER; not a sign for a number."""

    DENIALS = "denials"
    """Words next to a value that is not, or no longer, the holder's: FORMERLY KENYAN."""

    CONVENTIONS = "conventions"
    """Words for the conventions that the travel documents of refugees name, with their dates."""

    WITHDRAWALS = "withdrawals"
    """Marks for what was done to a document: no condition after them excuses them.

    VOID IF ALTERED is a sentence of genuine documents, and CANCELLED WHEN REPLACED is a mark.
    """

    REMARKS_ON_NAMES = "remarks_on_names"
    """Words in brackets after the label of a name, as in SURNAME (BLOCK LETTERS)."""

    CONDITIONS = "conditions"
    """Words of conditions that genuine documents print, as in VOID IF ALTERED."""

    PRINTED_LARGE = "printed_large"
    """Other words that are printed as large as names but do not occur in names: EUROPEAN UNION."""

    TIME_CONDITIONS = "time_conditions"
    """The conditions that excuse VOID only before one of the uses: VOID UNTIL SIGNED."""

    USES = "uses"
    """Words for what a holder does to a document: SIGNED, but not RENEWED or REPLACED."""

    INSTRUCTIONS = "instructions"
    """Words of other sentences that genuine documents print in small letters: REPORT A THEFT."""

    POSSIBILITIES = "possibilities"
    """Words for what may happen to a document, as in MAY BE REVOKED."""


@cache
def find_words(word_list: WordList) -> frozenset[str]:
    """Return the words of a list in all languages, as written in the file."""
    return frozenset(word for each in _languages() for word in each.get(word_list, ()))


NUMBER_SIGNS = ("no", "n", "nr")
"""The signs for a number on documents, as `fold_letters` writes No., N° and Nr."""


@cache
def list_labels() -> tuple[tuple[str, str], ...]:
    """Return each label of a printed field with the field's name, in all languages.

    A label with one sign for a number is listed with the others, too: Passport No., Passport Nr.
    """
    return tuple(
        dict.fromkeys(
            (spelling, name)
            for language in _languages()
            for name, labels in language.get("labels", {}).items()
            for label in labels
            for spelling in _spell_number_signs(label)
        )
    )


def _spell_number_signs(label: str) -> Iterator[str]:
    """Yield a label as written; if it also has a long word, yield it with other signs for "no"."""
    words = label.split()
    yield label
    if words.count("no") == 1 and any(len(word) >= MIN_WORD_WITH_SIGN for word in words):
        for sign in NUMBER_SIGNS:
            yield " ".join(sign if word == "no" else word for word in words)


@cache
def list_titles() -> tuple[tuple[str, str], ...]:
    """Return each title of a document with the kind of document that it names."""
    return tuple(
        (title, kind)
        for language in _languages()
        for kind, titles in language.get("titles", {}).items()
        for title in titles
    )


@cache
def find_numbered_labels() -> Mapping[str, str]:
    """Return the fields of driving licences by number (Directive 2006/126/EC, annex I)."""
    numbered: Mapping[str, str] = load_table("languages")["numbered_labels"]
    return numbered


@cache
def find_months() -> Mapping[str, int]:
    """Return the months, 1 to 12, by their names and abbreviations, in capitals."""
    return {
        name.upper(): number
        for language in _languages()
        for number, names in enumerate(language.get("months", ()), 1)
        for name in names
    }


@cache
def find_sexes() -> Mapping[str, str]:
    """Return M or F by the words for it, as `fold_letters` writes them."""
    return {
        fold_letters(word): sex
        for language in _languages()
        for sex, words in language.get("sexes", {}).items()
        for word in words
    }


@cache
def find_eras() -> Mapping[str, int]:
    """Return the year before each era's first year, by the names of the era."""
    return {name: year for each in _languages() for name, year in each.get("eras", {}).items()}


def fold_letters(text: str) -> str:
    """Return only the letters of a text, as small letters without accents.

    >>> fold_letters("Date of birth / Fødselsdato:")
    'dateofbirthfodselsdato'
    """
    lower = text.lower()
    if not lower.isascii():
        lower = unicodedata.normalize("NFD", lower.translate(_plain_letters()))
    return "".join(filter(str.isalpha, lower))


@cache
def _plain_letters() -> dict[int, str]:
    """Return the plain form of the letters that Unicode does not decompose."""
    return str.maketrans(
        {
            letter: plain
            for each in _languages()
            for letter, plain in each.get("letters", {}).items()
        }
    )


@cache
def _languages() -> tuple[dict[str, Any], ...]:
    return tuple(load_table("languages")["languages"].values())
