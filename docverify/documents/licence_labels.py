"""Labels on licences and identity cards of the USA and Canada (AAMVA DL/ID Card Design Standard).

Their numbered elements are not those of European licences: 4d is the number of the document, and 5
the document discriminator. Labels are short, and readers often lose the blank after them, as in
`4dDLN`, `SEXM` and `LNCARDHOLDER`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from docverify.documents.code_tables import load_table
from docverify.documents.label_table import OTHER
from docverify.documents.labels import Segment
from docverify.kept import keep_with_value
from docverify.page import Line

MISREAD_LETTERS = {"O": "O0Q", "B": "B8", "I": "I1L|", "L": "LI1|", "S": "S5"}
"""The characters that a reader may take for a letter of a label."""

MIN_MISREAD_LENGTH = 3  # letters: in a word of this length, one letter may be misread
MAX_WORDS_BEFORE_LABEL = 2  # With more words before it, a label is a word of a sentence.
MIN_GLUED_LABEL = 6  # letters of a label; no name begins with such a label
NAME_LABELS = ("surname", "given_names")
LONG_LENGTH = 6  # letters: in a word of this length, any letter may be misread

BETWEEN_WORDS = r"[ .:/|&\-]*"
BETWEEN_LETTERS = "[ .]{1,2}"
AFTER_LABEL = r"[ .:#*/|\-]*"
NUMBER_BEFORE_LABEL = r"(?:(?<![-/.])(?:1[,/.] ?2|[0-9IL]{1,2} ?[A-D]?)|[A-D])?[.)]? ?"
NUMBER_BEFORE_NAME = r"(?:(?<![-/.])(?:1[,/.] ?2|[0-9IL]{1,2}))?[.)]? ?"  # BLN is not the label LN
NOT_WITHIN_WORD = r"(?<![^\W_])"
AT_START = r"(?<!.)"
AT_END = r"(?=\s*$)"
NAME_START = r"(?=[A-Z]['’` ]?[A-Z]|0['’`][A-Z])"  # noqa: RUF001 -- 0'DELL is O'DELL
FULL_DATE = r"(?=\d\d[-/.1IL]\d\d[-/.1IL]\d{4}|(?:19|20)\d\d[-/.]\d\d[-/.]\d\d(?!\d))"
DATE_START = r"(?=\d\d? ?[-/. ] ?(?:\d|[A-Z]{3})|\d{4}|[A-Z]{3}[ -]?\d)"

# What may follow a label directly, without the blank that a reader lost
NO_LETTER = r"(?![^\W\d_])"
GLUED_VALUES = {
    "document_number": r"(?=[A-Z]{1,3}-?\d{2})",
    "sex": r"(?=[MFX](?![^\W\d_]))",
    OTHER: r"(?=NONE(?![^\W_])|[A-Z](?![^\W_]))",
}
ONLY_AT_START = frozenset(
    {"LN", "FN", "ID", "NO", "DL", "LICENSE", "LICENCE", "LIC", "DEL", "NAME"}
)
"""Labels with another meaning within a line: in an address, ID is Idaho."""

NUMBER_IS_NEAR = frozenset({"NO", "NUMBER", "LICENSE", "LICENCE", "NUMERO", "LIC"})
"""Words that are a label only if a number follows."""

ALONE_IN_LINE = frozenset({"NUMBER", "NUMERO"})
"""Those that are also a label as a separate line."""

NUMBERED_VALUES = {
    "1": rf"{AT_START}1[. ]*{NAME_START}",
    "2": rf"{AT_START}2[. ]*(?=[A-Z])",
    "3": rf"3(?:[. ]+{DATE_START}|{FULL_DATE}|[.]?{AT_END})",
    "4a": rf"4A[. ]*(?:{DATE_START}|{AT_END})",
    "4b": rf"4B[. ]*(?:{DATE_START}|{AT_END})",
    "4d": rf"4D[. ]*(?:(?=[A-Z]{{0,3}}[-* ]?\d|[A-Z]+[*])|{AT_END})",
    "5": rf"{AT_START}5[. ]+(?=[A-Z0-9-]*\d)",
    "15": r"15[. ]*(?=[MFX](?![^\W\d_]))",
    "16": r"16[. ]*(?=\d ?['’`′-])",  # noqa: RUF001
}
"""Elements that are printed with their number alone."""


def find_licence_segments(text: str) -> tuple[Segment, ...]:
    """Split a line of a licence into its labels, each with the text that follows it.

    Text before the first label is a segment without a name.

    >>> [(each.name, each.value) for each in find_licence_segments("15 SEX M 16 HGT 5'-11")]
    [('sex', 'M'), ('height', "5'-11")]
    """
    found = list(_find_labels(text))
    first = found[0].start() if found else len(text)
    segments = [Segment(None, text[:first].strip(), 0, first)] if text[:first].strip() else []
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        value = text[match.end() : end].strip(" :|/")
        name = _fields_by_group()[str(match.lastgroup)]
        segments.append(Segment(name, value, match.start(), match.end(), ":" in match[0]))
    return tuple(_join_languages(segments))


@keep_with_value
def find_line_licence_segments(line: Line) -> tuple[Segment, ...]:
    """Split a line of a page as `find_licence_segments` does."""
    return find_licence_segments(line.text)


def _find_labels(text: str) -> Iterator[re.Match[str]]:
    """Yield the labels in a line, without words of a sentence, as in NO STATE ISSUED THIS."""
    end = 0
    for match in _label_pattern().finditer(_fold(text)):
        words = text[end : match.start()].split()
        if len(words) > MAX_WORDS_BEFORE_LABEL and all(map(str.isalpha, words)):
            continue
        end = match.end()
        yield match


def _join_languages(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the segments; successive labels of one field are one label, such as NAME / NOM."""
    joined: Segment | None = None
    for each in segments:
        is_same = joined and (joined.name == each.name or is_name_in_two_languages(joined, each))
        # Words between two labels of one field belong to them, as in 2. Frst & middle name.
        if joined and is_same and not (joined.value and each.value):
            joined = replace(each, name=joined.name, start=joined.start)
            continue
        if joined:
            yield joined
        joined = each
    if joined:
        yield joined


