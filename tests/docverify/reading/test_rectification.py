"""Places on the upright page: what was printed level is level again."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from docverify.reading.quads import Quad
from docverify.reading.rectification import rectify

ROWS = range(60, 640, 60)
LONG, SHORT, HEIGHT = 400, 150, 24
COLUMNS = {40: LONG, 600: SHORT}
PHOTO = np.zeros((1100, 1300, 3), np.uint8)


def line(left: float, top: float, length: float) -> Quad:
    right, bottom = left + length, top + HEIGHT
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


PRINTED = [line(left, top, length) for top in ROWS for left, length in COLUMNS.items()]


def seen_from_the_side(quads: list[Quad], near: float, degrees: float) -> list[Quad]:
    """Take a photo of a page of 800 x 700: the left edge is that much longer than the right."""
    page = np.array([[0, 0], [800, 0], [800, 700], [0, 700]], np.float32)
    cut = 350 * near
    slanted = np.array([[0, 0], [800, cut], [800, 700 - cut], [0, 700]], np.float32)
    rotation = np.vstack([cv2.getRotationMatrix2D((400, 350), degrees, 1), [0, 0, 1]])
    moved = np.array([[1, 0, 250], [0, 1, 200], [0, 0, 1]])
    camera = moved @ rotation @ cv2.getPerspectiveTransform(page, slanted)
    return [cv2.perspectiveTransform(quad[None], camera)[0] for quad in quads]


@given(st.floats(-0.2, 0.35), st.floats(-180, 180))
def test_horizontal_lines_become_horizontal_from_any_perspective(near, degrees):
    quads = seen_from_the_side(PRINTED, near, degrees)
    page = rectify(PHOTO, quads[-2:], quads)

    boxes = [page.find_box(quad) for quad in quads]
    rows = list(zip(boxes[::2], boxes[1::2], strict=True))
    assert all(abs(left.top - right.top) < 0.15 * left.height for left, right in rows)
    assert all(above.bottom < below.top for (above, _), (below, _) in pairwise(rows))
    assert all(box.right - box.left > 4 * box.height for box in boxes)


@pytest.mark.parametrize("near", [0.0, 0.25, 0.9])
@pytest.mark.parametrize("printed", [PRINTED, PRINTED[::8]], ids=["a page", "a corner"])
def test_rectified_page_contains_the_whole_image(near, printed):
    quads = seen_from_the_side(printed, near, 30)
    height, width = PHOTO.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    page = rectify(PHOTO, quads, quads)

    box = page.find_box(corners)
    found = (box.left, box.top, box.right, box.bottom)
    assert found == pytest.approx((0, 0, page.width, page.height), abs=0.6)
    assert page.width + page.height < 6 * (width + height)


def test_rotation_follows_the_leading_lines():
    quads = seen_from_the_side(PRINTED, 0.2, 20)
    page = rectify(PHOTO, quads[:1], quads)

    start, stop = (page.rotation[:, :2] @ (quads[0][1] - quads[0][0]), (1, 0))
    assert start[1] == pytest.approx(0, abs=0.01)
    assert start @ stop > 0


def test_a_page_that_is_level_already_stays_as_it_is():
    page = rectify(PHOTO, PRINTED, PRINTED)

    assert page.transform == pytest.approx(np.eye(3), abs=1e-6)
    assert (page.width, page.height) == PHOTO.shape[1::-1]


@pytest.mark.parametrize("quads", [[], [line(40, 60, HEIGHT)]], ids=["no line", "a short one"])
def test_page_without_a_long_line_is_not_rectified(quads):
    page = rectify(PHOTO, quads, quads)

    assert page.transform == pytest.approx(np.eye(3))


def test_one_skewed_line_does_not_distort_the_page():
    stamp = seen_from_the_side([line(300, 300, SHORT)], 0, 40)
    page = rectify(PHOTO, PRINTED, [*PRINTED, *stamp])

    assert page.transform == pytest.approx(np.eye(3), abs=1e-6)
