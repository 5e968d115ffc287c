"""Labels and values in a printed line, even with misread labels or in several languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from docverify.documents.dates import find_meanings
from docverify.documents.label_languages import (
    NAMES,
    PLURAL,
    add_languages,
    separate_languages,
)
from docverify.documents.label_matching import (
    COLONS,
    MAX_LABEL_WORDS,
    LabelMatch,
    Word,
    join_letters,
    match_after_separator,
    match_before_colon,
    match_end_of_letters,
    match_longest,
    match_up_to_separator,
    split_line,
)
from docverify.documents.label_table import OTHER, load_labels
from docverify.documents.languages import WordList, find_words, fold_letters
from docverify.kept import keep_with_value
from docverify.page import Line

SEX_WITHOUT_BLANK = re.compile(r"^(SEXE?)([MFX])$")
BULLETS = str.maketrans("•·∙", "///")  # between languages, as on Swiss documents
NUMBER = re.compile(r"\d{1,2}[a-d]?")
REFERENCE = re.compile(r"[./\s]*\(\d{1,2}\)?\s*")  # refers to an explanation on another page
REFERENCE_BEFORE_VALUE = re.compile(r"[./\s]*\(\d{1,2}\)[:\s]+")
LICENCE_NUMBER = re.compile(r"(?:^|\s)(4[a-d])(?![0-9a-z])", re.MULTILINE)
UNMISTAKABLE_NUMBERS = ("4a", "4b", "4c", "4d", "5a", "5b", "9a")
NAMES_OF_NUMBERED_VALUES = frozenset({"surname", "given_names", "document_number", "address"})
"""Fields numbered with one digit, which the value may touch because readers lose the blank."""
DATE = re.compile(r"\s*\d{1,2}([/.-])\d{1,2}\1\d{2,4}(?!\d|\1\d)")  # 11/18/2010 has no label 11
WORDS_BEFORE_PLACES = frozenset("àÀ")  # between "Né le" or "Délivré le" and the place
AROUND_VALUE = " :：.,;|/()#-_*=º°•·∙\t"  # noqa: RUF001


@dataclass(frozen=True)
class Segment:
    """A part of a line: a label with the text that follows it, or text without a label.

    Attributes:
        name: The field that the label names. None without a label.
        value: The text after the label, or the text without a label.
        start: The first character of the label in the line, from 0; else that of the text.
        end: The end of the label in the line; else that of the text.
        after_colon: Whether a colon separates label and value.
    """

    name: str | None
    value: str = field(repr=False)
    start: int
    end: int
    after_colon: bool = False


def has_numbered_labels(text: str) -> bool:
    """Return whether a page numbers its fields 4a, 4b and so on, as on driving licences."""
    return len(set(LICENCE_NUMBER.findall(text))) > 1


def find_segments(text: str, *, numbered: bool = False) -> tuple[Segment, ...]:
    """Split a line into its labels, each with the text that follows it.

    With `numbered`, a number alone is also a label: 1 is the surname (Directive 2006/126/EC).
    """
    numbered = numbered and not DATE.match(text)
    text = separate_languages(text)
    text = SEX_WITHOUT_BLANK.sub(r"\1 \2", text)
    without_plurals = PLURAL.sub(lambda found: " " * len(found[0]), text)
    words = split_line(without_plurals.translate(BULLETS))
    segments: list[Segment] = []
    start, match = 0, find_first_label(text, words, numbered)
    if match is None:
        start, match = find_next_label(text, words, 1, numbered)
        if match and _is_of_relative(words[:start], match.name):
            start, match = 0, LabelMatch(OTHER, match.end)
        else:
            end = words[start].start if match else len(text)
            segments.append(Segment(None, text[:end].strip(), 0, end))
    while match:
        label = Segment(match.name, "", words[start].start, words[match.end - 1].end)
        has_colon = match.end < len(words) and words[match.end].text in COLONS
        adjacent = None if has_colon else match_at(words, match.end, numbered=False)
        if adjacent and adjacent.name != match.name:
            segments.append(label)
            start, match = match.end, adjacent
            continue
        label_end = match.end if has_colon else _find_colon_of_label(words, start, match.end)
        has_colon = label_end < len(words) and words[label_end].text in COLONS
        after_label = label_end + 1 if has_colon else match.end
        start, match = find_next_label(text, words, after_label, numbered)
        value_end = words[start].start if match else len(text)
        label = replace(label, end=words[label_end - 1].end) if has_colon else label
        segments.append(add_value(label, text, value_end, after_colon=has_colon))
    return tuple(segments)


def _find_colon_of_label(words: Sequence[Word], start: int, end: int) -> int:
    """Return the number of the colon after a label that continues in an unknown language.

    The words up to the colon are in small letters. Without such a colon, return `end`.
    """
    for number in range(end, min(len(words), start + 2 * MAX_LABEL_WORDS)):
        if words[number].text in COLONS:
            return number
        if not words[number].letters or words[number].text.isupper():
            break
    return end


@keep_with_value
def find_line_segments(line: Line, *, numbered: bool = False) -> tuple[Segment, ...]:
    """Split a line of a page as `find_segments` does."""
    return find_segments(line.text, numbered=numbered)


def add_value(label: Segment, text: str, value_end: int, *, after_colon: bool) -> Segment:
    """Return the label with the text that follows it in the line.

    If this text begins with a small letter or a word such as "of", it belongs to the label, which
    is then a label that the table does not have.
    """
    if REFERENCE.fullmatch(text[label.end : value_end]):
        return label
    before = PLURAL.match(text, label.end) or REFERENCE_BEFORE_VALUE.match(text, label.end)
    value = text[before.end() if before else label.end : value_end].strip(AROUND_VALUE)
    first_word = value.split(" ", 1)[0]
    is_capital = first_word.isupper() or (label.name in NAMES and first_word[:1].isupper())
    is_value = is_capital and (len(value) == 1 or not text[label.start : label.end].isupper())
    is_continuation = first_word.lower() in find_words(WordList.CONTINUATIONS)
    continues = first_word[:1].islower() or (is_continuation and not is_value)
    # Brackets that `separate_languages` leaves after the label of a name have a name.
    has_brackets = label.name in NAMES and text[label.end : value_end].strip().startswith(
        ("(", "[")
    )
    if continues and not after_colon and not has_brackets:
        return Segment(OTHER, value, label.start, label.end)
    return Segment(label.name, value, label.start, label.end, after_colon)


def find_first_label(text: str, words: Sequence[Word], numbered: bool) -> LabelMatch | None:
    """Find the label at the beginning of a line, in one or more languages."""
    if words and words[0].text in WORDS_BEFORE_PLACES:
        return LabelMatch(OTHER, 1)
    first = 1 if words and NUMBER.fullmatch(words[0].text) else 0
    match = (
        _match_languages(words, first)
        or match_up_to_separator(words, first)
        or match_after_separator(words)
        or match_longest(words, first)
    )
    if match is None or (match.name == OTHER and _has_letters(words, match.end)):
        known = match_end_of_letters(words) or match_before_colon(words)
        match = known or _match_date_noun(words, first) or match
    if match:
        match = add_languages(words, match)
        is_of_relative = _is_of_relative(words[: match.end], match.name)
        return LabelMatch(OTHER, match.end) if is_of_relative else match
    if not (first and numbered) or _begins_value(text, words):
        return None
    name = load_labels().numbered.get(words[0].text)
    return LabelMatch(name, 1) if name else None


def _is_of_relative(words: Sequence[Word], name: str) -> bool:
    """Return whether the label of a name has a word for a relative, so it is not the holder's."""
    return name in NAMES and any(word.letters in _list_relatives() for word in words)


