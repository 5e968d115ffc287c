"""Lettering: two typefaces, and the accented letters that one of them lacks."""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal
from unicodedata import combining, normalize

from PIL import ImageDraw, ImageFont

from specimens.canvas import Colour

FONTS = Path(__file__).parent / "fonts"
OCRB_PITCH = 0.723  # width of a character of OCR-B as a share of the font's size

# Pillow's Aileron has no accented letters, but it has the letters and the accents.
MARKS = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "\N{ACUTE ACCENT}",
    "\N{COMBINING DIAERESIS}": "..",
}

Font = ImageFont.FreeTypeFont
Anchor = Literal["ls", "ms", "rs"]  # left, middle or right end of the baseline


@cache
def load_sans(size: float) -> Font:
    """Return Aileron, the font that Pillow contains."""
    font = ImageFont.load_default(size)
    if not isinstance(font, Font):
        raise TypeError("Pillow must be built with FreeType")
    # The basic layout gives the same image with and without the Raqm library.
    return font.font_variant(font=BytesIO(font.font_bytes), layout_engine=ImageFont.Layout.BASIC)


@cache
def load_ocrb(size: float) -> Font:
    """Return OCR-B, the font of the MRZ."""
    return ImageFont.truetype(FONTS / "OCRB.otf", size, layout_engine=ImageFont.Layout.BASIC)


def measure_width(text: str, font: Font) -> float:
    """Measure a line of text in pixels."""
    words = text.split(" ")
    letters = sum(font.getlength(_remove_marks(word)) for word in words)
    return letters + _measure_gap(font) * (len(words) - 1)


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
    x, y = at[0] - measure_width(text, font) * {"ls": 0, "ms": 0.5, "rs": 1}[anchor], at[1]
    for word in text.split(" "):
        _write_word(draw, (x, y), word, font, colour, weight)
        x += measure_width(word, font) + _measure_gap(font)


def _measure_gap(font: Font) -> float:
    """Return the space between words: wider than Aileron's, which Y and T overlap."""
    return max(font.getlength(" "), 0.3 * font.size)


def _write_word(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    word: str,
    font: Font,
    colour: Colour,
    weight: float,
) -> None:
    draw.text(at, _remove_marks(word), colour, font, "ls", stroke_width=weight)
    for prefix, letter, mark in _split_marks(word):
        x = at[0] + font.getlength(prefix) + font.getlength(letter) / 2
        y = at[1] + _measure_top(letter, font) - 0.07 * font.size - _measure_bottom(mark, font)
        draw.text((x, y), mark, colour, font, "ms", stroke_width=weight)


def _split_marks(text: str) -> list[tuple[str, str, str]]:
    found, plain = [], ""
    for character in normalize("NFD", text):
        if combining(character):
            found.append((plain[:-1], plain[-1], MARKS[character]))
        else:
            plain += character
    return found


def _remove_marks(text: str) -> str:
    return "".join(character for character in normalize("NFD", text) if not combining(character))


def _measure_top(text: str, font: Font) -> float:
    return font.getbbox(text, anchor="ls")[1]


def _measure_bottom(text: str, font: Font) -> float:
    # getbbox() extends to the baseline even for an accent above it.
    ink = font.getmask(text).getbbox()
    return _measure_top(text, font) + (ink[3] if ink else 0)
