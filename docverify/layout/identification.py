"""Identification of a document by its title, its labels and the name of its issuer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from docverify.case import Case
from docverify.documents.label_table import OTHER
from docverify.documents.labels import find_line_segments, has_numbered_labels
from docverify.documents.languages import fold_letters
from docverify.documents.licence_issuers import (
    find_jurisdiction_alone,
    find_titled_jurisdiction,
    list_names_of_issuer,
    names_jurisdiction,
)
from docverify.documents.licence_labels import find_licence_segments
from docverify.documents.misread_names import contains_name, line_contains_name
from docverify.documents.printed_fields import NAME_FIELDS, find_printed_fields
from docverify.documents.states import Jurisdiction
from docverify.documents.titles import TitleKind, find_line_title_kinds, is_title
from docverify.kept import keep_with_value
from docverify.layout.licence_front import follows, list_title_texts
from docverify.layout.native_titles import find_native_titles
from docverify.layout.other_states import names_other_state
from docverify.layout.sides import (
    find_document_lines,
    find_larger_height,
    find_viz_lines,
    measure_head,
)
from docverify.layout.state_names import find_jurisdictions, find_state_names
from docverify.page import Line, Page

MIN_TITLE_HEIGHT = 1.5  # of the larger lines: such a line is a title wherever it is
MIN_OTHER_TITLE_HEIGHT = 0.9  # of the larger lines
MIN_OTHER_TITLE_LETTERS = 8  # fewer may be a name or a part of a label, as PASS and AUSWEIS
MAX_TITLE_LINE_WORDS = 6
UNIONS = {"EUE"}  # also printed by States that issue the document themselves


def find_titles(case: Case) -> frozenset[TitleKind]:
    """Return the kinds of document whose titles are printed on the document."""
    lines = (line for page in case.viz_pages for line in find_document_lines(page))
    return frozenset(kind for line in lines for kind in find_line_title_kinds(line))


def find_titles_outside_labels(case: Case) -> frozenset[TitleKind]:
    """Return the kinds of document named by titles, but not by labels such as "Passport No"."""
    lines = (line for page in case.viz_pages for line in find_document_lines(page))
    return frozenset(
        kind
        for line in lines
        if (kinds := find_line_title_kinds(line))
        and (is_title(line.text) or not any(each.name for each in find_line_segments(line)))
        for kind in kinds
    )


def has_large_title(case: Case, kinds: Collection[TitleKind]) -> bool:
    """Return whether a line as large as values and titles is a title of only these kinds.

    Sentences, labels, names of the holder and lines with doubtful readings do not count.
    """
    names = [name for each in case.identities for name in (each.surname, each.given_names) if name]
    pages = (find_document_lines(page) for page in case.viz_pages)
    return any(
        line.box.height >= MIN_OTHER_TITLE_HEIGHT * find_larger_height(lines)
        and line.confidence >= case.policy.min_confidence
        and (found := find_line_title_kinds(line))
        and found <= set(kinds)
        and len(line.text) >= MIN_OTHER_TITLE_LETTERS
        and len(line.text.split()) <= MAX_TITLE_LINE_WORDS
        and (is_title(line.text) or not any(each.name for each in find_line_segments(line)))
        and not any(line_contains_name(line, name) for name in names)
        for lines in pages
        for line in lines
    )


def list_labelled_fields(case: Case) -> frozenset[str]:
    """Return the names of the fields whose labels are printed, with or without a value."""
    return frozenset(name for page in case.viz_pages for name in _label_names(page))


def _label_names(page: Page) -> Iterator[str]:
    lines = find_viz_lines(page)
    numbered = has_numbered_labels("\n".join(line.text for line in lines))
    for line in lines:
        for segment in find_line_segments(line, numbered=numbered):
            if segment.name and segment.name != OTHER:
                yield segment.name


def has_issuer(case: Case) -> bool:
    """Return whether the issuer of the MRZ or the barcode is named on the document."""
    if case.card:
        issuer = case.card.issuer
        pages = (find_document_lines(page) for page in case.viz_pages)
        texts = (text for lines in pages for text in list_title_texts(lines))
        return issuer is not None and names_jurisdiction(texts, issuer)
    return case.issuing_state in find_printed_issuers(case)


def find_printed_issuers(case: Case) -> frozenset[str]:
    """Return the codes of the States named at the head of the document, without a label."""
    return frozenset(
        code
        for page in case.viz_pages
        for line in _head_lines(page)
        for code in find_state_names(line.text) | find_native_titles(line.text)
        if code not in UNIONS
    )


def has_title_of_other_state(case: Case, accepted: Collection[str]) -> bool:
    """Return whether a title at the head names a different nationality or misspells a State.

    Lines with a name of the holder and lines with doubtful readings do not count.
    """
    names = [name for each in case.identities for name in (each.surname, each.given_names) if name]
    return any(
        names_other_state(line.text, accepted)
        and line.confidence >= case.policy.min_confidence
        and not any(line_contains_name(line, name) for name in names)
        for page in case.viz_pages
        for line in _head_lines(page)
    )


def find_printed_jurisdictions(case: Case, issuer: Jurisdiction) -> frozenset[str]:
    """Return the States and provinces of North America named at the head, and a misread issuer.

    A line with digits is an address. Of two names in the same words, the longer one counts: West
    Virginia, not Virginia.
    """
    pages = map(_head_lines, case.viz_pages)
    texts = [text for lines in pages for text in list_title_texts(lines)]
    titles = [text for text in texts if not any(map(str.isdigit, text))]
    found = {name for text in titles for name in find_jurisdictions(text)}
    return frozenset(found | ({issuer.name} if names_jurisdiction(titles, issuer) else set()))


def has_title_of_other_jurisdiction(case: Case, issuer: Jurisdiction) -> bool:
    """Return whether a licence has the title of another State or province of North America.

    It is as large as the values with words such as State of, or larger without them. Names of the
    holder, towns and counties do not count, and neither do parts of the issuer's own name: Kansas
    in Arkansas, and Washington on a licence of the District of Columbia. A part of it with a title
    counts, unless the rest of the name may be missing.
    """
    names = [name for each in case.identities for name in (each.surname, each.given_names) if name]
    for page in case.viz_pages:
        lines = find_viz_lines(page)
        usual = find_larger_height(lines)
        for line in lines:
            if (
                line.letter_height >= MIN_OTHER_TITLE_HEIGHT * usual
                and line.confidence >= case.policy.min_confidence
                and _is_title_of_other(line, lines, issuer, usual)
                and not any(line_contains_name(line, name) for name in names)
            ):
                return True
    return False


def _is_title_of_other(
    line: Line, lines: Sequence[Line], issuer: Jurisdiction, usual: float
) -> bool:
    titled = find_titled_jurisdiction(line.text)
    is_large = line.letter_height >= MIN_TITLE_HEIGHT * usual
    other = titled or (find_jurisdiction_alone(line.text) if is_large else None)
    if other is None or other.code == issuer.code or names_jurisdiction([line.text], issuer):
        return False
    is_part = any(fold_letters(other.name) in name for name in _fold_names(issuer))
    return not is_part or (
        titled is not None and not _lacks_words_of_name(line, titled, lines, issuer)
    )


def _lacks_words_of_name(
    line: Line, part: Jurisdiction, lines: Sequence[Line], issuer: Jurisdiction
) -> bool:
    """Return whether the rest of the issuer's name is cut off, or a line of its own next to a part.

    Only a line that begins with the part at the left edge of the page may be cut off.
    """
    begins_with_part = fold_letters(line.text).startswith(fold_letters(part.name))
    if begins_with_part and line.box.left <= line.box.height:
        return True
    before = [f"{each.text} {part.name}" for each in lines if follows(line, each)]
    behind = [f"{part.name} {each.text}" for each in lines if follows(each, line)]
    return any(fold_letters(text) in _fold_names(issuer) for text in (*before, *behind))


def _fold_names(issuer: Jurisdiction) -> frozenset[str]:
    return frozenset(map(fold_letters, list_names_of_issuer(issuer)))


@keep_with_value
def _head_lines(page: Page) -> tuple[Line, ...]:
    lines, limit = find_viz_lines(page), measure_head(page)
    large = MIN_TITLE_HEIGHT * find_larger_height(lines)
    return tuple(
        line
        for line in lines
        if (line.box.top <= limit or line.box.height >= large)
        and (find_line_title_kinds(line) or not any(each.name for each in find_line_segments(line)))
    )


def has_holder(case: Case, page: Page) -> bool:
    """Return whether a page has the holder's name, with a label or as in the MRZ or barcode."""
    lines = find_viz_lines(page)
    if not find_printed_fields(lines).keys().isdisjoint(NAME_FIELDS):
        return True
    texts = [line.text for line in lines]
    if case.is_american_licence:  # A reader may have joined the label LN with the name.
        texts += [each.value for text in texts for each in find_licence_segments(text)]
    names = [name for each in case.identities for name in (each.surname, each.given_names) if name]
    return any(contains_name(text, name) for text in texts for name in names)
