"""The MRZ of a picture: rows as read, and the layout that explains them best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docverify.documents.look_alikes import FILLER_LETTERS
from docverify.documents.mrz import ALPHABET, FILLER, LAYOUTS, MrzLayout, parse_mrz
from docverify.errors import MalformedMrz
from docverify.page import CERTAIN_CONFIDENCE, MrzReading
from docverify.reading.mrz.decoding import Decoded, decode
from docverify.reading.mrz.tie_breaking import break_ties, is_out_of_place
from docverify.reading.quads import Quad, Vector, find_down, is_line_distance, measure_height
from docverify.reading.recognition import Probabilities, add_margin

MIN_FILLERS = 2
WIDTH_RATIOS = ((0.9, 1.1), (0.7, 1.25))
"""Characters read, to those of a layout: first as usual, then where many were lost."""
LEGIBLE_MRZ = 0.8
WORTHLESS = 40.0
EXPLAINED = 5.0  # nats a line
UNEXPLAINED = 10.0  # more than one character of the line that the pixels do not show
DOUBTFUL = 0.5
# After three fillers a name line holds nothing else (Doc 9303-3, 4.6); no name has one of the
# letters that fillers are taken for three times in a row.
NAMES_END = re.compile(rf"{FILLER}{{3}}|([{FILLER_LETTERS}])\1\1")


@dataclass(frozen=True)
class MrzLine:
    """A line that may belong to an MRZ, as read."""

    quad: Quad
    folded: Probabilities
    text: str
    flat: bool


@dataclass(frozen=True)
class LocatedMrz:
    """An MRZ with its lines, in reading direction, and the layout that explains them best."""

    reading: MrzReading
    rows: Sequence[MrzLine]
    decoded: Sequence[Decoded]
    layout: MrzLayout | None
    flipped: bool

    @property
    def quads(self) -> list[Quad]:
        """The places of the lines."""
        return [row.quad for row in self.rows]

    @property
    def ends(self) -> list[NDArray[np.float32]]:
        """Where in the picture the first and the last character of each line stand."""
        return [_ends(row, line) for row, line in zip(self.rows, self.decoded, strict=True)]

    @property
    def loss(self) -> float:
        """How much worse, in nats a line, the pixels are explained than without any grammar."""
        return float(np.mean([line.loss for line in self.decoded]))

    @property
    def score(self) -> float:
        """Mean confidence of a character, less what the layout leaves unexplained."""
        rows = self.reading.confidences
        return sum(map(sum, rows)) / sum(map(len, rows)) - self.loss / WORTHLESS

    @property
    def is_clear(self) -> bool:
        """Whether its lines were found whole: nearly all of their characters are explained."""
        return self.loss < EXPLAINED and self.score > LEGIBLE_MRZ

    @property
    def is_certain(self) -> bool:
        """Whether a layout explains every character, and each is sure."""
        least = min(map(min, self.reading.confidences))
        return self.reading.constrained and least >= CERTAIN_CONFIDENCE

    @property
    def holds(self) -> bool:
        """Whether every check digit holds."""
        try:
            return all(digit.holds for digit in parse_mrz(self.reading.lines).check_digits)
        except MalformedMrz:
            return False


def choose_better(one: LocatedMrz | None, other: LocatedMrz | None) -> LocatedMrz | None:
    """Return the MRZ whose characters are surer."""
    return max((each for each in (one, other) if each), key=lambda mrz: mrz.score, default=None)


def doubt_differences(mrz: LocatedMrz, other: LocatedMrz) -> LocatedMrz:
    """Doubt what another reading, as clear, says otherwise by the same layout."""
    if mrz.layout is None or other.layout is not mrz.layout or not other.is_clear:
        return mrz
    own = mrz.reading
    confidences = tuple(map(_less_sure, own.confidences, own.lines, other.reading.lines))
    return replace(mrz, reading=replace(own, confidences=confidences))


def _less_sure(sure: Sequence[float], text: str, other: str) -> tuple[float, ...]:
    each = zip(sure, text, other, strict=True)
    return tuple(own if one == two else min(own, DOUBTFUL) for own, one, two in each)


def find_best_explanation(rows: list[MrzLine], flipped: bool) -> LocatedMrz | None:
    """Explain every two or three neighbouring rows by each layout, and keep the best.

    Where no layout explains what stands there, the reading without any is better.
    """
    groups = [rows[at : at + count] for count in (2, 3) for at in range(len(rows) - count + 1)]
    together = [group for group in groups if _belong_together(group)]
    mrzs: list[LocatedMrz] = []
    for ratio in WIDTH_RATIOS:
        mrzs += _by_layouts(together, ratio, flipped)
        best = min(mrzs, key=lambda mrz: mrz.loss, default=None)
        if best and best.loss < EXPLAINED:
            return best
    if best and best.loss < UNEXPLAINED:
        return best
    free = [mrz for group in together if (mrz := _free(group, flipped))]
    worth = [mrz for mrz in mrzs if mrz.loss < WORTHLESS]
    return min([*free, *worth], key=lambda mrz: mrz.loss, default=None)


def _by_layouts(
    groups: list[list[MrzLine]], ratio: tuple[float, float], flipped: bool
) -> list[LocatedMrz]:
    return [
        mrz
        for group in groups
        for layout in LAYOUTS.values()
        if layout.line_count == len(group) and (mrz := _explained(layout, group, ratio, flipped))
    ]


def _free(group: Sequence[MrzLine], flipped: bool) -> LocatedMrz | None:
    """Read a group whose lines have the size of a format, without the format's fields."""
    widths = {layout.width for layout in LAYOUTS.values() if layout.line_count == len(group)}
    found = [mrz for width in widths if (mrz := _of_width(group, width, flipped))]
    best = min(found, key=lambda mrz: mrz.loss, default=None)
    has_fillers = best and any(FILLER * MIN_FILLERS in line for line in best.reading.lines)
    return best if best and has_fillers and best.loss < EXPLAINED else None


