"""Lines that look like names on a document whose labels explain everything else.

A mother's name, a place of birth or an authority has its own label. A further line that looks like
a name is someone else's, unless the label of such a value could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import takewhile

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from docverify.documents.label_table import OTHER
from docverify.documents.languages import WordList, find_words, fold_letters, list_labels
from docverify.documents.misread_names import line_contains_name
from docverify.documents.printed_fields import NAME_FIELDS
from docverify.documents.titles import find_title_kinds
from docverify.layout.unlabelled import (
    DATES,
    MAX_GAP_HEIGHTS,
    MAX_GAP_TO_RIGHT_HEIGHTS,
    ReadLine,
    find_dates,
    is_below,
    is_date_label,
    is_right_of,
)
from docverify.page import Line

PLACE_OF_BIRTH = "place_of_birth"
BEFORE_NAMES = {
    *("DE", "DEL", "DES", "DI", "DA", "DO", "LA", "LE", "LES", "EL", "AL"),
    *("SAN", "SANTA", "SANTO", "SAINT", "ST", "NEW", "PORT", "BANDAR"),
}
"""Words that end no name of a place: it continues in the next line."""

FIELDS_OF_TEXT = frozenset(
    {PLACE_OF_BIRTH, "nationality", "issuing_state", "address", "birth_name", OTHER}
)
"""Fields whose values may look like another person's name."""

WORDS = re.compile(r"[^\W\d_]+")
MIN_LABEL_LETTERS = 3
MIN_MISSPELT_LABEL = 8  # letters of a label of a name that is recognised with wrong letters
LETTERS_PER_MISSPELLING = 4
MIN_RELATIVE = 4  # letters of a word for a relative; shorter ones may be names
MIN_WRAPPED_VALUE = 10  # characters of a value behind its label that may continue below
MIN_LABELS = 3  # from which the way of printing labels is known
SAME_SIZE = 0.85  # height of a label, as a share of its value's
MAX_LINE_GAP_HEIGHTS = 1.0  # between two lines of one value
MAX_LEADING = 0.6  # the same for a value that begins after its label: rows have larger gaps
MAX_OVERLAP = 0.6  # of the boxes of two lines of one value
MAX_GAP_OF_LONG_VALUES = 1.5  # the same, of remarks, addresses and the names of parents
MAX_GAP_TO_PLACE_HEIGHTS = 3.0  # between a date and the place right of it
MAX_SHIFT_HEIGHTS = 1.0  # between their left edges


def find_lines_beyond_labels(found: Sequence[ReadLine], lines: Collection[Line]) -> list[Line]:
    """Return the lines of a page that no label explains; each label explains one line.

    `found` are all lines of the page. A value may have a second line; remarks, addresses and
    parents' names may have more.
    """
    pairs = [
        (label, line)
        for label, line in _pair_labels(found)
        if _is_of_text(label) or _is_of_place(label)
    ]
    begun = [value for label in found if label.has_label for value in _find_begun_values(label)]
    values = [line for _, line in pairs]
    with_place = {label.line for label, line in pairs if not any(find_dates(line.text))}
    values += [
        line
        for label, day in pairs
        if label.line not in with_place
        for line in _find_place_after_date(label, day, found)
    ]
    values += find_lines_of_long_values(found)
    return [
        line
        for line in lines
        if line not in values
        and not any(_continues(each, line) for each in values)
        and not any(_continues(each, line, MAX_LEADING) for each in begun)
    ]


def find_lines_of_long_values(found: Sequence[ReadLine]) -> list[Line]:
    """Return the further lines of remarks, addresses and parents' names, below the first one."""
    values = [
        value
        for label, value in _pair_labels(found)
        if (_is_of_text(label) or _is_of_place(label))
        and _has_words_of(label.line.text, WordList.LONG_VALUES)
    ]
    begun = [value for label in found if label.has_label for value in _find_begun_values(label)]
    values += [value for value in begun if _has_words_of(value.text, WordList.LONG_VALUES)]
    return [line for value in values for line in _find_further_lines(value, found)]


