"""Explanation of MRZ lines: the layout that explains them best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docverify.documents.look_alikes import FILLER_LETTERS
from docverify.documents.mrz import ALPHABET, FILLER, LAYOUTS, MrzLayout, parse_mrz
from docverify.documents.mrz_layouts import MrzField
from docverify.errors import MalformedMrz
from docverify.page import CERTAIN_CONFIDENCE, MrzReading
from docverify.reading.mrz.decoding import Decoded, decode
from docverify.reading.mrz.lines import MIN_FILLERS, MrzLine
from docverify.reading.mrz.tie_breaking import break_ties, is_out_of_place, repeat_state
from docverify.reading.quads import (
    Quad,
    find_direction,
    find_down,
    fit_between,
    is_line_distance,
    measure_height,
)
from docverify.reading.recognition import add_margin

#: Characters read, divided by those of the layout: usually, and where many were lost.
WIDTH_RATIOS = ((0.9, 1.1), (0.7, 1.25))
LEGIBLE_SCORE = 0.8
#: Losses in nats a line: a layout explains it; more than one of its characters is not what the
#: pixels show; it is not worth reporting.
EXPLAINED_LOSS = 5.0
UNEXPLAINED_LOSS = 10.0
WORTHLESS_LOSS = 40.0
DOUBTFUL_CONFIDENCE = 0.5
FAINT_CONFIDENCE = 0.6  # of a filler that is misread as a letter
# After three fillers, a name line has only fillers (Doc 9303-3, 4.6); no name has the same
# letter of those that fillers are read as three times in a row.
NAMES_END = re.compile(rf"{FILLER}{{3}}|([{FILLER_LETTERS}])\1\1")


@dataclass(frozen=True)
class LocatedMrz:
    """An MRZ with its lines in reading direction.

    Attributes:
        reading: lines and confidences, as the record keeps them.
        rows: the lines as read without a layout.
        decoded: the lines as decoded by the layout.
        layout: the layout that explains them best; None if no layout does.
        flipped: whether the lines are upside down in the image.
    """

    reading: MrzReading
    rows: Sequence[MrzLine]
    decoded: Sequence[Decoded]
    layout: MrzLayout | None
    flipped: bool

    @property
    def quads(self) -> list[Quad]:
        """The corners of the lines in the image."""
        return [row.quad for row in self.rows]

    @property
    def ends(self) -> list[NDArray[np.float32]]:
        """The middle of the first and of the last character of each line, in the image."""
        return [find_ends(row, line) for row, line in zip(self.rows, self.decoded, strict=True)]

    @property
    def loss(self) -> float:
        """Nats per line by which a reading without grammar explains the pixels better."""
        return float(np.mean([line.loss for line in self.decoded]))

    @property
    def score(self) -> float:
        """Mean confidence of a character, less what the layout leaves unexplained."""
        rows = self.reading.confidences
        return sum(map(sum, rows)) / sum(map(len, rows)) - self.loss / WORTHLESS_LOSS

    @property
    def is_clear(self) -> bool:
        """Whether its lines were found completely: nearly all of their characters are explained."""
        return self.loss < EXPLAINED_LOSS and self.score > LEGIBLE_SCORE

    @property
    def is_certain(self) -> bool:
        """Whether a layout explains every character, and each is certain."""
        least = min(map(min, self.reading.confidences))
        return self.reading.constrained and least >= CERTAIN_CONFIDENCE

    @property
    def has_fillers(self) -> bool:
        """Whether successive fillers were read before any layout was applied, as in every MRZ."""
        return any(FILLER * MIN_FILLERS in line for line in self.reading.greedy)

    @property
    def has_correct_check_digits(self) -> bool:
        """Whether every check digit is correct."""
        try:
            return all(digit.is_correct for digit in parse_mrz(self.reading.lines).check_digits)
        except MalformedMrz:
            return False


def choose_better(one: LocatedMrz | None, other: LocatedMrz | None) -> LocatedMrz | None:
    """Return the MRZ with the higher score."""
    return max((each for each in (one, other) if each), key=lambda mrz: mrz.score, default=None)


def join_networks(slow: LocatedMrz, quick: LocatedMrz) -> LocatedMrz:
    """Join the readings of one MRZ by two networks: characters that differ are not certain.

    The network for any printed text is more accurate, unless no layout explains its reading, for
    example because glare hides characters.
    """
    if slow.loss <= EXPLAINED_LOSS or quick.loss > EXPLAINED_LOSS:
        return doubt_differences(slow, quick)
    return doubt_disagreement(quick, slow) if quick.layout is slow.layout else quick


def doubt_differences(mrz: LocatedMrz, other: LocatedMrz) -> LocatedMrz:
    """Lower the confidences where another clear reading by the same layout differs."""
    if mrz.layout is None or other.layout is not mrz.layout or not other.is_clear:
        return mrz
    return doubt_disagreement(mrz, other)


def doubt_disagreement(mrz: LocatedMrz, other: LocatedMrz) -> LocatedMrz:
    """Lower the confidences where another reading by the same layout differs."""
    own = mrz.reading
    each_line = zip(own.confidences, own.lines, other.reading.lines, strict=True)
    confidences = tuple(doubt(sure, text, new, set()) for sure, text, new in each_line)
    return replace(mrz, reading=replace(own, confidences=confidences))


def doubt(confidences: Sequence[float], old: str, new: str, misread: set[str]) -> tuple[float, ...]:
    """Lower the confidence where two texts differ, and of every new symbol in `misread`."""
    return tuple(
        min(sure, DOUBTFUL_CONFIDENCE) if before != after or after in misread else sure
        for sure, before, after in zip(confidences, old, new, strict=True)
    )


def explain_lines(rows: list[MrzLine], flipped: bool) -> LocatedMrz | None:
    """Explain every two or three neighbouring lines by each layout, and return the best result.

    If no layout explains the pixels, the reading without a layout is better.
    """
    groups = [rows[at : at + count] for count in (2, 3) for at in range(len(rows) - count + 1)]
    together = [group for group in groups if are_neighbours(group)]
    mrzs: list[LocatedMrz] = []
    for ratio in WIDTH_RATIOS:
        mrzs += explain_by_layouts(together, ratio, flipped)
        best = min(mrzs, key=lambda mrz: mrz.loss, default=None)
        if best and best.loss < EXPLAINED_LOSS:
            return best
    if best and best.loss < UNEXPLAINED_LOSS:
        return best
    free = [mrz for group in together if (mrz := read_without_layout(group, flipped))]
    worth = [mrz for mrz in mrzs if mrz.loss < WORTHLESS_LOSS]
    return min([*free, *worth], key=lambda mrz: mrz.loss, default=None)


def are_neighbours(group: Sequence[MrzLine]) -> bool:
    """Return whether each line is one MRZ line distance below the previous one."""
    height = float(np.median([measure_height(row.quad) for row in group]))
    down = find_down(group[0].quad)
    middles = [float(row.quad.mean(0) @ down) / height for row in group]
    return all(is_line_distance(below - above) for above, below in pairwise(middles))


def explain_by_layouts(
    groups: list[list[MrzLine]], ratio: tuple[float, float], flipped: bool
) -> list[LocatedMrz]:
    """Decode each group by each layout that has as many lines."""
    pairs = [
        (group, layout, lines)
        for group in groups
        for layout in LAYOUTS.values()
        if layout.line_count == len(group)
        and (lines := decode_lines(group, layout.alphabets(), ratio))
    ]
    return [settle(layout, group, lines, flipped) for group, layout, lines in pairs]


def read_without_layout(group: Sequence[MrzLine], flipped: bool) -> LocatedMrz | None:
    """Read a group whose lines have the size of a format, without the format's fields."""
    widths = {layout.width for layout in LAYOUTS.values() if layout.line_count == len(group)}
    found = [mrz for width in widths if (mrz := read_at_width(group, width, flipped))]
    best = min(found, key=lambda mrz: mrz.loss, default=None)
    has_fillers = best and any(FILLER * MIN_FILLERS in line for line in best.reading.lines)
    return best if best and has_fillers and best.loss < EXPLAINED_LOSS else None


