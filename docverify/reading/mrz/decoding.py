"""Decoding of one MRZ line under the grammar of its format.

The recogniser gives a probability for each class at each step along the line (connectionist
temporal classification: a character may last several steps, and a blank separates two equal
neighbours). The search finds the likeliest of all texts that have the right number of characters,
each allowed at its position.
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
MIN_PROBABILITY = 1e-6
#: Log probability of an impossible symbol, and the score below which no text fits.
NEVER = np.float32(-1e9)
IMPOSSIBLE = -1e8
#: All characters of OCR-B have the same pitch: a gap of over MAX_GAP pitches has lost characters,
#: each of which makes the text less likely by this many nats.
MAX_GAP = 1.75
LOST_CHARACTER = 3.0


@dataclass(frozen=True)
class Decoded:
    """A decoded line.

    Attributes:
        text: one character for each position of the layout.
        score: mean log probability of a step, in nats.
        loss: nats by which the likeliest symbols of all steps are likelier than the text, plus
            LOST_CHARACTER for each character that is missing in a gap.
        reach: middle of the first and of the last character, as shares of the steps (0 to 1).
        confidences: confidence of each character (0 to 1).
        shares: for each position, the share of each symbol that is allowed there; columns as
            ALPHABET.
    """

    text: str
    score: float
    loss: float
    reach: tuple[float, float]
    confidences: tuple[float, ...]
    shares: Probabilities


@cache
def build_folding() -> Probabilities:
    """Build the 0/1 matrix that adds the recogniser's classes up to a blank and 37 symbols."""
    places = {glyph: symbol for symbol, glyphs in GLYPHS.items() for glyph in glyphs}
    matrix = np.zeros((len(characters()), 1 + len(ALPHABET)), np.float32)
    for row, character in enumerate(characters()):
        symbol = places.get(character, character)
        if symbol in INDEX:
            matrix[row, 1 + INDEX[symbol]] = 1
    matrix[[0, -1], 0] = 1  # The blank of CTC and the blank between words.
    return matrix


def fold(steps: Probabilities) -> Probabilities:
    """Reduce the recogniser's classes to those of an MRZ: a blank, then the 37 of ALPHABET."""
    used = np.flatnonzero(build_folding().any(axis=1))
    folded: Probabilities = steps[:, used] @ build_folding()[used]
    return folded


def read_freely(folded: Probabilities) -> str:
    """Return the likeliest text over the MRZ's alphabet, without any grammar."""
    best = folded.argmax(1)
    return "".join(ALPHABET[best[start] - 1] for start in find_starts(best))


def find_middles(folded: Probabilities) -> NDArray[np.float32]:
    """Find the middle of each character of the free reading, as a share of the steps (0 to 1)."""
    best = folded.argmax(1)
    ends = np.flatnonzero((best != 0) & (np.diff(best, append=0) != 0))
    return ((find_starts(best) + ends + 1) / (2 * len(best))).astype(np.float32)


