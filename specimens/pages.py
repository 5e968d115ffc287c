"""Pages: one side of a document, drawn as its layout says."""

from random import Random

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageOps

from specimens.canvas import WHITE, Canvas, Colour, Mask, mixed
from specimens.curves import Points, knots, line, moved, rectangle
from specimens.emblem import emblem
from specimens.guilloche import background, rosette
from specimens.holders import Document
from specimens.layouts import NOTICE, Box, Entry, Layout
from specimens.lettering import OCRB_PITCH, ocrb, sans, write
from specimens.likeness import Likeness
from specimens.mrz import Lines
from specimens.portraits import portrait

DPI = 300
PIXELS_PER_MM = DPI / 25.4
MRZ_PITCH = 2.54  # mm from character to character: ten to the inch
MRZ_ZONE = 23.2  # mm at the lower edge that hold the machine readable zone
SIDE = 5.5  # mm that stay free on the right
PEN: Colour = (36, 44, 104)
# The first letter of a signature, within a square of one.
INITIALS = (
    "0.02,0.75 0.10,0.05 0.15,0.10 0.08,0.85 0.04,0.60 0.20,0.45",
    "0.02,0.30 0.08,0.02 0.07,0.80 0.02,0.82 0.12,0.05 0.19,0.20 0.12,0.50",
    "0.14,0.12 0.06,0.02 0.02,0.35 0.05,0.78 0.12,0.80 0.18,0.60",
    "0.00,0.10 0.18,0.02 0.10,0.15 0.07,0.75 0.02,0.70 0.12,0.45 0.20,0.55",
)


def page(layout: Layout, document: Document, mrz: Lines = ()) -> Image.Image:
    """Draw one side; outside of its round corners the picture is transparent."""
    picture = ground(layout, document.holder.likeness, document.number)
    _write_texts(picture, layout, document, mrz)
    picture.putalpha(corners(layout))
    return picture


def ground(layout: Layout, likeness: Likeness, number: str) -> Image.Image:
    """Draw one side without its texts; the number tells one signature from another."""
    chance = Random(number)  # noqa: S311 (a drawing, not a secret)
    palette = layout.palette
    canvas = background(layout.width, layout.height, PIXELS_PER_MM, palette, chance.uniform(0, 6))
    _draw_ornaments(canvas, layout)
    _draw_pictures(canvas, layout, likeness)
    if layout.mrz_baselines:
        _draw_strip(canvas, layout)
    if layout.signature:
        curves = [_placed(stroke, layout.signature) for stroke in _signature(chance)]
        canvas.ink(canvas.lines(curves, 0.2), PEN, 0.85)
    return canvas.image()


def _draw_ornaments(canvas: Canvas, layout: Layout) -> None:
    palette, ring = layout.palette, layout.rosette
    lines = canvas.lines(rosette(ring.x, ring.y, ring.radius), 0.08, closed=True)
    canvas.ink(lines, palette.rainbow(canvas)[:, ::-1], 0.25)
    mark = layout.watermark
    canvas.ink(emblem(canvas, mark.x, mark.y, mark.radius), palette.accent, 0.13)
    colour = _dark(layout)
    if layout.banner:
        head = canvas.area(rectangle(0, 0, layout.width, layout.banner))
        canvas.ink(head, colour, 0.88)
        colour = WHITE
    elif layout.title:
        left = layout.emblem.x + layout.emblem.radius + 3
        rule = rectangle(left, layout.emblem.y + 4.3, layout.width - SIDE - left, 0.12)
        canvas.ink(canvas.area(rule), colour, 0.55)
    crest = layout.emblem
    canvas.ink(emblem(canvas, crest.x, crest.y, crest.radius), colour, 0.92)


def _draw_pictures(canvas: Canvas, layout: Layout, likeness: Likeness) -> None:
    if layout.portrait:
        _draw_portrait(canvas, layout, likeness, layout.portrait, strength=1.0)
    if layout.ghost:
        _draw_portrait(canvas, layout, likeness, layout.ghost, strength=0.42)


