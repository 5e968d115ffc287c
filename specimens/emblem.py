"""Emblem of Utopia: a sun over the sea, between two laurels, under a star."""

from collections.abc import Iterator

import numpy as np

from specimens.canvas import Canvas, Mask
from specimens.curves import (
    Points,
    add_mirror_image,
    ellipse,
    move,
    parse_knots,
    polygon,
    rectangle,
    spline,
)

RADIUS = 50  # of the drawing, in its own units


def draw_emblem(canvas: Canvas, x: float, y: float, radius: float) -> Mask:
    """Return a mask of the emblem around a centre."""
    unit = radius / RADIUS

    def placed(points: Points) -> Points:
        return move(points * unit, x, y)

    solid = canvas.area(*map(placed, (*_draw_laurels(), _draw_star(), *_draw_rays())))
    sea = canvas.area(placed(rectangle(-30, 4, 60, 26)))
    sun = canvas.area(placed(ellipse(0, 2, 10.5, 10.5))) * (1 - sea)
    ring = canvas.lines([placed(ellipse(0, 0, 30, 30))], 1.3 * unit, closed=True)
    waves = canvas.lines(map(placed, _draw_waves()), 1.6 * unit)
    return np.asarray(np.minimum(solid + sun + ring + waves, 1), np.float32)


def _draw_star() -> Points:
    angle = np.pi / 2 + np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2, 3.0, 7.5)
    return np.column_stack([reach * np.cos(angle), -41 - reach * np.sin(angle)])


def _draw_rays() -> Iterator[Points]:
    ray = polygon((13, -1.3), (22, 0), (13, 1.3))
    for angle in np.linspace(-np.pi, 0, 11)[1:-1]:
        yield move(_turn(ray, angle), 0, 2)


def _draw_waves() -> Iterator[Points]:
    for y in (5, 11, 17, 23):
        half = np.sqrt(28**2 - y**2)
        x = np.linspace(-half, half, 60)
        yield np.column_stack([x, y + 1.5 * np.sin(x * 0.62 + y)])


def _draw_laurels() -> Iterator[Points]:
    leaf = spline(parse_knots("0,-5.5 2,0 0,5.5 -2,0"))
    for angle in np.linspace(np.radians(83), np.radians(-52), 12):
        for reach, tilt in ((41.5, 0.55), (35.5, -0.55)):
            at = reach * np.cos(angle), reach * np.sin(angle)
            yield from add_mirror_image(move(_turn(leaf, angle + tilt), *at))


def _turn(points: Points, angle: float) -> Points:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]), np.float64)