def _of_width(group: Sequence[MrzLine], width: int, flipped: bool) -> LocatedMrz | None:
    lines = _decoded(group, [[ALPHABET] * width] * len(group), WIDTH_RATIOS[-1])
    if lines is None:
        return None
    texts = [line.text for line in lines]
    return _build_mrz(group, lines, texts, list(map(_doubting_look_alikes, lines)), None, flipped)


def _doubting_look_alikes(line: Decoded) -> tuple[float, ...]:
    return tuple(
        min(sure, DOUBTFUL) if is_out_of_place(line.text, at) else sure
        for at, sure in enumerate(line.confidences)
    )


def _decoded(
    group: Sequence[MrzLine], alphabets: Sequence[Sequence[str]], ratio: tuple[float, float]
) -> list[Decoded] | None:
    """Decode the lines of a group; None when one cannot have that many characters."""
    least, most = ratio
    if not all(least < len(row.text) / len(alphabets[0]) < most for row in group):
        return None
    decoded = [decode(row.folded, each) for row, each in zip(group, alphabets, strict=True)]
    lines = [each for each in decoded if each is not None]
    return lines if len(lines) == len(group) else None


def _belong_together(group: Sequence[MrzLine]) -> bool:
    down, height = (
        find_down(group[0].quad),
        float(np.median([measure_height(row.quad) for row in group])),
    )
    middles = [float(row.quad.mean(0) @ down) / height for row in group]
    return all(is_line_distance(below - above) for above, below in pairwise(middles))


def _explained(
    layout: MrzLayout, group: Sequence[MrzLine], ratio: tuple[float, float], flipped: bool
) -> LocatedMrz | None:
    """Decode a group by a layout."""
    lines = _decoded(group, layout.alphabets(), ratio)
    return _settled(layout, group, lines, flipped) if lines else None


def merge_readings(mrz: LocatedMrz, layout: MrzLayout, mrzs: Sequence[LocatedMrz]) -> LocatedMrz:
    """Join several readings of the same rows by one layout.

    What they agree on is as sure as the surest says, what they differ in is doubtful.
    """
    lines = list(zip(*(each.decoded for each in mrzs), strict=True))
    joined = [_merged_line(best, of) for best, of in zip(mrz.decoded, lines, strict=True)]
    return _settled(layout, mrz.rows, joined, mrz.flipped)


def _merged_line(best: Decoded, lines: Sequence[Decoded]) -> Decoded:
    shares = np.mean([line.shares for line in lines], axis=0)
    text = "".join(ALPHABET[each] for each in shares.argmax(1))
    confidences = tuple(
        _joint(symbol, [(line.text[at], line.confidences[at]) for line in lines])
        for at, symbol in enumerate(text)
    )
    return replace(best, text=text, shares=shares, confidences=confidences)


def _joint(symbol: str, votes: Sequence[tuple[str, float]]) -> float:
    sure = [confidence if vote == symbol else 0.0 for vote, confidence in votes]
    return max(sure) if {vote for vote, _ in votes} == {symbol} else sum(sure) / len(sure)


def _settled(
    layout: MrzLayout, rows: Sequence[MrzLine], lines: Sequence[Decoded], flipped: bool
) -> LocatedMrz:
    """Decide what the pixels leave open, and doubt what was decided."""
    texts = [_without_tail(layout, number, line) for number, line in enumerate(lines)]
    chosen = break_ties(layout, texts, [line.shares for line in lines])
    return _build_mrz(rows, lines, chosen, list(map(_confidences, lines, chosen)), layout, flipped)


def _confidences(line: Decoded, text: str) -> tuple[float, ...]:
    """Doubt what was not taken as read, and every symbol that was misread elsewhere in the line."""
    misread = {old for old, new in zip(line.text, text, strict=True) if old != new}
    return tuple(
        min(sure, DOUBTFUL) if new in misread or old != new else sure
        for sure, old, new in zip(line.confidences, line.text, text, strict=True)
    )


def _build_mrz(
    rows: Sequence[MrzLine],
    lines: Sequence[Decoded],
    texts: Sequence[str],
    confidences: Sequence[tuple[float, ...]],
    layout: MrzLayout | None,
    flipped: bool,
) -> LocatedMrz:
    lengths = [_distance(*_ends(row, line)) for row, line in zip(rows, lines, strict=True)]
    reading = MrzReading(
        lines=tuple(texts),
        confidences=tuple(confidences),
        greedy=tuple(row.text for row in rows),
        pitch=float(np.mean(lengths)) / (len(texts[0]) - 1),
        constrained=layout is not None,
    )
    return LocatedMrz(reading, rows, lines, layout, flipped)


def _ends(row: MrzLine, line: Decoded) -> NDArray[np.float32]:
    shown = add_margin(row.quad)
    start, stop = shown[[0, 3]].mean(0), shown[[1, 2]].mean(0)
    return np.stack([start + (stop - start) * each for each in line.reach])


def _distance(start: Vector, stop: Vector) -> float:
    return float(np.linalg.norm(stop - start))


def _without_tail(layout: MrzLayout, row: int, line: Decoded) -> str:
    """Blank what the end of a name line shows after three fillers: there is nothing printed."""
    name = layout.fields["name"]
    end = NAMES_END.search(line.text, name.start, name.stop) if row == name.line else None
    if end is None:
        return line.text
    return line.text[: end.start()].ljust(name.stop, FILLER) + line.text[name.stop :]
