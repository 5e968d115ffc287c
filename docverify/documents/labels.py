"""Labels and values in a line of print, with labels misread or in several languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from docverify.documents.label_table import OTHER, load_labels, match_label
from docverify.documents.languages import WordList, find_words, fold_letters

MIN_LABEL_WITHOUT_BLANK = 8  # letters of a label that is found at the end of a longer word
MAX_LABEL_WORDS = 8
MAX_SHORT_LABEL = 3  # letters: such a label in capitals may also be a name

# Words end where small letters meet capitals or digits: readers lose the blank between them.
WORD = re.compile(r"\d+[a-d](?![a-z])|\d+|[A-Z]+[^\W\d_A-Z]*|[^\W\d_A-Z]+|[/:：|]", re.UNICODE)  # noqa: RUF001
SEX_WITHOUT_BLANK = re.compile(r"^(SEXE?)([MFX])$")
SEPARATORS = frozenset("/|")
COLONS = frozenset(":：")  # noqa: RUF001
MISREAD_SLASHES = frozenset("Il1")
NUMBER = re.compile(r"\d{1,2}[a-d]?")
REFERENCE = re.compile(r"\s*\(\d{1,2}\)?\s*")  # to an explanation on another page
LICENCE_NUMBER = re.compile(r"(?:^|\s)(4[a-d])(?![0-9a-z])", re.MULTILINE)
UNMISTAKABLE_NUMBERS = ("4a", "4b", "4c", "4d", "9a")
AROUND_VALUE = " :：.,;|/()#-_*=º°\t"  # noqa: RUF001


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


class Word(NamedTuple):
    """A run of letters, a number or a separator, and its place in the line.

    A tuple, because a page has hundreds: other frozen values take three times as long to create.
    """

    text: str
    start: int
    end: int
    letters: str
    """As `fold_letters` returns them; empty for separators and numbers such as 4a."""

    def __repr__(self) -> str:
        """Show the place but not the text that was read."""
        return f"Word({self.start}, {self.end})"


class LabelMatch(NamedTuple):
    """The field that a label names, and the number of the word after the label."""

    name: str
    end: int


def has_numbered_labels(text: str) -> bool:
    """Return whether a page numbers its fields 4a, 4b and so on, as driving licences do."""
    return len(set(LICENCE_NUMBER.findall(text))) > 1


def split_line(text: str) -> tuple[Word, ...]:
    """Return the words, numbers and separators of a line."""
    return tuple(
        Word(
            found[0],
            found.start(),
            found.end(),
            fold_letters(found[0]) if found[0][0].isalpha() else "",
        )
        for found in WORD.finditer(text)
    )


def find_segments(text: str, *, numbered: bool = False) -> tuple[Segment, ...]:
    """Split a line into its labels, each with the text that follows it.

    With `numbered`, numbers alone are labels too: 1 is the surname (Directive 2006/126/EC).
    """
    text = SEX_WITHOUT_BLANK.sub(r"\1 \2", text)
    words = split_line(text)
    segments: list[Segment] = []
    start, match = 0, find_first_label(words, numbered)
    if match is None:
        start, match = find_next_label(text, words, 1, numbered)
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
        after_label = match.end + 1 if has_colon else match.end
        start, match = find_next_label(text, words, after_label, numbered)
        value_end = words[start].start if match else len(text)
        segments.append(add_value(label, text, value_end, after_colon=has_colon))
    return tuple(segments)


def add_value(label: Segment, text: str, value_end: int, *, after_colon: bool) -> Segment:
    """Return the label with the text that follows it in the line.

    Text right after the label that begins with a small letter, or a word such as "of", belongs to
    the label: it then labels something that the table does not know.
    """
    if REFERENCE.fullmatch(text[label.end : value_end]):
        return label
    value = text[label.end : value_end].strip(AROUND_VALUE)
    first_word = value.split(" ", 1)[0]
    continues = first_word[:1].islower() or first_word.lower() in find_words(WordList.CONTINUATIONS)
    if continues and not after_colon:
        return Segment(OTHER, value, label.start, label.end)
    return Segment(label.name, value, label.start, label.end, after_colon)


def find_first_label(words: Sequence[Word], numbered: bool) -> LabelMatch | None:
    """Find the label at the beginning of a line, in one or more languages."""
    first = 1 if words and NUMBER.fullmatch(words[0].text) else 0
    match = (
        match_up_to_separator(words, first)
        or match_after_separator(words)
        or match_longest(words, first)
    )
    if match is None or (match.name == OTHER and _has_letters(words, match.end)):
        match = match_end_of_letters(words) or match_before_colon(words) or match
    if match:
        return add_languages(words, match)
    name = load_labels().numbered.get(words[0].text) if first and numbered else None
    return LabelMatch(name, 1) if name else None


def find_next_label(
    text: str, words: Sequence[Word], first: int, numbered: bool
) -> tuple[int, LabelMatch | None]:
    """Find the next label after a value, from the word number `first` (at least 1) on.

    It must have several words, a colon or an abbreviation, or be a number of a licence. Return
    the number of its first word and the label; the number of words and None if there is none.
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


