"""Names on the document that people read as a name, but not as the holder's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from statistics import median_high
from typing import TYPE_CHECKING

from docverify.documents.languages import WordList, find_words
from docverify.documents.misread_names import (
    LATIN_AS_CYRILLIC,
    contains_name,
    is_same_name,
    line_contains_name,
)
from docverify.documents.mrz import is_mrz_text
from docverify.documents.name_lines import choose_own_name, is_name_at_birth
from docverify.documents.names import score_name
from docverify.documents.printed_words import split_words
from docverify.documents.states import find_state
from docverify.documents.titles import has_title_word
from docverify.documents.value_shapes import has_latin_letters
from docverify.identities import Source
from docverify.kept import keep_with_value
from docverify.layout.explained_words import find_unexplained_words
from docverify.layout.licence_names import is_remark
from docverify.layout.names_in_labels import (
    find_unknown_words_in_brackets,
    find_unknown_words_in_labels,
)
from docverify.layout.names_of_relatives import (
    has_label_before_colon,
    has_label_of_group,
    has_patronymic,
)
from docverify.layout.names_without_label import (
    are_values_behind_labels,
    find_lines_beyond_labels,
    find_lines_of_long_values,
    find_lines_without_any_label,
)
from docverify.layout.native_titles import names_native_title
from docverify.layout.sides import find_viz_lines, find_viz_lines_over_edge, measure_head
from docverify.layout.state_names import find_jurisdictions, find_state_names, names_nationality
from docverify.layout.unexplained import (
    find_print_without_label,
    is_of_category,
    read_viz_labels,
)
from docverify.layout.unlabelled import ReadLine, find_dates, read_labels, remove_date
from docverify.layout.visible_lines import find_unlabelled_evidence
from docverify.page import Line, Page

if TYPE_CHECKING:
    from docverify.case import Case

WORD = re.compile(r"[^\W\d_]{3,}")
MIN_NAME_LETTERS = 2
MAX_NAME_WORDS = 3  # of a name in small letters
MAX_WORDS_OF_NAMES = 5  # of a whole name in capitals
MAX_SIGNS = 3  # hyphens and apostrophes of a name
MIN_LARGER_NAME = 1.2  # of the known names: a person reads larger print first
MIN_MUCH_LARGER_NAME = 1.4  # of the known names: a label never explains such large print
MIN_NAME_SIZE = 0.75  # of the known names: print in their size
MIN_NAME_SIZE_ON_LICENCES = 0.85
MIN_LARGER_NAME_LETTERS = 4
MIN_WORD_LETTERS = 3
SHARE_OF_NAMES = 0.6  # of the height of the VIZ: names are above dates, places and authorities
MAX_GAP_OF_NAMES = 6.0  # from a surname down to the given names, in heights of the surname
MIN_PAIRED_LETTERS = 3
MIN_SAME_NAME = 0.75  # of a name and its misreading; different names may reach 0.65
MIN_NAME_HEIGHT = 0.8  # of the print that it is aligned with
MIN_SMALL_LETTERS_HEIGHT = 0.95  # the same for a name in small letters


@keep_with_value
def find_further_names(case: Case, *known: str) -> tuple[Line, ...]:
    """Return the lines without a label that may be another person's name.

    They are in capitals, above the birth date, and aligned with it or with a known name. Titles and
    the names of the State and its people do not count.
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
    """Return the lines without a label that look like a name but do not resemble a known one."""
    codes = {case.mrz.document_code} if case.mrz else set()
    states = _list_states(case)
    long_values = {
        line
        for page in case.viz_pages
        for line in find_lines_of_long_values(read_viz_labels(page, case.is_american_licence))
    }
    return [
        line
        for line in find_print_without_label(case, one_each=True)
        if line.confidence >= case.policy.min_confidence
        and line not in long_values
        and line.text not in codes
        and _may_be_name(remove_date(line.text), states)
        and not _has_label_before_colon(case, line, known)
        and not (case.is_american_licence and is_remark(line.text))
        and not is_of_category(case, line)
        and not is_name_at_birth(line.text)
        and not _is_known_name(line.text, known)
        and not _is_explained(case, line.text, known)
        and not any(score_name(line.text, name, truncated=False) >= least for name in known)
    ]


def find_conflicting_names(case: Case) -> tuple[Line, ...]:
    """Return the other names that a person reads next to those of the MRZ or the barcode.

    Such names are as large as the holder's and where names are printed, or larger and anywhere
    below the head, which names the State and its authorities. Two names below each other count as
    well, and so do more lines that look like names than the document has labels for.
    """
    machine = next((each for each in case.identities if each.source is not Source.VIZ), None)
    known = tuple(filter(None, (machine.surname, machine.given_names))) if machine else ()
    heights = _measure_names(case, known)
    if not heights:
        return ()
    usual = max(heights)
    further = find_further_names(case, *known)
    return (
        *(line for line in further if line.box.height >= MIN_NAME_HEIGHT * usual),
        *_find_larger_names(case, known, median_high(heights)),
        *_find_name_pairs(case, _find_other_names(case, known, MIN_SAME_NAME), usual),
        *_find_names_beyond_labels(case, known, median_high(heights)),
    )


