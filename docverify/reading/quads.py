"""Boxes of lines of text: how long and high they are, and which stand on a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 2  # on either side of a line
LINE_DISTANCE = (0.5, 3.5)  # heights between the middles of neighbouring lines
SAME_ROW = 0.4  # heights
SAME_HEIGHT = 2.0
OVERHANG = 0.15  # How far, in lengths of the longest line, another may stand out.

Quad = NDArray[np.float32]
"""Four corners (x, y) of a line of text: top left, top right, bottom right, bottom left."""
Vector = NDArray[np.float32]
"""Two numbers: x and y."""
Points = NDArray[np.float32]
"""Points (x, y) of an image in pixels, one a row."""


def measure_length(quad: Quad) -> float:
    """Return the length of a line in pixels."""
    return float(np.linalg.norm(quad[1] - quad[0]))


def measure_height(quad: Quad) -> float:
    """Return the height of a line in pixels."""
    return float(np.linalg.norm(quad[3] - quad[0]))


def find_direction(quad: Quad) -> Vector:
    """Return the direction, of length 1, in which a line runs."""
    direction: Vector = (quad[1] - quad[0]) / max(measure_length(quad), 1e-6)
    return direction


def find_down(quad: Quad) -> Vector:
    """Return the direction, of length 1, in which the lines below a line stand."""
    x, y = find_direction(quad)
    return np.array([-y, x], np.float32)


def turn_upside_down(quad: Quad) -> Quad:
    """Return the same place read from the other side."""
    return np.roll(quad, 2, axis=0)


def widen(quad: Quad, left: float, right: float) -> Quad:
    """Return a line with so many pixels more, or fewer, on either side."""
    along = find_direction(quad)
    return (quad + np.stack([-along * left, along * right, along * right, -along * left])).astype(
        np.float32
    )


def fit_between(quad: Quad, middle: Vector, along: Vector, left: float, right: float) -> Quad:
    """Lengthen or shorten a line to two sides, given along another one."""
    start, stop = quad[[0, 3]].mean(0) - middle, quad[[1, 2]].mean(0) - middle
    return widen(quad, float(start @ along) - left, right - float(stop @ along))


def is_neighbour(seed: Quad, other: Quad) -> bool:
    """Tell whether a line stands where lines of the other one's MRZ may stand."""
    away = abs(float((seed.mean(0) - other.mean(0)) @ find_down(other)))
    return away < 2 * LINE_DISTANCE[1] * measure_height(other)


def join_rows(seed: Quad, quads: Sequence[Quad]) -> list[Quad]:
    """Join the pieces that stand on one row, and return the rows from the top."""
    pieces = [quad for quad in quads if _is_piece(quad, seed)]
    rows: list[list[Quad]] = [[seed]]
    for quad in sorted(pieces, key=measure_length, reverse=True):
        row = next((row for row in rows if _is_on(quad, row[0], seed)), None)
        if row is None:
            rows.append([quad])
        elif quad is not seed:
            row.append(quad)
    joined = [_joined(row, seed) for row in rows]
    return sorted(joined, key=lambda quad: float(quad.mean(0) @ find_down(seed)))


def _is_piece(quad: Quad, seed: Quad) -> bool:
    """Tell whether a box may be a part of the seed's MRZ by its size and place."""
    offset = quad.mean(0) - seed.mean(0)
    ratio = measure_height(quad) / measure_height(seed)
    reach = (0.5 + OVERHANG) * measure_length(seed)
    return (
        1 / SAME_HEIGHT < ratio < SAME_HEIGHT
        and measure_length(quad) > measure_height(quad)
        and abs(float(offset @ find_down(seed))) < 2 * LINE_DISTANCE[1] * measure_height(seed)
        and abs(float(offset @ find_direction(seed))) + measure_length(quad) / 2 < reach
    )


def _direction(quad: Quad, seed: Quad) -> Vector:
    """Return the direction of a line: that of the seed for one too short to tell."""
    return find_direction(quad if measure_length(quad) > 0.3 * measure_length(seed) else seed)


def _is_on(quad: Quad, row: Quad, seed: Quad) -> bool:
    x, y = _direction(row, seed)
    offset = quad.mean(0) - row.mean(0)
    return abs(float(offset @ np.array([-y, x]))) < SAME_ROW * measure_height(seed)


def _joined(row: list[Quad], seed: Quad) -> Quad:
    """Return one box for the pieces of a row, with the longest one's height."""
    along = _direction(row[0], seed)
    middle, height = row[0].mean(0), measure_height(row[0])
    reach = np.concatenate([(quad - middle) @ along for quad in row])
    down = np.array([-along[1], along[0]], np.float32) * (height / 2)
    start, stop = middle + along * reach.min(), middle + along * reach.max()
    return np.stack([start - down, stop - down, stop + down, start + down]).astype(np.float32)


def select_near_rows(
    places: list[Quad], seed: Quad, is_legible: Callable[[Quad], bool] = lambda _: True
) -> list[Quad]:
    """Keep the legible rows that follow one another at the distance of an MRZ's lines.

    At most two on either side of the seed.
    """
    down, height = find_down(seed), measure_height(seed)
    below = {float((quad.mean(0) - seed.mean(0)) @ down) / height: quad for quad in places}
    own = min(below, key=abs)
    near = {own: below[own]}
    for side in (-1, 1):
        at = own
        for place in sorted((each for each in below if side * (each - own) > 0), key=abs):
            distance = abs(place - at)
            if distance < LINE_DISTANCE[0]:
                continue
            if distance > LINE_DISTANCE[1] or abs(place - own) > 2 * LINE_DISTANCE[1]:
                break
            rows = sum(side * (each - own) > 0 for each in near)
            if rows == MAX_ROWS or not is_legible(below[place]):
                break
            near[place], at = below[place], place
    return [near[place] for place in sorted(near)]


def is_line_distance(distance: float) -> bool:
    """Tell whether so many heights may lie between the middles of two lines of an MRZ."""
    return LINE_DISTANCE[0] < distance < LINE_DISTANCE[1]


def find_sides(near: list[Quad], seed: Quad) -> tuple[float, float]:
    """Return where the widest of the rows begins and ends, along the seed."""
    along, middle = find_direction(seed), seed.mean(0)
    reach = np.concatenate([(quad - middle) @ along for quad in near])
    return float(reach.min()), float(reach.max())