def find_lines_without_any_label(
    lines: Sequence[Line], found: Sequence[ReadLine], names: Collection[str], min_confidence: float
) -> list[Line]:
    """Return the lines that have no text next to them that may be a label.

    Such print is smaller than the line and in small letters, ends with a colon, or was read with
    less than the confidence; words for places may be as large, left of the line, or above it if all
    labels are as large as values. Each explains the nearest line. `names` are the holder's; neither
    they nor words for a holder are labels.
    """
    are_labels_large = _are_labels_large(found)
    if are_values_behind_labels(found):
        lines = [line for line in lines if not _has_word_of_label(line)]
    labels = [
        each.line
        for each in found
        if not each.has_label
        and not each.dates
        and (each.line not in lines or _are_words_of_labels(each.line.text))
        and _may_be_label(each.line, min_confidence)
        and not any(line_contains_name(each.line, name) for name in names)
    ]
    near = [
        (gap, label_at, line_at)
        for label_at, label in enumerate(labels)
        for line_at, line in enumerate(lines)
        if label != line
        and (
            label.letter_height < line.letter_height
            or (_are_words_of_labels(label.text) and is_right_of(line, label))
            or (are_labels_large and _is_in_style_of_label(label.text, line.text))
        )
        and (gap := _measure_gap(label, line)) is not None
    ]
    labelling: set[int] = set()
    explained: set[int] = set()
    for _, label_at, line_at in sorted(near):
        if label_at not in labelling and line_at not in explained:
            labelling.add(label_at)
            explained.add(line_at)
    used = [labels[label_at] for label_at in labelling]
    return [line for at, line in enumerate(lines) if at not in explained and line not in used]


def _may_be_label(line: Line, min_confidence: float) -> bool:
    """Return whether a line without a known label may still be a label.

    Holder: and Passport of are not labels, because the label of the holder's name is known; neither
    is a misspelt or misread label of the holder's name, such as Gven nams.
    """
    text = line.text.strip()
    if _asks_for_name(text) or find_title_kinds(text):
        return False
    return sum(map(str.isalpha, text)) >= MIN_LABEL_LETTERS and (
        not text.isupper()
        or text.endswith(":")
        or line.confidence < min_confidence
        or _are_words_of_labels(text)
    )


def _asks_for_name(text: str) -> bool:
    """Return whether a text is about the holder or resembles the label of a name.

    A word of the label of something else decides otherwise, as in Rank of holder.
    """
    words = {fold_letters(word) for word in WORDS.findall(text)}
    is_of_holder = not words.isdisjoint(fold_list(WordList.HOLDERS))
    return words.isdisjoint(_list_words_of_other_labels()) and (
        is_of_holder or _resembles_label_of_name(text)
    )


@cache
def _list_words_of_other_labels() -> frozenset[str]:
    """Return the words of labels of other things that no label of a name has."""
    words: dict[bool, set[str]] = {True: set(), False: set()}
    for label, name in list_labels():
        if name == OTHER or name in NAME_FIELDS:
            words[name == OTHER].update(map(fold_letters, WORDS.findall(label)))
    excluded = words[False] | fold_list(WordList.HOLDERS) | fold_list(WordList.CONTINUATIONS)
    return frozenset(word for word in words[True] - excluded if len(word) >= MIN_RELATIVE)


def _resembles_label_of_name(text: str) -> bool:
    """Return whether the label of a name is the most similar of all labels.

    One letter in four may differ.
    """
    letters = fold_letters(text)
    labels = _list_long_labels()
    near = process.extract(
        letters,
        labels.keys(),
        scorer=Levenshtein.distance,
        score_cutoff=len(letters) // LETTERS_PER_MISSPELLING,
        limit=None,
    )
    fewest = min((errors for _, errors, _ in near), default=0)
    nearest = {labels[label] for label, errors, _ in near if errors == fewest}
    return bool(nearest) and nearest <= {*NAME_FIELDS}


