"""Names of other people within the label of a name: SURNAME / OKONKWO, Surname (okonkwo)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.label_languages import (
    BRACKETS,
    NAMES,
    PLURAL,
    WORDS,
    find_unknown_languages,
    list_explanations,
)
from docverify.documents.label_matching import MAX_SHORT_LABEL
from docverify.documents.languages import fold_letters
from docverify.layout.unlabelled import ReadLine
from docverify.page import Line

MIN_LABELS_IN_LANGUAGE = 2  # of other fields, from which unknown words are those of a language


def find_unknown_words_in_labels(found: Sequence[ReadLine]) -> list[Line]:
    """Return the words in capitals after the label of a name that the table of labels lacks.

    Each is a line with the place of its label. If labels of several other fields have unknown
    words as well, all are in a language that the table lacks, and none is returned.
    """
    unknown = [pair for each in found for pair in _find_unknown_words(each)]
    others = {name for name, _ in unknown} - NAMES
    if len(others) >= MIN_LABELS_IN_LANGUAGE:
        return []
    return [words for name, words in unknown if name in NAMES and words.text.isupper()]


def _find_unknown_words(label: ReadLine) -> Iterator[tuple[str, Line]]:
    """Yield the unknown words of each label of a line, with the field of the label."""
    line = label.line
    for each in label.segments:
        for words in find_unknown_languages(line.text[each.start : each.end]) if each.name else ():
            if sum(map(str.isalpha, words)) > MAX_SHORT_LABEL:
                yield each.name or "", replace(line, text=words)


def find_unknown_words_in_brackets(found: Sequence[ReadLine]) -> list[Line]:
    """Return the words in small letters in brackets after the label of a name, in capitals.

    Each is a line with the place of its label, without the words that explain how to write names.
    If labels of several other fields have unknown words in brackets as well, all are in a language
    that the table lacks, and none is returned.
    """
    unknown = [
        (name, replace(each.line, text=words.upper()))
        for each in found
        for name, words in _find_unknown_brackets(each)
    ]
    others = {name for name, _ in unknown} - NAMES
    if len(others) >= MIN_LABELS_IN_LANGUAGE:
        return []
    return [words for name, words in unknown if name in NAMES]


def _find_unknown_brackets(label: ReadLine) -> Iterator[tuple[str, str]]:
    """Yield the unknown words in brackets after each label of a line, with the label's field.

    The ending of a word in the middle of a label is left out, as in Réamhainm(neacha)/Forename(s).
    """
    text = PLURAL.sub(lambda found: " " * len(found[0]), label.line.text)
    for each in label.segments:
        for found in BRACKETS.finditer(text, each.start) if each.name else ():
            is_ending = found.start() < each.end and text[found.start() - 1].isalpha()
            is_value = each.name in NAMES and not _is_small(found[1])
            if not (is_value or is_ending) and not text[each.end : found.start()].strip(" :"):
                for part in find_unknown_languages(found[1]):
                    words = _leave_out_explanations(part)
                    if sum(map(len, words)) > MAX_SHORT_LABEL:
                        yield each.name or "", " ".join(words)


def _is_small(text: str) -> bool:
    """Return whether words in brackets are in small letters, at most with a capital first."""
    return text[1:].islower()


def _leave_out_explanations(text: str) -> list[str]:
    """Return the words of a text without explanations and signs for dates, such as yyyy."""
    return [
        word
        for word in WORDS.findall(text)
        if fold_letters(word) not in list_explanations() and len(set(word)) > 1
    ]
