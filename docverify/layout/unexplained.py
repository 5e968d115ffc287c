"""Printed text on the document that looks like a value, but is not a known value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rapidfuzz.fuzz import partial_ratio

from docverify.documents.kinds import PASSPORTS, DocumentKind
from docverify.documents.label_table import OTHER
from docverify.documents.languages import WordList
from docverify.documents.mrz import is_mrz_text
from docverify.documents.word_runs import find_runs, fold_words
from docverify.kept import keep_with_value
from docverify.layout.frame import find_frame
from docverify.layout.licence_dates import list_days_of_ages
from docverify.layout.licence_tables import is_in_category_row
from docverify.layout.sides import (
    contains_portrait,
    find_document_lines,
    find_larger_height,
    find_outside_lines,
    find_viz_lines,
    find_viz_lines_over_edge,
    measure_head,
)
from docverify.layout.unlabelled import (
    MIN_DATE_DIGITS,
    ReadLine,
    UnlabelledValue,
    find_dates,
    find_lines_without_label,
    find_unlabelled_values,
    read_labels,
    shape_of,
)
from docverify.layout.visible_lines import MIN_RELATIVE_HEIGHT, find_unlabelled_evidence
from docverify.page import Line, Page

if TYPE_CHECKING:
    from docverify.case import Case

MIN_CONFIDENCE = 0.5  # few texts are misread as digits
MAX_ISSUE_TERM = timedelta(days=366 * 21)  # the longest term of a document, with a margin
MIN_FIGURES = 6  # digits in a line that may be a number or a date
MIN_MRZ_SIMILARITY = 70.0  # percent, between two readings of one line of the MRZ
MIN_LABELS = 2  # different fields; with their labels, a text is a document
WORD = re.compile(r"[^\W\d_]{3,}")
CONVENTIONS = frozenset((date(1951, 7, 28), date(1954, 9, 28)))
"""Days of the conventions on refugees and on stateless persons, which their documents print."""


def find_unexplained_dates(case: Case) -> list[UnlabelledValue]:
    """Return the printed dates that belong neither to the holder nor to the document.

    One date without a label may be the date of issue, if neither a label nor a barcode has that.
    """
    known = _known_days(case)
    free = [
        each
        for each in _unlabelled(case)
        if each.days
        and known.isdisjoint(each.days)
        and not is_of_category(case, each.line)
        and not _is_known_number(case, each.line)
        and not _is_of_convention(case, each)
    ]
    if case.find_date("issue_date") is not None or _has_issue_label(case):
        return free
    issued = [each for each in free if any(_may_be_issue_date(case, day) for day in each.days)]
    if not issued:
        return free
    same_day = [each for each in free if set(each.days) & set(issued[0].days)]
    return [each for each in free if each not in same_day]


def _is_of_convention(case: Case, printed: UnlabelledValue) -> bool:
    """Return whether a date is that of the convention in whose line it is printed."""
    words = fold_words(printed.line.text)
    return (
        case.kind in PASSPORTS
        and not CONVENTIONS.isdisjoint(printed.days)
        and any(find_runs(words, WordList.CONVENTIONS))
    )


def _is_known_number(case: Case, line: Line) -> bool:
    """Return whether the digits of a line are those of a known number, such as A07182035."""
    text = _keep_alphanumeric(line.text)
    return any(
        number in text and sum(map(str.isdigit, text.replace(number, "", 1))) < MIN_DATE_DIGITS
        for number in _known_numbers(case) - {""}
    )


def find_unexplained_numbers(case: Case) -> list[UnlabelledValue]:
    """Return the numbers that look like the document's number but differ from it.

    The optional data of an MRZ may hold a personal number among other characters.
    """
    known = _known_numbers(case)
    shapes = {shape_of(number) for number in known if number}
    others = _other_numbers(case)
    return [
        each
        for each in _unlabelled(case)
        if each.number not in known
        and not any(each.number in other for other in others)
        and shape_of(each.number) in shapes
    ]


def find_unexplained_mrz(case: Case) -> tuple[Line, ...]:
    """Return the lines of text that look like an MRZ, but belong to none that was read."""
    known = [line for each in case.all_mrzs for line in each.lines]
    return tuple(
        line
        for page in case.reading.pages
        for line in page.lines
        if is_mrz_text(line.text)
        and all(partial_ratio(line.text, each) < MIN_MRZ_SIMILARITY for each in known)
    )


def find_further_figures(case: Case) -> tuple[Line, ...]:
    """Return the lines of digits, as large as values, that have no label and are not known.

    They may be a number in a different format, or a date in an unknown notation.
    """
    numbers = (_known_numbers(case) | _other_numbers(case)) - {""}
    return tuple(
        line
        for line in find_print_without_label(case)
        if line.confidence >= MIN_CONFIDENCE
        and _is_of_figures(line.text)
        and not any(find_dates(line.text))
        and not any(
            each in _keep_alphanumeric(line.text) or _keep_alphanumeric(line.text) in each
            for each in numbers
        )
    )


@keep_with_value
def find_print_without_label(case: Case, *, one_each: bool = False) -> list[Line]:
    """Return the lines of the VIZ, as large as values, that no label next to them explains.

    With `one_each`, a label explains only the nearest line below or to its right.
    """
    unlabelled = {
        line
        for page in case.viz_pages
        for line in find_lines_without_label(
            read_viz_labels(page, case.is_american_licence), one_each=one_each
        )
    }
    return [line for line in find_unlabelled_evidence(case) if line in unlabelled]


def _is_of_figures(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= MIN_FIGURES and not WORD.search(text)


def _known_numbers(case: Case) -> set[str]:
    return {_keep_alphanumeric(each.document_number or "") for each in case.identities}


def _other_numbers(case: Case) -> set[str]:
    """Return the numbers in the MRZ or the barcode other than the document's."""
    mrz = case.mrz
    texts = [mrz.optional_data, mrz.optional_data_2] if mrz else []
    card = case.card
    texts += [card.document_discriminator or ""] if card else []
    return {_keep_alphanumeric(text) for text in texts}


