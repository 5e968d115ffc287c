"""Print on the document that is no known value, although it looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

from rapidfuzz.fuzz import partial_ratio

from docverify.documents.kinds import DocumentKind
from docverify.documents.label_table import OTHER
from docverify.documents.languages import WordList, find_words
from docverify.documents.misread_names import contains_name
from docverify.documents.mrz import is_mrz_text
from docverify.documents.name_lines import is_name_at_birth
from docverify.documents.names import score_name
from docverify.documents.printed_words import split_words
from docverify.documents.states import find_state
from docverify.documents.titles import has_title_word
from docverify.identities import Source
from docverify.kept import keep_with_value
from docverify.layout.evidence import find_unlabelled_evidence
from docverify.layout.frame import find_frame
from docverify.layout.licence_dates import list_days_of_ages
from docverify.layout.licence_tables import is_in_category_row
from docverify.layout.sides import (
    find_document_lines,
    find_outside_lines,
    find_viz_lines,
    holds_portrait,
    measure_head,
)
from docverify.layout.state_names import find_jurisdictions, find_state_names, names_people
from docverify.layout.unlabelled import (
    ReadLine,
    UnlabelledValue,
    find_dates,
    find_lines_without_label,
    find_unlabelled_values,
    read_labels,
    remove_date,
    shape_of,
)
from docverify.page import Line, Page

if TYPE_CHECKING:
    from docverify.case import Case

MIN_CONFIDENCE = 0.5  # few texts become figures by a misreading
MAX_ISSUE_TERM = timedelta(days=366 * 21)  # the longest term of a document, with a margin
MIN_FIGURES = 6  # digits of a line that may be a number or a date
MIN_MRZ_SIMILARITY = 70.0  # percent of a line of the MRZ that was read twice
MIN_LABELS = 2  # different fields whose labels make print a document
WORD = re.compile(r"[^\W\d_]{3,}")
MIN_NAME_LETTERS = 2
MAX_NAME_WORDS = 3  # of a name in small letters
MAX_SIGNS = 3  # hyphens and apostrophes of a name
MIN_LARGER_NAME = 1.2  # of the known names: larger print is what a person reads first
MIN_LARGER_NAME_LETTERS = 4
SHARE_OF_NAMES = 0.6  # of the height of the VIZ: names are above dates, places and authorities
MAX_GAP_OF_NAMES = 6.0  # from a surname down to the given names, in its heights
MIN_PAIRED_LETTERS = 3
MIN_SAME_NAME = 0.75  # resemblance of a name and its misreading; two other names may have 0.65
MIN_NAME_HEIGHT = 0.8  # of the print that it is aligned with
MIN_SMALL_LETTERS_HEIGHT = 0.95  # the same, of a name in small letters


def find_unexplained_dates(case: Case) -> list[UnlabelledValue]:
    """Return the dates on the document that are not a date of the holder or the document.

    One date without a label may be the date of issue, where no label and no barcode has that.
    """
    known = _known_days(case)
    free = [
        each
        for each in _unlabelled(case)
        if each.days and known.isdisjoint(each.days) and not _is_of_category(case, each.line)
    ]
    if case.find_date("issue_date") is not None or _has_issue_label(case):
        return free
    issued = [each for each in free if any(_may_be_issue_date(case, day) for day in each.days)]
    if not issued:
        return free
    same_day = [each for each in free if set(each.days) & set(issued[0].days)]
    return [each for each in free if each not in same_day]


def find_unexplained_numbers(case: Case) -> list[UnlabelledValue]:
    """Return the numbers that have the shape of the document's number, and are another."""
    known = _known_numbers(case)
    shapes = {shape_of(number) for number in known if number}
    others = _other_numbers(case)
    return [
        each
        for each in _unlabelled(case)
        if each.number not in known | others and shape_of(each.number) in shapes
    ]


def find_unexplained_mrz(case: Case) -> tuple[Line, ...]:
    """Return the lines of text that are of an MRZ, and of no MRZ that was read."""
    known = [line for each in case.all_mrzs for line in each.lines]
    return tuple(
        line
        for page in case.reading.pages
        for line in page.lines
        if is_mrz_text(line.text)
        and all(partial_ratio(line.text, each) < MIN_MRZ_SIMILARITY for each in known)
    )


