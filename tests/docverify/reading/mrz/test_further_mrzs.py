"""Every MRZ of a page is read, whichever way it runs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.local import read_page

SPECIMENS = Path(__file__).parents[4] / "specimens"


def pixels(name):
    (page,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return page


PASSPORT = pixels("passport.jpg")[450:]
VISA = pixels("visa.jpg")
STRIP = VISA[int(0.76 * VISA.shape[0]) :]
NUMBERS = ["K724091535", "VB20718468"]


def on_white(image, height, width):
    page = np.full((height, width, 3), 255, np.uint8)
    page[: image.shape[0], : image.shape[1]] = image
    return page


def below(strip):
    width = max(PASSPORT.shape[1], strip.shape[1])
    return np.vstack([on_white(each, each.shape[0] + 40, width) for each in (PASSPORT, strip)])


def right_of(strip):
    height = max(PASSPORT.shape[0], strip.shape[0])
    return np.hstack([on_white(each, height, each.shape[1] + 40) for each in (PASSPORT, strip)])


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(below(STRIP), id="below"),
        pytest.param(
            below(cv2.rotate(STRIP, cv2.ROTATE_180)), id="upside down", marks=pytest.mark.slow
        ),
        pytest.param(
            right_of(cv2.rotate(STRIP, cv2.ROTATE_90_CLOCKWISE)),
            id="across, downwards",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            right_of(cv2.rotate(STRIP, cv2.ROTATE_90_COUNTERCLOCKWISE)),
            id="across, upwards",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_second_mrz_is_read_and_is_not_printed_text(image):
    page = read_page(image)

    read = [page.mrz, *page.other_mrzs]
    assert len(read) == 2
    assert sorted(each.lines[1][:10] for each in read) == NUMBERS
    assert all(each.box is not None for each in read)
    assert [line.text for line in page.lines if "<<" in line.text] == []


def test_page_with_one_mrz_has_no_second_one():
    assert read_page(PASSPORT).other_mrzs == ()