def read_at_width(group: Sequence[MrzLine], width: int, flipped: bool) -> LocatedMrz | None:
    """Read a group with this many characters a line, each any of the alphabet."""
    lines = decode_lines(group, [[ALPHABET] * width] * len(group), WIDTH_RATIOS[-1])
    if lines is None:
        return None
    confidences = [
        tuple(
            min(sure, DOUBTFUL_CONFIDENCE) if is_out_of_place(line.text, at) else sure
            for at, sure in enumerate(line.confidences)
        )
        for line in lines
    ]
    return build_mrz(group, lines, [line.text for line in lines], confidences, None, flipped)


def decode_lines(
    group: Sequence[MrzLine], alphabets: Sequence[Sequence[str]], ratio: tuple[float, float]
) -> list[Decoded] | None:
    """Decode the lines of a group; None if a line cannot have that many characters."""
    least, most = ratio
    if not all(least < len(row.text) / len(alphabets[0]) < most for row in group):
        return None
    decoded = [decode(row.folded, each) for row, each in zip(group, alphabets, strict=True)]
    lines = [each for each in decoded if each is not None]
    return lines if len(lines) == len(group) else None


def merge_readings(
    mrz: LocatedMrz, layout: MrzLayout, readings: Sequence[LocatedMrz]
) -> LocatedMrz:
    """Join several readings of the same lines by one layout.

    Where they agree, the highest confidence counts; where they differ, none is certain.
    """
    by_line = list(zip(*(each.decoded for each in readings), strict=True))
    joined = [merge_line(best, of) for best, of in zip(mrz.decoded, by_line, strict=True)]
    return settle(layout, mrz.rows, joined, mrz.flipped)


