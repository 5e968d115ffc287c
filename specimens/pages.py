"""Pages: one side of a document, drawn from its layout."""

from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageOps

from specimens.canvas import WHITE, Canvas, Colour, Mask, mix_colours
from specimens.curves import Points, line, move, parse_knots, rectangle
from specimens.emblem import draw_emblem
from specimens.guilloche import draw_background, draw_rosette
from specimens.holders import Document
from specimens.layouts import NOTICE, Box, Entry, Layout
from specimens.lettering import OCRB_PITCH, load_ocrb, load_sans, write
from specimens.likeness import Likeness
from specimens.mrz import Lines
from specimens.portraits import draw_portrait

DPI = 300
PIXELS_PER_MM = DPI / 25.4
MRZ_PITCH = 2.54  # mm from character to character: ten to the inch
MRZ_HEIGHT = 23.2  # mm: the height of the MRZ at the lower edge
SIDE = 5.5  # mm: free space on the right
PEN: Colour = (36, 44, 104)
# The first letters of signatures, in a unit square
INITIALS = (
    "0.02,0.75 0.10,0.05 0.15,0.10 0.08,0.85 0.04,0.60 0.20,0.45",
    "0.02,0.30 0.08,0.02 0.07,0.80 0.02,0.82 0.12,0.05 0.19,0.20 0.12,0.50",
    "0.14,0.12 0.06,0.02 0.02,0.35 0.05,0.78 0.12,0.80 0.18,0.60",
    "0.00,0.10 0.18,0.02 0.10,0.15 0.07,0.75 0.02,0.70 0.12,0.45 0.20,0.55",
)


def draw_page(layout: Layout, document: Document, mrz: Lines = ()) -> Image.Image:
    """Draw one side; the image is transparent outside the round corners."""
    picture = draw_ground(layout, document.holder.likeness, document.number)
    _write_texts(picture, layout, document, mrz)
    picture.putalpha(mask_corners(layout))
    return picture


def draw_ground(layout: Layout, likeness: Likeness, number: str) -> Image.Image:
    """Draw one side without its texts; the number makes its signature different from others."""
    chance = Random(number)  # noqa: S311 (a drawing, not a secret)
    palette = layout.palette
    canvas = draw_background(
        layout.width, layout.height, PIXELS_PER_MM, palette, chance.uniform(0, 6)
    )
    _draw_ornaments(canvas, layout)
    _draw_pictures(canvas, layout, likeness)
    if layout.mrz_baselines:
        _draw_strip(canvas, layout)
    if layout.signature:
        curves = [_place(stroke, layout.signature) for stroke in _draw_signature(chance)]
        canvas.ink(canvas.lines(curves, 0.2), PEN, 0.85)
    return canvas.image()


def _draw_ornaments(canvas: Canvas, layout: Layout) -> None:
    palette, ring = layout.palette, layout.rosette
    lines = canvas.lines(draw_rosette(ring.x, ring.y, ring.radius), 0.08, closed=True)
    canvas.ink(lines, palette.rainbow(canvas)[:, ::-1], 0.25)
    mark = layout.watermark
    canvas.ink(draw_emblem(canvas, mark.x, mark.y, mark.radius), palette.accent, 0.13)
    colour = _darken(layout)
    if layout.banner:
        head = canvas.area(rectangle(0, 0, layout.width, layout.banner))
        canvas.ink(head, colour, 0.88)
        colour = WHITE
    elif layout.title:
        left = layout.emblem.x + layout.emblem.radius + 3
        rule = rectangle(left, layout.emblem.y + 4.3, layout.width - SIDE - left, 0.12)
        canvas.ink(canvas.area(rule), colour, 0.55)
    crest = layout.emblem
    canvas.ink(draw_emblem(canvas, crest.x, crest.y, crest.radius), colour, 0.92)


def _draw_pictures(canvas: Canvas, layout: Layout, likeness: Likeness) -> None:
    if layout.portrait:
        _draw_portrait(canvas, layout, likeness, layout.portrait, strength=1.0)
    if layout.ghost:
        _draw_portrait(canvas, layout, likeness, layout.ghost, strength=0.42)


def _draw_portrait(
    canvas: Canvas, layout: Layout, likeness: Likeness, box: Box, strength: float
) -> None:
    """Multiply a portrait with the background, like ink printed on ink."""
    size = _pixels(box.width), _pixels(box.height)
    photo = draw_portrait(likeness).image().resize(size, Image.Resampling.LANCZOS)
    if layout.monochrome or strength < 1:
        ink = mix_colours(_darken(layout), (20, 20, 24), 0.5)
        photo = ImageOps.colorize(photo.convert("L"), ink, WHITE)
    top, left = _pixels(box.y), _pixels(box.x)
    window = canvas.pixels[top : top + size[1], left : left + size[0]]
    share = (_fade_edges(size) * np.float32(strength))[..., None]
    window += (window.mean(axis=(0, 1)) - window) * share * 0.65  # no lines across the face
    light = np.asarray(photo, np.float32) / 255 * 1.03
    window *= np.minimum(1 - share + share * light, 1)


