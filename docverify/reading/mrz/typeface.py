"""Comparison of the characters of an MRZ with OCR-B: shape, and offset from their line.

The shapes are placed over each line at its own pitch. Shapes survive compression and reduction;
noise and JPEG blocks do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.documents.mrz import FILLER
from docverify.reading.files.pages import Image
from docverify.reading.mrz.shapes import CELL, Grey, Style, draw_shape
from docverify.reading.quads import Quad

PITCH, HEIGHT = CELL
MIN_FOLLOWED = 10  # characters that are needed to fit their positions along a line
MARGIN = 4  # cells at either end of a straightened line
REACH = (6, 8)  # pixels across and down in which a character is searched
RECOGNISED = 0.55  # correlation from which a character is where it was found
FOLLOWING = 0.6  # weight of a character's offset in that expected of the next one
SAMPLE_STEP, SAMPLE_SPAN = 3, 40  # of the characters by which the style is chosen
STYLES = tuple(
    Style(stretch, blur, weight)
    for stretch, blur, weight in product((0.86, 0.93, 1.0, 1.08, 1.17), (0.8, 1.5, 2.4), (0, 1))
)
BLANK = (14, 20)  # pixels above and below the middle of a line between which nothing is printed
INK_LEVEL = 96  # per cent of the pixels of a line are lighter than its ink
CROSSING = 0.5  # of the contrast of the ink
SPREAD = 1.48  # standard deviations of normal noise in a median deviation
SLANTS = (-0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45)  # pixels across for each pixel down
SLANT_STEP = SLANTS[1] - SLANTS[0]
MIN_UPRIGHT = 0.97  # of the best fit: characters that fit as well upright are not slanted
ROUNDS, OUTLIER = 3, 3.0  # spreads beyond which a character does not affect the fit
FIT_SPREAD = 0.05  # pixels of a cell

Matches = NDArray[np.float64]
"""One row a character: correlation, and its offset across and down from its cell, in pixels."""


@dataclass(frozen=True)
class StraightLine:
    """A line of an MRZ, straightened, with a pitch of PITCH pixels.

    Attributes:
        pixels: ink is bright.
        text: the text of the line; personal data.
        to_image: 2 x 3 matrix from the straightened line to the image.
    """

    pixels: Grey
    text: str
    to_image: NDArray[np.float64]


@dataclass(frozen=True)
class ComparedLine:
    """A line whose characters were compared with OCR-B.

    Attributes:
        line: the straightened line.
        followed: the positions of its characters before the perspective was removed.
        matches: how well they fit their shapes, without the perspective.
        crossed: which characters are crossed by a stroke, such as of a pen or a stamp.
        even: the pixels without the perspective; ink is bright.
    """

    line: StraightLine
    followed: Matches
    matches: Matches
    crossed: NDArray[np.bool_]
    even: Grey

    @property
    def letters(self) -> NDArray[np.bool_]:
        """Which characters are letters or digits that nothing crosses."""
        return np.array([each != FILLER for each in self.line.text]) & ~self.crossed

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which characters were recognised."""
        return self.matches[:, 0] > RECOGNISED


