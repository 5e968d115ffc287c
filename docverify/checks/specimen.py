"""The checks for published sample documents, and for marks of invalidity."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain
from statistics import median

from rapidfuzz.distance import Levenshtein

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.documents.code_tables import load_table
from docverify.documents.document_numbers import has_specimen_name, is_specimen_card
from docverify.documents.invalidity import (
    consists_of_names,
    has_invalidity_mark,
    has_unconditional_mark,
    negates_name,
)
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.documents.misread_names import (
    DIGITS_AS_LETTERS,
    line_contains_name,
)
from docverify.documents.mrz import is_mrz_text
from docverify.documents.printed_words import split_words
from docverify.documents.states import find_state_code
from docverify.identities import Identity, Source
from docverify.layout.sides import find_larger_height
from docverify.page import Line, Page
from docverify.policy import Consequence

WORDS = re.compile(r"[^\W\d_]+")
END_LENGTH = 3  # letters at each end of a word; one end must be read correctly
MIN_LONG_WORD = 8  # letters
NAME_FIELDS = frozenset({"surname", "given_names", "full_name"})
MIN_LARGE_HEIGHT = 2.0  # in median line heights of the page
MIN_LARGER_HEIGHT = 1.5  # in heights of the larger lines of a page without the holder's names
OVERPRINTS = frozenset({"VOID"})
"""Marks of invalidity that are printed across a page, and do not mark specimens."""
SPECIMEN_STATE = "UTO"  # Utopia (Doc 9303-3, section 5)


def check_specimen(case: Case) -> Iterator[CheckResult]:
    """The document is not a published specimen (State UTO, a known number, a word like SPECIMEN).

    A certain sign asks for a rejection, a number, name or word alone for a person.
    """
    if not case.identities:
        yield not_performed("known_specimen", "no field was read")
        return
    certain = list(_find_certain_signs(case))
    signs = certain or list(_find_possible_signs(case))
    severity = Consequence.REJECT if certain else Consequence.REFER
    machine = (case.mrz_identity, case.barcode_identity) if certain else case.identities
    sources = tuple(each.source for each in machine if each in case.identities)
    yield passed_or_failed("known_specimen", not signs, severity, "; ".join(signs), *sources)


def check_invalidity_mark(case: Case) -> Iterator[CheckResult]:
    """No line marks the document as cancelled, void, revoked, lost, stolen or a copy.

    Sentences in small print, conditions such as VOID IF ALTERED and the holder's names do not
    count. A large VOID across the page is recognised even if one letter is missing or wrong.
    """
    lines = [line for page in case.reading.pages for line in page.lines]
    if not lines:
        yield not_performed("invalidity_mark", "no text was read")
        return
    names = _list_holder_names(case)
    least = case.policy.min_confidence
    marks = chain(
        (
            line
            for line in lines
            if has_invalidity_mark(line.text, is_doubtful=line.confidence < least)
        ),
        (
            line
            for page in case.reading.pages
            for line in _find_lines_as_large_as_values(case, page)
            if has_unconditional_mark(line.text)
        ),
    )
    marked = (
        not all(consists_of_names(each.text, names) for each in marks)
        or any(negates_name(line.text, _list_read_names(case)) for line in lines)
        or any(_is_misread_mark(word, OVERPRINTS) for word in _find_large_words(case))
    )
    evidence = "a mark of an invalid document, or of a copy, is printed on it"
    yield passed_or_failed("invalidity_mark", not marked, Consequence.REFER, evidence, Source.VIZ)


def _list_holder_names(case: Case) -> set[str]:
    """Return the names with a label, and those of the MRZ and the barcode."""
    labelled = {
        printed[name].text
        for printed in case.printed_by_page
        for name in NAME_FIELDS & printed.keys()
    }
    return labelled | _list_read_names(case)


def _list_read_names(case: Case) -> set[str]:
    """Return the names of the MRZ and the barcode."""
    read = [each for each in case.identities if each.source is not Source.VIZ]
    return {name for each in read for name in (each.surname, each.given_names) if name}


def _find_lines_as_large_as_values(case: Case, page: Page) -> Iterator[Line]:
    """Yield the lines in capitals that are as high as the holder's names on the page.

    On a page without names, yield the lines that are much higher than the others.
    """
    lines = [line for line in page.lines if line.text.isupper() and not is_mrz_text(line.text)]
    known = {name for each in case.identities for name in (each.surname, each.given_names) if name}
    heights = sorted(
        line.letter_height
        for line in lines
        if any(line_contains_name(line, name) for name in known)
    )
    if heights:
        least = heights[(len(heights) - 1) // 2]
    else:
        least = MIN_LARGER_HEIGHT * find_larger_height(lines)
    yield from (line for line in lines if line.letter_height >= least)


def _find_certain_signs(case: Case) -> Iterator[str]:
    mrz, card = case.mrz, case.barcode_identity
    if mrz and SPECIMEN_STATE in (mrz.issuing_state, mrz.nationality):
        yield "UTO (Utopia) is used only on specimens"
    documents = load_table("specimens")["documents"]
    if mrz and [mrz.issuing_state, mrz.document_number, mrz.surname] in documents:
        yield "issuing state, document number and surname are those of a published specimen"
    issuer = case.card.issuer_id if case.card else ""
    if is_specimen_card(issuer, card.document_number or "", card.surname or ""):
        yield "issuer, document number and surname are those of a published specimen barcode"


def _find_possible_signs(case: Case) -> Iterator[str]:
    documents = load_table("specimens")["documents"]
    if case.mrz and [case.mrz.issuing_state, case.mrz.document_number] in [
        row[:2] for row in documents
    ]:
        yield "issuing state and document number are those of a published specimen"
    if any(map(_has_specimen_name, case.identities)):
        yield "the name is one that issuers use on specimens"
    texts = [line.text for page in case.reading.pages for line in page.lines]
    words = split_words(" ".join(texts))
    marks = frozenset(find_words(WordList.SPECIMEN_MARKS))
    if words & marks:
        yield "a word that marks specimens is printed on the document"
        return
    words_in_doubt = chain(_find_long_words(case), _find_large_words(case))
    if any(_is_misread_mark(word, marks) for word in words_in_doubt):
        yield "a word that resembles one marking specimens is printed on the document"


def _find_long_words(case: Case) -> Iterator[str]:
    """Yield the words that are recognisable even with one misread letter."""
    return (word for word in case.words if len(word) >= MIN_LONG_WORD)


def _find_large_words(case: Case) -> Iterator[str]:
    """Yield the words printed across a page: their first or last letter is often lost."""
    for page in case.reading.pages:
        usual = median(line.letter_height for line in page.lines) if page.lines else 0.0
        large = (line.text for line in page.lines if line.letter_height >= MIN_LARGE_HEIGHT * usual)
        yield from (
            word for text in large for word in split_words(text) if not find_state_code(word)
        )


def _is_misread_mark(word: str, marks: frozenset[str]) -> bool:
    letters = fold_letters(word.translate(DIGITS_AS_LETTERS))
    ends = {letters[:END_LENGTH], letters[-END_LENGTH:]} if len(letters) >= END_LENGTH else set()
    near = {mark for end in ends for mark in _group_by_end(marks).get(end, ())}
    return any(Levenshtein.distance(letters, mark, score_cutoff=1) <= 1 for mark in near)


@cache
def _group_by_end(marks: frozenset[str]) -> Mapping[str, Collection[str]]:
    """Return the marks by their first and last letters."""
    found: dict[str, set[str]] = {}  # The first or last letter may be missing.
    for mark in filter(None, map(fold_letters, marks)):
        for end in (
            mark[:END_LENGTH],
            mark[1 : END_LENGTH + 1],
            mark[-END_LENGTH:],
            mark[-END_LENGTH - 1 : -1],
        ):
            found.setdefault(end, set()).add(mark)
    return found


def _has_specimen_name(identity: Identity) -> bool:
    return has_specimen_name(identity.surname or "", identity.given_names or "")