@cache
def _list_long_labels() -> Mapping[str, str]:
    labels = {fold_letters(label): name for label, name in list_labels()}
    return {label: name for label, name in labels.items() if len(label) >= MIN_MISSPELT_LABEL}


def _are_labels_large(found: Sequence[ReadLine]) -> bool:
    """Return whether the labels of a page are as large as the values below them."""
    pairs = [
        (label.line, line) for label, line in _pair_labels(found) if is_below(line, label.line)
    ]
    large = [
        label for label, line in pairs if label.letter_height >= SAME_SIZE * line.letter_height
    ]
    return len(pairs) >= MIN_LABELS and len(large) == len(pairs)


def _is_in_style_of_label(text: str, value: str) -> bool:
    """Return whether a text is a word for a place, or in small letters above capitals."""
    return _are_words_of_labels(text) or (value.isupper() and not text.isupper())


def are_values_behind_labels(found: Sequence[ReadLine]) -> bool:
    """Return whether most labels of a page have their values in the same line."""
    labels = [each for each in found if each.has_label]
    behind = [each for each in labels if _has_value(each)]
    return len(behind) >= MIN_LABELS and 2 * len(behind) > len(labels)


def _has_word_of_label(line: Line) -> bool:
    """Return whether a line has words for a place or a relative before capitals: WOREDA LIDETA."""
    words = line.text.split()
    small = list(takewhile(lambda word: not word.strip(":").isupper(), words))
    label, value = small or words[:1], words[len(small) or 1 :]
    has_label = _are_words_of_labels(" ".join(label)) or _has_words_of(
        " ".join(label), WordList.CHILDREN
    )
    return bool(value) and all(map(str.isupper, value)) and has_label


def _are_words_of_labels(text: str) -> bool:
    """Return whether a text consists of words for places or relatives: VILLAGE / SUB-LOCATION.

    Short words for relatives, such as Ana, are also names: they do not count.
    """
    words = {fold_letters(word) for word in WORDS.findall(text)}
    relatives = {word for word in fold_list(WordList.RELATIVES) if len(word) >= MIN_RELATIVE}
    return bool(words) and words <= fold_list(WordList.PLACE_NOUNS) | relatives


def _pair_labels(found: Sequence[ReadLine]) -> Iterator[tuple[ReadLine, Line]]:
    """Yield each label with the nearest line below or to its right that no nearer label has.

    A label of a place and a date has one line for each.
    """
    labels = [each for each in found if each.has_label and not _has_value(each)]
    others = [each for each in found if not each.has_label]
    kinds = [(_is_of_date(each), _is_of_place(each)) for each in labels]
    near = [
        (gap, label_at, line_at, bool(each.dates))
        for label_at, label in enumerate(labels)
        for line_at, each in enumerate(others)
        if (bool(each.dates) == kinds[label_at][0] or kinds[label_at][1])
        and (gap := _measure_gap(label.line, each.line)) is not None
    ]
    answered: set[tuple[int, bool]] = set()
    paired_lines: set[int] = set()
    for _, label_at, line_at, has_dates in sorted(near):
        if (label_at, has_dates) not in answered and line_at not in paired_lines:
            answered.add((label_at, has_dates))
            paired_lines.add(line_at)
            yield labels[label_at], others[line_at].line


def _find_begun_values(label: ReadLine) -> Iterator[Line]:
    """Yield the line of a label with its value, once at the left edge of each of the two.

    The value may continue in the next line at either of them.
    """
    last = label.segments[-1]
    is_long = (
        len(last.value) >= MIN_WRAPPED_VALUE
        or last.value.endswith((",", "-"))
        or last.value.split(" ")[-1].upper() in BEFORE_NAMES
        or _has_words_of(label.line.text[last.start : last.end], WordList.LONG_VALUES)
    )
    if last.name not in FIELDS_OF_TEXT or not is_long or not _has_value(label):
        return
    line, box = label.line, label.line.box
    for start in (last.start, line.text.find(last.value, last.end)):
        left = box.left + (box.right - box.left) * start / len(line.text)
        yield replace(line, text=line.text[last.start : last.end], box=replace(box, left=left))


