"""Lines of OCR-B, drawn as they are printed: evenly, between their neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from docverify.documents.mrz import ALPHABET
from specimens.lettering import OCRB_PITCH, Font, load_ocrb, load_sans
from training.texts import any_line, print_line

PITCH = 24  # pixels of a drawn character, before a camera sees it
CELL = 3 * PITCH // 2  # what a glyph may fill around its middle
LEFT = 4  # pitches of empty canvas
BLANK, OTHER = 0, 1 + len(ALPHABET)

Grey = NDArray[np.floating[Any]]
Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Drawn:
    """Ink on a canvas: a line in the middle, with the places and classes of its characters."""

    ink: Grey
    middles: Grey
    labels: Classes
    middle: float


def draw_line(random: Generator, length: int) -> Drawn:
    """Draw a line between its neighbours: OCR-B, rarely other print or OCR-B on its head."""
    kind = random.random()
    is_print, is_turned = kind < 0.06, 0.12 <= kind < 0.17
    font = "sans" if kind < 0.12 else "ocrb"
    text = print_line(random, length) if is_print else any_line(random, length)
    middles, end = _places(random, text, is_print)
    distance = random.uniform(1.55, 2.7) * PITCH
    middle = int(2 * distance + 3 * PITCH) / 2
    canvas = np.zeros((int(2 * middle), int(end + 5 * PITCH)), np.float32)
    shaky = random.uniform(0, 0.03) * PITCH
    for symbol, at in zip(text, middles, strict=True):
        _paste(canvas, _glyph(symbol, font, is_turned), at, middle + random.normal(0, shaky))
    for row in (middle - distance, middle + distance):
        _add_neighbour(random, canvas, middles, row, is_turned)
    labels = np.full(length, OTHER, np.int64) if is_turned else _labels(text)
    return _with_gap(random, Drawn(canvas, middles, labels, middle))


def _add_neighbour(
    random: Generator, canvas: Grey, middles: Grey, row: float, is_turned: bool
) -> None:
    if random.random() < 0.6:
        other = any_line(random, len(middles))
        shift = random.integers(-2, 3) * PITCH
        for symbol, at in zip(other, middles + shift, strict=True):
            _paste(canvas, _glyph(symbol, "ocrb", is_turned), at, row)


def _labels(text: str) -> Classes:
    found = [1 + ALPHABET.index(each) if each in ALPHABET else OTHER for each in text]
    return np.array(found, np.int64)


@cache
def _glyph(symbol: str, font: str, is_turned: bool = False) -> Grey:
    """Draw a glyph in the middle of a cell, its baseline where that of every other one is."""
    if is_turned:
        return _glyph(symbol, font)[::-1, ::-1]
    face: Font = load_ocrb(PITCH / OCRB_PITCH) if font == "ocrb" else load_sans(PITCH * 1.35)
    cell = Image.new("L", (2 * CELL, 2 * CELL), 0)
    ImageDraw.Draw(cell).text((CELL, CELL + 0.48 * PITCH), symbol, 255, face, "ms")
    return np.asarray(cell, np.float32) / 255


def _advance(symbol: str) -> float:
    return max(load_sans(PITCH * 1.35).getlength(symbol), 4.0)


def _places(random: Generator, text: str, is_print: bool) -> tuple[Grey, float]:
    """Set the characters, evenly or each as wide as it is; return their middles, and the end."""
    spread = random.uniform(0.93, 1.08)
    advances = np.full(len(text), PITCH * spread)
    if is_print:
        advances = np.array([_advance(each) for each in text]) * random.uniform(1.0, 1.15)
    ends = LEFT * PITCH + np.cumsum(advances)
    middles = ends - advances / 2 + random.normal(0, 0.012 * PITCH, len(text))
    return np.asarray(middles, np.float32), float(ends[-1])


def _with_gap(random: Generator, drawn: Drawn) -> Drawn:
    """Sometimes lose a piece of the line: what is not there must not be read."""
    if random.random() >= 0.1:
        return drawn
    start = random.uniform(0, drawn.middles[-1])
    stop = start + random.uniform(1, 5) * PITCH
    drawn.ink[:, int(start) : int(stop)] = 0
    margin = 0.15 * PITCH
    left = (drawn.middles <= start + margin) | (drawn.middles >= stop - margin)
    if not left.any():
        return drawn
    return replace(drawn, middles=drawn.middles[left], labels=drawn.labels[left])


def _paste(canvas: Grey, glyph: Grey, x: float, y: float) -> None:
    top, left = round(y) - CELL, round(float(x)) - CELL
    cut = (max(0, -top), max(0, -left))
    place = canvas[max(0, top) : top + 2 * CELL, max(0, left) : left + 2 * CELL]
    glyph = glyph[cut[0] : cut[0] + place.shape[0], cut[1] : cut[1] + place.shape[1]]
    np.maximum(place, glyph, out=place)
