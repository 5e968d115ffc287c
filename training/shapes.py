"""Shapes of OCR-B for the comparison of MRZ characters: python -m training.shapes.

Draws the font that the specimens use, in two weights, and writes the image that
`docverify.reading.mrz.shapes` loads.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from docverify.documents.mrz import ALPHABET
from docverify.reading.mrz.shapes import CELL, LARGER, SHAPES, WEIGHTS
from specimens.lettering import OCRB_PITCH, load_ocrb

DRAWN_LARGER = 8  # times the size of a cell
CAPITAL = 0.36  # of the font's size: half the height of a capital


def draw_shapes() -> Image.Image:
    """Draw all characters, white on black: a row for each weight."""
    width, height = (LARGER * each for each in CELL)
    sheet = Image.new("L", (width * len(ALPHABET), height * len(WEIGHTS)))
    for row, weight in enumerate(WEIGHTS):
        for column, character in enumerate(ALPHABET):
            drawn = draw_shape(character, weight).resize((width, height), Image.Resampling.BOX)
            sheet.paste(drawn, (column * width, row * height))
    return sheet


def draw_shape(character: str, weight: int) -> Image.Image:
    """Draw one character in the middle of its cell; `weight` makes it bolder."""
    width, height = (DRAWN_LARGER * each for each in CELL)
    font = load_ocrb(round(width / OCRB_PITCH))
    cell = Image.new("L", (width, height))
    baseline = height / 2 + CAPITAL * font.size
    ImageDraw.Draw(cell).text(
        (width / 2, baseline), character, 255, font, "ms", stroke_width=weight
    )
    return cell


def write_shapes(path: Path) -> None:
    """Write the image of all characters."""
    content = BytesIO()
    draw_shapes().save(content, "PNG", optimize=True)
    path.write_bytes(content.getvalue())


if __name__ == "__main__":
    write_shapes(SHAPES)
