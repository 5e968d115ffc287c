"""Labels at a given word of a line, even with misread letters or lost blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from docverify.documents.label_table import load_labels, match_label
from docverify.documents.languages import fold_letters

MIN_LABEL_WITHOUT_BLANK = 8  # letters of a label that may be found at the end of a longer word
MAX_LABEL_WORDS = 8
MAX_SHORT_LABEL = 3  # letters: such a label in capitals may also be a name

# Words end where small letters meet capitals or digits: readers lose the blank between them.
WORD = re.compile(r"\d+[a-d](?![a-z])|\d+|[A-Z]+[^\W\d_A-Z]*|[^\W\d_A-Z]+|[/:：|№]", re.UNICODE)  # noqa: RUF001
SEPARATORS = frozenset("/|")
COLONS = frozenset(":：")  # noqa: RUF001


class Word(NamedTuple):
    """A run of letters, a number or a separator, and its position in the line.

    A tuple, because a page has hundreds: other frozen values take three times as long to create.
    """

    text: str
    start: int
    end: int
    letters: str
    """As `fold_letters` returns them; empty for separators and numbers such as 4a."""

    def __repr__(self) -> str:
        """Show the position but not the text that was read."""
        return f"Word({self.start}, {self.end})"


class LabelMatch(NamedTuple):
    """The field that a label names, and the number of the word after the label."""

    name: str
    end: int


def split_line(text: str) -> tuple[Word, ...]:
    """Return the words, numbers and separators of a line."""
    return tuple(
        Word(
            found[0],
            found.start(),
            found.end(),
            "no" if found[0] == "№" else fold_letters(found[0]) if found[0][0].isalpha() else "",
        )
        for found in WORD.finditer(text)
    )


def match_up_to_separator(words: Sequence[Word], start: int) -> LabelMatch | None:
    """Match all words up to a separator, a number or the end, even with misread letters."""
    last = min(len(words), start + MAX_LABEL_WORDS)
    end = next((number for number in range(start, last) if not words[number].letters), last)
    exact = match_longest(words, start)
    if exact and exact.end < end and _touches_number(words, end - 1) and exact.end == end - 1:
        return exact  # The last letters belong to the number after them, as in "LIC GU9690124".
    if exact and _is_value_in_capitals(words, start, exact.end, end):
        return exact
    letters_end = end - 1 if end - 1 > start and _begins_number(words, end - 1) else end
    name = match_label(join_letters(words[start:letters_end]))
    if exact and name == exact.name and _are_capitals(words, exact.end, letters_end):
        return exact
    return LabelMatch(name, letters_end) if name and not may_be_name(words, start, end) else None


def _touches_number(words: Sequence[Word], place: int) -> bool:
    """Return whether a number begins where a word ends."""
    following = words[place + 1] if place + 1 < len(words) else None
    return bool(following and following.text[0].isdigit() and following.start == words[place].end)


def _begins_number(words: Sequence[Word], place: int) -> bool:
    """Return whether capitals after small letters touch the number that follows them."""
    before, word = words[place - 1], words[place]
    return word.text.isupper() and not before.text.isupper() and _touches_number(words, place)


def _are_capitals(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether words are in capitals, so that they are a value and not misread letters."""
    return start < end and all(each.text.isupper() for each in words[start:end])


def _is_value_in_capitals(words: Sequence[Word], start: int, middle: int, end: int) -> bool:
    """Return whether capitals follow a label in small letters, as in "Nomes próprios YE"."""
    label, rest = words[start:middle], words[middle:end]
    return bool(rest) and all(each.text.isupper() for each in rest) and not label[-1].text.isupper()


def match_after_separator(words: Sequence[Word]) -> LabelMatch | None:
    """Match a label after a slash that follows something unknown."""
    for number, word in enumerate(words):
        if word.text in SEPARATORS and (match := match_up_to_separator(words, number + 1)):
            return match
    return None


def match_longest(words: Sequence[Word], start: int) -> LabelMatch | None:
    """Match as many words as form a label of the table, without misread letters."""
    table, match, letters = load_labels(), None, ""
    for number in range(start, min(len(words), start + MAX_LABEL_WORDS)):
        letters += words[number].letters
        if letters not in table.beginnings or not words[number].letters:
            break
        if match and _is_initial(words[start], words[number]):
            break  # In "Prénom(s) E", the E is the name, not the end of a label "prenome".
        if letters in table.names and not may_be_name(words, start, number + 1):
            match = LabelMatch(table.names[letters], number + 1)
    return match


def _is_initial(label: Word, word: Word) -> bool:
    """Return whether a word is one capital after a label in small letters."""
    return len(word.text) == 1 and word.text.isupper() and not label.text.isupper()


def match_end_of_letters(words: Sequence[Word]) -> LabelMatch | None:
    """Match a long label at the end of a line that lost the slash between its languages."""
    if not all(each.letters for each in words):
        return None
    letters = join_letters(words)
    for start in range(1, len(letters) - MIN_LABEL_WITHOUT_BLANK + 1):
        name = load_labels().names.get(letters[start:])
        if name:
            return LabelMatch(name, len(words))
    return None


def match_before_colon(words: Sequence[Word]) -> LabelMatch | None:
    """Match a label that ends at a colon, with other text before it."""
    colon = next((number for number, word in enumerate(words) if word.text in COLONS), 0)
    for start in range(1, colon):
        name = load_labels().names.get(join_letters(words[start:colon]))
        if name:
            return LabelMatch(name, colon)
    return None


def join_letters(words: Sequence[Word]) -> str:
    """Return the letters of all words together."""
    return "".join(each.letters for each in words)


def may_be_name(words: Sequence[Word], start: int, end: int) -> bool:
    """Return whether a short label in capitals, such as HO or ADI, may be a value instead."""
    letters = join_letters(words[start:end])
    if len(letters) > MAX_SHORT_LABEL or letters in load_labels().abbreviations:
        return False
    if not words[start].text.isupper():
        return False
    return end == len(words) or words[end].text not in SEPARATORS | COLONS