def find_further_figures(case: Case) -> tuple[Line, ...]:
    """Return the lines of figures in the print of values that have no label and no known value.

    They may be a number of another shape, or a date in a notation that is not known.
    """
    numbers = (_known_numbers(case) | _other_numbers(case)) - {""}
    return tuple(
        line
        for line in _find_print_without_label(case)
        if line.confidence >= MIN_CONFIDENCE
        and _is_of_figures(line.text)
        and not any(find_dates(line.text))
        and not any(
            each in _keep_alphanumeric(line.text) or _keep_alphanumeric(line.text) in each
            for each in numbers
        )
    )


@keep_with_value
def find_further_names(case: Case, *known: str) -> tuple[Line, ...]:
    """Return the lines without a label that may be another person's name.

    They are in capitals, above the birth date, and aligned with it or with a known name. Titles and
    the names of the State and its people are no such lines.
    """
    births = [line for line in find_unlabelled_evidence(case) if _has_birth_date(case, line)]
    found = [
        line
        for line in _find_other_names(case, known, case.policy.min_name_resemblance)
        if not births or any(line.box.top < each.box.top for each in births)
    ]
    lines = [
        line
        for line in find_unlabelled_evidence(case)
        if any(_is_aligned(each, line) for each in found)
    ]
    near = [line for line in lines if line in births or _is_known_name(line.text, known)]
    return tuple(line for line in found if any(_is_aligned(line, each) for each in near))


@keep_with_value
def _find_other_names(case: Case, known: tuple[str, ...], least: float) -> list[Line]:
    """Return the lines without a label that look like a name, and resemble no known one."""
    codes = {case.mrz.document_code} if case.mrz else set()
    states = {each for each in (case.issuing_state, case.mrz_identity.nationality) if each}
    return [
        line
        for line in _find_print_without_label(case, one_each=True)
        if line.confidence >= case.policy.min_confidence
        and line.text not in codes
        and _may_be_name(remove_date(line.text), states)
        and not _is_of_category(case, line)
        and not is_name_at_birth(line.text)
        and not _is_known_name(line.text, known)
        and not any(score_name(line.text, name, truncated=False) >= least for name in known)
    ]


def find_rival_names(case: Case) -> tuple[Line, ...]:
    """Return the other names that a person reads next to those of the MRZ or the barcode.

    They are where names are and about as large, or larger and anywhere below the head, where the
    State and its authorities are named; or a pair of names, one above the other.
    """
    machine = next((each for each in case.identities if each.source is not Source.VIZ), None)
    known = tuple(filter(None, (machine.surname, machine.given_names))) if machine else ()
    others = _find_other_names(case, known, MIN_SAME_NAME)
    heights = [
        line.box.height
        for page in case.viz_pages
        for line in find_viz_lines(page)
        if others and any(contains_name(line.text, name) for name in known)
    ]
    if not heights:
        return ()
    usual = max(heights)
    heads = [measure_head(page) for page in case.viz_pages]
    larger = [
        line
        for line in others
        if line.box.height >= MIN_LARGER_NAME * usual
        and sum(map(str.isalpha, line.text)) >= MIN_LARGER_NAME_LETTERS
        and all(line.box.top > head for head in heads)
    ]
    further = find_further_names(case, *known)
    return (
        *(line for line in further if line.box.height >= MIN_NAME_HEIGHT * usual),
        *larger,
        *_find_name_pairs(case, others, usual),
    )


def _find_name_pairs(case: Case, others: Sequence[Line], usual: float) -> Iterator[Line]:
    """Yield the surnames and given names of somebody else, wherever names may be.

    The values of the document below them, such as its place of issue, are no such pairs. Licences
    have no frame, and remarks in capitals.
    """
    for page in case.viz_pages if case.mrz else ():
        end = measure_head(page, SHARE_OF_NAMES)
        lines = [
            line
            for line in others
            if line in page.lines
            and line.box.bottom < end
            and line.text.isupper()
            and sum(map(str.isalpha, line.text)) >= MIN_PAIRED_LETTERS
            and line.box.height >= MIN_NAME_HEIGHT * usual
        ]
        for line, below in permutations(lines, 2):
            gap = below.box.top - line.box.top
            is_near = 0 < gap <= MAX_GAP_OF_NAMES * line.box.height
            if is_near and abs(below.box.left - line.box.left) <= line.box.height:
                yield from (line, below)


def _find_print_without_label(case: Case, *, one_each: bool = False) -> list[Line]:
    unlabelled = {
        line
        for page in case.viz_pages
        for line in find_lines_without_label(
            _read_viz_labels(page, case.is_american_licence), one_each=one_each
        )
    }
    return [line for line in find_unlabelled_evidence(case) if line in unlabelled]


