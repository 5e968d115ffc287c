"""What a document calls itself, and who it says has issued it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from docverify.case import Case
from docverify.documents.label_table import OTHER
from docverify.documents.labels import find_segments, has_numbered_labels
from docverify.documents.states import fold_name, load_own_names, load_states
from docverify.documents.titles import TitleKind, find_title_kinds
from docverify.layout.frame import find_frame
from docverify.layout.sides import find_document_lines, find_viz_lines
from docverify.page import Line, Page

HEAD = 1 / 3  # of the height of the VIZ: where titles are
MAX_NAME_WORDS = 10
UNIONS = {"EUE"}  # printed by States that issue for themselves
WORDS = re.compile(r"[^\W\d_]+")


def find_titles(case: Case) -> frozenset[TitleKind]:
    """Return the kinds of document whose titles are printed on the document."""
    lines = (line for page in case.viz_pages for line in find_document_lines(page))
    return frozenset(kind for line in lines for kind in find_title_kinds(line.text))


def find_titles_apart_from_labels(case: Case) -> frozenset[TitleKind]:
    """Return the kinds of document that titles name; "Passport No" is a label and no title."""
    lines = (line for page in case.viz_pages for line in find_document_lines(page))
    return frozenset(
        kind
        for line in lines
        if (kinds := find_title_kinds(line.text))
        and not any(each.name for each in find_segments(line.text))
        for kind in kinds
    )


def list_labelled_fields(case: Case) -> frozenset[str]:
    """Return the names of the fields whose labels are printed, with a value or without."""
    return frozenset(name for page in case.viz_pages for name in _label_names(page))


def _label_names(page: Page) -> Iterator[str]:
    lines = find_viz_lines(page)
    numbered = has_numbered_labels("\n".join(line.text for line in lines))
    for line in lines:
        for segment in find_segments(line.text, numbered=numbered):
            if segment.name and segment.name != OTHER:
                yield segment.name


def has_issuer(case: Case) -> bool:
    """Return whether the issuer of the MRZ or the barcode is named on the document."""
    if case.card:
        issuer = case.card.issuer
        return issuer is not None and set(_words(issuer.name)) <= {
            word
            for page in case.viz_pages
            for line in find_document_lines(page)
            for word in _words(line.text)
        }
    return case.issuing_state in find_printed_issuers(case)


def find_printed_issuers(case: Case) -> frozenset[str]:
    """Return the codes of the States named at the head of the document, without a label."""
    return frozenset(
        code
        for page in case.viz_pages
        for line in _head_lines(page)
        for code in find_state_names(line.text)
        if code not in UNIONS
    )


def _head_lines(page: Page) -> Iterator[Line]:
    lines = find_viz_lines(page)
    frame = find_frame(page)
    if not lines:
        return
    top = frame.edges.top if frame else min(line.box.top for line in lines)
    bottom = frame.mrz_band_top if frame else max(line.box.bottom for line in lines)
    limit = top + HEAD * (bottom - top)
    for line in lines:
        is_label = any(each.name for each in find_segments(line.text))
        if line.box.top <= limit and (not is_label or find_title_kinds(line.text)):
            yield line


def find_state_names(text: str) -> frozenset[str]:
    """Return the codes of the States that a text names, in English or as they name themselves.

    >>> sorted(find_state_names("THE REPUBLIC OF KENYA - PASSPORT"))
    ['KEN']
    """
    words, found, start = _words(text), set(), 0
    while start < len(words):
        stop = min(start + MAX_NAME_WORDS, len(words))
        while stop > start and "".join(words[start:stop]) not in _state_names():
            stop -= 1
        if stop > start:
            found.add(_state_names()["".join(words[start:stop])])
        start = max(stop, start + 1)
    return frozenset(found)


@cache
def _state_names() -> Mapping[str, str]:
    """Return the code of each issuing State by the letters of its names."""
    states = load_states().values()
    english = {fold_name(each.name): each.code for each in states if each.may_issue}
    return english | load_own_names()


def _words(text: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", text.upper())
    return WORDS.findall("".join(each for each in letters if not unicodedata.combining(each)))