def add_languages(words: Sequence[Word], match: LabelMatch) -> LabelMatch:
    """Extend a label over the same label in other languages, after slashes or colons."""
    names = {match.name}
    end = match.end
    while end + 1 < len(words) and words[end].text in SEPARATORS | COLONS | MISREAD_SLASHES:
        # In "surname: / nom:" a slash follows the colon.
        first = end + 2 if words[end + 1].text in SEPARATORS else end + 1
        more = match_up_to_separator(words, first) or match_longest(words, first)
        if more:
            names.add(more.name)
            end = more.end
        elif words[end].text in SEPARATORS and _is_unknown_label(words, end + 1):
            end = _find_separator(words, end + 1)
        else:
            break
    return LabelMatch(combine_fields(names), end)


def combine_fields(names: set[str]) -> str:
    """Return the one field that the parts of a label name; OTHER if they name several fields."""
    if names == {"surname", "given_names"}:
        return "full_name"
    specific = names - {"full_name"} or names
    return next(iter(specific)) if len(specific) == 1 else OTHER


def match_up_to_separator(words: Sequence[Word], start: int) -> LabelMatch | None:
    """Match all words up to a separator, a number or the end; letters may be misread."""
    last = min(len(words), start + MAX_LABEL_WORDS)
    end = next((number for number in range(start, last) if not words[number].letters), last)
    exact = match_longest(words, start)
    if exact and exact.end == end - 1 and end < len(words):
        # The last letters may begin the number after them, as in "LIC GU9690124".
        last_word = words[end - 1]
        if words[end].start == last_word.start + len(last_word.text):
            return exact
    name = match_label(_join_letters(words[start:end]))
    return LabelMatch(name, end) if name and not _may_be_name(words, start, end) else None


def match_after_separator(words: Sequence[Word]) -> LabelMatch | None:
    """Match a label after a slash that follows something unknown."""
    for number, word in enumerate(words):
        if word.text in SEPARATORS and (match := match_up_to_separator(words, number + 1)):
            return match
    return None


def match_longest(words: Sequence[Word], start: int) -> LabelMatch | None:
    """Match as many words as are a label of the table, without a misread letter."""
    table, match, letters = load_labels(), None, ""
    for number in range(start, min(len(words), start + MAX_LABEL_WORDS)):
        letters += words[number].letters
        if letters not in table.beginnings or not words[number].letters:
            break
        if letters in table.names and not _may_be_name(words, start, number + 1):
            match = LabelMatch(table.names[letters], number + 1)
    return match


def match_end_of_letters(words: Sequence[Word]) -> LabelMatch | None:
    """Match a long label at the end of a line that lost the slash between its languages."""
    if not all(each.letters for each in words):
        return None
    letters = _join_letters(words)
    for start in range(1, len(letters) - MIN_LABEL_WITHOUT_BLANK + 1):
        name = load_labels().names.get(letters[start:])
        if name:
            return LabelMatch(name, len(words))
    return None


def match_before_colon(words: Sequence[Word]) -> LabelMatch | None:
    """Match a label right before a colon, after something else."""
    colon = next((number for number, word in enumerate(words) if word.text in COLONS), 0)
    for start in range(1, colon):
        name = load_labels().names.get(_join_letters(words[start:colon]))
        if name:
            return LabelMatch(name, colon)
    return None


def _join_letters(words: Sequence[Word]) -> str:
    return "".join(each.letters for each in words)


def _has_letters(words: Sequence[Word], number: int) -> bool:
    return number < len(words) and words[number].letters != ""


def _is_clear_label(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether words of the table within a line are a label and no part of a value."""
    has_colon = end < len(words) and words[end].text in COLONS
    is_abbreviation = _join_letters(words[start:end]) in load_labels().abbreviations
    return has_colon or is_abbreviation or end - start > 1


def _may_be_name(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether a short label in capitals, such as HO or ADI, may be a value instead."""
    letters = "".join(each.letters for each in words[start:end])
    if len(letters) > MAX_SHORT_LABEL or letters in load_labels().abbreviations:
        return False
    if not words[start].text.isupper():
        return False
    return end == len(words) or words[end].text not in SEPARATORS | COLONS


def _is_unknown_label(words: Sequence[Word], start: int) -> bool:
    """Return whether the text up to the next separator is a label that the table lacks."""
    following = words[start : _find_separator(words, start)]
    text = "".join(each.text for each in following)
    if not all(each.letters for each in following):
        return False
    return len(text) > MAX_SHORT_LABEL or not text.isupper()


def _find_separator(words: Sequence[Word], start: int) -> int:
    """Return the number of the next slash or colon; the number of words if there is none."""
    for number in range(start, len(words)):
        if words[number].text in SEPARATORS | COLONS:
            return number
    return max(start, len(words))