def _keep_alphanumeric(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _known_days(case: Case) -> set[date]:
    names = ("birth_date", "issue_date", "expiry_date")
    found = {getattr(each, name) for each in case.identities for name in names}
    born = case.find_date("birth_date")
    if born and case.is_american_licence:
        found |= set(list_days_of_ages(born))
    return found - {None}


def is_of_category(case: Case, line: Line) -> bool:
    """Return whether a line has the dates of a category of vehicles, as on European licences."""
    is_licence = case.kind is DocumentKind.LICENCE
    return is_licence and any(
        is_in_category_row(line, page.lines) for page in case.viz_pages if line in page.lines
    )


def _unlabelled(case: Case) -> Iterator[UnlabelledValue]:
    """Yield all dates that were read, and the numbers that were read with confidence."""
    for page in case.viz_pages:
        around = find_outside_lines(page)
        is_american = case.is_american_licence
        found: Sequence[ReadLine] = _read_document_labels(page, is_american)
        if _shows_document(page, around):
            shown = (*find_document_lines(page), *around)
            found = read_labels(shown, is_american=is_american)
        over = read_labels(_find_large_lines_over_edge(page), is_american=is_american)
        for lines in (found, over):
            for value in find_unlabelled_values(lines, is_american=is_american):
                least = MIN_CONFIDENCE if value.days else case.policy.min_confidence
                if value.line.confidence >= least:
                    yield value


def _find_large_lines_over_edge(page: Page) -> list[Line]:
    """Return the lines over the edge, or up or down the document, that are as large as its values.

    Lines above them belong to the head, or to the paper under the document.
    """
    least, head = MIN_RELATIVE_HEIGHT * find_larger_height(find_viz_lines(page)), measure_head(page)
    return [
        line
        for line in find_viz_lines_over_edge(page)
        if line.letter_height >= least and line.box.bottom > head
    ]


@keep_with_value
def _read_document_labels(page: Page, is_american: bool) -> tuple[ReadLine, ...]:
    return tuple(read_labels(find_document_lines(page), is_american=is_american))


@keep_with_value
def read_viz_labels(page: Page, is_american: bool) -> tuple[ReadLine, ...]:
    """Read the labels and dates of each line of the VIZ of a page."""
    viz = set(find_viz_lines(page))
    return tuple(each for each in _read_document_labels(page, is_american) if each.line in viz)


def _shows_document(page: Page, around: tuple[Line, ...]) -> bool:
    """Return whether the text around the document of a page belongs to another document.

    It has a portrait, or the labels of several fields.
    """
    frame = find_frame(page)
    has_portrait = any(
        frame and not contains_portrait(page.lines, frame, each.box)
        for each in page.portraits or ()
    )
    names = {segment.name for each in read_labels(around) for segment in each.segments}
    return bool(around) and (has_portrait or len(names - {None, OTHER}) >= MIN_LABELS)


def _has_issue_label(case: Case) -> bool:
    """Return whether the label of the date of issue is printed; its date is then next to it."""
    return any(
        segment.name == "issue_date"
        for page in case.viz_pages
        for each in read_viz_labels(page, case.is_american_licence)
        for segment in each.segments
    )


def _may_be_issue_date(case: Case, day: date) -> bool:
    born, expiry = case.find_date("birth_date"), case.find_date("expiry_date")
    after_birth = born is None or day > born
    before_expiry = expiry is None or timedelta(0) < expiry - day <= MAX_ISSUE_TERM
    return after_birth and before_expiry and day <= case.today + timedelta(days=1)
