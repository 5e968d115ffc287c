"""Titles of States in scripts other than Latin, such as Cyrillic, Greek, Arabic or Thai."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache

from docverify.documents.states import load_native_names
from docverify.documents.titles import is_title

SEPARATORS = re.compile(r"[/|·•,;–—-]")  # noqa: RUF001 -- documents print all of them
SAME_LETTERS = str.maketrans(
    "АВЕКМНОРСТХҚҒҢӨҮҰҲҶӘІΑΒΕΖΗΙΚΜΝΟΡΤΥΧیىکةۆێ",
    "ABEKMHOPCTXKГHOYYXЧAIABEZHIKMNOPTYXييكهوي",  # noqa: RUF001
)
"""Letters that are read for each other, in one form: Cyrillic and Greek ones as Latin."""


def names_native_title(text: str, states: Collection[str]) -> bool:
    """Return whether a line is only the title of these States, each in a script of its own.

    >>> names_native_title("ΕΛΛΗΝΙΚΗ ΔΗΜΟΚΡΑΤΙΑ", ["GRC"])
    True
    >>> names_native_title("ΕΛΛΗΝΙΚΗ ΔΗΜΟΚΡΑΤΙΑ", ["CYP"])
    False
    """
    found = find_native_titles(text)
    return bool(found) and found <= set(states)


def find_native_titles(text: str) -> frozenset[str]:
    """Return the codes of the States of a line that consists of titles in scripts but Latin.

    Nothing is found if a part of the line is anything else but the title of a document.
    """
    if text.isascii():
        return frozenset()
    parts = [each for each in SEPARATORS.split(text) if any(map(str.isalpha, each))]
    titles = [each for each in parts if not is_title(each)]
    codes = [_list_titles().get(_fold(each)) for each in titles if not _is_latin(each)]
    is_whole = len(codes) == len(titles) and None not in codes
    return frozenset(code for code in codes if code) if is_whole else frozenset()


@cache
def _list_titles() -> Mapping[str, str]:
    return {_fold(name): code for code, names in load_native_names().items() for name in names}


def _fold(text: str) -> str:
    """Return the letters of a text in capitals, without marks and vowel signs."""
    letters = unicodedata.normalize("NFKD", text.upper())
    return "".join(filter(str.isalpha, letters)).translate(SAME_LETTERS)


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(each, "").startswith("LATIN") for each in text if each.isalpha())