@cache
def _list_relatives() -> frozenset[str]:
    return frozenset(fold_letters(word) for word in find_words(WordList.RELATIVES))


def _match_languages(words: Sequence[Word], first: int) -> LabelMatch | None:
    """Match one label in several languages without separators.

    At most half as many words may be unknown, such as those of a language that the table lacks. A
    value may follow.
    """
    names: list[str] = []
    unknown, place, label = 0, first, None
    while place < len(words) and words[place].letters:
        match = match_longest(words, place)
        names += [match.name] if match else []
        unknown += match is None
        place = match.end if match else place + 1
        fields = set(names) - {"full_name"}
        if match and len(names) > 1 and 2 * unknown <= len(names) and len(fields) == 1:
            label = LabelMatch(fields.pop(), place)
    return label


def _match_date_noun(words: Sequence[Word], first: int) -> LabelMatch | None:
    """Match words that include one for a date, as in FECHA INSCRIPCIÓN: they label another date."""
    end = next(
        (place for place in range(first, len(words)) if not words[place].letters), len(words)
    )
    nouns = {fold_letters(noun) for noun in find_words(WordList.DATE_NOUNS)}
    has_noun = any(word.letters in nouns for word in words[first:end])
    return LabelMatch(OTHER, end) if has_noun and end - first > 1 else None


def _begins_value(text: str, words: Sequence[Word]) -> bool:
    """Return whether the number that a line begins with belongs to a date or a document number.

    A date after the number of its field, such as 3.12.04.1990, does not count.
    """
    number = words[0]
    token = text[number.end :].split(" ", 1)[0]
    is_glued = token[:1].isalpha() and any(map(str.isdigit, token))
    is_rarely_glued = load_labels().numbered.get(number.text) not in NAMES_OF_NUMBERED_VALUES
    is_date = number.text.isdigit() and any(find_meanings(text))
    return is_date or (is_glued and is_rarely_glued)


def find_next_label(
    text: str, words: Sequence[Word], first: int, numbered: bool
) -> tuple[int, LabelMatch | None]:
    """Find the next label after a value, from the word number `first` (at least 1) on.

    It must have several words, a colon or an abbreviation, or be a number of a licence. Return
    the number of its first word and the label, or else the number of words and None.
    """
    for start in range(first, len(words)):
        before, word = words[start - 1], words[start]
        has_number = NUMBER.fullmatch(before.text) is not None
        touches_number = has_number and before.end == word.start
        begins_at = before.start if touches_number else word.start
        if begins_at and text[begins_at - 1].isalnum():
            continue
        if numbered and word.text in UNMISTAKABLE_NUMBERS:
            return start, match_at(words, start, numbered)
        match = match_longest(words, start)
        if match and _is_clear_label(words, start, match.end):
            begins_with_number = touches_number or (numbered and has_number)
            return start - 1 if begins_with_number else start, add_languages(words, match)
    return len(words), None


def match_at(words: Sequence[Word], start: int, numbered: bool) -> LabelMatch | None:
    """Match a label at a word, or after the number there, in one or more languages."""
    has_number = start < len(words) and NUMBER.fullmatch(words[start].text) is not None
    first = start + 1 if has_number else start
    match = match_up_to_separator(words, first) or match_longest(words, first)
    if match:
        return add_languages(words, match)
    name = load_labels().numbered.get(words[start].text) if numbered and has_number else None
    return LabelMatch(name, start + 1) if name else None


def _has_letters(words: Sequence[Word], number: int) -> bool:
    return number < len(words) and words[number].letters != ""


def _is_clear_label(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether words of the table within a line are a label and not part of a value."""
    has_colon = end < len(words) and words[end].text in COLONS
    is_abbreviation = join_letters(words[start:end]) in load_labels().abbreviations
    return has_colon or is_abbreviation or end - start > 1
