"""Comparison of the characters of an MRZ with OCR-B: shape, and offset from their line.

The shapes are laid over each line at its own pitch. Shape survives compression and reduction, which
noise and blocks of JPEG do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.documents.mrz import FILLER
from docverify.page import MrzShape, OddCharacter
from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.shapes import CELL, Grey, Style, draw_shape
from docverify.reading.quads import Quad
from docverify.reading.rectification import Rectification

PITCH, HEIGHT = CELL
MIN_LINES = 2
MIN_PITCH = 6.0  # pixels: below, nothing is compared
MIN_FOLLOWED = 10  # characters, to fit how they are placed along a line
MARGIN = 4  # cells at either end of a straightened line
REACH = (6, 8)  # pixels across and down in which a character is searched
RECOGNISED = 0.55  # correlation from which a character is where it was found
FOLLOWING = 0.6  # share by which the next character is expected where this one was found
SAMPLE_STEP, SAMPLE_SPAN = 3, 40  # of the characters that the style is chosen by
STYLES = tuple(
    Style(stretch, blur, weight)
    for stretch, blur, weight in product((0.86, 0.93, 1.0, 1.08, 1.17), (0.8, 1.5, 2.4), (0, 1))
)
BLANK = (14, 20)  # pixels above and below the middle of a line between which nothing is printed
INK_LEVEL = 96  # per cent of the pixels of a line are lighter than its ink
CROSSING = 0.5  # of the contrast of the ink
LOWER_QUARTER = 25  # per cent
SPREAD = 1.48  # standard deviations of normal noise in a median deviation
LEAST_SPREAD = 0.35  # pixels of a cell: what interpolation adds
ROUNDS, OUTLIER = 3, 3.0  # spreads beyond which a character does not count for the fit
FIT_SPREAD = 0.05  # pixels of a cell

Matches = NDArray[np.float64]
"""One row a character: correlation, and its offset across and down from its cell, in pixels."""


@dataclass(frozen=True)
class StraightLine:
    """A line of an MRZ, straightened, with a pitch of PITCH pixels.

    Attributes:
        pixels: ink is bright.
        text: what the line says; personal data.
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
        followed: where its characters are, before the perspective was removed.
        matches: how they fit their shapes, without the perspective.
        crossed: which characters are crossed by a stroke, as of a pen or a stamp.
    """

    line: StraightLine
    followed: Matches
    matches: Matches
    crossed: NDArray[np.bool_]

    @property
    def letters(self) -> NDArray[np.bool_]:
        """Which characters are letters or digits that nothing crosses."""
        return np.array([each != FILLER for each in self.line.text]) & ~self.crossed

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which characters were recognised."""
        return self.matches[:, 0] > RECOGNISED


def measure_mrz_shape(image: Image, mrz: LocatedMrz, level: Rectification) -> MrzShape | None:
    """Compare the characters of an MRZ with OCR-B; None if it is too small or too short.

    The boxes are on the upright page that `level` leads to.
    """
    texts = mrz.reading.lines
    if len(texts) < MIN_LINES or mrz.reading.pitch < MIN_PITCH:
        return None
    lines = [
        compare_line(straighten(image, quad, ends, text))
        for quad, ends, text in zip(mrz.quads, mrz.ends, texts, strict=True)
    ]
    fits = np.concatenate([each.matches[each.letters, 0] for each in lines])
    if not fits.size:
        return None
    return MrzShape(
        1 - float(np.percentile(fits, LOWER_QUARTER)),
        find_odd_character([measure_shapes(each) for each in lines], lines, level),
        find_odd_character([measure_offsets(each) for each in lines], lines, level),
    )


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
    even = remove_perspective(line.pixels, followed)
    shown = [place for place, each in enumerate(line.text) if each != FILLER]
    sample = shown[:SAMPLE_SPAN:SAMPLE_STEP] or list(range(0, len(line.text), SAMPLE_STEP))
    best = max(STYLES, key=lambda style: measure_fit(even, line.text, sample, style))
    matches = [match(even, place, each, best) for place, each in enumerate(line.text)]
    return ComparedLine(line, followed, np.array(matches), find_crossed(even, len(line.text)))


def find_crossed(pixels: Grey, count: int) -> NDArray[np.bool_]:
    """Find the characters with ink above or below them, where an MRZ has none.

    A stroke that leaves a character sideways crosses its neighbour.
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
    """Follow the characters from the left: in perspective they run ahead of an even pitch."""
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


def remove_perspective(pixels: Grey, found: Matches) -> Grey:
    """Remove the smooth change of place and size along a line; too few characters: as it is."""
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
    from_x = np.broadcast_to(x + np.polyval(ahead, cell), from_y.shape)
    even = cv2.remap(
        pixels,
        from_x.astype(np.float32),
        from_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(even, np.float32)


def measure_shapes(of: ComparedLine) -> NDArray[np.float64]:
    """Return by how much each character fits worse than the median one of its line.

    Fillers do not count, nor does a line of which few characters fit.
    """
    counted = of.letters & of.seen
    if not counted.any() or of.seen.sum() < MIN_FOLLOWED:
        return np.zeros(len(of.matches))
    worse = float(np.median(of.matches[counted, 0])) - of.matches[:, 0]
    return np.where(of.letters, worse, 0.0)


def measure_offsets(of: ComparedLine) -> NDArray[np.float64]:
    """Return how far each character is above or below its line, in spreads of the others."""
    if of.seen.sum() < MIN_FOLLOWED:
        return np.zeros(len(of.matches))
    away = np.abs(remove_trend(of.matches[:, 2], of.seen))
    spread = SPREAD * float(np.median(away[of.seen]))
    return np.where(of.letters & of.seen, away / (spread + LEAST_SPREAD), 0.0)


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


def find_odd_character(
    amounts: Sequence[NDArray[np.float64]], lines: Sequence[ComparedLine], level: Rectification
) -> OddCharacter:
    """Find the character with the largest amount in all lines."""
    row = max(range(len(amounts)), key=lambda each: float(amounts[each].max()))
    place = int(amounts[row].argmax())
    across, down = lines[row].followed[place, 1:]
    x, y = (MARGIN + place) * PITCH + across, HEIGHT + down
    left, right, top, bottom = x - PITCH / 2, x + PITCH / 2, y - HEIGHT / 2, y + HEIGHT / 2
    cell = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)])
    corners = (cell @ lines[row].line.to_image.T).astype(np.float32)
    return OddCharacter(row, place, float(amounts[row][place]), level.find_box(corners))
