"""The characters of an MRZ that differ most from the others or from the same ones elsewhere.

A redrawn character has the typeface of the others, but rarely exactly their offset, ink and shape.
Each character is also compared with the same one elsewhere, because printers do not place all
characters in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from docverify.page import MrzShape, OddCharacter
from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.typeface import (
    HEIGHT,
    INK_LEVEL,
    MARGIN,
    MIN_FOLLOWED,
    PITCH,
    SPREAD,
    ComparedLine,
    compare_line,
    remove_trend,
    straighten,
)
from docverify.reading.rectification import Rectification

MIN_LINES = 2
MIN_PITCH = 6.0  # pixels: smaller characters are not compared
QUARTERS = 25, 75  # per cent of the characters
WORSE_WEIGHT = 1.5  # of the worse quarter; the better one has the weight 1
LEAST_SPREAD = 0.35  # pixels of a cell, added by interpolation

LEAST_SPREADS = np.array([0.01, 0.1, 0.1, 4.0])
"""Of the correlation, of the offsets across and down in pixels of a cell, of the ink in grey."""
WEIGHTS = np.array([0.3, 1.0, 1.0, 0.4])
"""Weights of the same traits: shape and ink vary more between printed characters."""
MIN_COMPARED = 8  # characters that occur twice

Matrix = NDArray[np.float64]


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
        measure_distance(fits),
        find_odd_character([measure_shapes(each) for each in lines], lines, level),
        find_odd_character([measure_offsets(each) for each in lines], lines, level),
        find_odd_character(measure_differences(lines), lines, level),
    )


def measure_distance(fits: NDArray[np.float64]) -> float:
    """Return how far a typeface is from OCR-B, by the correlations of its characters.

    A blurred capture makes all characters fit worse. In a different typeface, some letters still
    look like OCR-B and others do not, so the difference between the quarters counts, too.
    """
    worse, better = 1 - np.percentile(fits, QUARTERS)
    return max(0.0, float(WORSE_WEIGHT * worse - better))


def measure_shapes(of: ComparedLine) -> NDArray[np.float64]:
    """Return by how much each character fits worse than the median one of its line.

    Fillers do not count, nor does a line in which few characters fit.
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


def measure_differences(lines: Sequence[ComparedLine]) -> list[NDArray[np.float64]]:
    """Return how far each character of each line is from the same one elsewhere, in spreads.

    0 for fillers, for characters that occur once or are crossed by a stroke, and with fewer than
    MIN_COMPARED others.
    """
    counted = [find_counted(each) for each in lines]
    if not any(each.any() for each in counted):
        return [np.zeros(len(each)) for each in counted]
    traits = np.concatenate([measure_traits(each) for each in lines])
    text = np.array([character for each in lines for character in each.line.text])
    away, compared = compare_with_like(text, traits, np.concatenate(counted))
    amounts = np.zeros(len(text))
    if compared.sum() >= MIN_COMPARED:
        spreads = SPREAD * np.median(np.abs(away[compared]), axis=0) + LEAST_SPREADS
        amounts = np.where(compared, np.linalg.norm(away / spreads * WEIGHTS, axis=1), 0.0)
    return np.split(amounts, np.cumsum([len(each) for each in counted])[:-1])


def find_counted(of: ComparedLine) -> NDArray[np.bool_]:
    """Return which characters of a line can be compared; none if few were recognised."""
    is_long = of.seen.sum() >= MIN_FOLLOWED
    return np.asarray(of.letters & of.seen & is_long, bool)


def measure_traits(of: ComparedLine) -> Matrix:
    """Return a row for each character: correlation, offsets across and down, and its ink.

    The values are relative to those of its line.
    """
    counted = find_counted(of)
    if not counted.any():
        return np.zeros((len(of.matches), 4))
    shape = float(np.median(of.matches[counted, 0])) - of.matches[:, 0]
    across, down = (remove_trend(of.matches[:, each], of.seen) for each in (1, 2))
    return np.column_stack([shape, across, down, remove_trend(measure_ink(of), of.seen)])


def measure_ink(of: ComparedLine) -> NDArray[np.float64]:
    """Return how dark the ink of each character is, in grey levels."""
    start, top = MARGIN * PITCH - PITCH // 2, HEIGHT // 2
    cells = of.even[top : top + HEIGHT, start : start + len(of.matches) * PITCH]
    characters = cells.reshape(HEIGHT, -1, PITCH)[:, :, 1:-1]
    return np.percentile(characters, INK_LEVEL, axis=(0, 2)).astype(float)


def compare_with_like(
    text: NDArray[np.str_], traits: Matrix, counted: NDArray[np.bool_]
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return the distance of each character from the median of its kind, and which have one."""
    away, compared = np.zeros(traits.shape), np.zeros(len(text), bool)
    for place in np.flatnonzero(counted):
        like = counted & (text == text[place])
        like[place] = False
        if like.any():
            away[place] = traits[place] - np.median(traits[like], axis=0)
            compared[place] = True
    return away, compared


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
