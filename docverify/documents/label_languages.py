"""Labels in several languages: their separators, and languages that the table lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from docverify.documents.label_matching import (
    COLONS,
    MAX_LABEL_WORDS,
    MAX_SHORT_LABEL,
    SEPARATORS,
    LabelMatch,
    Word,
    join_letters,
    match_longest,
    match_up_to_separator,
    split_line,
)
from docverify.documents.label_table import OTHER, load_labels, match_label
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.documents.value_shapes import has_latin_letters

NAMES = frozenset({"surname", "second_surname", "given_names", "middle_name", "full_name"})
WORDS = re.compile(r"[^\W\d_]+")
PLURAL = re.compile(r"(?<=\w)\((?:s|n|i|e|en|es)\)", re.IGNORECASE)  # as in Given name(s)
MISREAD_SLASHES = frozenset("Il1")
REFERENCE_NUMBER = re.compile(r"\d{1,2}")
LANGUAGE_SIGN = re.compile(r"\.\s+| [-–] ")  # noqa: RUF001 -- between languages
PARTS = re.compile(r"[/|,()\[\]]")  # between the languages of a label
BRACKETS = re.compile(r"[(\[]([^()\[\]\d]{2,})[)\]]")  # around another language


def separate_languages(text: str) -> str:
    """Return a text of the same length with slashes between the languages of its labels.

    Dots, dashes or brackets may separate them: "Cognome. Surname", "Sexo [Sex]".
    """
    for found in BRACKETS.finditer(PLURAL.sub(lambda found: " " * len(found[0]), text)):
        name, is_upper = _find_label_at_end(text[: found.start()])
        inner = match_label(fold_letters(found[1]))
        is_language = is_upper or not found[1].isupper()
        if name in NAMES:
            is_language = _is_language_of_name(found[1])
        if name and (inner or is_language):
            blanks = " " * len(found[0])
            kept = f"/{found[1]}:" if inner not in (None, name) else blanks
            text = f"{text[: found.start()]}{kept}{text[found.end() :]}"
    for found in LANGUAGE_SIGN.finditer(text):
        name, _ = _find_label_at_end(text[: found.start()])
        following = match_longest(split_line(text[found.end() :]), 0) if name else None
        if name and following and combine_fields({name, following.name}) != OTHER:
            text = f"{text[: found.start()]}{'/'.ljust(len(found[0]))}{text[found.end() :]}"
    return text


def _is_language_of_name(text: str) -> bool:
    """Return whether brackets after the label of a name have the label in another language.

    Words that the table lacks may be another person's name, but not in another script or if all
    explain how to write names: (in full), (BLOCK LETTERS). Small letters are no value, either:
    `find_unknown_words_in_brackets` compares (Ingoa whānau) with the other labels of the page.
    """
    words = WORDS.findall(text)
    if not has_latin_letters(text) or not find_unknown_languages(text):
        return True
    is_small = text.islower() or (len(words) > 1 and text[1:].islower())
    return is_small or {fold_letters(word) for word in words} <= list_explanations()


@cache
def list_explanations() -> frozenset[str]:
    """Return the words in brackets that explain how to write a name, as in (block letters)."""
    lists = (WordList.REMARKS_ON_NAMES, WordList.HOLDERS, WordList.CONTINUATIONS)
    return frozenset(fold_letters(word) for each in lists for word in find_words(each))


def find_unknown_languages(label: str) -> list[str]:
    """Return the parts of a label in Latin letters that the table lacks.

    Slashes, commas and brackets separate them.
    """
    return [
        part.strip()
        for part in PARTS.split(label)
        if has_latin_letters(part) and not match_label(fold_letters(part))
    ]


def _find_label_at_end(text: str) -> tuple[str | None, bool]:
    """Return the field of the label at the end of a text, and whether the label is in capitals."""
    words = split_line(PLURAL.sub(lambda found: " " * len(found[0]), text))
    for start in range(max(0, len(words) - MAX_LABEL_WORDS), len(words)):
        name = load_labels().names.get(join_letters(words[start:]))
        if name and all(each.letters for each in words[start:]):
            return name, all(each.text.isupper() for each in words[start:])
    return None, False


def add_languages(words: Sequence[Word], match: LabelMatch) -> LabelMatch:
    """Extend a label over the same label in other languages, after slashes or colons."""
    names = {match.name}
    end = match.end
    while end + 1 < len(words) and words[end].text in SEPARATORS | COLONS | MISREAD_SLASHES:
        # In "surname: / nom:" a slash follows the colon.
        first = end + 2 if words[end + 1].text in SEPARATORS else end + 1
        more = match_up_to_separator(words, first) or match_longest(words, first)
        separator = _find_separator(words, end + 1)
        if more:
            names.add(more.name)
            end = more.end
        elif (
            words[end].text in SEPARATORS
            and not _is_name_behind_label(words, match, end + 1)
            and (unknown := _find_unknown_label(words, end + 1, separator))
        ):
            end = unknown
        else:
            break
    return LabelMatch(combine_fields(names), end)


def _is_name_behind_label(words: Sequence[Word], match: LabelMatch, start: int) -> bool:
    """Return whether capitals follow the label of a name in small letters: Surname / MERIDIAN."""
    is_in_capitals = start < len(words) and words[start].text.isupper()
    return (
        match.name in NAMES
        and not words[match.end - 1].text.isupper()
        and is_in_capitals
        and has_latin_letters(words[start].text)
    )


def combine_fields(names: set[str]) -> str:
    """Return the one field that the parts of a label name; OTHER if they name several fields."""
    if names == {"surname", "given_names"}:
        return "full_name"
    specific = names - {"full_name"} or names
    if specific == {"surname", "birth_name"}:
        return "surname"  # as French passports translate "Nom de naissance"
    return next(iter(specific)) if len(specific) == 1 else OTHER


def _find_unknown_label(words: Sequence[Word], start: int, separator: int) -> int | None:
    """Return the end of a label that the table lacks, at most at a separator; None without one.

    Small letters are the label, and capitals or a number after them are its value.
    """
    end = next(
        (n for n in range(start, separator) if not any(map(str.islower, words[n].text))), separator
    )
    if end in (start, separator) or REFERENCE_NUMBER.fullmatch(words[separator - 1].text):
        return separator if _is_unknown_label(words[start:separator]) else None
    return end if len(join_letters(words[start:end])) > MAX_SHORT_LABEL else None


def _is_unknown_label(words: Sequence[Word]) -> bool:
    """Return whether the words up to a separator are a label that the table lacks."""
    if len(words) > 1 and REFERENCE_NUMBER.fullmatch(words[-1].text):
        words = words[:-1]  # Passports of the EU number their labels.
    text = "".join(each.text for each in words)
    if not all(each.letters for each in words):
        return False
    return len(text) > MAX_SHORT_LABEL or not text.isupper()


def _find_separator(words: Sequence[Word], start: int) -> int:
    """Return the number of the next slash or colon, or else the number of words."""
    for number in range(start, len(words)):
        if words[number].text in SEPARATORS | COLONS:
            return number
    return max(start, len(words))
