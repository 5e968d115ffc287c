"""Faces: eyes, nose, mouth, wrinkles, beards and glasses.

Coordinates are those of a portrait: x is 0 on the axis of the face.
"""

import numpy as np

from specimens.canvas import WHITE, Canvas, Colour, mix_colours
from specimens.curves import (
    Points,
    add_mirror_image,
    ellipse,
    line,
    mirror,
    move,
    parse_knots,
    spline,
    symmetric,
)
from specimens.likeness import Likeness

DARK: Colour = (38, 28, 26)
EYE_X, EYE_Y = 35, 208


def outline_head(likeness: Likeness) -> Points:
    """Return the outline of the head without ears and hair."""
    jaw, low = likeness.jaw, likeness.low
    cheek = 71 * (1 + jaw) / 2
    upper = parse_knots("0,76 40,84 69,118 78,165 77,210")
    lower = [(cheek, low(252)), (58 * jaw, low(290)), (38 * jaw, low(320)), (17 * jaw, low(334))]
    return symmetric([*upper, *lower, (0, low(337))])


def draw_face(canvas: Canvas, likeness: Likeness) -> None:
    """Draw the features of a face on a head."""
    for side in (1, -1):
        _draw_eye(canvas, likeness, side)
    _draw_nose(canvas, likeness)
    _draw_mouth(canvas, likeness)
    _draw_lines(canvas, likeness)
    if likeness.beard:
        _draw_beard(canvas, likeness)
    _draw_brows(canvas, likeness)


def _draw_eye(canvas: Canvas, likeness: Likeness, side: int) -> None:
    def placed(points: Points) -> Points:
        return move(points if side > 0 else mirror(points), side * EYE_X, EYE_Y)

    socket = canvas.soft(canvas.area(placed(ellipse(0, -5, 25, 13))), 8)
    canvas.ink(socket, likeness.shade(0.55), 0.42)
    white = placed(spline(parse_knots("-17,3 -9,-4.5 1,-8 11,-5.5 17.5,-0.5 9,5.5 -4,6.5")))
    _draw_eyeball(canvas, likeness, white, side * EYE_X, EYE_Y - 1)
    lid = placed(line(parse_knots("-17,3 -9,-4.5 1,-8 11,-5.5 19,-1")))
    lower = placed(line(parse_knots("-14,4.5 -4,7 9,6 17,0")))
    crease = placed(line(parse_knots("-14,-5 -3,-12.5 10,-11 19,-5")))
    canvas.ink(canvas.lines([lid], 2.1), DARK, 0.9)
    canvas.ink(canvas.lines([lower], 0.8), likeness.shade(0.9), 0.55)
    canvas.ink(canvas.soft(canvas.lines([crease], 1.2), 0.6), likeness.shade(0.95), 0.6)


def _draw_eyeball(canvas: Canvas, likeness: Likeness, outline: Points, x: float, y: float) -> None:
    white = canvas.area(outline)
    canvas.ink(white, (238, 234, 230))
    canvas.ink(canvas.area(ellipse(x, y, 8.2, 8.2)) * white, mix_colours(likeness.eyes, DARK, 0.35))
    canvas.ink(canvas.area(ellipse(x, y + 0.8, 6.2, 6.2)) * white, likeness.eyes)
    canvas.ink(canvas.area(ellipse(x, y, 3.5, 3.5)), DARK)
    under_lid = canvas.soft(white - canvas.moved(white, 0, 4) * white, 1.6) * white
    canvas.ink(under_lid, DARK, 0.45)
    canvas.ink(canvas.area(ellipse(x - 2.6, y - 3, 1.6, 1.6)), WHITE, 0.9)


def _draw_nose(canvas: Canvas, likeness: Likeness) -> None:
    low, dark = likeness.low, likeness.shade(0.8)
    side = spline([(8, 196), (10, 226), (19, low(256)), (7, low(262)), (5, 232)])
    canvas.ink(canvas.soft(canvas.area(side), 4.5), dark, 0.42)
    canvas.ink(canvas.soft(canvas.area(ellipse(2, low(266), 17, 5)), 4), dark, 0.45)
    nostrils = canvas.area(*add_mirror_image(ellipse(8, low(262), 4.6, 2.2)))
    canvas.ink(canvas.soft(nostrils, 1), mix_colours(likeness.shade(1), DARK, 0.3), 0.75)
    wings = add_mirror_image(line([(14, low(248)), (18.5, low(256)), (14.5, low(263))]))
    canvas.ink(canvas.soft(canvas.lines(wings, 1.6), 1), likeness.shade(0.9), 0.5)
    canvas.ink(canvas.soft(canvas.area(ellipse(-3, 222, 3.2, 24)), 3.5), WHITE, 0.34)
    canvas.ink(canvas.soft(canvas.area(ellipse(-2, low(252), 6, 5)), 3.5), WHITE, 0.42)


