"""Lettering: the two typefaces, and the accents that one of them lacks."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from unicodedata import combining, normalize

from PIL import ImageDraw, ImageFont

from specimens.canvas import Colour

FONTS = Path(__file__).parent / "fonts"
OCRB_PITCH = 0.723  # width of a character of OCR-B as a share of the font's size

# Pillow's Aileron has no accented letters, but it has what they are made of.
MARKS = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "\N{ACUTE ACCENT}",
    "\N{COMBINING DIAERESIS}": "..",
}

Font = ImageFont.FreeTypeFont
Anchor = Literal["ls", "ms", "rs"]  # left, middle or right end of the baseline


@cache
def sans(size: float) -> Font:
    """Return Aileron, the font that Pillow carries."""
    font = ImageFont.load_default(size)
    if not isinstance(font, Font):
        raise TypeError("Pillow must be built with FreeType")
    # The basic layout gives the same picture with and without the Raqm library.
    return font.font_variant(font=BytesIO(font.font_bytes), layout_engine=ImageFont.Layout.BASIC)


@cache
def ocrb(size: float) -> Font:
    """Return OCR-B, the font of the machine readable zone."""
    return ImageFont.truetype(FONTS / "OCRB.otf", size, layout_engine=ImageFont.Layout.BASIC)


def width(text: str, font: Font) -> float:
    """Measure a line of text in pixels."""
    words = text.split(" ")
    letters = sum(font.getlength(_without_marks(word)) for word in words)
    return letters + _gap(font) * (len(words) - 1)


def write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    font: Font,
    colour: Colour,
    *,
    anchor: Anchor = "ls",
    weight: float = 0,
) -> None:
    """Write a line of text on its baseline; `weight` pixels make it bolder."""
    x, y = at[0] - width(text, font) * {"ls": 0, "ms": 0.5, "rs": 1}[anchor], at[1]
    for word in text.split(" "):
        _write_word(draw, (x, y), word, font, colour, weight)
        x += width(word, font) + _gap(font)


def _gap(font: Font) -> float:
    """Leave more room between words than Aileron does, whose Y and T reach over the space."""
    return max(font.getlength(" "), 0.3 * font.size)


def _write_word(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    word: str,
    font: Font,
    colour: Colour,
    weight: float,
) -> None:
    draw.text(at, _without_marks(word), colour, font, "ls", stroke_width=weight)
    for prefix, letter, mark in _marked(word):
        x = at[0] + font.getlength(prefix) + font.getlength(letter) / 2
        y = at[1] + _top(letter, font) - 0.07 * font.size - _bottom(mark, font)
        draw.text((x, y), mark, colour, font, "ms", stroke_width=weight)


def _marked(text: str) -> list[tuple[str, str, str]]:
    found, plain = [], ""
    for character in normalize("NFD", text):
        if combining(character):
            found.append((plain[:-1], plain[-1], MARKS[character]))
        else:
            plain += character
    return found


def _without_marks(text: str) -> str:
    return "".join(character for character in normalize("NFD", text) if not combining(character))


def _top(text: str, font: Font) -> float:
    return font.getbbox(text, anchor="ls")[1]


def _bottom(text: str, font: Font) -> float:
    # getbbox() reaches down to the baseline even for a mark that hangs above it.
    ink = font.getmask(text).getbbox()
    return _top(text, font) + (ink[3] if ink else 0)
