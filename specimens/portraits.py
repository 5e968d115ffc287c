"""Portraits: a drawing of each fictitious holder."""

from functools import cache
from random import Random

from specimens.canvas import BLACK, WHITE, Canvas, Colour, Mask, mix_colours
from specimens.curves import add_mirror_image, ellipse, line, parse_knots, polygon, symmetric
from specimens.faces import DARK, draw_face, draw_glasses, outline_head
from specimens.haircuts import HAIRCUTS
from specimens.likeness import Likeness

WIDTH, HEIGHT = 350, 450  # tenths of a millimetre of the usual photo
SCALE = 1.8
BACKDROP: Colour = (236, 239, 241)
SHIRT: Colour = (236, 239, 243)


@cache
def draw_portrait(likeness: Likeness) -> Canvas:
    """Draw head and shoulders in front of a light background."""
    canvas = Canvas.blank(WIDTH, HEIGHT, SCALE, BACKDROP, axis=WIDTH / 2)
    _draw_back_hair(canvas, likeness)
    _draw_neck(canvas, likeness)
    _draw_clothes(canvas, likeness)
    _draw_head(canvas, likeness)
    draw_face(canvas, likeness)
    _draw_front_hair(canvas, likeness)
    if likeness.glasses:
        draw_glasses(canvas)
    return canvas


def _round_off(canvas: Canvas, mask: Mask, shade: Colour, light: Colour, depth: float) -> None:
    """Shade a flat shape like a body that is lit from the upper left."""
    away = 1 - canvas.soft(canvas.moved(mask, -0.8 * depth, -0.45 * depth), depth)
    towards = 1 - canvas.soft(canvas.moved(mask, 0.8 * depth, 0.6 * depth), 0.8 * depth)
    canvas.ink(mask * away, shade, 0.85)
    canvas.ink(mask * towards, light, 0.30)


def _draw_head(canvas: Canvas, likeness: Likeness) -> None:
    _draw_ears(canvas, likeness)
    mask = canvas.area(outline_head(likeness))
    canvas.ink(mask, likeness.skin)
    _round_off(canvas, mask, likeness.shade(0.75), mix_colours(likeness.skin, WHITE, 0.6), 26)
    light = mix_colours(likeness.skin, WHITE, 0.7)
    for x, y, radius_x, radius_y, opacity in (
        (-30, 130, 42, 24, 0.30),
        (-44, 244, 17, 12, 0.28),
        (38, 244, 14, 10, 0.12),
    ):
        glow = canvas.soft(canvas.area(ellipse(x, y, radius_x, radius_y)), 13)
        canvas.ink(glow * mask, light, opacity)
    cheeks = canvas.area(*add_mirror_image(ellipse(46, likeness.low(258), 20, 13)))
    canvas.ink(canvas.soft(cheeks, 12) * mask, (206, 96, 84), 0.16)


def _draw_ears(canvas: Canvas, likeness: Likeness) -> None:
    ears = canvas.area(*add_mirror_image(ellipse(80, 222, 10, 25)))
    canvas.ink(ears, likeness.shade(0.15))
    hollows = canvas.soft(canvas.area(*add_mirror_image(ellipse(80, 222, 5, 16))), 3)
    canvas.ink(ears * hollows, likeness.shade(0.5), 0.6)


def _draw_neck(canvas: Canvas, likeness: Likeness) -> None:
    neck = canvas.area(symmetric(parse_knots("0,290 47,296 48,334 60,368 90,400 0,430")))
    canvas.ink(neck, likeness.shade(0.12))
    _round_off(canvas, neck, likeness.shade(0.7), mix_colours(likeness.skin, WHITE, 0.4), 16)
    chin = canvas.soft(canvas.moved(canvas.area(outline_head(likeness)), 5, 18), 9)
    canvas.ink(neck * chin, likeness.shade(0.8), 0.75)


def _draw_clothes(canvas: Canvas, likeness: Likeness) -> None:
    half = parse_knots("0,398 28,389 52,364 66,360 116,379 154,398 178,440 180,470 0,500")
    clothes = canvas.area(symmetric(half))
    shade, light = (
        mix_colours(likeness.clothes, BLACK, 0.6),
        mix_colours(likeness.clothes, WHITE, 0.45),
    )
    canvas.ink(canvas.soft(clothes, 5), likeness.shade(0.8), 0.25)
    canvas.ink(clothes, likeness.clothes)
    _round_off(canvas, clothes, shade, light, 16)
    if likeness.collar:
        _draw_collar(canvas)
    else:
        hems = [
            parse_knots("-53,365 -32,391 0,401 32,391 53,365"),
            parse_knots("-53,372 -32,398 0,408 32,398 53,372"),
        ]
        canvas.ink(canvas.lines(map(line, hems), 1), shade, 0.45)


def _draw_collar(canvas: Canvas) -> None:
    front = polygon((-34, 380), (0, 397), (34, 380), (24, 462), (-24, 462))
    canvas.ink(canvas.area(front), SHIRT)
    canvas.ink(canvas.lines([polygon((1, 398), (1, 460))], 0.8), (150, 156, 168), 0.8)
    wing = polygon((50, 350), (60, 366), (40, 426), (0.5, 398), (34, 384))
    for mask in map(canvas.area, add_mirror_image(wing)):
        canvas.ink(canvas.soft(canvas.moved(mask, 2, 4), 4), (40, 44, 54), 0.45)
        canvas.ink(mask, SHIRT)
        _round_off(canvas, mask, (170, 176, 188), WHITE, 8)


def _draw_back_hair(canvas: Canvas, likeness: Likeness) -> None:
    back = HAIRCUTS[likeness.hair].back
    if back:
        colour = likeness.hair_colour
        mask = canvas.area(*back)
        canvas.ink(mask, mix_colours(colour, DARK, 0.35))
        _round_off(canvas, mask, mix_colours(colour, DARK, 0.8), colour, 14)


def _draw_front_hair(canvas: Canvas, likeness: Likeness) -> None:
    haircut, colour = HAIRCUTS[likeness.hair], likeness.hair_colour
    hair = canvas.soft(canvas.area(*haircut.front), haircut.softness)
    shadow = (
        canvas.soft(canvas.moved(hair, 3, 7), 6) * canvas.area(outline_head(likeness)) * (1 - hair)
    )
    canvas.ink(shadow, likeness.shade(0.9), 0.55)
    canvas.ink(hair, colour)
    _round_off(canvas, hair, mix_colours(colour, BLACK, 0.72), mix_colours(colour, WHITE, 0.35), 15)
    chance = Random(repr(likeness))  # noqa: S311 (a drawing, not a secret)
    for tone, count, opacity in ((BLACK, 34, 0.25), (WHITE, 18, 0.11)):
        strands = canvas.lines(haircut.strands(chance, count), 0.8)
        canvas.ink(strands * hair, tone, opacity)