def _draw_mouth(canvas: Canvas, likeness: Likeness) -> None:
    y = likeness.low(289)

    def placed(points: Points) -> Points:
        return move(points, 0, y)

    lower = canvas.area(placed(symmetric(parse_knots("0,0.5 14,1 26,-0.5 15,9 0,11.5"))))
    upper = canvas.area(placed(symmetric(parse_knots("0,-5.5 7,-7.5 17,-3.5 27,-0.5 13,1.5 0,1"))))
    canvas.ink(lower, mix_colours(likeness.skin, likeness.lips, 0.62))
    canvas.ink(upper, mix_colours(likeness.skin, mix_colours(likeness.lips, DARK, 0.2), 0.72))
    canvas.ink(canvas.soft(canvas.area(ellipse(-4, y + 6, 9, 2.2)), 1.8), WHITE, 0.30)
    slit = canvas.lines([placed(line(parse_knots("-28,-1.5 -14,1 0,0.6 14,1 28,-1.5")))], 1.5)
    canvas.ink(canvas.soft(slit, 0.4), mix_colours(likeness.lips, DARK, 0.75), 0.8)
    corners = canvas.area(*add_mirror_image(ellipse(29, y - 1, 3.5, 3)))
    canvas.ink(canvas.soft(corners, 2), likeness.shade(0.9), 0.5)
    canvas.ink(canvas.soft(canvas.area(ellipse(0, y + 17, 14, 4)), 3.5), likeness.shade(0.8), 0.42)
    canvas.ink(canvas.soft(canvas.area(ellipse(-2, y + 33, 11, 7)), 5), WHITE, 0.2)


def _draw_lines(canvas: Canvas, likeness: Likeness) -> None:
    """Draw wrinkles, which are deeper with age."""
    low, age = likeness.low, likeness.age
    folds = add_mirror_image(line([(20, low(258)), (31, low(258) + 12), (36, low(284))]))
    bags = add_mirror_image(line(parse_knots("20,219 34,224 49,218")))
    furrows = [line(parse_knots("-38,143 0,140 38,143")), line(parse_knots("-38,156 0,153 38,156"))]
    for curves, opacity in (
        (folds, 0.12 + 0.5 * age),
        (bags, 0.1 + 0.45 * age),
        (furrows, 0.25 * age),
    ):
        canvas.ink(canvas.soft(canvas.lines(curves, 1.8), 1.6), likeness.shade(0.9), opacity)


def _draw_beard(canvas: Canvas, likeness: Likeness) -> None:
    low, jaw = likeness.low, likeness.jaw
    inside = [(x, low(y)) for x, y in parse_knots("0,299 18,303 32,294 30,278 12,274 6,271 20,266")]
    cheek = [(48 * jaw, low(270)), (75, 226), (79, 236)]
    outside = [(74, low(262)), (61 * jaw, low(298)), (40 * jaw, low(328)), (0, low(343))]
    beard = canvas.soft(canvas.area(symmetric([*inside, *cheek, *outside])), 3.5)
    face = canvas.soft(canvas.area(outline_head(likeness)), 1)
    canvas.ink(beard * face, likeness.hair_colour, 0.75 * likeness.beard)


def _draw_brows(canvas: Canvas, likeness: Likeness) -> None:
    thick = 6.5 * likeness.brow
    top = [(14, 189), (34, 182 - thick / 3), (58, 189)]
    bottom = [(36, 182 + thick * 0.55), (15, 189 + thick)]
    brows = canvas.soft(canvas.area(*add_mirror_image(spline([*top, *bottom]))), 1.2)
    canvas.ink(brows, mix_colours(likeness.hair_colour, DARK, 0.35), 0.8)


def draw_glasses(canvas: Canvas) -> None:
    """Draw glasses over face and hair."""
    rims = add_mirror_image(spline(parse_knots("9,200 34,192 62,198 61,218 38,231 14,222")))
    bars = [
        line(parse_knots("-9,202 0,198 9,202")),
        *add_mirror_image(line(parse_knots("62,203 80,206"))),
    ]
    canvas.ink(canvas.area(*rims), (214, 226, 236), 0.16)
    frame = np.maximum(canvas.lines(rims, 2.6, closed=True), canvas.lines(bars, 2.6))
    canvas.ink(canvas.soft(canvas.moved(frame, 1.5, 4), 2), (60, 34, 26), 0.35)
    canvas.ink(frame, (44, 42, 48), 0.95)
