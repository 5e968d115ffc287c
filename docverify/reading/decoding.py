"""Decoding a line of the machine readable zone under the grammar of its format.

The recogniser gives probabilities at each step (connectionist temporal classification: a
character may last several steps, blanks part equal neighbours). Of all texts with exactly the
right number of characters, each allowed at its position, the likeliest is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from docverify.mrz import ALPHABET
from docverify.reading.glyphs import GLYPHS, LOOK_ALIKES
from docverify.reading.models import characters
from docverify.reading.recognition import Steps

INDEX = {symbol: number for number, symbol in enumerate(ALPHABET)}
TINY = 1e-6
NEVER = np.float32(-1e9)


@dataclass(frozen=True)
class Decoded:
    """A decoded line: its text, the mean log probability of a step, a confidence each (0 to 1)."""

    text: str
    score: float
    confidences: tuple[float, ...]


@cache
def _folding() -> Steps:
    """Return the 0/1 matrix that adds the recogniser's classes up to blank and 37 symbols."""
    places = {glyph: symbol for symbol, glyphs in GLYPHS.items() for glyph in glyphs}
    matrix = np.zeros((len(characters()), 1 + len(ALPHABET)), np.float32)
    for row, character in enumerate(characters()):
        symbol = places.get(character, character)
        if symbol in INDEX:
            matrix[row, 1 + INDEX[symbol]] = 1
    matrix[[0, -1], 0] = 1  # The blank of CTC and the blank between words.
    return matrix


def fold(steps: Steps) -> Steps:
    """Reduce the recogniser's classes to the zone's: a column for blank, then ALPHABET's 37."""
    used = np.flatnonzero(_folding().any(axis=1))
    folded: Steps = steps[:, used] @ _folding()[used]
    return folded


def read_freely(folded: Steps) -> str:
    """Return the likeliest text over the zone's alphabet, without any grammar."""
    best = folded.argmax(1)
    starts = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
    return "".join(ALPHABET[best[start] - 1] for start in starts)


def decode(folded: Steps, alphabets: Sequence[str]) -> Decoded | None:
    """Find the likeliest text with one character of each alphabet; None for too short a line."""
    steps, places = len(folded), len(alphabets)
    if steps < places:
        return None
    log = np.log(folded + TINY)
    allowed = np.full((places, len(ALPHABET)), NEVER, np.float32)
    for place, alphabet in enumerate(alphabets):
        allowed[place, [INDEX[symbol] for symbol in alphabet]] = 0
    path, score = _best_path(log, allowed)
    text = "".join(ALPHABET[symbol] for symbol in path.max(axis=0))
    return Decoded(text, score / steps, _confidences(folded, path, alphabets, text))


def _best_path(log: Steps, allowed: Steps) -> tuple[NDArray[np.int16], float]:
    """Viterbi search; returns for each step and place the symbol shown there, or -1."""
    steps, (places, symbols) = len(log), allowed.shape
    shown = np.full((places, symbols), NEVER, np.float32)  # in the character of a place
    gap = np.full(places + 1, NEVER, np.float32)  # in a blank after so many characters
    shown[0], gap[0] = log[0, 1:] + allowed[0], log[0, 0]
    came_shown = np.zeros((steps, places, symbols), np.int16)
    came_gap = np.zeros((steps, places + 1), np.int16)
    rows = np.arange(places)
    for step in range(1, steps):
        first, second = _two_best(shown)
        before = np.full((places, symbols), NEVER, np.float32)
        source = np.zeros((places, symbols), np.int16)
        before[1:], source[1:] = shown[rows[:-1], first[:-1], None], first[:-1, None]
        # An equal neighbour needs a blank between: for it, the second best precedes.
        before[rows[1:], first[:-1]] = shown[rows[:-1], second[:-1]]
        source[rows[1:], first[:-1]] = second[:-1]
        options = np.stack([shown, np.broadcast_to(gap[:-1, None], shown.shape), before])
        choice = options.argmax(0)
        came_shown[step] = np.where(choice == 2, 2 + source, choice)
        ended = np.concatenate([[NEVER], shown[rows, first]])
        came_gap[step] = np.where(ended > gap, 1 + np.concatenate([[0], first]), 0)
        gap = np.maximum(ended, gap) + log[step, 0]
        shown = np.take_along_axis(options, choice[None], 0)[0] + log[step, 1:] + allowed
    return _trace(shown, gap, came_shown, came_gap)


def _two_best(shown: Steps) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    order = np.argpartition(-shown, 1, axis=1)[:, :2]
    rows = np.arange(len(shown))
    swap = shown[rows, order[:, 1]] > shown[rows, order[:, 0]]
    order[swap] = order[swap][:, ::-1]
    return order[:, 0], order[:, 1]


def _trace(
    shown: Steps, gap: Steps, came_shown: NDArray[np.int16], came_gap: NDArray[np.int16]
) -> tuple[NDArray[np.int16], float]:
    steps, places, _ = came_shown.shape
    path = np.full((steps, places), -1, np.int16)
    symbol = int(shown[-1].argmax())
    score, place = float(shown[-1, symbol]), places - 1
    in_gap = float(gap[places]) > score
    if in_gap:
        score, place = float(gap[places]), places
    for step in range(steps - 1, -1, -1):
        if in_gap:
            came = int(came_gap[step, place])
            if came and step:
                in_gap, place, symbol = False, place - 1, came - 1
        else:
            path[step, place] = symbol
            came = int(came_shown[step, place, symbol])
            if came == 1:
                in_gap = True
            elif came > 1:
                place, symbol = place - 1, came - 2
    return path, score


def _confidences(
    folded: Steps, path: NDArray[np.int16], alphabets: Sequence[str], text: str
) -> tuple[float, ...]:
    return tuple(
        _confidence(folded[path[:, place] >= 0], symbol, alphabet)
        for place, (symbol, alphabet) in enumerate(zip(text, alphabets, strict=True))
    )


def _confidence(rows: np.ndarray, symbol: str, alphabet: str) -> float:
    """Share of the symbol, and of its look-alikes that cannot stand here, in what was seen."""
    alike = {each for group in LOOK_ALIKES if symbol in group for each in group}
    counted = [1 + INDEX[each] for each in {symbol} | (alike - set(alphabet))]
    surest = rows[rows[:, counted].sum(1).argmax()]
    return float(surest[counted].sum() / (surest.sum() + TINY))