def _is_of_figures(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= MIN_FIGURES and not WORD.search(text)


def _is_known_name(text: str, known: tuple[str, ...]) -> bool:
    return any(contains_name(text, name) or contains_name(name, text) for name in known)


def _has_birth_date(case: Case, line: Line) -> bool:
    born = case.find_date("birth_date")
    return any(born in days for days in find_dates(line.text))


def _may_be_name(text: str, states: set[str]) -> bool:
    """Return whether a line is words in capitals, or words of which each begins with one."""
    words = text.split()
    letters = sum(map(str.isalpha, text))
    if letters < MIN_NAME_LETTERS or letters + MAX_SIGNS < len(text.replace(" ", "")):
        return False
    has_long_words = len(words) <= MAX_NAME_WORDS and all(WORD.match(each) for each in words)
    if (
        "/" in text
        or any(map(str.isdigit, text))
        or not (text.isupper() or (text.istitle() and has_long_words))
    ):
        return False
    is_place = find_state_names(text) or find_state(text) or names_people(text, states)
    is_mark = not find_words(WordList.SPECIMEN_MARKS).isdisjoint(split_words(text))
    return not (is_place or is_mark or has_title_word(text) or find_jurisdictions(text))


def _is_aligned(line: Line, other: Line) -> bool:
    height = other.box.height
    is_left_aligned = abs(line.box.left - other.box.left) <= height
    # A misread label may look like a name in small letters, but labels are smaller.
    least = MIN_NAME_HEIGHT if line.text.isupper() else MIN_SMALL_LETTERS_HEIGHT
    return is_left_aligned and line.box.height >= least * height


def _known_numbers(case: Case) -> set[str]:
    return {_keep_alphanumeric(each.document_number or "") for each in case.identities}


def _other_numbers(case: Case) -> set[str]:
    """Return the numbers that the MRZ or the barcode has besides the document's."""
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


def _is_of_category(case: Case, line: Line) -> bool:
    """Return whether a line has the dates of a category of vehicles, as European licences do."""
    is_licence = case.kind is DocumentKind.LICENCE
    return is_licence and any(
        is_in_category_row(line, page.lines) for page in case.viz_pages if line in page.lines
    )


def _unlabelled(case: Case) -> Iterator[UnlabelledValue]:
    """Yield dates that were read at all, and numbers that were read with confidence."""
    for page in case.viz_pages:
        around = find_outside_lines(page)
        found: Sequence[ReadLine] = _read_document_labels(page, case.is_american_licence)
        if _shows_document(page, around):
            shown = (*find_document_lines(page), *around)
            found = read_labels(shown, is_american=case.is_american_licence)
        for value in find_unlabelled_values(found):
            least = MIN_CONFIDENCE if value.days else case.policy.min_confidence
            if value.line.confidence >= least:
                yield value


@keep_with_value
def _read_document_labels(page: Page, is_american: bool) -> tuple[ReadLine, ...]:
    return tuple(read_labels(find_document_lines(page), is_american=is_american))


@keep_with_value
def _read_viz_labels(page: Page, is_american: bool) -> tuple[ReadLine, ...]:
    viz = set(find_viz_lines(page))
    return tuple(each for each in _read_document_labels(page, is_american) if each.line in viz)


def _shows_document(page: Page, around: tuple[Line, ...]) -> bool:
    """Return whether the print around the document of a page is that of another document.

    It has a portrait, or the labels of several fields.
    """
    frame = find_frame(page)
    has_portrait = any(
        frame and not holds_portrait(page.lines, frame, each.box) for each in page.portraits or ()
    )
    names = {segment.name for each in read_labels(around) for segment in each.segments}
    return bool(around) and (has_portrait or len(names - {None, OTHER}) >= MIN_LABELS)


def _has_issue_label(case: Case) -> bool:
    """Return whether the label of the date of issue is printed: then its date is next to it."""
    return any(
        segment.name == "issue_date"
        for page in case.viz_pages
        for each in _read_viz_labels(page, case.is_american_licence)
        for segment in each.segments
    )


def _may_be_issue_date(case: Case, day: date) -> bool:
    born, expiry = case.find_date("birth_date"), case.find_date("expiry_date")
    after_birth = born is None or day > born
    before_expiry = expiry is None or timedelta(0) < expiry - day <= MAX_ISSUE_TERM
    return after_birth and before_expiry and day <= case.today + timedelta(days=1)