def _measure_names(case: Case, known: tuple[str, ...]) -> list[float]:
    """Return the heights of the lines with a known name, if possible with nothing else."""
    lines = [
        line
        for page in case.viz_pages
        for line in find_viz_lines(page)
        if any(line_contains_name(line, name) for name in known)
    ]
    alone = [
        line
        for line in lines
        if not find_unexplained_words(line.text, known, (), is_american=case.is_american_licence)
    ]
    return [line.box.height for line in alone or lines]


def _find_larger_names(case: Case, known: tuple[str, ...], usual: float) -> Iterator[Line]:
    """Yield the lines below the head that are larger than names and that nothing explains.

    A label may explain lines that are only a little larger. Text up or down the page and text over
    the edge of the document count, too.
    """
    unlabelled = find_print_without_label(case, one_each=True)
    for page in case.viz_pages:
        head = measure_head(page)
        for line in (*find_viz_lines(page), *find_viz_lines_over_edge(page)):
            is_much_larger = line.letter_height >= MIN_MUCH_LARGER_NAME * usual
            is_explained = line not in unlabelled or not choose_own_name([line.text])
            if (
                (is_much_larger or not is_explained)
                and line.letter_height >= MIN_LARGER_NAME * usual
                and line.box.bottom > head
                and line.confidence >= case.policy.min_confidence
                and not is_mrz_text(line.text)
                and not (case.is_american_licence and is_remark(line.text))
                and _has_other_name(case, line.text, known)
            ):
                yield line


def _has_other_name(case: Case, text: str, known: tuple[str, ...]) -> bool:
    """Return whether a line has a name in addition to the words that the document explains."""
    words = find_unexplained_words(
        text, known, _list_states(case), is_american=case.is_american_licence
    )
    name = " ".join(words)
    letters = sum(map(len, words))
    return (
        letters >= MIN_LARGER_NAME_LETTERS
        and any(len(word) >= MIN_WORD_LETTERS for word in words)
        and not any(score_name(name, each, truncated=False) >= MIN_SAME_NAME for each in known)
    )


def _is_explained(case: Case, text: str, known: tuple[str, ...]) -> bool:
    """Return whether the document explains all words of a line that is longer than a particle."""
    is_long = sum(map(str.isalpha, text)) >= MIN_LARGER_NAME_LETTERS
    return is_long and not find_unexplained_words(
        text, known, _list_states(case), is_american=case.is_american_licence
    )


