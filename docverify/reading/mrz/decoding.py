"""Decoding a line of the MRZ under the grammar of its format.

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

from docverify.documents.look_alikes import GLYPHS, find_group
from docverify.documents.mrz import ALPHABET
from docverify.reading.models import characters
from docverify.reading.recognition import Probabilities

INDEX = {symbol: number for number, symbol in enumerate(ALPHABET)}
TINY = 1e-6
NEVER = np.float32(-1e9)
IMPOSSIBLE = -1e8


@dataclass(frozen=True)
class Decoded:
    """A decoded line: its text, the mean log probability of a step, a confidence each (0 to 1).

    `loss` is by how much, in nats, the likeliest symbols of all steps are likelier; `reach` where
    the middles of the first and the last character stand, as shares of the steps; `shares` how
    much each place shows of each symbol that it may hold, in the order of ALPHABET.
    """

    text: str
    score: float
    loss: float
    reach: tuple[float, float]
    confidences: tuple[float, ...]
    shares: Probabilities


@cache
def _folding() -> Probabilities:
    """Return the 0/1 matrix that adds the recogniser's classes up to blank and 37 symbols."""
    places = {glyph: symbol for symbol, glyphs in GLYPHS.items() for glyph in glyphs}
    matrix = np.zeros((len(characters()), 1 + len(ALPHABET)), np.float32)
    for row, character in enumerate(characters()):
        symbol = places.get(character, character)
        if symbol in INDEX:
            matrix[row, 1 + INDEX[symbol]] = 1
    matrix[[0, -1], 0] = 1  # The blank of CTC and the blank between words.
    return matrix


def fold(steps: Probabilities) -> Probabilities:
    """Reduce the recogniser's classes to the MRZ's: a column for blank, then ALPHABET's 37."""
    used = np.flatnonzero(_folding().any(axis=1))
    folded: Probabilities = steps[:, used] @ _folding()[used]
    return folded


def read_freely(folded: Probabilities) -> str:
    """Return the likeliest text over the MRZ's alphabet, without any grammar."""
    best = folded.argmax(1)
    return "".join(ALPHABET[best[start] - 1] for start in _starts(best))


def find_middles(folded: Probabilities) -> NDArray[np.float32]:
    """Return where each character of the free reading stands, as a share of the steps."""
    best = folded.argmax(1)
    ends = np.flatnonzero((best != 0) & (np.diff(best, append=0) != 0))
    return ((_starts(best) + ends + 1) / (2 * len(best))).astype(np.float32)


def _starts(best: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))


def measure_clearness(folded: Probabilities, seen: NDArray[np.bool_]) -> float:
    """Return how sure, from 0 to 1, the symbols are at the steps where any character is seen."""
    return float(folded[seen, 1:].max(1).mean()) if seen.any() else 0.0


def decode(folded: Probabilities, alphabets: Sequence[str]) -> Decoded | None:
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
    loss = float(np.log(folded.max(1) + TINY).sum()) - score
    first, last = (float(np.flatnonzero(path[:, each] >= 0).mean()) for each in (0, -1))
    reach = ((first + 0.5) / steps, (last + 0.5) / steps)
    confidences = _confidences(folded, path, alphabets, text)
    return Decoded(text, score / steps, loss, reach, confidences, _shares(folded, path, alphabets))


@cache
def _meanings(alphabet: str) -> Probabilities:
    """Return the 0/1 matrix of what a symbol that is seen (rows) can mean here (columns).

    A symbol of the alphabet means itself, any other one those that look like it.
    """
    matrix = np.zeros((len(ALPHABET), len(ALPHABET)), np.float32)
    for symbol in alphabet:
        seen = (each for each in find_group(symbol) if each == symbol or each not in alphabet)
        matrix[[INDEX[each] for each in seen], INDEX[symbol]] = 1
    return matrix


def _log_shown(folded: Probabilities, alphabet: str) -> Probabilities:
    meanings = _meanings(alphabet)
    log: Probabilities = np.log(folded[:, 1:] @ meanings + TINY)
    log[:, ~meanings.any(axis=0)] = NEVER
    return log


