"""The check for published sample documents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain
from statistics import median

from rapidfuzz.distance import Levenshtein

from docverify.case import Case
from docverify.checks.result import CheckResult, not_performed, passed_or_failed
from docverify.documents.code_tables import load_table
from docverify.documents.document_numbers import has_specimen_name, is_specimen_card
from docverify.documents.labels import fold_letters
from docverify.documents.misread_names import DIGITS_AS_LETTERS
from docverify.documents.mrz import Mrz
from docverify.documents.printed_words import split_words
from docverify.documents.states import find_state_code
from docverify.identities import Identity
from docverify.policy import Consequence

ENDS = 3  # letters at the beginning or the end of a word, of which one is read well
MIN_LONG = 8
LARGE = 2.0  # heights of the other lines
SPECIMEN_STATE = "UTO"  # Doc 9303-3, section 5: Utopia stands for no State


def check_specimen(case: Case) -> Iterator[CheckResult]:
    """The document is no published sample: not of state UTO, no known number, no SPECIMEN word.

    A certain sign asks for a rejection; a shared number, name or word alone, for a person.
    """
    if not case.identities:
        yield not_performed("known_specimen", "nothing was read that could be compared")
        return
    certain = list(_certain_signs(case))
    signs = certain or list(_possible_signs(case))
    severity = Consequence.REJECT if certain else Consequence.REFER
    machine = (case.mrz_identity, case.barcode_identity) if certain else case.identities
    sources = tuple(each.source for each in machine if each in case.identities)
    yield passed_or_failed("known_specimen", not signs, severity, "; ".join(signs), *sources)


def _certain_signs(case: Case) -> Iterator[str]:
    mrz, card = case.mrz, case.barcode_identity
    if mrz and SPECIMEN_STATE in (mrz.issuing_state, mrz.nationality):
        yield "state UTO stands for no State"
    documents = load_table("specimens")["documents"]
    if mrz and [mrz.issuing_state, mrz.document_number, mrz.surname] in documents:
        yield "state, number and surname are those of a published specimen"
    issuer = case.card.issuer_id if case.card else ""
    if is_specimen_card(issuer, card.document_number or "", card.surname or ""):
        yield "issuer, number and surname are those of a published barcode"


def _possible_signs(case: Case) -> Iterator[str]:
    specimens = load_table("specimens")
    if case.mrz and _number(case.mrz) in [row[:2] for row in specimens["documents"]]:
        yield "state and number are those of a published specimen"
    if any(map(_has_specimen_name, case.identities)):
        yield "the name is one that issuers print on samples"
    if case.words & set(specimens["words"]):
        yield "a word that marks samples is printed on it"
    elif any(map(_is_misread_mark, chain(_long_words(case), _large_words(case)))):
        yield "a word like one that marks samples is printed on it"


def _long_words(case: Case) -> Iterator[str]:
    """Yield the words of which a letter may be misread without making another word of them."""
    return (word for word in case.words if len(word) >= MIN_LONG)


def _large_words(case: Case) -> Iterator[str]:
    """Yield the words that stand across a page: their first or last letter is often lost."""
    for page in case.reading.pages:
        usual = median(line.box.height for line in page.lines) if page.lines else 0.0
        large = (line.text for line in page.lines if line.box.height >= LARGE * usual)
        yield from (
            word for text in large for word in split_words(text) if not find_state_code(word)
        )


def _is_misread_mark(word: str) -> bool:
    letters = fold_letters(word.translate(DIGITS_AS_LETTERS))
    ends = {letters[:ENDS], letters[-ENDS:]} if len(letters) >= ENDS else set()
    near = {mark for end in ends for mark in _marks_by_end().get(end, ())}
    return any(Levenshtein.distance(letters, mark, score_cutoff=1) <= 1 for mark in near)


@cache
def _marks_by_end() -> Mapping[str, Collection[str]]:
    """Return the words that mark samples by their first and last letters, one of them lost."""
    found: dict[str, set[str]] = {}
    for mark in filter(None, map(fold_letters, load_table("specimens")["words"])):
        for end in (mark[:ENDS], mark[1 : ENDS + 1], mark[-ENDS:], mark[-ENDS - 1 : -1]):
            found.setdefault(end, set()).add(mark)
    return found


def _number(mrz: Mrz) -> list[str]:
    return [mrz.issuing_state, mrz.document_number]


def _has_specimen_name(identity: Identity) -> bool:
    return has_specimen_name(identity.surname or "", identity.given_names or "")