def _measure_gap(label: Line, line: Line) -> float | None:
    """Return the distance of a line from a label, as a share of the longest distance of a value.

    None if the line is neither below the label nor to its right.
    """
    height = max(1.0, label.box.height)
    if is_below(line, label):
        gap = line.box.top - label.box.bottom
        return max(0.0, gap) / (MAX_GAP_HEIGHTS * height)
    if is_right_of(line, label):
        gap = line.box.left - label.box.right
        return max(0.0, gap) / (MAX_GAP_TO_RIGHT_HEIGHTS * height)
    return None


def _has_value(label: ReadLine) -> bool:
    """Return whether each label of a line has its value in the same line.

    Small letters that follow without a colon belong to the label, as in Nom du père.
    """
    return all(
        each.value and (each.after_colon or not any(map(str.islower, each.value)))
        for each in label.segments
        if each.name
    )


def _is_of_date(label: ReadLine) -> bool:
    """Return whether the labels of a line are those of dates."""
    return all(
        each.name in DATES
        or (each.name == OTHER and is_date_label(label.line.text[each.start : each.end]))
        for each in label.segments
        if each.name
    )


def _is_of_text(label: ReadLine) -> bool:
    """Return whether a line has the label of a place, a State, an authority or another text.

    The labels of unknown dates are not labels of texts.
    """
    return any(
        each.name in FIELDS_OF_TEXT
        and not (each.name == OTHER and is_date_label(label.line.text[each.start : each.end]))
        for each in label.segments
    )


def _is_of_place(label: ReadLine) -> bool:
    """Return whether the labels of a line are those of a date and also have a word for a place."""
    return _is_of_date(label) and _has_words_of(label.line.text, WordList.PLACE_NOUNS)


def _has_words_of(text: str, word_list: WordList) -> bool:
    words = {fold_letters(word) for word in WORDS.findall(text)}
    return not words.isdisjoint(fold_list(word_list))


@cache
def fold_list(word_list: WordList) -> frozenset[str]:
    """Return the single words of a list in all languages, as `fold_letters` writes them."""
    return frozenset(fold_letters(word) for each in find_words(word_list) for word in each.split())


def _find_place_after_date(label: ReadLine, day: Line, found: Sequence[ReadLine]) -> Iterator[Line]:
    """Yield the nearest line to the right of a date whose label also asks for a place."""
    if _is_of_place(label) and any(find_dates(day.text)):
        furthest = day.box.right + MAX_GAP_TO_PLACE_HEIGHTS * day.box.height
        right = [
            each
            for each in found
            if each.line != day and is_right_of(each.line, day) and each.line.box.left <= furthest
        ]
        nearest = min(right, key=lambda each: each.line.box.left, default=None)
        if nearest and not nearest.has_label:
            yield nearest.line


def _find_further_lines(value: Line, found: Sequence[ReadLine]) -> Iterator[Line]:
    """Yield the lines that continue a value, each directly below the last one, up to a label."""
    last = value
    for each in sorted(found, key=lambda each: each.line.box.top):
        is_below_value = each.line.box.top > value.box.top
        if is_below_value and _continues(last, each.line, MAX_GAP_OF_LONG_VALUES):
            if each.has_label:
                return
            last = each.line
            yield last


def _continues(value: Line, line: Line, max_gap: float = MAX_LINE_GAP_HEIGHTS) -> bool:
    """Return whether a line is directly below a line of a value and aligned with its left edge."""
    height = value.box.height
    gap = line.box.top - value.box.bottom
    is_aligned = abs(line.box.left - value.box.left) <= MAX_SHIFT_HEIGHTS * height
    return is_aligned and -MAX_OVERLAP * height <= gap <= max_gap * height
