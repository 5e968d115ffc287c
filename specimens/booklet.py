"""Open passport: the data page, the page before it and the cover."""

import numpy as np
from PIL import Image, ImageDraw

from specimens.emblem import draw_emblem
from specimens.guilloche import Palette, draw_background
from specimens.pages import PIXELS_PER_MM

COVER = (44, 26, 40, 255)


def draw_booklet(data_page: Image.Image, palette: Palette) -> Image.Image:
    """Draw an open passport: the page before the data page above it, both in a dark cover."""
    width, height = data_page.size
    rim = round(1.4 * PIXELS_PER_MM)
    cover = Image.new("RGBA", (width + 2 * rim, 2 * height + 2 * rim))
    ImageDraw.Draw(cover).rounded_rectangle((0, 0, cover.width - 1, cover.height - 1), 46, COVER)
    before = draw_background(
        width / PIXELS_PER_MM, height / PIXELS_PER_MM, PIXELS_PER_MM, palette, 2.0
    )
    before.ink(draw_emblem(before, 62.5, 44, 20), palette.first, 0.35)
    upper = before.image()
    upper.putalpha(data_page.getchannel("A"))
    cover.alpha_composite(upper, (rim, rim))
    cover.alpha_composite(data_page, (rim, rim + height))
    return _darken_fold(cover, rim + height)


def _darken_fold(cover: Image.Image, fold: int) -> Image.Image:
    """Darken the paper towards the fold."""
    y = np.arange(cover.height, dtype=np.float32) - fold
    light = 1 - 0.30 * np.exp(-np.abs(y) / 26) - 0.25 * np.exp(-np.abs(y) / 3)
    pixels = np.asarray(cover, np.float32).copy()
    pixels[..., :3] *= light[:, None, None]
    return Image.fromarray(pixels.astype(np.uint8))
