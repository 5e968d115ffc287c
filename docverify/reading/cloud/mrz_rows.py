"""Rows of text that may be lines of an MRZ, joined from pieces, in the MRZ's alphabet."""

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
"""Highest confidence of a character that the engine did not read itself."""

DOUBLE = dict.fromkeys("«《≪", FILLER * 2)
# Fillers that were read as letters: names never have four of these in a row.
NO_LETTERS = re.compile(f"[{LONE_FILLER_LETTERS}]{{4,}}")
SAME_ROW = 0.5  # of the lower piece's height that must overlap
REACHES = (1.0, 4.0, float("inf"))  # heights between two pieces of a row, most certain first
GAP = 0.3  # of the pitch, between neighbours; a wider gap lost its fillers
MOST_FRAGMENTS = 2000  # A page of an identity document has fewer; a hostile file may have more.
MOST_ROWS = 40
MIN_CHARACTERS = 6
FILLER_SIGNS = 6  # A filler counts as this many digits.
MIN_SIGNS = 12


@dataclass(frozen=True)
class Fragment:
    """A piece of a line, with the confidence of each character from 0 to 1."""

    text: str = field(repr=False)
    confidences: tuple[float, ...]
    box: Box


@dataclass(frozen=True)
class MrzSymbol:
    """A character of the MRZ's alphabet, with its confidence from 0 to 1."""

    character: str = field(repr=False)
    confidence: float

    def as_doubtful(self, character: str) -> MrzSymbol:
        """Return this or another character for the same place, marked as doubtful."""
        return MrzSymbol(character, min(self.confidence, DOUBTED))


Symbols = tuple[MrzSymbol, ...]


@dataclass(frozen=True)
class TextRow:
    """Fragments next to each other, and their text in the MRZ's alphabet."""

    fragments: tuple[Fragment, ...]
    symbols: Symbols
    box: Box

    @property
    def pitch(self) -> float:
        """Pixels per character."""
        return (self.box.right - self.box.left) / len(self.symbols)

    @property
    def is_clean(self) -> bool:
        """Whether the fragments have the same text, except for blanks."""
        read = "".join(fragment.text for fragment in self.fragments)
        return join_characters(self.symbols) == "".join(read.split())


Chain = tuple[Fragment, ...]


def join_characters(symbols: Iterable[MrzSymbol]) -> str:
    """Return the characters without their confidences."""
    return "".join(symbol.character for symbol in symbols)


def find_rows(fragments: Iterable[Fragment]) -> list[TextRow]:
    """Join neighbouring fragments; return the rows that may be lines of an MRZ, from the top."""
    fragments = tuple(islice(fragments, MOST_FRAGMENTS))
    chains = dict.fromkeys(chain for reach in REACHES for chain in find_chains(fragments, reach))
    signs = {chain: count_signs(chain) for chain in chains}
    most_signs = sorted(chains, key=lambda chain: -signs[chain])[:MOST_ROWS]
    # Boxes are not exact: only the length of the line shows whether a gap lost fillers.
    rows = dict.fromkeys(
        build_row(chain, gap)
        for chain in most_signs
        for gap in (GAP, float("inf"))
        if signs[chain] >= MIN_SIGNS
    )
    return sorted(rows, key=lambda row: (row.box.top, row.box.left))


def fold(fragment: Fragment) -> Symbols:
    """Return the text of a fragment in the MRZ's alphabet, without blanks and specks."""
    symbols = []
    for character, confidence in zip(fragment.text, fragment.confidences, strict=True):
        read = MrzSymbol(character, confidence)
        folded = fold_character(character)
        symbols += [read if each == character else read.as_doubtful(each) for each in folded]
    return tuple(symbols)


def replace_letters(symbols: Symbols, letters: re.Pattern[str]) -> Symbols:
    """Replace letters by fillers if engines read fillers as these letters."""
    for found in letters.finditer(join_characters(symbols)):
        symbols = blank(symbols, *found.span())
    return symbols


def blank(symbols: Symbols, start: int, stop: int) -> Symbols:
    """Replace all characters between two positions by fillers."""
    fillers = (
        symbol if symbol.character == FILLER else symbol.as_doubtful(FILLER)
        for symbol in symbols[start:stop]
    )
    return (*symbols[:start], *fillers, *symbols[stop:])


def find_look_alike(character: str, alphabet: str) -> str:
    """Return the character of the alphabet with the same shape; empty if it has none."""
    if character in LONE_FILLER_LETTERS and FILLER in alphabet:
        return FILLER
    return next((each for each in find_group(character) if each in alphabet), "")


@cache
def fold_character(character: str) -> str:
    """Return a character in the MRZ's alphabet; empty for blanks and specks."""
    if character in ALPHABET:
        return character
    if character.isspace() or character in SPECKS:
        return ""
    for symbol, glyphs in GLYPHS.items():
        if character in glyphs:
            return DOUBLE.get(character, symbol)
    base = unicodedata.normalize("NFKD", character)[0].upper()
    return DOUBLE.get(character, base if base in ALPHABET else FILLER)


def find_chains(fragments: Sequence[Fragment], reach: float) -> Iterator[Chain]:
    """Find fragments that follow each other within a reach, in heights."""
    chains: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda each: each.box.left):
        chain = next((each for each in chains if continues(each[-1], fragment, reach)), None)
        if chain is None:
            chains.append([fragment])
        else:
            chain.append(fragment)
    return map(tuple, chains)


def continues(left: Fragment, right: Fragment, reach: float) -> bool:
    """Return whether a fragment continues another one in the same row."""
    height = min(left.box.height, right.box.height)
    overlap = min(left.box.bottom, right.box.bottom) - max(left.box.top, right.box.top)
    near = right.box.left - left.box.right <= reach * height
    return near and overlap >= SAME_ROW * height and height > 0


def build_row(chain: Chain, gap: float) -> TextRow:
    """Build a row from its fragments, with fillers for gaps over `gap` pitches."""
    folded = [(each.box, symbols) for each in chain if (symbols := fold(each))]
    width = sum(box.right - box.left for box, _ in folded)
    pitch = width / sum(len(symbols) for _, symbols in folded)
    joined = list(folded[0][1])
    for (before, _), (box, symbols) in pairwise(folded):
        joined += fill_gap(box.left - before.right, pitch, gap)
        joined += symbols
    return TextRow(chain, tuple(joined), enclose([box for box, _ in folded]))


def fill_gap(space: float, pitch: float, gap: float) -> Symbols:
    """Return the fillers that were not read in a gap, by the fixed pitch of an MRZ."""
    if pitch <= 0 or space / pitch < gap:
        return ()
    return (MrzSymbol(FILLER, 0.0),) * round(space / pitch - gap)


def enclose(boxes: Sequence[Box]) -> Box:
    """Return the box around all boxes."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def count_signs(chain: Chain) -> int:
    """Count the signs of an MRZ: fillers that were read, and digits."""
    read = tuple(symbol for fragment in chain for symbol in fold(fragment))
    text = join_characters(replace_letters(read, NO_LETTERS))
    if len(text) < MIN_CHARACTERS:
        return 0
    return FILLER_SIGNS * text.count(FILLER) + sum(each.isdigit() for each in text)