@dataclass(frozen=True)
class Backpointers:
    """What one step of the search remembers of the step before it, to find the way back.

    Of each place: its two likeliest symbols, and whether the gap before the next place was as
    likely as the first, and as the second of them.
    """

    stayed: NDArray[np.bool_]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    over_first: NDArray[np.bool_]
    over_second: NDArray[np.bool_]


def _best_path(
    log_shown: Probabilities, log_blank: Probabilities
) -> tuple[NDArray[np.int16], float]:
    """Viterbi search; returns for each step and place the symbol shown there, or -1."""
    steps, places, symbols = log_shown.shape
    shown = np.full((places, symbols), NEVER, np.float32)  # in the character of a place
    gap = np.full(places + 1, NEVER, np.float32)  # in a blank after so many characters
    shown[0], gap[0] = log_shown[0, 0], log_blank[0]
    rows, history = np.arange(places), []
    for step in range(1, steps):
        first = shown.argmax(1)
        best = shown[rows, first]
        rest = shown.copy()
        rest[rows, first] = NEVER
        second = rest.argmax(1)
        runner_up = rest[rows, second]
        over_first, over_second = gap[1:] >= best, gap[1:] >= runner_up
        entry = np.empty((places, symbols), np.float32)
        entry[:] = np.concatenate([gap[:1], np.maximum(gap[1:], best)[:-1]])[:, None]
        # An equal neighbour needs a blank between: for it, the second best precedes.
        entry[rows[1:], first[:-1]] = np.maximum(gap[1:], runner_up)[:-1]
        history.append(Backpointers(shown >= entry, first, second, over_first, over_second))
        gap[1:] = np.maximum(gap[1:], best)
        gap += log_blank[step]
        shown = np.maximum(shown, entry) + log_shown[step]
    return _trace(shown, gap, history)


def _trace(
    shown: Probabilities, gap: Probabilities, history: Sequence[Backpointers]
) -> tuple[NDArray[np.int16], float]:
    places = len(shown)
    path = np.full((len(history) + 1, places), -1, np.int16)
    place, symbol = places - 1, int(shown[-1].argmax())
    score = float(shown[-1, symbol])
    in_gap = float(gap[places]) > score
    score = max(score, float(gap[places]))
    if in_gap:
        place = places
    for number in range(len(history), 0, -1):
        step = history[number - 1]
        if in_gap:
            if place and not step.over_first[place - 1]:
                in_gap, place, symbol = False, place - 1, int(step.first[place - 1])
            continue
        path[number, place] = symbol
        if step.stayed[place, symbol]:
            continue
        before = place - 1
        equal = place > 0 and symbol == step.first[before]
        if place == 0 or (step.over_second if equal else step.over_first)[before]:
            in_gap = True
        else:
            symbol = int((step.second if equal else step.first)[before])
            place = before
    if not in_gap:
        path[0, place] = symbol
    return path, score


def _shares(
    folded: Probabilities, path: NDArray[np.int16], alphabets: Sequence[str]
) -> Probabilities:
    shown = np.stack(
        [
            (folded[path[:, place] >= 0, 1:] @ _meanings(alphabet)).max(0)
            for place, alphabet in enumerate(alphabets)
        ]
    )
    shares: Probabilities = shown / (shown.sum(1, keepdims=True) + TINY)
    return shares


def _confidences(
    folded: Probabilities, path: NDArray[np.int16], alphabets: Sequence[str], text: str
) -> tuple[float, ...]:
    return tuple(
        _confidence(folded[path[:, place] >= 0], symbol, alphabet)
        for place, (symbol, alphabet) in enumerate(zip(text, alphabets, strict=True))
    )


def _confidence(rows: Probabilities, symbol: str, alphabet: str) -> float:
    """Share of the symbol in what was seen, with what its look-alikes can mean here.

    What can mean several symbols counts for each by its own share.
    """
    alike = np.array([INDEX[each] for each in find_group(symbol)])
    meant = np.array([INDEX[each] for each in find_group(symbol) if each in alphabet])
    seen = rows[:, 1:] @ _meanings(alphabet)[:, INDEX[symbol]]
    surest = rows[seen.argmax()]
    own = (surest[1 + INDEX[symbol]] + TINY) / (surest[1 + meant] + TINY).sum()
    return float(own * surest[1 + alike].sum() / (surest.sum() + TINY))