def _fade_edges(size: tuple[int, int]) -> Mask:
    """Return a mask with soft edges."""
    mask = np.zeros((size[1], size[0]), np.float32)
    mask[6:-6, 6:-6] = 1
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)


def _draw_strip(canvas: Canvas, layout: Layout) -> None:
    top = layout.height - MRZ_HEIGHT
    strip = canvas.area(rectangle(0, top, layout.width, MRZ_HEIGHT))
    canvas.ink(strip, (252, 252, 250), 0.80)
    canvas.ink(canvas.area(rectangle(0, top, layout.width, 0.12)), _darken(layout), 0.35)


def _write_texts(picture: Image.Image, layout: Layout, document: Document, mrz: Lines) -> None:
    draw = ImageDraw.Draw(picture)
    if layout.title:
        _write_title(draw, layout)
    for entry in layout.entries:
        _write_entry(draw, layout, entry, entry.value(document))
    x, y = layout.notice
    colour = WHITE if y < layout.banner else layout.palette.label
    write(draw, _point(x, y), NOTICE, load_sans(17), colour, anchor="ms")
    for baseline, text in zip(layout.mrz_baselines, mrz, strict=True):
        margin = (layout.width - len(text) * MRZ_PITCH) / 2
        font = load_ocrb(MRZ_PITCH * PIXELS_PER_MM / OCRB_PITCH)
        write(draw, _point(margin, baseline), text, font, (22, 22, 26), weight=0.3)


def _write_title(draw: ImageDraw.ImageDraw, layout: Layout) -> None:
    colour = WHITE if layout.banner else _darken(layout)
    left = layout.emblem.x + layout.emblem.radius + 3
    baseline = layout.emblem.y + 1.5
    state = load_sans(1.35 * layout.value_size)
    write(draw, _point(left, baseline), "UTOPIA / UTOPIE", state, colour, weight=0.8)
    right = _point(layout.width - SIDE, baseline)
    write(draw, right, layout.title, load_sans(layout.title_size), colour, anchor="rs", weight=0.5)


def _write_entry(draw: ImageDraw.ImageDraw, layout: Layout, entry: Entry, value: str) -> None:
    palette = layout.palette
    label = load_sans(layout.label_size)
    write(draw, _point(entry.x, entry.y), entry.label, label, palette.label, weight=0.2)
    below = _point(entry.x, entry.y + layout.value_size / 10.2)
    if entry.ocrb:
        bearing = 0.1 * layout.value_size  # empty space before the first character of OCR-B
        start = below[0] - bearing, below[1]
        write(draw, start, value, load_ocrb(layout.value_size), palette.type, weight=0.5)
    else:
        write(draw, below, value, load_sans(layout.value_size), palette.type, weight=0.5)


def _draw_signature(chance: Random) -> list[Points]:
    """Return a signature in a unit square: a large initial, handwriting and a stroke below."""
    x, hand = 0.24, parse_knots(chance.choice(INITIALS))
    while x < 0.84:
        top = chance.choice((0.48, 0.48, 0.44, 0.15, 0.95))
        step = chance.uniform(0.05, 0.085)
        hand += [(x, 0.66), (x + 0.5 * step, top), (x + 0.25 * step, chance.uniform(0.6, 0.7))]
        x += step
    hand += [(x + 0.02, 0.68), (x + 0.12, chance.uniform(0.4, 0.6))]
    under = [(chance.uniform(0.1, 0.4), 0.95), (0.6, chance.uniform(0.82, 0.9)), (0.98, 0.8)]
    return [line(hand), line(under)]


def _place(stroke: Points, box: Box) -> Points:
    return move(stroke * np.array((box.width, box.height)), box.x, box.y)


def _darken(layout: Layout) -> Colour:
    return mix_colours(layout.palette.first, layout.palette.type, 0.62)


def mask_corners(layout: Layout) -> Image.Image:
    """Return a mask of a side with its round corners."""
    scale = 4
    size = _pixels(layout.width), _pixels(layout.height)
    mask = Image.new("L", (size[0] * scale, size[1] * scale))
    radius = layout.corner * PIXELS_PER_MM * scale
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius, 255)
    return mask.resize(size, Image.Resampling.BOX)


def _pixels(millimetres: float) -> int:
    return round(millimetres * PIXELS_PER_MM)


def _point(x: float, y: float) -> tuple[float, float]:
    return x * PIXELS_PER_MM, y * PIXELS_PER_MM