def _find_name_pairs(case: Case, others: Sequence[Line], usual: float) -> Iterator[Line]:
    """Yield the surnames and given names of someone else, wherever names may be.

    Values of the document below them, such as its place of issue, do not count. Licences are left
    out: they have no frame, and their remarks are in capitals.
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
            # An address may have a town and a province of the same name.
            is_near = 0 < gap <= MAX_GAP_OF_NAMES * line.box.height and line.text != below.text
            if is_near and abs(below.box.left - line.box.left) <= line.box.height:
                yield from (line, below)


def _find_names_beyond_labels(case: Case, known: tuple[str, ...], usual: float) -> list[Line]:
    """Return the lines in the size of names that no label explains.

    Text that may be an unknown or misread label explains the line next to it, and one line at the
    head may be the name of a State or an authority. Licences of North America have no such values,
    but signatures, which are read as small letters.
    """
    is_licence = case.is_american_licence
    size = MIN_NAME_SIZE_ON_LICENCES if is_licence else MIN_NAME_SIZE
    least = case.policy.min_confidence
    names: list[Line] = []
    for page in case.viz_pages:
        lines = read_viz_labels(page, is_licence)
        sized = [
            each.line
            for each in lines
            if (
                not each.has_label
                or has_label_of_group(each.line.text)
                or (is_licence and _has_name_in_label(case, each, known))
            )
            and each.line.letter_height >= size * usual
            and _is_other_name(case, each.line, known)
        ]
        if not is_licence:
            # A long label may end at the document's edge, or seem to cross it.
            found = (*lines, *read_labels(find_viz_lines_over_edge(page)))
            beyond = find_lines_beyond_labels(found, sized)
            sized = find_lines_without_any_label(beyond, found, known, least)
            names += [
                words
                for words in find_unknown_words_in_labels(lines)
                if words.letter_height >= size * usual and _is_other_name(case, words, known)
            ]
            names += [
                words
                for words in find_unknown_words_in_brackets(lines)
                if _is_other_name(case, words, known)
            ]
        names += _leave_out_issuer(page, sized)
    return names


def _has_name_in_label(case: Case, line: ReadLine, known: tuple[str, ...]) -> bool:
    """Return whether a whole name is before a label of a licence, or after its "of".

    JANE MILLER ID CARD and COUNTY OF JANE MILLER are such labels.
    """
    text, first = line.line.text, line.segments[0]
    words = find_unexplained_words(text, known, _list_states(case), is_american=True)
    is_whole_name = sum(len(word) >= MIN_WORD_LETTERS for word in words) > 1
    may_have_name = first.name is None or first.value.startswith(("OF ", "AND "))
    return may_have_name and is_whole_name and not is_remark(text)


def _leave_out_issuer(page: Page, names: Sequence[Line]) -> list[Line]:
    """Return the lines of a page, except those at its head that are not below a State's name.

    Those may name a State in its own language, or belong to a letter under the document.
    """
    head = measure_head(page)
    if all(line.box.bottom > head for line in names):
        return list(names)
    states = [
        line.box.top
        for line in find_viz_lines(page)
        if line.box.top < head and (find_state_names(line.text) or find_jurisdictions(line.text))
    ]
    first = min(states, default=head)
    return [line for line in names if line.box.bottom > head or line.box.top > first]


def _is_other_name(case: Case, line: Line, known: tuple[str, ...]) -> bool:
    """Return whether a line looks like a name, has words that nothing explains and is not known."""
    text, states = _take_capitals(line.text), _list_states(case)
    is_cut = case.mrz is not None and case.mrz.name_truncated
    return (
        line.confidence >= case.policy.min_confidence
        and (text.isupper() or not case.is_american_licence)
        and len(text.split()) <= MAX_WORDS_OF_NAMES
        and _may_be_name(remove_date(text), states)
        and not (case.is_american_licence and is_remark(line.text))
        and not is_of_category(case, line)
        and not is_name_at_birth(line.text)
        and not _has_label_before_colon(case, line, known)
        and _has_other_name(case, text, known)
        and not _is_part_of_name(text, known)
        and not has_patronymic(text, known, states)
        and not (is_cut and any(is_same_name(text, each, truncated=True) for each in known))
    )


def _take_capitals(text: str) -> str:
    """Return the words in capitals of a text in small letters: the name in Holder JANE MILLER."""
    words = text.replace(":", " ").split()
    capitals = [word for word in words if word.isupper() and len(word) >= MIN_WORD_LETTERS]
    return text if text.isupper() or not capitals else " ".join(capitals)


def _has_label_before_colon(case: Case, line: Line, known: tuple[str, ...]) -> bool:
    """Return whether a line has the label of a place, or one of a person as genuine print has it.

    FATHER: AMARA OKONKWO is another name on a document whose values are below their labels. Father:
    AMARA OKONKWO is one only in the column of the holder's names.
    """
    if ":" not in line.text:
        return False
    lines = [each for page in case.viz_pages for each in find_viz_lines(page)]
    own = [each.box for each in lines if each != line and _is_known_name(each.text, known)]
    is_in_column = any(abs(line.box.left - box.left) <= box.height for box in own)
    is_in_capitals = line.text.partition(":")[0].isupper()
    with_persons = not (is_in_capitals or is_in_column) or any(
        are_values_behind_labels(read_viz_labels(page, case.is_american_licence))
        for page in case.viz_pages
    )
    return has_label_before_colon(line.text, with_persons=with_persons)


def _is_part_of_name(text: str, known: tuple[str, ...]) -> bool:
    cyrillic = text.translate(LATIN_AS_CYRILLIC)
    spellings = (text,) if has_latin_letters(cyrillic) else (text, cyrillic)
    return any(contains_name(name, each) for each in spellings for name in known)


def _is_known_name(text: str, known: tuple[str, ...]) -> bool:
    return any(contains_name(text, name) for name in known) or _is_part_of_name(text, known)


def _list_states(case: Case) -> set[str]:
    """Return the codes of the States whose people the document may name."""
    return {each for each in (case.issuing_state, case.mrz_identity.nationality) if each}


def _has_birth_date(case: Case, line: Line) -> bool:
    born = case.find_date("birth_date")
    return any(born in days for days in find_dates(line.text))


def _may_be_name(text: str, states: set[str]) -> bool:
    """Return whether a line consists of words in capitals, or of words that begin with one."""
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
    is_place = find_state_names(text) or find_state(text) or names_nationality(text, states)
    is_place = is_place or names_native_title(text, states)
    is_mark = not find_words(WordList.SPECIMEN_MARKS).isdisjoint(split_words(text))
    return not (is_place or is_mark or has_title_word(text) or find_jurisdictions(text))


def _is_aligned(line: Line, other: Line) -> bool:
    height = other.box.height
    is_left_aligned = abs(line.box.left - other.box.left) <= height
    # A misread label may look like a name in small letters, but labels are smaller.
    least = MIN_NAME_HEIGHT if line.text.isupper() else MIN_SMALL_LETTERS_HEIGHT
    return is_left_aligned and line.box.height >= least * height