def is_name_in_two_languages(first: Segment, second: Segment) -> bool:
    """Return whether two labels are NAME / NOM: the French word also means a surname."""
    return (first.name, second.name) == ("full_name", "surname")


def has_element_number(text: str, segments: Sequence[Segment]) -> bool:
    """Return whether a line has a label with the number of its element before it, as in 3 DOB."""
    return any(each.name and text[each.start].isdigit() for each in segments)


def find_value_end(text: str, label: Segment) -> int:
    """Return where the value before a label ends: before the number of the label's element.

    In `123456783 DOB`, a reader lost the blank before the 3.
    """
    number = _numbers_by_field().get(label.name or "")
    if number is None or text[label.start].isdigit():
        return label.start
    before = text[: label.start].rstrip()
    is_glued = before.upper().endswith(number.upper()) and len(before) > len(number)
    return len(before) - len(number) if is_glued else label.start


@cache
def _numbers_by_field() -> dict[str, str]:
    return {name: number for number, name in load_table("licence_cards")["numbered"].items()}


def _fold(text: str) -> str:
    """Return a text of the same length in capitals without accents."""
    if text.isascii():
        return text.upper()
    letters = (unicodedata.normalize("NFD", each)[:1].upper() for each in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, letters, strict=True))


@cache
def _fields_by_group() -> dict[str, str]:
    """Return the field of each group of the pattern."""
    table = load_table("licence_cards")
    numbered = {f"number_{number}": name for number, name in table["numbered"].items()}
    return numbered | {f"label_{name}": name for name in table["labels"]}


@cache
def _label_pattern() -> re.Pattern[str]:
    """Return the pattern of every label, the longest ones first, and of the numbered elements."""
    table = load_table("licence_cards")
    longest_first = sorted(
        ((label, name) for name, labels in table["labels"].items() for label in labels),
        key=lambda each: -len(each[0]),
    )
    # A group per field cannot keep the order of length across fields, so each label must
    # end where a word ends.
    by_field: dict[str, list[str]] = {}
    for label, name in longest_first:
        by_field.setdefault(name, []).append(_build_label(label, name))
    labels = [rf"(?P<label_{name}>{'|'.join(each)})" for name, each in by_field.items()]
    numbered = [rf"(?P<number_{number}>{each})" for number, each in NUMBERED_VALUES.items()]
    return re.compile(rf"{NOT_WITHIN_WORD}(?:{'|'.join([*labels, *numbered])})")


def _build_label(label: str, name: str) -> str:
    """Return the pattern of a label, with the number before it and the punctuation after it."""
    start = AT_START if label in ONLY_AT_START else ""
    between = BETWEEN_LETTERS if label[1:2] == " " else BETWEEN_WORDS
    words = between.join(map(_build_word, label.split()))
    ends = [NO_LETTER, *filter(None, [GLUED_VALUES.get(name)])]
    if label in ("LN", "FN") or (name in NAME_LABELS and len(label) >= MIN_GLUED_LABEL):
        ends.append(NAME_START)
    alone = rf"|{AFTER_LABEL}{AT_END}" if label in ALONE_IN_LINE else ""
    number = rf"(?:{AFTER_LABEL}(?=[A-Z]{{0,4}}[-* ]?\d){alone})"
    follows = number if label in NUMBER_IS_NEAR else ""
    element = NUMBER_BEFORE_NAME if name in NAME_LABELS else NUMBER_BEFORE_LABEL
    return rf"{start}{element}{words}(?:{'|'.join(ends)}){follows or AFTER_LABEL}"


def _build_word(word: str) -> str:
    """Return the pattern of a word with at most one misread letter.

    A word of two letters must be read correctly: D1 is not the label DL.
    """
    if len(word) == 1:
        return f"[{MISREAD_LETTERS.get(word, word)}]"
    if word == "NO":
        return r"(?:NO|N[°º]|NR|NUM|#|E(?=\s))"  # An E is a misread #.
    if len(word) < MIN_MISREAD_LENGTH:
        return re.escape(word)
    misread = [f"[{MISREAD_LETTERS.get(letter, letter)}]" for letter in word]
    if len(word) >= LONG_LENGTH:
        return "".join(misread)
    alternatives = (
        "".join([word[:place], misread[place], word[place + 1 :]]) for place in range(len(word))
    )
    return f"(?:{'|'.join(dict.fromkeys(alternatives))})"
