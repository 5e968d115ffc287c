"""Comparison of the portraits of one page: whether both show the same photo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Box, Portrait, PortraitPair
from docverify.reading.faint_portraits import (
    HAIR,
    FreePart,
    View,
    is_confirmed,
    search_next_to,
    search_without_lines,
)
from docverify.reading.files.pages import Image
from docverify.reading.portraits import Face
from docverify.reading.quads import Quad
from docverify.reading.rectification import Matrix, Rectification, transform_points

MIN_HEIGHT = 30  # pixels of a face
MIN_CONFIDENCE, MIN_SMALL_CONFIDENCE = 0.5, 0.4  # a small face is examined again
MAX_RATIO = 0.7  # of heights: a larger portrait is not a copy of the other
MAX_CLEAR_RATIO = 0.8
"""Of heights if no smaller portrait was found; some laminates show one of 0.95."""

ALIGNED = (88, 104)  # pixels of an aligned head
LANDMARKS = np.array([(32, 46), (56, 46), (44, 60), (35, 72), (53, 72)], np.float32)
"""Eyes, nose and corners of the mouth of an aligned head."""
HEAD = (slice(12, 92), slice(10, 78))
"""Rows and columns of an aligned head that are compared: with hair and chin."""
FACE = (slice(32, 80), slice(22, 66))
"""The same for only the face: 48 x 44 pixels, without the hair."""
NEARLY = 0.7  # of the height of the most similar small portrait
REACH = 10  # pixels by which two aligned heads may be moved against each other
SOFT, WIDE = 1.2, 6.0  # pixels of blur: noise is removed, and shade
NARROW = 5.0  # the same as WIDE for comparing two heads: features count more, outlines less
MIN_SEEN = 0.35  # share of a face that must not be covered by print
PEN = 3  # pixels of an aligned head around print that was filled
LEAST_CONTRAST = 2.0  # grey levels
MIN_CONTRAST = 2.0  # grey levels of a face without its shade: a paler one is not compared
MIN_CLEAR_CONTRAST = 3.0  # the same for a face that is found only without fine lines
SIZES = (0.86, 0.93, 1.0, 1.07, 1.15)
TURNS = (-6, 0, 6)  # degrees

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """An aligned head.

    Attributes:
        pixels: the image, with the same contrast everywhere.
        seen: 1 where it is visible, 0 where print was filled; None if all of it is visible.
    """

    pixels: Grey
    seen: Grey | None


@dataclass(frozen=True)
class Search:
    """Where small portraits are searched.

    Attributes:
        whole: the whole image.
        free: the part next to the large portrait; None if there is too little.
        without_lines: whether the fine lines of the background are removed.
    """

    whole: View
    free: FreePart | None
    without_lines: bool = False

    @property
    def min_contrast(self) -> float:
        """The lowest contrast of a face that is compared, in grey levels."""
        return MIN_CLEAR_CONTRAST if self.without_lines else MIN_CONTRAST

    @property
    def max_ratio(self) -> float:
        """The height of the largest portrait that counts, as a share of the large one."""
        return MAX_CLEAR_RATIO if self.without_lines else MAX_RATIO


def compare_portraits(
    image: Image, faces: Sequence[Face], lines: Sequence[Quad], level: Rectification
) -> PortraitPair | None:
    """Compare the largest face of a page with each smaller one; the least similar one counts.

    The faces are on the upright page that `level` leads to, the lines are in the image. Further
    faces are searched next to the largest one, and again without the fine lines of the background
    if none was found. None with fewer than two faces that are certain, large and clear enough.
    """
    found = align_largest_head(image, faces, level, MIN_HEIGHT, NARROW)
    if found is None:
        return None
    large, whole, shown = found
    free = search_next_to(image, large.portrait.box, lines, level)
    pair = choose_pair(list(compare_with(large, shown, faces, Search(whole, free))))
    if pair or free is None:
        return pair
    again = Search(whole, search_without_lines(free), without_lines=True)
    return choose_pair(list(compare_with(large, shown, faces, again)))


def compare_with(
    large: Face, shown: Head, faces: Sequence[Face], search: Search
) -> Iterator[PortraitPair]:
    """Yield the largest face with each smaller one that a search found, in each of its views."""
    box, free = large.portrait.box, search.free
    for small in (*faces, *(free.faces if free else ())):
        if is_copy_of(small.portrait, box, search.max_ratio):
            for similarity in compare_views(shown, small, choose_views(small, search)):
                yield PortraitPair(box, small.portrait.box, similarity)


def choose_pair(pairs: Sequence[PortraitPair]) -> PortraitPair | None:
    """Choose the least similar pair of those whose small portrait is large enough to decide.

    It must be nearly as high as the most similar one: a person in the background of a design is
    usually smaller than the portraits of the holder. None without pairs.
    """
    best = list(keep_best_finds(pairs))
    if not best:
        return None
    least_height = NEARLY * best[0].small.height
    return min(
        (each for each in best if each.small.height >= least_height),
        key=lambda each: each.similarity,
    )


def keep_best_finds(pairs: Sequence[PortraitPair]) -> Iterator[PortraitPair]:
    """Yield the most similar pair of each small portrait, most similar portrait first.

    A portrait is often found twice: on the whole page, and next to the large portrait.
    """
    kept: list[Box] = []
    for pair in sorted(pairs, key=lambda each: -each.similarity):
        if not any(is_same_face(pair.small, each) for each in kept):
            kept.append(pair.small)
            yield pair


def is_same_face(one: Box, other: Box) -> bool:
    """Return whether the middle of one box is in the other box."""
    x, y = (one.left + one.right) / 2, (one.top + one.bottom) / 2
    return other.left < x < other.right and other.top < y < other.bottom


def align_largest_head(
    image: Image,
    faces: Sequence[Face],
    level: Rectification,
    min_height: float,
    shade: float = WIDE,
) -> tuple[Face, View, Head] | None:
    """Return the largest face, the whole image, and the aligned head, as `align_head` does.

    None if no face is certain, `min_height` pixels high and clear enough.
    """
    certain = [each for each in faces if each.portrait.confidence >= MIN_CONFIDENCE]
    large = max(certain, key=lambda each: each.portrait.box.height, default=None)
    if large is None or large.portrait.box.height < min_height:
        return None
    back = np.asarray(np.linalg.inv(level.transform), np.float64)
    whole = View(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), back)
    head = align_head(whole, large.landmarks, shade)
    return (large, whole, head) if head else None


def is_copy_of(small: Portrait, large: Box, max_ratio: float = MAX_RATIO) -> bool:
    """Return whether a face may be that of a second, smaller portrait, by its size and place."""
    box, hair = small.box, HAIR * (large.right - large.left)
    middle = (box.left + box.right) / 2
    is_next_to = middle < large.left - hair or middle > large.right + hair
    is_below = (box.top + box.bottom) / 2 > large.bottom + hair
    has_size = MIN_HEIGHT < box.height < max_ratio * large.height
    return small.confidence >= MIN_SMALL_CONFIDENCE and has_size and (is_next_to or is_below)


def compare_views(shown: Head, small: Face, views: Sequence[View]) -> Iterator[float]:
    """Yield how similar a small face is to a large one, in each view that shows it."""
    for view in views:
        similarity = compare_heads(shown, small.landmarks, view)
        if similarity is not None:
            yield similarity


def choose_views(small: Face, search: Search) -> tuple[View, ...]:
    """Choose the views in which a small face is compared; none if a close-up does not confirm it.

    Print that crosses it must be filled; without print, the whole image may be sharper.
    """
    whole, free, again = search.whole, search.free, search.without_lines
    if free is None or not free.shows(small.portrait.box):
        # Elsewhere on the page, a face must be clearly visible.
        return (whole,) if is_confirmed(small, whole) and not again else ()
    head = align_head(free.view, small.landmarks, min_contrast=search.min_contrast)
    if head is None:
        return ()
    views = (whole, free.view) if head.seen is None else (free.view,)
    is_found = any(is_confirmed(small, each, without_lines=again) for each in views)
    return views if is_found else ()


def compare_heads(shown: Head, landmarks: Matrix, view: View) -> float | None:
    """Return the best correlation of two heads over small moves, turns and sizes.

    The face alone and the whole head are compared at the same move, and the lower correlation
    counts: two people may have the same outline, or the same eyes. None if the landmarks of the
    second head cannot be aligned.
    """
    best: float | None = None
    centre = landmarks.mean(0)
    for size, degrees in product(SIZES, TURNS):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        other = align_head(view, (landmarks - centre) @ turn * size + centre, NARROW)
        if other is None:
            continue
        lower = np.minimum(correlate(shown, other, FACE), correlate(shown, other, HEAD))
        best = max(float(lower.max()), -1.0 if best is None else best)
    return best


def correlate(shown: Head, other: Head, part: tuple[slice, slice]) -> Grey:
    """Return the correlation of a part of a head with another head, for each move up to REACH.

    Pixels of the other head at filled print are not compared.
    """
    rows, columns = part
    around = shown.pixels[
        rows.start - REACH : rows.stop + REACH, columns.start - REACH : columns.stop + REACH
    ]
    if other.seen is None:
        found = cv2.matchTemplate(around, other.pixels[part], cv2.TM_CCOEFF_NORMED)
    else:
        found = cv2.matchTemplate(
            around, other.pixels[part], cv2.TM_CCOEFF_NORMED, mask=other.seen[part]
        )
    # For a part without contrast, OpenCV may return a number that is not finite.
    return np.asarray(np.clip(np.where(np.isfinite(found), found, -1.0), -1.0, 1.0), np.float32)


def align_head(
    view: View, landmarks: Matrix, shade: float = WIDE, min_contrast: float = MIN_CONTRAST
) -> Head | None:
    """Cut out a head so that its landmarks are where those of all aligned heads are.

    Its contrast is the same everywhere, so that a pale copy can be compared. `shade` is the blur in
    pixels that finds its shade. None if the landmarks cannot be aligned, or if the face is mostly
    covered by print or paler than `min_contrast` grey levels.
    """
    points = transform_points(landmarks, view.from_page)
    move, _ = cv2.estimateAffinePartial2D(points.astype(np.float32), LANDMARKS)
    if move is None:
        return None
    seen = find_seen(view.filled, move)
    if seen is not None and seen[FACE].mean() < MIN_SEEN:
        return None
    head = cv2.warpAffine(
        view.grey, move, ALIGNED, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    soft = cv2.GaussianBlur(head.astype(np.float32), (0, 0), SOFT)
    away = soft - cv2.GaussianBlur(soft, (0, 0), WIDE)
    if float(away[FACE].std()) < min_contrast:
        return None
    if shade != WIDE:
        away = soft - cv2.GaussianBlur(soft, (0, 0), shade)
    spread = np.sqrt(cv2.GaussianBlur(away**2, (0, 0), shade)) + LEAST_CONTRAST
    return Head(np.asarray(away / spread, np.float32), seen)


def find_seen(filled: NDArray[np.uint8] | None, move: cv2.typing.MatLike) -> Grey | None:
    """Return 1 where an aligned head is not filled, otherwise 0; None if nothing was filled."""
    if filled is None:
        return None
    moved = cv2.warpAffine(filled, move, ALIGNED)
    if not moved[HEAD].any():
        return None
    wider = cv2.dilate(moved, np.ones((PEN, PEN), np.uint8))
    return np.asarray(1 - wider, np.float32)
