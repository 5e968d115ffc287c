"""The labels of printed fields, in many languages: told from values, misread letters or not."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

OTHER = "other"
"""The name of labels whose values are of no use, known so that they are not taken for values."""

MIN_MISREAD = 6  # letters from which on a misread one does not hide a label
LETTERS_A_MISREADING = 6
MIN_UNPARTED = 8  # letters of a label that is told without a blank before it
ENDS = 3  # letters at the beginning or the end of a label, of which one is read well
LONGEST = 8  # words of a label
SHORT = 3  # letters up to which a label in capitals may as well be a name
FOLDED = str.maketrans(
    {"\u0131": "i", "ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ə": "e"}
)


@dataclass(frozen=True)
class Segment:
    """A part of a line: the label's field (None: no label), and what follows the label in it.

    `start` and `end` are the characters that the label takes, of a segment without one those of
    its text. `after_colon` tells that a colon parts label and value.
    """

    name: str | None
    value: str = field(repr=False)
    start: int
    end: int
    after_colon: bool = False


@dataclass(frozen=True)
class LabelTable:
    """The table of labels: by their letters, and by the first and the last of these.

    `beginnings` are all with which a label begins: where none goes on, the search ends.
    """

    names: dict[str, str]
    beginnings: frozenset[str]
    abbreviations: frozenset[str]
    numbered: dict[str, str]
    alike: dict[str, tuple[str, ...]]


@cache
def load_labels() -> LabelTable:
    """Read the table that ships with this package; labels in capitals are abbreviations."""
    table = json.loads((files("docverify.documents") / "data" / "labels.json").read_text("utf-8"))
    written = [
        (label, name)
        for name, languages in table["fields"].items()
        for each in languages.values()
        for label in each
    ]
    names = {fold_letters(label): name for label, name in written}
    alike: dict[str, list[str]] = {}
    for key in names:
        if len(key) >= MIN_MISREAD:
            alike.setdefault("^" + key[:ENDS], []).append(key)
            alike.setdefault("$" + key[-ENDS:], []).append(key)
    return LabelTable(
        names,
        frozenset(key[:end] for key in names for end in range(1, len(key) + 1)),
        frozenset(
            fold_letters(label) for label, _ in written if label.isupper() and label.isascii()
        ),
        table["numbered"],
        {end: tuple(keys) for end, keys in alike.items()},
    )


def fold_letters(text: str) -> str:
    """Reduce a text to its letters: small ones, without accents."""
    lower = text.lower()
    if not lower.isascii():
        lower = unicodedata.normalize("NFD", lower.translate(FOLDED))
    return "".join(filter(str.isalpha, lower))


def match_label(letters: str) -> str | None:
    """Tell which field the letters label: those of a label, but for a misread one in six."""
    known = load_labels().names.get(letters)
    if known or len(letters) < MIN_MISREAD - 1:
        return known
    alike = load_labels().alike
    ends = (*alike.get("^" + letters[:ENDS], ()), *alike.get("$" + letters[-ENDS:], ()))
    near = [
        (misread, key)
        for key in ends
        if abs(len(letters) - len(key)) <= len(key) // LETTERS_A_MISREADING
        and (misread := Levenshtein.distance(letters, key)) <= len(key) // LETTERS_A_MISREADING
    ]
    nearest = min(near, default=(0, ""))[0]
    names = {load_labels().names[key] for misread, key in near if misread == nearest}
    return names.pop() if len(names) == 1 else None


class Word(NamedTuple):
    """A run of letters, a number or a separator, with its place in the line.

    A page has hundreds: tuples are made in a third of the time of other frozen values.
    """

    text: str
    start: int
    end: int
    letters: str

    def __repr__(self) -> str:
        """Tell the place, and nothing that was read."""
        return f"Word({self.start}, {self.end})"


# Words end where small letters meet capitals or digits: readers lose the blank between.
WORD = re.compile(r"\d+[a-d](?![a-z])|\d+|[A-Z]+[^\W\d_A-Z]*|[^\W\d_A-Z]+|[/:：|]", re.UNICODE)  # noqa: RUF001
GLUED = re.compile(r"^(SEXE?)([MFX])$")
SEPARATORS = frozenset("/|")
COLONS = frozenset(":：")  # noqa: RUF001
MISREAD_SLASHES = frozenset("Il1")
CODE = re.compile(r"\d{1,2}[a-d]?")
REFERENCE = re.compile(r"\s*\(\d{1,2}\)?\s*")  # to an explanation on another page
LICENCE_CODE = re.compile(r"(?:^|\s)(4[a-d])(?![0-9a-z])", re.MULTILINE)


def has_numbered_labels(text: str) -> bool:
    """Tell whether a page has fields 4a, 4b... by their numbers, as driving licences do."""
    return len(set(LICENCE_CODE.findall(text))) > 1


def find_segments(text: str, *, numbered: bool = False) -> tuple[Segment, ...]:
    """Part a line into its labels and what follows each of them.

    `numbered` tells that numbers alone are labels too: 1 is the surname (Directive 2006/126/EC).
    """
    text = GLUED.sub(r"\1 \2", text)
    words = tuple(
        Word(found[0], found.start(), found.end(), _letters(found[0]))
        for found in WORD.finditer(text)
    )
    return tuple(_parted(text, words, numbered))


def _letters(word: str) -> str:
    if word.isascii():
        return word.lower() if word.isalpha() else ""
    return fold_letters(word)


Match = tuple[str, int]
"""The field of a label, and the number of the word after it."""


def _parted(text: str, words: Sequence[Word], numbered: bool) -> Iterator[Segment]:
    found = _first_label(words, numbered)
    begin = 0
    if found is None:
        begin, found = _later_label(text, words, 0, numbered)
        end = words[begin].start if found else len(text)
        yield Segment(None, text[:end].strip(), 0, end)
    while found:
        name, after = found
        colon = after < len(words) and words[after].text in COLONS
        start, last = words[begin].start, words[after - 1].end
        at = after + colon
        following = None if colon else _label_at(words, at, numbered=False)
        if following and following[0] != name:
            yield Segment(name, "", start, last)
            begin, found = after, following
            continue
        begin, found = _later_label(text, words, at, numbered)
        end = words[begin].start if found else len(text)
        yield _segment(name, text, start, last, end, colon)


def _segment(name: str, text: str, start: int, last: int, end: int, colon: bool) -> Segment:
    if REFERENCE.fullmatch(text[last:end]):
        return Segment(name, "", start, last)
    value = text[last:end].strip(" :：.,;|/()#-_*=º°\t")  # noqa: RUF001
    if colon or name == OTHER or _may_follow(text[start:last], value):
        return Segment(name, value, start, last, colon)
    return Segment(OTHER, value, start, last)


SMALL = frozenset(
    [
        *["of", "at", "the", "and", "in", "no", "number", "office", "before", "or", "de", "du"],
        *["des", "do", "da", "del", "di", "la", "le", "et", "y", "i", "und", "der", "den", "van"],
        *["z", "pri", "à", "a"],
    ]
)


def _may_follow(label: str, value: str) -> bool:
    """Tell whether a text right after a label is its value, and no more of the label."""
    first = value.split(" ", 1)[0]
    return not value or not (first[:1].islower() or first.lower() in SMALL)


def _first_label(words: Sequence[Word], numbered: bool) -> Match | None:
    """Find the label with which a line begins, or whose other language begins it."""
    begin = 1 if words and CODE.fullmatch(words[0].text) else 0
    found = _whole_at(words, begin) or _in_another_language(words) or _prefix_at(words, begin)
    if found is None or (found[0] == OTHER and any(each.letters for each in words[found[1] :][:1])):
        found = _unparted_label(words) or _before_colon(words) or found
    if found:
        return _in_all_languages(words, found)
    name = load_labels().numbered.get(words[0].text) if begin and numbered else None
    return (name, 1) if name else None


def _in_another_language(words: Sequence[Word]) -> Match | None:
    """Find a label after a slash, where something unknown precedes that."""
    for at, word in enumerate(words):
        if word.text in SEPARATORS and (found := _whole_at(words, at + 1)):
            return found
    return None


def _unparted_label(words: Sequence[Word]) -> Match | None:
    """Find a long label at the end of a line that lost the slash between its languages."""
    if not all(each.letters for each in words):
        return None
    letters = "".join(each.letters for each in words)
    starts = range(1, len(letters) - MIN_UNPARTED + 1)
    names = (load_labels().names.get(letters[start:]) for start in starts)
    name = next((each for each in names if each), None)
    return (name, len(words)) if name else None


def _before_colon(words: Sequence[Word]) -> Match | None:
    """Find a label right before a colon, where something else stands before it."""
    colon = next((at for at, word in enumerate(words) if word.text in COLONS), 0)
    for at in range(1, colon):
        name = load_labels().names.get("".join(each.letters for each in words[at:colon]))
        if name:
            return name, colon
    return None


def _later_label(
    text: str, words: Sequence[Word], at: int, numbered: bool
) -> tuple[int, Match | None]:
    """Find the next label after a value: of several words, with a colon, or abbreviated."""
    for begin in range(at + (at == 0), len(words)):
        before = words[begin - 1]
        glued = before.end == words[begin].start and CODE.fullmatch(before.text) is not None
        if text[(before if glued else words[begin]).start - 1].isalnum():
            continue
        if numbered and words[begin].text in ("4a", "4b", "4c", "4d", "9a"):
            return begin, _label_at(words, begin, numbered)
        found = _prefix_at(words, begin)
        if found:
            letters = "".join(each.letters for each in words[begin : found[1]])
            colon = found[1] < len(words) and words[found[1]].text in COLONS
            if colon or letters in load_labels().abbreviations or found[1] - begin > 1:
                coded = glued or (numbered and CODE.fullmatch(before.text) is not None)
                return begin - coded, _in_all_languages(words, found)
    return len(words), None


def _label_at(words: Sequence[Word], at: int, numbered: bool) -> Match | None:
    """Find a label at a word, after its number if it has one, in one or more languages."""
    code = words[at].text if at < len(words) and CODE.fullmatch(words[at].text) else None
    begin = at + 1 if code else at
    found = _whole_at(words, begin) or _prefix_at(words, begin)
    if found:
        return _in_all_languages(words, found)
    name = load_labels().numbered.get(code or "") if numbered else None
    return (name, at + 1) if name else None


def _whole_at(words: Sequence[Word], at: int) -> Match | None:
    """Match all words up to a separator, a number or the end, one of them misread maybe."""
    end = _end_of_run(words, at)
    known = _prefix_at(words, at)
    if known and known[1] == end - 1 and _is_glued(words, end):
        return known  # The last letters begin the number behind them, as in GU9690124.
    name = match_label("".join(each.letters for each in words[at:end]))
    return (name, end) if name and not _may_be_name(words, at, end) else None


def _is_glued(words: Sequence[Word], at: int) -> bool:
    """Tell whether a word stands right behind the one before it."""
    before = words[at - 1]
    return at < len(words) and words[at].start == before.start + len(before.text)


def _prefix_at(words: Sequence[Word], at: int) -> Match | None:
    """Match the most words that are a label as the table has it."""
    known, found, letters = load_labels(), None, ""
    for end in range(at + 1, min(len(words), at + LONGEST) + 1):
        letters += words[end - 1].letters
        if letters not in known.beginnings or not words[end - 1].letters:
            break
        if letters in known.names and not _may_be_name(words, at, end):
            found = known.names[letters], end
    return found


def _end_of_run(words: Sequence[Word], at: int) -> int:
    most = min(len(words), at + LONGEST)
    return next((end for end in range(at, most) if not words[end].letters), most)


def _may_be_name(words: Sequence[Word], at: int, end: int) -> bool:
    """Tell whether a short label in capitals, such as HO or ADI, may as well be a value."""
    letters = "".join(each.letters for each in words[at:end])
    if (
        len(letters) > SHORT
        or letters in load_labels().abbreviations
        or not words[at].text.isupper()
    ):
        return False
    return end == len(words) or words[end].text not in SEPARATORS | COLONS


def _in_all_languages(words: Sequence[Word], found: Match) -> Match:
    """Go on with the same label in other languages, which a slash or a colon parts from it."""
    names = {found[0]}
    at = found[1]
    while at + 1 < len(words) and words[at].text in SEPARATORS | COLONS | MISREAD_SLASHES:
        # In "surname: / nom:" the label goes on after its colon.
        skip = at + 1 + (words[at + 1].text in SEPARATORS)
        more = _whole_at(words, skip) or _prefix_at(words, skip)
        if more:
            names.add(more[0])
            at = more[1]
        elif words[at].text in SEPARATORS and _is_foreign_label(words, at):
            at = _next_separator(words, at + 1)
        else:
            break
    return _one_name(names), at


def _is_foreign_label(words: Sequence[Word], slash: int) -> bool:
    """Tell whether what follows a slash is a label in a language that the table lacks."""
    following = words[slash + 1 : _next_separator(words, slash + 1)]
    text = "".join(each.text for each in following)
    if not all(each.letters for each in following):
        return False
    return len(text) > SHORT or not text.isupper()


def _next_separator(words: Sequence[Word], at: int) -> int:
    while at < len(words) and words[at].text not in SEPARATORS | COLONS:
        at += 1
    return at


def _one_name(names: set[str]) -> str:
    """Name the field of a label in several parts; OTHER for parts of different fields."""
    if names == {"surname", "given_names"}:
        return "full_name"
    names = names - {"full_name"} or names
    return next(iter(names)) if len(names) == 1 else OTHER
