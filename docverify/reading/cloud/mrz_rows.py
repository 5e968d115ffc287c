"""Rows of text that may be lines of an MRZ: pieces joined, in the alphabet of the MRZ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, pairwise

from docverify.documents.look_alikes import GLYPHS, LONE_FILLER_LETTERS, SPECKS, find_group
from docverify.documents.mrz import ALPHABET, FILLER
from docverify.page import Box

DOUBTED = 0.5
"""The most confidence of a character that the engine did not read as such."""

DOUBLE = dict.fromkeys("«《≪", FILLER * 2)
# Fillers that were read as letters: no name has four of these in a row.
NO_LETTERS = re.compile(f"[{LONE_FILLER_LETTERS}]{{4,}}")
SAME_ROW = 0.5  # of the lower piece's height that must overlap
REACHES = (1.0, 4.0, float("inf"))  # heights between two pieces of a row, the sure ones first
GAP = 0.3  # of the pitch, that part even neighbours; what is wider lost its fillers
MOST_FRAGMENTS = 2000  # An identity document says less on a page; hostile ones may say more.
MOST_ROWS = 40
MIN_CHARACTERS = 6
FILLER_SIGNS = 6  # A filler tells as much as so many digits.
MIN_SIGNS = 12


@dataclass(frozen=True)
class Fragment:
    """A piece of a line, with the confidence of each character from 0 to 1."""

    text: str = field(repr=False)
    confidences: tuple[float, ...]
    box: Box


@dataclass(frozen=True)
class MrzSymbol:
    """A character of the MRZ's alphabet, and how sure it is."""

    character: str = field(repr=False)
    confidence: float

    def as_doubtful(self, character: str) -> MrzSymbol:
        """Return another character in its place, or the same one, as a doubtful one."""
        return MrzSymbol(character, min(self.confidence, DOUBTED))


Symbols = tuple[MrzSymbol, ...]


@dataclass(frozen=True)
class TextRow:
    """Fragments beside each other, and what they say in the MRZ's alphabet."""

    fragments: tuple[Fragment, ...]
    symbols: Symbols
    box: Box

    @property
    def pitch(self) -> float:
        """Pixels per character."""
        return (self.box.right - self.box.left) / len(self.symbols)

    @property
    def is_clean(self) -> bool:
        """Whether the fragments say this themselves, but for blanks."""
        read = "".join(fragment.text for fragment in self.fragments)
        return text_of(self.symbols) == "".join(read.split())


Chain = tuple[Fragment, ...]


def text_of(symbols: Iterable[MrzSymbol]) -> str:
    """Return the characters alone."""
    return "".join(symbol.character for symbol in symbols)


def find_rows(fragments: Iterable[Fragment]) -> list[TextRow]:
    """Join what stands side by side; return what may be a line of an MRZ, from the top."""
    fragments = tuple(islice(fragments, MOST_FRAGMENTS))
    chains = dict.fromkeys(chain for reach in REACHES for chain in _chains(fragments, reach))
    signs = {chain: _signs(chain) for chain in chains}
    telling = sorted(chains, key=lambda chain: -signs[chain])[:MOST_ROWS]
    # Boxes are not exact: whether an empty place lost fillers, the length of the line tells.
    rows = dict.fromkeys(
        _row(chain, gap)
        for chain in telling
        for gap in (GAP, float("inf"))
        if signs[chain] >= MIN_SIGNS
    )
    return sorted(rows, key=lambda row: (row.box.top, row.box.left))


def fold(fragment: Fragment) -> Symbols:
    """Return what a fragment says in the MRZ's alphabet; blanks and specks say nothing."""
    symbols = []
    for character, confidence in zip(fragment.text, fragment.confidences, strict=True):
        read = MrzSymbol(character, confidence)
        folded = _folded(character)
        symbols += [read if each == character else read.as_doubtful(each) for each in folded]
    return tuple(symbols)


def without_letters(symbols: Symbols, letters: re.Pattern[str]) -> Symbols:
    """Undo what engines make of runs of fillers: letters of their shape."""
    for found in letters.finditer(text_of(symbols)):
        symbols = blanked(symbols, *found.span())
    return symbols


def blanked(symbols: Symbols, start: int, stop: int) -> Symbols:
    """Replace with fillers whatever stands there that is none."""
    fillers = (
        symbol if symbol.character == FILLER else symbol.as_doubtful(FILLER)
        for symbol in symbols[start:stop]
    )
    return (*symbols[:start], *fillers, *symbols[stop:])


def look_alike(character: str, alphabet: str) -> str:
    """Return the character of the alphabet that has this one's shape; empty when none has."""
    if character in LONE_FILLER_LETTERS and FILLER in alphabet:
        return FILLER
    return next((each for each in find_group(character) if each in alphabet), "")


@cache
def _folded(character: str) -> str:
    if character in ALPHABET:
        return character
    if character.isspace() or character in SPECKS:
        return ""
    for symbol, glyphs in GLYPHS.items():
        if character in glyphs:
            return DOUBLE.get(character, symbol)
    base = unicodedata.normalize("NFKD", character)[0].upper()
    return DOUBLE.get(character, base if base in ALPHABET else FILLER)


def _chains(fragments: Sequence[Fragment], reach: float) -> Iterator[Chain]:
    chains: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda each: each.box.left):
        chain = next((each for each in chains if _continues(each[-1], fragment, reach)), None)
        if chain is None:
            chains.append([fragment])
        else:
            chain.append(fragment)
    return map(tuple, chains)


def _continues(left: Fragment, right: Fragment, reach: float) -> bool:
    height = min(left.box.height, right.box.height)
    overlap = min(left.box.bottom, right.box.bottom) - max(left.box.top, right.box.top)
    near = right.box.left - left.box.right <= reach * height
    return near and overlap >= SAME_ROW * height and height > 0


def _row(chain: Chain, gap: float) -> TextRow:
    folded = [(each.box, symbols) for each in chain if (symbols := fold(each))]
    width = sum(box.right - box.left for box, _ in folded)
    pitch = width / sum(len(symbols) for _, symbols in folded)
    joined = list(folded[0][1])
    for (before, _), (box, symbols) in pairwise(folded):
        joined += _lost(box.left - before.right, pitch, gap)
        joined += symbols
    return TextRow(chain, tuple(joined), around([box for box, _ in folded]))


def _lost(space: float, pitch: float, gap: float) -> Symbols:
    """An MRZ has a fixed pitch: an empty place in its line holds fillers that were not read."""
    if pitch <= 0 or space / pitch < gap:
        return ()
    return (MrzSymbol(FILLER, 0.0),) * round(space / pitch - gap)


def around(boxes: Sequence[Box]) -> Box:
    """Return what encloses all the boxes."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _signs(chain: Chain) -> int:
    """Count what is typical of an MRZ: fillers that were really read, and digits."""
    read = tuple(symbol for fragment in chain for symbol in fold(fragment))
    text = text_of(without_letters(read, NO_LETTERS))
    if len(text) < MIN_CHARACTERS:
        return 0
    return FILLER_SIGNS * text.count(FILLER) + sum(each.isdigit() for each in text)
