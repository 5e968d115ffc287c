"""Portraits are found on upright pages, and nothing else is taken for one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.portraits import find_portraits
from tests.support.files import drawn

SPECIMENS = Path(__file__).parents[3] / "specimens"


def pixels(name):
    (page,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return page


def portraits_in(image, transform=None):
    height, width = image.shape[:2]
    return find_portraits(image, np.eye(3) if transform is None else transform, (width, height))


PASSPORT = pixels("passport.jpg")
(MAIN, *_) = portraits_in(PASSPORT)


def middle_of(portrait):
    box = portrait.box
    return np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])


@pytest.mark.parametrize("name", ["passport.jpg", "visa.jpg", "identity-card-td2.jpg"])
def test_the_portrait_of_a_specimen_is_found(name):
    image = pixels(name)

    (largest, *_) = portraits_in(image)

    assert largest.confidence > 0.7
    assert middle_of(largest)[0] < image.shape[1] / 2
    assert largest.box.height > 0.1 * image.shape[0]


def test_a_small_second_portrait_comes_after_the_large_one():
    first, second = portraits_in(PASSPORT)

    assert second.box.height < 0.6 * first.box.height
    assert middle_of(second)[0] > middle_of(first)[0]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda each: cv2.resize(each, None, fx=0.3, fy=0.3), id="small"),
        pytest.param(
            lambda each: cv2.cvtColor(cv2.cvtColor(each, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
            id="grey",
        ),
        pytest.param(lambda each: cv2.GaussianBlur(each, (0, 0), 4), id="blurred"),
        pytest.param(lambda each: (each * 0.4).astype(np.uint8), id="dark"),
    ],
)
def test_a_portrait_is_found_where_it_is_whatever_the_capture(change):
    changed = change(PASSPORT)
    scale = changed.shape[1] / PASSPORT.shape[1]

    (largest, *_) = portraits_in(changed)

    assert middle_of(largest) / scale == pytest.approx(middle_of(MAIN), abs=12)


def test_a_portrait_is_given_in_pixels_of_the_upright_page():
    height, width = PASSPORT.shape[:2]
    turned = cv2.rotate(PASSPORT, cv2.ROTATE_90_CLOCKWISE)
    upright = np.array([[0, 1, 0], [-1, 0, height], [0, 0, 1.0]])

    (largest, *_) = find_portraits(turned, upright, (width, height))

    assert middle_of(largest) == pytest.approx(middle_of(MAIN), abs=8)


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(pixels("no-document.jpg"), id="receipt"),
        pytest.param(PASSPORT[-300:], id="MRZ"),
        pytest.param(drawn("STATE OF UTOPIA", "123456789"), id="text"),
        pytest.param(np.full((40, 3000, 3), 255, np.uint8), id="strip"),
        pytest.param(np.zeros((1, 1, 3), np.uint8), id="one pixel"),
        pytest.param(
            np.random.default_rng(1).integers(0, 256, (400, 640, 3), np.uint8), id="noise"
        ),
    ],
)
def test_a_page_without_a_portrait_has_none(image):
    assert portraits_in(image) == ()