def _draw_portrait(
    canvas: Canvas, layout: Layout, likeness: Likeness, box: Box, strength: float
) -> None:
    """Print a portrait onto the lines of the background, as inks do: they multiply."""
    size = _pixels(box.width), _pixels(box.height)
    photo = portrait(likeness).image().resize(size, Image.Resampling.LANCZOS)
    if layout.monochrome or strength < 1:
        ink = mixed(_dark(layout), (20, 20, 24), 0.5)
        photo = ImageOps.colorize(photo.convert("L"), ink, WHITE)
    top, left = _pixels(box.y), _pixels(box.x)
    window = canvas.pixels[top : top + size[1], left : left + size[0]]
    share = (_faded(size) * np.float32(strength))[..., None]
    window += (window.mean(axis=(0, 1)) - window) * share * 0.65  # lines must not cross the face
    light = np.asarray(photo, np.float32) / 255 * 1.03
    window *= np.minimum(1 - share + share * light, 1)


def _faded(size: tuple[int, int]) -> Mask:
    """Let the edge of a picture run out softly."""
    mask = np.zeros((size[1], size[0]), np.float32)
    mask[6:-6, 6:-6] = 1
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)


def _draw_strip(canvas: Canvas, layout: Layout) -> None:
    top = layout.height - MRZ_ZONE
    strip = canvas.area(rectangle(0, top, layout.width, MRZ_ZONE))
    canvas.ink(strip, (252, 252, 250), 0.80)
    canvas.ink(canvas.area(rectangle(0, top, layout.width, 0.12)), _dark(layout), 0.35)


def _write_texts(picture: Image.Image, layout: Layout, document: Document, mrz: Lines) -> None:
    draw = ImageDraw.Draw(picture)
    if layout.title:
        _write_title(draw, layout)
    for entry in layout.entries:
        _write_entry(draw, layout, entry, entry.value(document))
    x, y = layout.notice
    colour = WHITE if y < layout.banner else layout.palette.label
    write(draw, _point(x, y), NOTICE, sans(17), colour, anchor="ms")
    for baseline, text in zip(layout.mrz_baselines, mrz, strict=True):
        margin = (layout.width - len(text) * MRZ_PITCH) / 2
        font = ocrb(MRZ_PITCH * PIXELS_PER_MM / OCRB_PITCH)
        write(draw, _point(margin, baseline), text, font, (22, 22, 26), weight=0.3)


def _write_title(draw: ImageDraw.ImageDraw, layout: Layout) -> None:
    colour = WHITE if layout.banner else _dark(layout)
    left = layout.emblem.x + layout.emblem.radius + 3
    baseline = layout.emblem.y + 1.5
    state = sans(1.35 * layout.value_size)
    write(draw, _point(left, baseline), "UTOPIA / UTOPIE", state, colour, weight=0.8)
    right = _point(layout.width - SIDE, baseline)
    write(draw, right, layout.title, sans(layout.title_size), colour, anchor="rs", weight=0.5)


def _write_entry(draw: ImageDraw.ImageDraw, layout: Layout, entry: Entry, value: str) -> None:
    palette = layout.palette
    label = sans(layout.label_size)
    write(draw, _point(entry.x, entry.y), entry.label, label, palette.label, weight=0.2)
    below = _point(entry.x, entry.y + layout.value_size / 10.2)
    if entry.ocrb:
        bearing = 0.1 * layout.value_size  # empty space before the first character of OCR-B
        start = below[0] - bearing, below[1]
        write(draw, start, value, ocrb(layout.value_size), palette.type, weight=0.5)
    else:
        write(draw, below, value, sans(layout.value_size), palette.type, weight=0.5)


def _signature(chance: Random) -> list[Points]:
    """Sign within a square of one: a large initial, a running hand, a stroke beneath."""
    x, hand = 0.24, knots(chance.choice(INITIALS))
    while x < 0.84:
        top = chance.choice((0.48, 0.48, 0.44, 0.15, 0.95))
        step = chance.uniform(0.05, 0.085)
        hand += [(x, 0.66), (x + 0.5 * step, top), (x + 0.25 * step, chance.uniform(0.6, 0.7))]
        x += step
    hand += [(x + 0.02, 0.68), (x + 0.12, chance.uniform(0.4, 0.6))]
    under = [(chance.uniform(0.1, 0.4), 0.95), (0.6, chance.uniform(0.82, 0.9)), (0.98, 0.8)]
    return [line(hand), line(under)]


def _placed(stroke: Points, box: Box) -> Points:
    return moved(stroke * np.array((box.width, box.height)), box.x, box.y)


def _dark(layout: Layout) -> Colour:
    return mixed(layout.palette.first, layout.palette.type, 0.62)


def corners(layout: Layout) -> Image.Image:
    """Cover what lies inside of the round corners of a side."""
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
