"""The issuer and the nationality of an MRZ, as the document prints them without a label."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from docverify.documents.kinds import DocumentKind
from docverify.documents.labels import find_line_segments
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.documents.misread_names import line_contains_name
from docverify.documents.mrz import is_mrz_text
from docverify.documents.states import (
    NO_STATE,
    OTHER_CODES,
    CodeStatus,
    find_state,
    find_states_of_people,
    list_people_words,
)
from docverify.layout.sides import find_document_lines
from docverify.layout.state_names import (
    find_foreign_names,
    find_state_names,
    find_words_like_state,
    names_nationality,
    split_letters,
)
from docverify.page import Line

if TYPE_CHECKING:
    from docverify.case import Case

BRITISH_TERRITORIES = {
    *("AIA", "BMU", "CYM", "FLK", "GIB", "IOT", "MSR", "PCN", "SHN", "TCA", "VGB"),
}
SAME_ISSUER = {
    **{"TWN": {"CHN"}, "HKG": {"CHN"}, "MAC": {"CHN"}},
    **{"CHN": {"HKG", "MAC"}, "GBD": BRITISH_TERRITORIES},
}
"""Issuers whose holders have the nationality of another code, or whose titles name it."""

ORGANISATIONS = frozenset({"EUE", "UNO", "UNA", "UNK"})
ORGANISATION_LETTER = "X"
"""Issuers of documents for anyone (Doc 9303-3, section 5); other organisations begin with X."""

OWN_NATIONALS = (
    DocumentKind.PASSPORT,
    DocumentKind.EMERGENCY_PASSPORT,
    DocumentKind.IDENTITY_CARD,
)
"""Documents that name their issuer; permits often name only the holder's State."""

PASSPORTS = (DocumentKind.PASSPORT, DocumentKind.EMERGENCY_PASSPORT)
MAX_WORDS_OF_CODE = 3  # of a line with the code of a State: D, or F / FRA
STATE_CODE_LETTERS = 3


def has_foreign_holder(case: Case) -> bool:
    """Return whether the MRZ has a nationality other than that of its issuer.

    States issue passports to their own people, so a different nationality must be printed. The
    people of two codes may be the same, as the British ones are; organisations issue to anyone, and
    visas to foreigners (Doc 9303-3, section 5).
    """
    mrz = case.mrz
    if mrz is None or case.kind in (DocumentKind.VISA, DocumentKind.LICENCE):
        return False
    issuer, nation = mrz.issuing_state, mrz.nationality
    if not nation or nation in NO_STATE | {issuer} | SAME_ISSUER.get(issuer, set()):
        return False
    is_organisation = issuer in ORGANISATIONS or issuer.startswith(ORGANISATION_LETTER)
    return not is_organisation and _list_people(issuer).isdisjoint(_list_people(nation))


def _list_people(code: str) -> frozenset[str]:
    """Return the codes of the States with the same word for their people, including this one."""
    words = list_people_words(code)
    return frozenset({code, *(each for word in words for each in find_states_of_people(word))})


def is_state_printed(case: Case, code: str, other: str | None = None) -> bool:
    """Return whether a line of the document names a State: by its code, name or people.

    On passports, the holder's place of birth does not count. A word that begins at least as much
    like a name of the State `other` does not count either: AUSTRALIENNE is not of Austria.
    """
    place = case.printed.get("place_of_birth") if case.kind in PASSPORTS else None
    return any(
        names_state(line.text, code, other)
        for line in _list_lines_without_names(case)
        if place is None or place.text not in line.text
    )


def names_state(text: str, code: str, other: str | None = None) -> bool:
    """Return whether a line names one State, by its code alone, its name or its people.

    A word in a language that is not in the tables must begin like a name of the State, with more
    letters than like one of the State `other`.

    >>> names_state("REPUBLIC OF KENYA", "KEN"), names_state("Nationality KENYAN", "KEN")
    (True, True)
    >>> names_state("KEN", "KEN"), names_state("OFFICE OF MISTER KEN", "KEN")
    (True, False)
    """
    words = split_letters(text)
    alike = text if other is None else " ".join(find_words_like_state(text, code, other))
    has_code = any(OTHER_CODES.get(word, word) == code for word in words)
    return (
        (has_code and len(words) <= MAX_WORDS_OF_CODE)
        or code in find_state_names(text) | find_foreign_names(text)
        or names_nationality(alike, [code])
        or any(code in find_states_of_people(word) for word in words)
    )


def find_other_state(case: Case) -> tuple[Line, ...]:
    """Return the lines without a label that are only the code or the people of another State.

    Nothing is found if the document prints the State of its MRZ anywhere: the further code may be
    that of a place.
    """
    mrz = case.mrz
    if mrz is None or case.kind is DocumentKind.VISA:
        return ()
    own = {mrz.issuing_state, mrz.nationality} | SAME_ISSUER.get(mrz.issuing_state, set())
    if any(is_state_printed(case, code) for code in own if code):
        return ()
    return tuple(
        line
        for line in _list_lines_without_names(case)
        if line.confidence >= case.policy.min_confidence
        and not any(segment.name for segment in find_line_segments(line))
        and _is_other_state(line.text, own)
    )


def _is_other_state(text: str, own: Collection[str]) -> bool:
    """Return whether a text is an assigned code or a word for the people of a different State."""
    state, people = find_state(text), find_states_of_people(text)
    is_link = fold_letters(text) in find_words(WordList.CONTINUATIONS)  # AND is Andorra's code
    is_assigned = state is not None and state.status is CodeStatus.ASSIGNED
    is_code = is_assigned and text not in own and not is_link
    return (is_code and len(text) == STATE_CODE_LETTERS) or (
        bool(people) and people.isdisjoint(own)
    )


def _list_lines_without_names(case: Case) -> list[Line]:
    """Return the lines of the document without a name of the holder: KEN may be one."""
    names = [name for each in case.identities for name in (each.surname, each.given_names) if name]
    pages = (find_document_lines(page) for page in case.viz_pages)
    return [
        line
        for lines in pages
        for line in lines
        if not is_mrz_text(line.text) and not any(line_contains_name(line, name) for name in names)
    ]
