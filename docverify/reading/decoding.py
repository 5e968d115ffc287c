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
IMPOSSIBLE = -1e8


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
    """Find the likeliest text with one character of each alphabet.

    None for a line that is too short: for equal neighbours it must show the blank between them.
    """
    steps, places = len(folded), len(alphabets)
    if steps < places:
        return None
    log = {alphabet: _log_shown(folded, alphabet) for alphabet in set(alphabets)}
    log_shown = np.stack([log[alphabet] for alphabet in alphabets], axis=1)
    path, score = _best_path(log_shown, np.log(folded[:, 0] + TINY))
    if score < IMPOSSIBLE:
        return None
    text = "".join(ALPHABET[symbol] for symbol in path.max(axis=0))
    return Decoded(text, score / steps, _confidences(folded, path, alphabets, text))


@cache
def _meanings(alphabet: str) -> Steps:
    """Return the 0/1 matrix of what a symbol that is seen (rows) can mean here (columns).

    A symbol of the alphabet means itself, any other one those that look like it.
    """
    matrix = np.zeros((len(ALPHABET), len(ALPHABET)), np.float32)
    for symbol in alphabet:
        seen = (each for each in _alike(symbol) if each == symbol or each not in alphabet)
        matrix[[INDEX[each] for each in seen], INDEX[symbol]] = 1
    return matrix


def _alike(symbol: str) -> str:
    return next((group for group in LOOK_ALIKES if symbol in group), symbol)


def _log_shown(folded: Steps, alphabet: str) -> Steps:
    meanings = _meanings(alphabet)
    log: Steps = np.log(folded[:, 1:] @ meanings + TINY)
    log[:, ~meanings.any(axis=0)] = NEVER
    return log


def _best_path(log_shown: Steps, log_blank: Steps) -> tuple[NDArray[np.int16], float]:
    """Viterbi search; returns for each step and place the symbol shown there, or -1."""
    steps, places, symbols = log_shown.shape
    shown = np.full((places, symbols), NEVER, np.float32)  # in the character of a place
    gap = np.full(places + 1, NEVER, np.float32)  # in a blank after so many characters
    shown[0], gap[0] = log_shown[0, 0], log_blank[0]
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
        gap = np.maximum(ended, gap) + log_blank[step]
        shown = np.take_along_axis(options, choice[None], 0)[0] + log_shown[step]
    return _trace(shown, gap, came_shown, came_gap)


def _two_best(shown: Steps) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    order = np.argpartition(-shown, 1, axis=1)
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
            if came:
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


def _confidence(rows: Steps, symbol: str, alphabet: str) -> float:
    """Share of the symbol in what was seen, with what its look-alikes can mean here.

    What can mean several symbols counts for each by its own share.
    """
    alike = np.array([INDEX[each] for each in _alike(symbol)])
    meant = np.array([INDEX[each] for each in _alike(symbol) if each in alphabet])
    seen = rows[:, 1:] @ _meanings(alphabet)[:, INDEX[symbol]]
    surest = rows[seen.argmax()]
    own = (surest[1 + INDEX[symbol]] + TINY) / (surest[1 + meant] + TINY).sum()
    return float(own * surest[1 + alike].sum() / (surest.sum() + TINY))
