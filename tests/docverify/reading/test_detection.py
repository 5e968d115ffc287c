"""Finding lines of text, and cutting them out of a picture."""

from typing import Any

import cv2
import numpy as np
import pytest

from docverify.reading.detection import find_text
from docverify.reading.quads import Quad, turn_upside_down
from docverify.reading.recognition import STRIP_HEIGHT, cut_strip, read_lines
from tests.support.files import drawn

TURNS = [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE]


def quad(*corners: tuple[float, float]) -> Quad:
    return np.array(corners, np.float32)


LEVEL = quad((10, 20), (210, 20), (210, 60), (10, 60))


def test_box_that_is_turned_upside_down_twice_is_the_same_box():
    assert np.array_equal(turn_upside_down(turn_upside_down(LEVEL)), LEVEL)
    assert turn_upside_down(LEVEL)[0].tolist() == [210, 60]


def sides(place: Quad) -> tuple[Any, Any]:
    """Return a quad's sides along and down as vectors."""
    return place[1] - place[0], place[3] - place[0]


@pytest.mark.parametrize("rotation", [None, *TURNS], ids=["0", "90", "180", "270"])
def test_lines_are_found_along_the_text_or_against_it(rotation: int | None):
    page = drawn("Surname MERIDIAN", "Given names LOUISE ANN")
    found = [
        sides(each) for each in find_text(page if rotation is None else cv2.rotate(page, rotation))
    ]
    level = [abs(along[0]) > abs(along[1]) for along, _ in found]

    assert level == [rotation in (None, cv2.ROTATE_180)] * 2
    assert min(np.linalg.norm(along) / np.linalg.norm(down) for along, down in found) > 5


def test_single_letter_is_rotated_like_the_lines_around_it():
    found = find_text(drawn("Surname MERIDIAN", "I", "Given names LOUISE ANN"))
    letters = [each for each in map(sides, found) if np.linalg.norm(each[0]) < 80]

    assert [abs(along[0]) > abs(along[1]) for along, _ in letters] == [True]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(LEVEL, id="inside"),
        pytest.param(LEVEL - 30, id="across the border"),
        pytest.param(LEVEL + 5000, id="outside"),
        pytest.param(quad((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)), id="a tenth of a pixel"),
        pytest.param(quad((0, 0), (9000, 0), (9000, 2), (0, 2)), id="very long"),
    ],
)
def test_a_strip_has_the_height_of_the_network_wherever_it_is_cut(place: Quad):
    strip = cut_strip(drawn("Surname"), place)

    assert strip.shape[0] == STRIP_HEIGHT
    assert strip.shape[1] >= 24
    assert len(read_lines(drawn("Surname"), [place])) == 1