def find_starts(best: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the steps at which a character starts, given the likeliest class of each step."""
    return np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))


def measure_clearness(folded: Probabilities, seen: NDArray[np.bool_]) -> float:
    """Return the mean probability (0 to 1) of the symbols at the steps that show a character."""
    return float(folded[seen, 1:].max(1).mean()) if seen.any() else 0.0


def decode(folded: Probabilities, alphabets: Sequence[str]) -> Decoded | None:
    """Find the likeliest text with one character of each alphabet.

    None for a line that is too short: two equal neighbours need the blank between them.
    """
    steps, places = len(folded), len(alphabets)
    if steps < places:
        return None
    log = {alphabet: compute_log_shown(folded, alphabet) for alphabet in set(alphabets)}
    log_shown = np.stack([log[alphabet] for alphabet in alphabets], axis=1)
    path, score = find_best_path(log_shown, np.log(folded[:, 0] + MIN_PROBABILITY))
    if score < IMPOSSIBLE:
        return None
    text = "".join(ALPHABET[symbol] for symbol in path.max(axis=0))
    middles = [float(np.flatnonzero(seen).mean()) for seen in path.T >= 0]
    unlikely = float(np.log(folded.max(1) + MIN_PROBABILITY).sum()) - score
    return Decoded(
        text=text,
        score=score / steps,
        loss=unlikely + LOST_CHARACTER * count_lost(middles),
        reach=((middles[0] + 0.5) / steps, (middles[-1] + 0.5) / steps),
        confidences=compute_confidences(folded, path, alphabets, text),
        shares=compute_shares(folded, path, alphabets),
    )


def count_lost(middles: Sequence[float]) -> int:
    """Count the characters that are missing in gaps, from the positions of those that were found.

    >>> count_lost([0, 4, 8, 20, 24, 28])
    2
    """
    gaps = np.diff(middles)
    if not len(gaps):
        return 0
    pitches = gaps / max(float(np.median(gaps)), 1e-6)
    return int(pitches[pitches > MAX_GAP].round().sum() - (pitches > MAX_GAP).sum())


@cache
def build_meanings(alphabet: str) -> Probabilities:
    """Build the 0/1 matrix of the symbols (columns) that a visible symbol (rows) can mean here.

    A symbol of the alphabet means itself; any other symbol means its look-alikes.
    """
    matrix = np.zeros((len(ALPHABET), len(ALPHABET)), np.float32)
    for symbol in alphabet:
        seen = (each for each in find_group(symbol) if each == symbol or each not in alphabet)
        matrix[[INDEX[each] for each in seen], INDEX[symbol]] = 1
    return matrix


def compute_log_shown(folded: Probabilities, alphabet: str) -> Probabilities:
    """Compute, for each step, the log probability of each symbol of an alphabet."""
    meanings = build_meanings(alphabet)
    log: Probabilities = np.log(folded[:, 1:] @ meanings + MIN_PROBABILITY)
    log[:, ~meanings.any(axis=0)] = NEVER
    return log


@dataclass(frozen=True)
class Gap:
    """State: a blank is seen, after this many characters."""

    after: int


@dataclass(frozen=True)
class Shown:
    """State: the character at a place (from 0) is seen, as a symbol of ALPHABET."""

    place: int
    symbol: int


State = Gap | Shown


@dataclass(frozen=True)
class Predecessors:
    """How the states of one step were reached from those of the previous step.

    Attributes:
        stayed: [place, symbol] whether the character was already visible in the previous step.
        best: [place] the likeliest symbol of the place in the previous step.
        second: [place] the second likeliest.
        gap_over_best: [place] whether the gap after the place was as likely as its best symbol.
        gap_over_second: [place] the same for its second symbol.
    """

    stayed: NDArray[np.bool_]
    best: NDArray[np.intp]
    second: NDArray[np.intp]
    gap_over_best: NDArray[np.bool_]
    gap_over_second: NDArray[np.bool_]


def find_best_path(
    log_shown: Probabilities, log_blank: Probabilities
) -> tuple[NDArray[np.int16], float]:
    """Find the likeliest way through the states (Viterbi search).

    Returns for each step and place the symbol that is seen there, or -1, and the log probability of
    the whole way. From one step to the next, the states change like this, where ``a`` and ``b`` are
    different symbols (two equal ones need the gap between them)::

        Gap(k) ──► Gap(k), Shown(k, a)
        Shown(k, a) ──► Shown(k, a), Gap(k + 1), Shown(k + 1, b)
    """
    steps, places, symbols = log_shown.shape
    shown = np.full((places, symbols), NEVER, np.float32)
    gap = np.full(places + 1, NEVER, np.float32)
    shown[0], gap[0] = log_shown[0, 0], log_blank[0]
    rows, history = np.arange(places), []
    for step in range(1, steps):
        best = shown.argmax(1)
        best_score = shown[rows, best]
        rest = shown.copy()
        rest[rows, best] = NEVER
        second = rest.argmax(1)
        second_score = rest[rows, second]
        # A character is entered from the gap or from the neighbour before it: from the
        # neighbour's best symbol, or from its second where both would be the same symbol.
        from_best = np.maximum(gap[1:], best_score)
        entry = np.empty((places, symbols), np.float32)
        entry[:] = np.concatenate([gap[:1], from_best[:-1]])[:, None]
        entry[rows[1:], best[:-1]] = np.maximum(gap[1:], second_score)[:-1]
        history.append(
            Predecessors(
                shown >= entry, best, second, gap[1:] >= best_score, gap[1:] >= second_score
            )
        )
        gap[1:] = from_best
        gap += log_blank[step]
        shown = np.maximum(shown, entry) + log_shown[step]
    last = Shown(places - 1, int(shown[-1].argmax()))
    score = float(shown[-1, last.symbol])
    if gap[places] > score:
        return trace_path(Gap(places), history, places), float(gap[places])
    return trace_path(last, history, places), score


def trace_path(last: State, history: Sequence[Predecessors], places: int) -> NDArray[np.int16]:
    """Follow the states from the last one back; returns the symbol by step and place, or -1."""
    path = np.full((len(history) + 1, places), -1, np.int16)
    state = last
    for step in range(len(history), -1, -1):
        if isinstance(state, Shown):
            path[step, state.place] = state.symbol
        if step:
            state = find_predecessor(state, history[step - 1])
    return path


def find_predecessor(state: State, before: Predecessors) -> State:
    """Return the state of the previous step from which a state was reached."""
    if isinstance(state, Gap):
        place = state.after - 1
        if place < 0 or before.gap_over_best[place]:
            return state
        return Shown(place, int(before.best[place]))
    if before.stayed[state.place, state.symbol]:
        return state
    place = state.place - 1
    if place >= 0 and state.symbol == before.best[place]:
        symbol, is_gap = before.second[place], before.gap_over_second[place]
    else:
        symbol, is_gap = before.best[place], before.gap_over_best[place]
    return Gap(state.place) if place < 0 or is_gap else Shown(place, int(symbol))


def compute_shares(
    folded: Probabilities, path: NDArray[np.int16], alphabets: Sequence[str]
) -> Probabilities:
    """Compute the share of each symbol at each place, at the step that shows it best."""
    shown = np.stack(
        [
            (folded[path[:, place] >= 0, 1:] @ build_meanings(alphabet)).max(0)
            for place, alphabet in enumerate(alphabets)
        ]
    )
    shares: Probabilities = shown / (shown.sum(1, keepdims=True) + MIN_PROBABILITY)
    return shares


def compute_confidences(
    folded: Probabilities, path: NDArray[np.int16], alphabets: Sequence[str], text: str
) -> tuple[float, ...]:
    """Compute the confidence of each character (0 to 1)."""
    return tuple(
        compute_confidence(folded[path[:, place] >= 0], symbol, alphabet)
        for place, (symbol, alphabet) in enumerate(zip(text, alphabets, strict=True))
    )


def compute_confidence(rows: Probabilities, symbol: str, alphabet: str) -> float:
    """Compute the share of a symbol, with its look-alikes, at the surest of its steps.

    A visible symbol with several meanings counts for each of them by its own share.
    """
    alike = np.array([INDEX[each] for each in find_group(symbol)])
    meant = np.array([INDEX[each] for each in find_group(symbol) if each in alphabet])
    seen = rows[:, 1:] @ build_meanings(alphabet)[:, INDEX[symbol]]
    surest = rows[seen.argmax()]
    own = (surest[1 + INDEX[symbol]] + MIN_PROBABILITY) / (
        surest[1 + meant] + MIN_PROBABILITY
    ).sum()
    return float(own * surest[1 + alike].sum() / (surest.sum() + MIN_PROBABILITY))
