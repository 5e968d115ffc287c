"""Quads, the boxes of text lines: their sizes, directions and rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 2  # on either side of a line
LINE_DISTANCE = (0.5, 3.5)  # heights, between the middles of neighbouring lines
SAME_ROW = 0.4  # heights between the middles of pieces of one row
SAME_HEIGHT = 2.0  # ratio of the heights of lines of one MRZ
OVERHANG = 0.15  # lengths of the longest line by which another one may be longer

Quad = NDArray[np.float32]
"""Four corners (x, y) of a line of text: top left, top right, bottom right, bottom left."""
Vector = NDArray[np.float32]
"""Two numbers: x and y."""
Points = NDArray[np.float32]
"""Points of an image, one a row: x and y in pixels."""


def measure_length(quad: Quad) -> float:
    """Return the length of a line in pixels."""
    return float(np.linalg.norm(quad[1] - quad[0]))


def measure_height(quad: Quad) -> float:
    """Return the height of a line in pixels."""
    return float(np.linalg.norm(quad[3] - quad[0]))


def measure_sides(quad: Quad) -> tuple[float, float]:
    """Return the shorter and the longer side of a line in pixels, in any direction."""
    length, height = measure_length(quad), measure_height(quad)
    return min(length, height), max(length, height)


def find_direction(quad: Quad) -> Vector:
    """Return the direction in which a line runs, a vector of length 1."""
    direction: Vector = (quad[1] - quad[0]) / max(measure_length(quad), 1e-6)
    return direction


def find_down(quad: Quad) -> Vector:
    """Return the direction to the lines below a line, a vector of length 1."""
    x, y = find_direction(quad)
    return np.array([-y, x], np.float32)


def turn_upside_down(quad: Quad) -> Quad:
    """Return the same box, read upside down."""
    return np.roll(quad, 2, axis=0)


def widen(quad: Quad, left: float, right: float) -> Quad:
    """Make a line longer by `left` and `right` pixels, or shorter if they are negative."""
    along = find_direction(quad)
    return (quad + np.stack([-along * left, along * right, along * right, -along * left])).astype(
        np.float32
    )


def fit_between(quad: Quad, middle: Vector, along: Vector, left: float, right: float) -> Quad:
    """Make a line end at two sides, given in pixels along another line from its middle."""
    start, stop = quad[[0, 3]].mean(0) - middle, quad[[1, 2]].mean(0) - middle
    return widen(quad, float(start @ along) - left, right - float(stop @ along))


def is_neighbour(seed: Quad, other: Quad) -> bool:
    """Return whether a line is as near to another as lines of the same MRZ are."""
    away = abs(float((seed.mean(0) - other.mean(0)) @ find_down(other)))
    return away < 2 * LINE_DISTANCE[1] * measure_height(other)


def join_rows(seed: Quad, quads: Sequence[Quad]) -> list[Quad]:
    """Join the pieces of each row, and return the rows from the top."""
    pieces = [quad for quad in quads if is_piece(quad, seed)]
    rows: list[list[Quad]] = [[seed]]
    for quad in sorted(pieces, key=measure_length, reverse=True):
        row = next((row for row in rows if is_on_row(quad, row[0], seed)), None)
        if row is None:
            rows.append([quad])
        elif quad is not seed:
            row.append(quad)
    joined = [join_pieces(row, seed) for row in rows]
    return sorted(joined, key=lambda quad: float(quad.mean(0) @ find_down(seed)))


def is_piece(quad: Quad, seed: Quad) -> bool:
    """Return whether a box may be in the seed's MRZ, by its size and position."""
    offset = quad.mean(0) - seed.mean(0)
    ratio = measure_height(quad) / measure_height(seed)
    reach = (0.5 + OVERHANG) * measure_length(seed)
    return (
        1 / SAME_HEIGHT < ratio < SAME_HEIGHT
        and measure_length(quad) > measure_height(quad)
        and abs(float(offset @ find_down(seed))) < 2 * LINE_DISTANCE[1] * measure_height(seed)
        and abs(float(offset @ find_direction(seed))) + measure_length(quad) / 2 < reach
    )


def find_row_direction(quad: Quad, seed: Quad) -> Vector:
    """Return the direction of a line, or that of the seed if the line is too short."""
    return find_direction(quad if measure_length(quad) > 0.3 * measure_length(seed) else seed)


def is_on_row(quad: Quad, row: Quad, seed: Quad) -> bool:
    """Return whether a piece continues a row."""
    x, y = find_row_direction(row, seed)
    offset = quad.mean(0) - row.mean(0)
    return abs(float(offset @ np.array([-y, x]))) < SAME_ROW * measure_height(seed)


def join_pieces(row: list[Quad], seed: Quad) -> Quad:
    """Join the pieces of a row to one box, with the height of the longest piece."""
    along = find_row_direction(row[0], seed)
    middle, height = row[0].mean(0), measure_height(row[0])
    reach = np.concatenate([(quad - middle) @ along for quad in row])
    down = np.array([-along[1], along[0]], np.float32) * (height / 2)
    start, stop = middle + along * reach.min(), middle + along * reach.max()
    return np.stack([start - down, stop - down, stop + down, start + down]).astype(np.float32)


def select_near_rows(
    rows: Sequence[Quad], seed: Quad, is_legible: Callable[[Quad], bool] = lambda _: True
) -> list[Quad]:
    """Select the legible rows around the seed, each at an MRZ's line distance from the next.

    At most MAX_ROWS above the seed and MAX_ROWS below it.
    """
    down, height = find_down(seed), measure_height(seed)
    below = {float((quad.mean(0) - seed.mean(0)) @ down) / height: quad for quad in rows}
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
            count = sum(side * (each - own) > 0 for each in near)
            if count == MAX_ROWS or not is_legible(below[place]):
                break
            near[place], at = below[place], place
    return [near[place] for place in sorted(near)]


def is_line_distance(distance: float) -> bool:
    """Return whether lines of an MRZ may be this many heights apart, from middle to middle."""
    return LINE_DISTANCE[0] < distance < LINE_DISTANCE[1]


def find_sides(near: Sequence[Quad], seed: Quad) -> tuple[float, float]:
    """Find the two ends of the widest row, in pixels along the seed from its middle."""
    along, middle = find_direction(seed), seed.mean(0)
    reach = np.concatenate([(quad - middle) @ along for quad in near])
    return float(reach.min()), float(reach.max())
