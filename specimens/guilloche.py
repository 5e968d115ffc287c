"""Guilloche: the fine lines behind the text, as on banknotes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from specimens.canvas import Canvas, Colour, Pixels
from specimens.curves import Points

TURN = 2 * np.pi


@dataclass(frozen=True)
class Palette:
    """The colours of a document: paper, two inks that blend into each other, and text."""

    paper: tuple[Colour, Colour]  # left and right
    first: Colour
    second: Colour
    accent: Colour
    type: Colour
    label: Colour

    def rainbow(self, canvas: Canvas) -> Pixels:
        """Return colours that blend from one ink to the other and back, from left to right."""
        width = canvas.pixels.shape[1]
        share = (0.5 - 0.5 * np.cos(np.linspace(0, TURN, width, dtype=np.float32)))[None, :, None]
        first, second = (np.array(ink, np.float32) for ink in (self.first, self.second))
        return np.asarray(first + (second - first) * share, np.float32)


def draw_background(
    width: float, height: float, scale: float, palette: Palette, phase: float
) -> Canvas:
    """Draw the background of a page; `phase` shifts the waves of each document."""
    canvas = Canvas.blank(width, height, scale, palette.paper[0])
    left, right = (np.array(colour, np.float32) for colour in palette.paper)
    share = np.linspace(0, 1, canvas.pixels.shape[1], dtype=np.float32)[None, :, None]
    canvas.pixels[:] = left + (right - left) * share
    canvas.ink(canvas.lines(draw_waves(width, height, phase), 0.08), palette.rainbow(canvas), 0.26)
    canvas.ink(canvas.lines(draw_ribbons(width, height, phase), 0.08), palette.accent, 0.20)
    return canvas


def draw_waves(width: float, height: float, phase: float) -> Iterator[Points]:
    """Yield waves over the page, each with a slightly different phase."""
    x = np.linspace(-2, width + 2, 160)
    for line, y in enumerate(np.arange(-8, height + 8, 1.35)):
        drift = phase + line * 0.085
        swell = 5.5 * np.sin(TURN * x / (0.62 * width) + drift)
        ripple = 1.6 * np.sin(TURN * x / 17 - 2.3 * drift)
        yield np.column_stack([x, y + swell + ripple])


def draw_ribbons(width: float, height: float, phase: float) -> Iterator[Points]:
    """Yield twisted bands of threads across the page."""
    x = np.linspace(-2, width + 2, 220)
    for middle, reach in ((0.22 * height, 7.0), (0.62 * height, 9.0)):
        envelope = reach * (0.25 + 0.75 * np.abs(np.sin(TURN * x / 96 + phase)))
        for thread in np.arange(0, TURN, TURN / 14):
            sway = 4 * np.sin(TURN * x / (1.2 * width) + phase)
            yield np.column_stack([x, middle + sway + envelope * np.sin(TURN * x / 52 + thread)])


def draw_rosette(x: float, y: float, radius: float, petals: int = 10) -> Iterator[Points]:
    """Yield the interlaced rings of a rosette around a centre."""
    angle = np.linspace(0, TURN, 48 * petals, endpoint=False)
    for reach, sway, rings in ((0.80, 0.18, 8), (0.46, 0.15, 6), (0.20, 0.09, 4)):
        for ring in range(rings):
            turn = ring * TURN / rings
            distance = radius * (reach + sway * np.cos(petals * angle + turn))
            yield np.column_stack([x + distance * np.cos(angle), y + distance * np.sin(angle)])