def straighten(image: Image, quad: Quad, ends: NDArray[np.float32], text: str) -> StraightLine:
    """Cut out a line by the middles of its first and last character."""
    start, stop = ends.astype(float)
    along = (stop - start) / (len(text) - 1)
    down = np.array([-along[1], along[0]])
    if float((quad[3] - quad[0]) @ down) < 0:
        down = -down
    first, last = MARGIN * PITCH, (MARGIN + len(text) - 1) * PITCH
    source = np.array([start, stop, start + down], np.float32)
    target = np.array([(first, HEIGHT), (last, HEIGHT), (first, HEIGHT + PITCH)], np.float32)
    to_line = cv2.getAffineTransform(source, target)
    is_reduced = float(np.linalg.norm(along)) > PITCH
    pixels = cv2.warpAffine(
        image,
        to_line,
        ((len(text) - 1 + 2 * MARGIN) * PITCH, 2 * HEIGHT),
        flags=cv2.INTER_AREA if is_reduced else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    ink = 255 - cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return StraightLine(ink, text, np.asarray(cv2.invertAffineTransform(to_line), float))


def compare_line(line: StraightLine) -> ComparedLine:
    """Compare each character of a line with its shape, in the style that fits the line best."""
    followed = follow(line)
    even = remove_perspective(line.pixels, followed, find_slants(line, followed))
    shown = [place for place, each in enumerate(line.text) if each != FILLER]
    sample = shown[:SAMPLE_SPAN:SAMPLE_STEP] or list(range(0, len(line.text), SAMPLE_STEP))
    best = max(STYLES, key=lambda style: measure_fit(even, line.text, sample, style))
    matches = [match(even, place, each, best) for place, each in enumerate(line.text)]
    crossed = find_crossed(even, len(line.text))
    return ComparedLine(line, followed, np.array(matches), crossed, even)


def find_crossed(pixels: Grey, count: int) -> NDArray[np.bool_]:
    """Find the characters with ink above or below them, where an MRZ has none.

    A stroke that leaves a character at its side also crosses the neighbour.
    """
    start = MARGIN * PITCH - PITCH // 2
    cells = pixels[:, start : start + count * PITCH]
    middle = cells[HEIGHT - BLANK[0] : HEIGHT + BLANK[0]]
    blank = np.concatenate(
        [cells[HEIGHT - BLANK[1] : HEIGHT - BLANK[0]], cells[HEIGHT + BLANK[0] : HEIGHT + BLANK[1]]]
    )
    paper, ink = float(np.median(blank)), float(np.percentile(middle, INK_LEVEL))
    darkest = blank.reshape(len(blank), count, PITCH).max(axis=(0, 2))
    crossed = darkest > paper + CROSSING * (ink - paper)
    return np.convolve(crossed, np.ones(3), "same") > 0


def measure_fit(pixels: Grey, text: str, places: Sequence[int], style: Style) -> float:
    """Return the median correlation of some characters with their shapes in a style."""
    return float(np.median([match(pixels, place, text[place], style)[0] for place in places]))


def follow(line: StraightLine) -> Matches:
    """Follow the characters from the left, because perspective makes their pitch uneven."""
    expected, found = np.zeros(2), []
    for place, character in enumerate(line.text):
        matched = match(line.pixels, place, character, Style(), expected)
        if matched[0] > RECOGNISED:
            expected = (1 - FOLLOWING) * expected + FOLLOWING * np.array(matched[1:])
        found.append(matched)
    return np.array(found)


def match(
    pixels: Grey,
    place: int,
    character: str,
    style: Style,
    expected: NDArray[np.float64] = np.zeros(2),  # noqa: B008 (never changed)
) -> tuple[float, float, float]:
    """Return how well a character fits its shape, and its offset from its cell.

    0 and the expected offset if the cell is not within the line.
    """
    across, down = (round(float(each)) for each in expected)
    left = (MARGIN + place) * PITCH + across - PITCH // 2 - REACH[0]
    top = HEIGHT // 2 + down - REACH[1]
    window = pixels[max(0, top) : top + HEIGHT + 2 * REACH[1], max(0, left) : left + PITCH + 12]
    if window.shape != (HEIGHT + 2 * REACH[1], PITCH + 2 * REACH[0]):
        return 0.0, float(expected[0]), float(expected[1])
    found = cv2.matchTemplate(window, draw_shape(character, style), cv2.TM_CCOEFF_NORMED)
    fits = np.asarray(found, np.float32)
    _, best, _, (x, y) = cv2.minMaxLoc(fits)
    finer_x, finer_y = find_summit(fits[y], x), find_summit(fits[:, x], y)
    return best, finer_x - REACH[0] + across, finer_y - REACH[1] + down


def find_summit(values: NDArray[np.floating], at: int) -> float:
    """Return where the parabola through the highest value and its neighbours is highest."""
    if not 0 < at < len(values) - 1:
        return float(at)
    before, top, after = (float(each) for each in values[at - 1 : at + 2])
    bend = before - 2 * top + after
    return at + (float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend else 0.0)


def find_slants(line: StraightLine, found: Matches) -> NDArray[np.float64]:
    """Find how far each character leans: in pixels across for each pixel down.

    In a photo from the side, the characters lean, and those at both ends differently.
    """
    places = np.flatnonzero(found[:, 0] > RECOGNISED)
    places = places[[line.text[each] != FILLER for each in places]][::2]
    if len(places) < MIN_FOLLOWED // 2:
        return np.zeros(len(found))
    middle = len(places) // 2
    fits = np.array([measure_leaning(line, found, places, slant) for slant in SLANTS])
    ends = [choose_slant(part.mean(axis=1)) for part in (fits[:, :middle], fits[:, middle:])]
    centres = [float(part.mean()) for part in (places[:middle], places[middle:])]
    growth = (ends[1] - ends[0]) / max(centres[1] - centres[0], 1.0)
    return np.asarray(ends[0] + growth * (np.arange(len(found)) - centres[0]), float)


def measure_leaning(
    line: StraightLine, found: Matches, places: NDArray[np.intp], slant: float
) -> list[float]:
    """Return how well some characters fit their shapes at a given slant."""
    move = np.array([[1.0, slant, -slant * HEIGHT], [0, 1, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    upright = cv2.warpAffine(line.pixels, move, line.pixels.shape[::-1], flags=flags)
    pixels = np.asarray(upright, np.float32)
    return [match(pixels, each, line.text[each], Style(), found[each, 1:])[0] for each in places]


def choose_slant(fits: NDArray[np.float64]) -> float:
    """Return the slant with the best fit; 0 if the characters fit nearly as well upright."""
    best = int(fits.argmax())
    if fits[SLANTS.index(0.0)] >= MIN_UPRIGHT * fits[best]:
        return 0.0
    return SLANTS[0] + SLANT_STEP * find_summit(fits, best)


def remove_perspective(pixels: Grey, found: Matches, slants: NDArray[np.float64]) -> Grey:
    """Remove the smooth change of place, size and slant along a line.

    With too few characters the line is returned as it is.
    """
    seen = found[:, 0] > RECOGNISED
    if seen.sum() < MIN_FOLLOWED:
        return pixels
    count = len(found)
    places = np.arange(count)
    ahead = np.polyfit(places[seen], found[seen, 1], 3 if count > 30 else 2)
    below = np.polyfit(places[seen], found[seen, 2], 2)
    x = np.arange(pixels.shape[1], dtype=np.float32)
    cell = np.clip((x - MARGIN * PITCH) / PITCH, 0, count - 1)
    size = 1 + np.polyval(np.polyder(ahead), cell) / PITCH
    y = np.arange(pixels.shape[0], dtype=np.float32)[:, None]
    from_y = HEIGHT + np.polyval(below, cell) + (y - HEIGHT) * size
    leaning = np.interp(cell, places, slants) * (y - HEIGHT)
    from_x = np.broadcast_to(x + np.polyval(ahead, cell) + leaning, from_y.shape)
    even = cv2.remap(
        pixels,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(even, np.float32)


def remove_trend(values: NDArray[np.float64], counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the values without a bend along the line that most of them follow."""
    x = np.linspace(-1, 1, len(values))
    kept = counted
    for _ in range(ROUNDS):
        rest = values - np.polyval(np.polyfit(x[kept], values[kept], 2), x)
        spread = SPREAD * float(np.median(np.abs(rest[kept]))) + FIT_SPREAD
        kept = counted & (np.abs(rest) < OUTLIER * spread)
        if kept.sum() < MIN_FOLLOWED // 2:
            break
    return np.asarray(rest)
