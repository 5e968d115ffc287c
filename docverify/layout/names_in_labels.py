"""Names of other people within the label of a name: SURNAME / OKONKWO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.label_languages import NAMES, find_unknown_languages
from docverify.documents.label_matching import MAX_SHORT_LABEL
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
