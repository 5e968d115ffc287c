"""MRZ lines drawn in OCR-B, and the boxes that a detector finds in them."""

from functools import cache

import numpy as np
import PIL.Image
from PIL import ImageDraw, ImageFont

from deploy.local.isolation import ROOT
from docverify.reading.files.pages import Image
from docverify.reading.quads import Quad

OCR_B = ROOT / "specimens" / "fonts" / "OCRB.otf"
#: Pixels: between characters, left of the first, above the first line, between lines.
PITCH, LEFT, TOP, STEP = 20, 60, 80, 50


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(OCR_B, 33)


def page(*lines: str, width: int = 1000) -> Image:
    """Draw lines of OCR-B from the left, a character every PITCH pixels."""
    image = PIL.Image.new("RGB", (width, 2 * TOP + STEP * len(lines)), (235, 240, 238))
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            draw.text((LEFT + PITCH * column, TOP + STEP * row), character, "#202028", _font())
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def quad(row: int, first: int, stop: int) -> Quad:
    """Return the box that a detector draws around some characters of a row."""
    left, right = LEFT + PITCH * first - 3, LEFT + PITCH * stop + 3
    top = TOP + STEP * row - 2
    corners = [(left, top), (right, top), (right, top + 36), (left, top + 36)]
    return np.array(corners, np.float32)
