"""Reading single lines of an MRZ out of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docverify.documents.mrz import FILLER, LAYOUTS
from docverify.reading.files.pages import Image
from docverify.reading.mrz.decoding import find_middles, measure_clearness, read_freely
from docverify.reading.mrz.recognisers import Recogniser
from docverify.reading.quads import (
    Quad,
    Vector,
    find_direction,
    find_sides,
    measure_height,
    measure_length,
    widen,
)
from docverify.reading.recognition import Probabilities, add_margin, cut_strip, remove_shading

PROBE_LENGTH = 6.0  # heights: some ten characters from the middle of a line
PROBE_CHARACTERS = 6
MIN_FILLERS = 2
MIN_CHARACTERS = 12
MIN_DIGITS = 8
MAX_WIDTH = max(layout.width for layout in LAYOUTS.values())
MAX_GAP = 5.0  # pitches: glare hides a few characters of a line
MAX_MISSING = 0.6  # heights by which a line may be shorter than its neighbours


@dataclass(frozen=True)
class View:
    """An image, and the network that its lines are read with."""

    image: Image
    recogniser: Recogniser


@dataclass(frozen=True)
class MrzLine:
    """A line that may belong to an MRZ, as read without any grammar.

    Attributes:
        quad: where it is in the image.
        folded: probabilities of a blank and of ALPHABET's symbols, by step.
        text: the likeliest text.
        flat: whether shade and glare were removed before it was read.
    """

    quad: Quad
    folded: Probabilities
    text: str
    flat: bool

    @property
    def looks_like_mrz(self) -> bool:
        """Whether it is long and has fillers or many digits, as nearly all lines of MRZs."""
        digits = sum(each.isdigit() for each in self.text)
        return len(self.text) >= MIN_CHARACTERS and (
            self.text.count(FILLER) >= MIN_FILLERS or digits >= MIN_DIGITS
        )


def read_line(view: View, quad: Quad, flat: bool = False) -> MrzLine:
    """Read one line; `flat` removes shade and glare first."""
    strip = cut_strip(view.image, quad)
    folded = view.recogniser(remove_shading(strip) if flat else strip).folded
    return MrzLine(quad, folded, read_freely(folded), flat)


def measure_legibility(view: View, quad: Quad) -> float:
    """Measure how clearly the middle of a line reads as characters of an MRZ (0 to 1)."""
    cut = max(0.0, measure_length(quad) - PROBE_LENGTH * measure_height(quad)) / 2
    strip = view.recogniser(cut_strip(view.image, widen(quad, -cut, -cut)))
    enough = len(read_freely(strip.folded)) >= PROBE_CHARACTERS
    return measure_clearness(strip.folded, strip.seen) if enough else 0.0


def read_lines_like(view: View, seed: MrzLine, quads: Sequence[Quad]) -> list[MrzLine]:
    """Read the lines around a line of an MRZ, all at the width of the widest."""
    left, right = find_sides(quads, seed.quad)
    lines = [read_widened(view, seed, quad, left, right) for quad in quads]
    return [line for line in lines if len(line.text) >= MIN_CHARACTERS]


def read_widened(view: View, seed: MrzLine, quad: Quad, left: float, right: float) -> MrzLine:
    """Read a line between two ends, given in pixels along the seed from its middle.

    A line that nearly reaches both sides stays as it is.
    """
    along, middle = find_direction(seed.quad), seed.quad.mean(0)
    missing = (
        float((quad[[0, 3]].mean(0) - middle) @ along) - left,
        right - float((quad[[1, 2]].mean(0) - middle) @ along),
    )
    if max(missing) < MAX_MISSING * measure_height(quad):
        missing = (0.0, 0.0)
    same = np.allclose(quad, seed.quad, atol=0.01) and max(missing) == 0
    return seed if same else read_line(view, widen(quad, *missing), seed.flat)


def complete_line(view: View, line: MrzLine) -> MrzLine | None:
    """Extend a line that was cut, as long as characters follow at even distances.

    None if nothing more is found.
    """
    pitch = float(np.median(np.diff(find_positions(line))))
    more = (MAX_WIDTH - len(line.text)) * pitch
    if more <= 0:
        return None
    wide = read_line(view, widen(line.quad, more, more), flat=True)
    run = find_even_run(find_positions(wide), MAX_GAP * pitch)
    if len(run) <= len(line.text):
        return None
    start, stop = run[0] - pitch, run[-1] + pitch
    return read_line(view, widen(wide.quad, -start, stop - measure_length(wide.quad)), flat=True)


def find_even_run(positions: Vector, max_gap: float) -> Vector:
    """Return the positions around the median one, up to the first gap on either side."""
    if not len(positions):
        return positions
    middle = int(np.abs(positions - np.median(positions)).argmin())
    gaps = np.flatnonzero(np.diff(positions) > max_gap)
    first = max((int(each) + 1 for each in gaps if each < middle), default=0)
    last = min((int(each) for each in gaps if each >= middle), default=len(positions) - 1)
    return positions[first : last + 1]


def find_positions(line: MrzLine) -> Vector:
    """Find the distance in pixels of each character from the left end of its line."""
    shown = add_margin(line.quad)
    margin = (measure_length(shown) - measure_length(line.quad)) / 2
    positions: Vector = find_middles(line.folded) * measure_length(shown) - margin
    return positions
