"""Documents next to each other in an image, recognised by their edges in the gap between them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.quads import Points, Quad
from docverify.reading.rectification import Matrix, find_extent, find_rotation, transform_points

MIN_GAP = 0.03  # of the image's longer side
MAX_UNLIKE = 1.8  # ratio of the sizes of two blocks of text: cards have the same size
MAX_ASPECT = 3.2  # of a block of text: that of half a card is larger
MIN_EDGE = 5.0  # grey levels between a document and what is around it
MIN_STRAIGHT = 0.5  # share of a gap's width: how far an edge exceeds the texture around it
EDGE_WIDTH = 0.05  # of a gap: an edge with its shadow
MIN_EDGE_PIXELS = 5
COLUMNS = 200  # of a gap, in which an edge is searched
MAX_FALL, FALLS = 0.09, 37  # rows per column: five degrees, in steps of a quarter


def cut_between_edges(
    image: Image, quads: Sequence[Quad], barcodes: Sequence[Points], min_lines: int
) -> tuple[Image, Image] | None:
    """Cut an image between two documents, turned so that most text is level or upright.

    None if the image shows one document, or if that is in doubt. Each half has at least `min_lines`
    lines. If only one has a barcode, they are the two sides of a licence, which are read as one
    page.
    """
    rotation = find_rotation(quads, (image.shape[1], image.shape[0]))
    turned = np.vstack([rotation, [0, 0, 1]])
    points = [transform_points(each, turned) for each in (*quads, *barcodes)]
    boxes = np.array([[each.min(0), each.max(0)] for each in points])
    is_barcode = np.arange(len(boxes)) >= len(quads)
    for axis in (1, 0):
        for start, stop in find_gaps(boxes[:, :, axis], MIN_GAP * max(image.shape)):
            first = boxes[:, 1, axis] <= start
            groups = (first, ~first)
            has_barcode = {bool((own & is_barcode).any()) for own in groups}
            if min((own & ~is_barcode).sum() for own in groups) < min_lines or len(has_barcode) > 1:
                continue
            sides = [boxes[own] for own in groups]
            if not are_alike(sides):
                continue
            level = turn(image, rotation)
            edges = find_edges(level, sides, axis)
            if edges:
                return cut_at(level, axis, round(min(max(sum(edges) / 2, start), stop)))
    return None


def turn(image: Image, rotation: Matrix) -> Image:
    """Rotate an image and keep all of it."""
    height, width = image.shape[:2]
    least, most = find_extent(
        np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32),
        np.vstack([rotation, [0, 0, 1]]),
    )
    size = round(most[0] - least[0]), round(most[1] - least[1])
    level: Image = cv2.warpAffine(  # type: ignore[assignment]
        image, rotation, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return level


def cut_at(image: Image, axis: int, place: int) -> tuple[Image, Image]:
    """Cut an image in two at a pixel: vertically for axis 0, horizontally for axis 1."""
    one, other = np.split(image, [place], axis=1 - axis)
    return np.ascontiguousarray(one), np.ascontiguousarray(other)


def find_gaps(extents: NDArray[np.floating], least: float) -> list[tuple[float, float]]:
    """Find the gaps of at least this many pixels between intervals, the widest first."""
    order = extents[extents[:, 0].argsort()]
    ends = np.maximum.accumulate(order[:, 1])[:-1]
    gaps = [
        (float(end), float(start))
        for end, start in zip(ends, order[1:, 0], strict=True)
        if start - end >= least
    ]
    return sorted(gaps, key=lambda gap: gap[0] - gap[1])


def are_alike(sides: Sequence[NDArray[np.floating]]) -> bool:
    """Return whether two groups of boxes have about the same size, and the size of a document."""
    sizes = [np.sort(side[:, 1].max(0) - side[:, 0].min(0)) for side in sides]
    ratios = np.maximum(sizes[0], 1) / np.maximum(sizes[1], 1)
    aspects = [size[1] / max(size[0], 1.0) for size in sizes]
    return bool(
        np.all((ratios > 1 / MAX_UNLIKE) & (ratios < MAX_UNLIKE)) and max(aspects) < MAX_ASPECT
    )


def find_edges(
    image: Image, sides: Sequence[NDArray[np.floating]], axis: int
) -> tuple[float, float] | None:
    """Find the two edges in the gap between two groups of boxes; None if there are not two.

    Returns the pixel at which each of them crosses the middle of the gap.
    """
    # Lines may reach beyond the image.
    inside = [side.clip(0, (image.shape[1] - 1, image.shape[0] - 1)) for side in sides]
    near, far = float(inside[0][:, 1, axis].max()), float(inside[1][:, 0, axis].min())
    left = max(float(side[:, 0, 1 - axis].min()) for side in inside)
    right = min(float(side[:, 1, 1 - axis].max()) for side in inside)
    if far <= near or right - left < max(1.0, (far - near) / 2):
        return None
    rows, columns = slice(int(near), int(far) + 1), slice(int(left), int(right) + 1)
    strip = image[rows, columns] if axis == 1 else image[columns, rows].swapaxes(0, 1)
    grey = cv2.cvtColor(np.ascontiguousarray(strip), cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (COLUMNS, grey.shape[0]), interpolation=cv2.INTER_AREA)
    steps = np.abs(cv2.Sobel(cv2.GaussianBlur(small, (1, 3), 0), cv2.CV_32F, 0, 1)) / 4
    pairs = [find_pair(steps, (right - left) / COLUMNS)]
    if pairs[0] is None:  # Each of four cards has its own edges.
        pairs = [find_pair(half, (right - left) / COLUMNS) for half in np.split(steps, 2, axis=1)]
    if None in pairs:
        return None
    rows_found = np.mean([pair for pair in pairs if pair], axis=0)
    return near + float(rows_found[0]), near + float(rows_found[1])


def find_pair(steps: NDArray[np.floating], shear: float) -> tuple[int, int] | None:
    """Find the two lines along a strip with the most steps, by their rows in its middle."""
    first = find_line(steps, shear)
    second = find_line(erase_line(steps, *first), shear) if first else None
    if first is None or second is None:
        return None
    return min(first[0], second[0]), max(first[0], second[0])


def find_line(steps: NDArray[np.floating], shear: float) -> tuple[int, float] | None:
    """Find the line along a strip at which most columns have a step; None if too few have one.

    Returns its row in the middle of the strip, and the rows by which it falls per column; `shear`
    is the width of a column in pixels.
    """
    seen = cv2.dilate((steps > MIN_EDGE).astype(np.uint8), np.ones((3, 1), np.uint8))
    columns = np.arange(steps.shape[1]) - steps.shape[1] / 2
    best = max(
        (
            (float(share.max() - np.median(share)), int(share.argmax()), fall)
            for fall in np.linspace(-MAX_FALL, MAX_FALL, FALLS) * shear
            for share in [shift_columns(seen, -fall * columns).mean(1)]
        ),
    )
    return best[1:] if best[0] >= MIN_STRAIGHT else None


def shift_columns(strip: cv2.typing.MatLike, down: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Shift each column down by its number of rows; rows from outside the strip are 0."""
    rows = np.arange(len(strip))[:, None] - down.round().astype(int)
    inside = (rows >= 0) & (rows < len(strip))
    shifted = strip[rows.clip(0, len(strip) - 1), np.arange(strip.shape[1])]
    return np.where(inside, shifted, 0).astype(np.uint8)


def erase_line(steps: NDArray[np.floating], row: int, fall: float) -> NDArray[np.floating]:
    """Return the steps of a strip without those near a line."""
    columns = np.arange(steps.shape[1]) - steps.shape[1] / 2
    line = row + fall * columns
    away = np.abs(np.arange(len(steps))[:, None] - line)
    return np.where(away > max(MIN_EDGE_PIXELS, EDGE_WIDTH * len(steps)), steps, 0.0)
