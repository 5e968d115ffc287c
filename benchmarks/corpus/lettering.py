"""Lettering: typefaces derived from the two shipped fonts, with the accents that these lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from unicodedata import combining, normalize

import numpy as np
from PIL import Image, ImageDraw

from specimens.canvas import Colour
from specimens.lettering import Font, load_ocrb, load_sans

Points = tuple[tuple[float, float], ...]
LARGER = 3  # Letters are drawn larger and then reduced.
STROKE = 0.055  # thickness of a mark as a share of the size
DOTS: dict[str, Points] = {"\u0308": ((-0.11, -0.1), (0.11, -0.1)), "\u0307": ((0, -0.1),)}
ABOVE: dict[str, tuple[Points, ...]] = {
    "\u0300": (((-0.12, -0.17), (0.05, -0.06)),),
    "\u0301": (((-0.05, -0.06), (0.12, -0.17)),),
    "\u0302": (((-0.13, -0.05), (0, -0.17), (0.13, -0.05)),),
    "\u0303": (((-0.15, -0.07), (-0.07, -0.13), (0.06, -0.07), (0.15, -0.13)),),
    "\u0304": (((-0.13, -0.1), (0.13, -0.1)),),
    "\u0306": (((-0.13, -0.16), (-0.07, -0.08), (0.07, -0.08), (0.13, -0.16)),),
    "\u030a": (((-0.08, -0.11), (0, -0.19), (0.08, -0.11), (0, -0.03), (-0.08, -0.11)),),
    "\u030b": (((-0.1, -0.06), (0, -0.17)), ((0.05, -0.06), (0.16, -0.17))),
    "\u030c": (((-0.13, -0.17), (0, -0.05), (0.13, -0.17)),),
}
BELOW: dict[str, tuple[Points, ...]] = {
    "\u0327": (((0, 0), (0, 0.06), (0.08, 0.1), (0.05, 0.18), (-0.08, 0.18)),),
    "\u0328": (((0.12, 0), (0.05, 0.09), (0.09, 0.18), (0.18, 0.17)),),
    "\u0326": (((0.01, 0.07), (-0.05, 0.2)),),
}
ACROSS: dict[str, tuple[str, Points]] = {  # the letter, and the stroke from its middle
    "Ł": ("L", ((-0.27, -0.28), (0.07, -0.46))),
    "ł": ("l", ((-0.12, -0.3), (0.12, -0.44))),
    "Ø": ("O", ((-0.3, 0.03), (0.3, -0.74))),
    "ø": ("o", ((-0.22, 0.03), (0.22, -0.56))),
    "Đ": ("D", ((-0.38, -0.36), (0.0, -0.36))),
}
ALIKE = str.maketrans("АВЕКМНОРСТХУІΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTXYIABEZHIKMNOPTYX")
"""Cyrillic and Greek letters that look like Latin ones."""
MIRRORED = {"И": "N", "Я": "R"}
UPSIDE_DOWN = {"Г": "L", "Γ": "L", "Λ": "V"}


@dataclass(frozen=True)
class Face:
    """A typeface: `stretch` is its width relative to the font, `weight` in pixels at size 30."""

    name: Literal["sans", "ocrb"]
    stretch: float = 1.0
    weight: float = 0.4

    def font(self, size: float) -> Font:
        """Return the font in this size."""
        return load_sans(size) if self.name == "sans" else load_ocrb(size)


FACES = (
    Face("sans"),
    Face("sans", 0.84, 0.5),
    Face("sans", 1.12, 0.3),
    Face("sans", 0.94, 1.1),
    Face("ocrb", 1.0, 0.4),
    Face("ocrb", 0.86, 0.6),
)
PLAIN = FACES[0]


def width(text: str, face: Face, size: float) -> float:
    """Measure a line of text in pixels."""
    font = face.font(size)
    return face.stretch * sum(_advance(each, font) for each in letters_of(text))


def write(
    image: Image.Image,
    at: tuple[float, float],
    text: str,
    face: Face,
    size: float,
    colour: Colour,
    *,
    room: float = 0,
    slant: float = 0,
) -> tuple[float, float, float, float]:
    """Write a line from the left end of its baseline, and return its box.

    The line is made narrower if it does not fit into `room` pixels. `slant` is how far the letters
    lean to the right, in heights.
    """
    mask, baseline = _mask(text, face, size)
    if slant:
        lean = round(slant * mask.height)
        wider = mask.width + lean
        mask = mask.transform(
            (wider, mask.height), Image.Transform.AFFINE, (1, slant, -slant * baseline, 0, 1, 0)
        )
    wide = max(1, round(mask.width * face.stretch / LARGER))
    if room and wide > room:
        wide = round(room)
    small = mask.resize((max(1, wide), max(1, round(mask.height / LARGER))), Image.Resampling.BOX)
    left, top = round(at[0]), round(at[1] - baseline / LARGER)
    image.paste(colour, (left, top), small)
    ink = small.getbbox() or (0, 0, 1, 1)
    return left + ink[0], top + ink[1], left + ink[2], top + ink[3]


def letters_of(text: str) -> list[tuple[str, str]]:
    """Split a text into its letters, each with its marks."""
    found: list[tuple[str, str]] = []
    for character in normalize("NFD", text):
        if combining(character) and found:
            found[-1] = found[-1][0], found[-1][1] + character
        else:
            found.append((character, ""))
    return found


def shown(letter: str) -> str:
    """Return the letter of the font with which a letter is drawn."""
    letter = ACROSS[letter][0] if letter in ACROSS else letter
    return MIRRORED.get(letter, UPSIDE_DOWN.get(letter, letter.translate(ALIKE)))


def _advance(letter: tuple[str, str], font: Font) -> float:
    if letter[0] == " ":
        return max(font.getlength(" "), 0.3 * font.size)
    return font.getlength(shown(letter[0]))


def _mask(text: str, face: Face, size: float) -> tuple[Image.Image, int]:
    font = face.font(size * LARGER)
    letters = letters_of(text)
    tall = round(1.35 * font.size)
    baseline = round(1.0 * font.size)
    wide = round(sum(_advance(each, font) for each in letters)) + 2 * LARGER
    mask = Image.new("L", (wide, tall))
    x = 0.0
    for letter, marks in letters:
        _write_letter(mask, (x, baseline), letter, font, face.weight * LARGER * size / 30)
        _write_marks(mask, (x, baseline), letter, marks, font)
        x += _advance((letter, marks), font)
    return mask, baseline


def _write_letter(
    mask: Image.Image, at: tuple[float, int], letter: str, font: Font, weight: float
) -> None:
    drawn = shown(letter)
    if letter in MIRRORED or letter in UPSIDE_DOWN:
        box = font.getbbox(drawn, anchor="ls")
        tile = Image.new("L", (max(1, round(font.getlength(drawn))), round(-box[1]) + 2))
        ImageDraw.Draw(tile).text((0, tile.height - 1), drawn, 255, font, "ls", stroke_width=weight)
        way = Image.Transpose.FLIP_LEFT_RIGHT
        if letter in UPSIDE_DOWN:
            way = Image.Transpose.FLIP_TOP_BOTTOM
        tile = tile.transpose(way)
        mask.paste(tile, (round(at[0]), at[1] - tile.height + 1))
    else:
        ImageDraw.Draw(mask).text(at, drawn, 255, font, "ls", stroke_width=weight)


def _write_marks(
    mask: Image.Image, at: tuple[float, int], letter: str, marks: str, font: Font
) -> None:
    draw, size = ImageDraw.Draw(mask), font.size
    middle = at[0] + font.getlength(shown(letter)) / 2
    top = at[1] + font.getbbox(shown(letter), anchor="ls")[1]
    pen = max(1, round(STROKE * size))

    def placed(points: Points, y: float) -> list[tuple[float, float]]:
        return [(middle + a * size, y + b * size) for a, b in points]

    if letter in ACROSS:
        draw.line(placed(ACROSS[letter][1], at[1]), 255, pen)
    for mark in marks:
        for x, y in placed(DOTS.get(mark, ()), top):
            draw.ellipse((x - 0.7 * pen, y - 0.7 * pen, x + 0.7 * pen, y + 0.7 * pen), 255)
        for points in ABOVE.get(mark, ()):
            draw.line(placed(points, top), 255, pen, "curve")
        for points in BELOW.get(mark, ()):
            draw.line(placed(points, at[1]), 255, pen, "curve")


def rotated(text: str, face: Face, size: float, degrees: float, opacity: float) -> Image.Image:
    """Draw rotated text as a mask to lay over a document."""
    mask, _ = _mask(text, face, size)
    small = mask.resize((mask.width // LARGER, mask.height // LARGER), Image.Resampling.BOX)
    turned = small.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return Image.fromarray((np.asarray(turned) * opacity).astype(np.uint8))