def merge_line(best: Decoded, lines: Sequence[Decoded]) -> Decoded:
    """Join several readings of one line by the mean of their shares."""
    shares = np.mean([line.shares for line in lines], axis=0)
    text = "".join(ALPHABET[each] for each in shares.argmax(1))
    confidences = tuple(
        join_votes(symbol, [(line.text[at], line.confidences[at]) for line in lines])
        for at, symbol in enumerate(text)
    )
    return replace(best, text=text, shares=shares, confidences=confidences)


def join_votes(symbol: str, votes: Sequence[tuple[str, float]]) -> float:
    """Return the highest confidence of unanimous readings, otherwise their mean for the symbol."""
    sure = [confidence if vote == symbol else 0.0 for vote, confidence in votes]
    return max(sure) if {vote for vote, _ in votes} == {symbol} else sum(sure) / len(sure)


def settle(
    layout: MrzLayout, rows: Sequence[MrzLine], lines: Sequence[Decoded], flipped: bool
) -> LocatedMrz:
    """Choose between readings that fit the pixels equally well, and mark the choice as doubtful.

    A symbol that was misread once is doubtful in its whole line.
    """
    texts = [blank_after_names(layout, number, line) for number, line in enumerate(lines)]
    likely = break_ties(layout, texts, [line.shares for line in lines])
    chosen = repeat_state(layout, likely, [line.confidences for line in lines])
    confidences = []
    for line, text in zip(lines, chosen, strict=True):
        misread = {old for old, new in zip(line.text, text, strict=True) if old != new}
        confidences.append(doubt(line.confidences, line.text, text, misread))
    return build_mrz(rows, lines, chosen, confidences, layout, flipped)


def blank_after_names(layout: MrzLayout, row: int, line: Decoded) -> str:
    """Replace characters that seem to follow three fillers in a name line: none are allowed."""
    name = layout.fields["name"]
    if row != name.line:
        return line.text
    end = NAMES_END.search(line.text, name.start, name.stop) or find_doubtful_tail(line, name)
    if end is None:
        return line.text
    return line.text[: end.start()].ljust(name.stop, FILLER) + line.text[name.stop :]


def find_doubtful_tail(line: Decoded, name: MrzField) -> re.Match[str] | None:
    """Find the position after which a name line has only fillers, some read as doubtful letters."""
    seen = ""
    for letter, sure in zip(line.text, line.confidences, strict=True):
        is_faint = letter in FILLER_LETTERS and sure < FAINT_CONFIDENCE
        seen += FILLER if is_faint and seen.endswith(FILLER) else letter
    end = NAMES_END.search(seen, name.start, name.stop)
    return end if end and not seen[end.start() : name.stop].strip(FILLER) else None


def build_mrz(
    rows: Sequence[MrzLine],
    lines: Sequence[Decoded],
    texts: Sequence[str],
    confidences: Sequence[tuple[float, ...]],
    layout: MrzLayout | None,
    flipped: bool,
) -> LocatedMrz:
    """Build the MRZ from its lines, and derive its pitch from their ends."""
    ends = [find_ends(row, line) for row, line in zip(rows, lines, strict=True)]
    lengths = [float(np.linalg.norm(stop - start)) for start, stop in ends]
    reading = MrzReading(
        lines=tuple(texts),
        confidences=tuple(confidences),
        greedy=tuple(row.text for row in rows),
        pitch=float(np.mean(lengths)) / (len(texts[0]) - 1),
        constrained=layout is not None,
    )
    return LocatedMrz(reading, rows, lines, layout, flipped)


def find_ends(row: MrzLine, line: Decoded) -> NDArray[np.float32]:
    """Find the middle of the first and of the last character of a line, in the image."""
    shown = add_margin(row.quad)
    start, stop = shown[[0, 3]].mean(0), shown[[1, 2]].mean(0)
    return np.stack([start + (stop - start) * each for each in line.reach])


def align_ends(mrz: LocatedMrz) -> list[Quad]:
    """Make all lines begin and end like the line that was read with most certainty."""
    surest = max(range(len(mrz.quads)), key=lambda row: sum(mrz.reading.confidences[row]))
    along, middle = find_direction(mrz.quads[surest]), mrz.quads[surest].mean(0)
    start, stop = (float((end - middle) @ along) for end in mrz.ends[surest])
    margin = 0.5 * (stop - start) / (len(mrz.reading.lines[0]) - 1)
    return [fit_between(quad, middle, along, start - margin, stop + margin) for quad in mrz.quads]
