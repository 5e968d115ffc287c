"""Numbers about a picture move as what they measure does, and with nothing else."""

from dataclasses import astuple
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from docverify.policy import STANDARD
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.quality import measure_quality, measure_sharpness
from tests.support.files import drawn

SPECIMENS = Path(__file__).parents[3] / "specimens"
(PASSPORT,) = read_pages((SPECIMENS / "passport.jpg").read_bytes(), Limits())
TEXT = np.array([[60, 44], [1500, 44], [1500, 1070], [60, 1070]], np.float32)


def coloured(share):
    """The passport with this share of its colour."""
    grey = cv2.cvtColor(cv2.cvtColor(PASSPORT, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return cv2.addWeighted(PASSPORT, share, grey, 1 - share, 0)


def with_disc(radius):
    image = PASSPORT.copy()
    cv2.circle(image, (800, 800), radius, (255, 255, 255), -1)
    return image


def on_a_screen(image, degrees=8, scale=0.55):
    """Photograph the picture as a screen shows it: stripes of red, green and blue, dark between."""
    shown = cv2.resize(image, (600, 432), interpolation=cv2.INTER_AREA)
    pixel = np.full((6, 6, 3), 0.1, np.float32)
    pixel[:5, 0:2, 2] = pixel[:5, 2:4, 1] = pixel[:5, 4:6, 0] = 1
    lit = np.repeat(np.repeat(shown, 6, 0), 6, 1) * np.tile(pixel, (432, 600, 1)) * 2
    rotation = cv2.getRotationMatrix2D((1800, 1296), degrees, scale)
    rotation[:, 2] += (1000 - 1800, 700 - 1296)
    soft = cv2.GaussianBlur(lit, (0, 0), 0.6 / scale)
    return cv2.warpAffine(soft, rotation, (2000, 1400)).clip(0, 255).astype(np.uint8)


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60), st.just(3)), elements=st.just(0)
    )
    | st.builds(
        lambda seed, height, width: np.random.default_rng(seed).integers(
            0, 256, (height, width, 3), np.uint8
        ),
        st.integers(0, 99),
        st.integers(1, 300),
        st.integers(1, 600),
    ),
    st.none() | st.just(np.array([[-5, 3], [40, 70]], np.float32)),
)
def test_every_number_is_in_its_range(image, corners):
    found = measure_quality(image, corners)

    assert found.sharpness >= 0
    assert found.glare is None or 0 <= found.glare <= 1
    assert 0 <= found.brightness <= 255
    assert 0 <= found.contrast <= 255
    assert 0 <= found.chroma <= 182
    assert found.screen_peaks is None or found.screen_peaks >= 0
    assert found.edge_margin is None or 0 <= found.edge_margin <= 0.5


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_rotation_of_an_image_hardly_changes_its_quality(quarters):
    level, turned = (
        measure_quality(np.rot90(PASSPORT, each).copy(), None) for each in (0, quarters)
    )

    assert astuple(turned)[:5] == pytest.approx(astuple(level)[:5], rel=0.05, abs=0.01)
    assert turned.screen_peaks == level.screen_peaks == 0


def test_more_light_is_more_brightness():
    dimmed = [cv2.convertScaleAbs(PASSPORT, alpha=each) for each in (0.1, 0.3, 0.6, 1.0, 1.3)]
    found = [measure_quality(each, TEXT).brightness for each in dimmed]

    assert found == sorted(found)
    assert found[0] < 40 < 150 < found[3]


def test_fading_lowers_the_contrast():
    faded = [cv2.addWeighted(PASSPORT, each, PASSPORT, 0, 200 * (1 - each)) for each in (1, 0.4, 0)]
    found = [measure_quality(each, TEXT).contrast for each in faded]

    assert found == sorted(found, reverse=True)
    assert found[-1] == 0


def test_blur_lowers_the_sharpness():
    found = [
        measure_quality(cv2.GaussianBlur(PASSPORT, (0, 0), each), TEXT).sharpness
        for each in (0.1, 2, 5)
    ]

    assert found[0] > 5 * found[1] > 25 * found[2]


def test_image_without_colour_has_no_chroma():
    full, half, none = (measure_quality(coloured(each), TEXT).chroma for each in (1, 0.5, 0))

    assert full > 10
    assert full > half > none
    assert none <= 1


def test_a_white_disc_is_glare_by_its_area():
    none, small, large = (measure_quality(with_disc(each), TEXT).glare for each in (1, 100, 250))

    assert none < 0.01
    assert small == pytest.approx(none + np.pi * 100**2 / (1441 * 1027), rel=0.2)
    assert large == pytest.approx(none + np.pi * 250**2 / (1441 * 1027), rel=0.2)


def test_white_paper_is_not_glare():
    page = np.full((600, 900, 3), 255, np.uint8)
    cv2.putText(page, "HELLO", (100, 300), 0, 5, (0, 0, 0), 9)

    assert measure_quality(page, None).glare is None


@pytest.mark.parametrize("degrees", [3, 8, 14])
def test_a_screen_leaves_peaks_that_the_document_itself_does_not_have(degrees):
    assert measure_quality(PASSPORT, TEXT).screen_peaks == 0
    assert measure_quality(on_a_screen(PASSPORT, degrees), None).screen_peaks >= 4


def test_image_that_is_too_small_has_no_spectrum():
    assert measure_quality(PASSPORT[:255], None).screen_peaks is None
    assert measure_quality(PASSPORT[:256], None).screen_peaks is not None


@pytest.mark.parametrize(
    ("corners", "margin"),
    [
        ([[100, 50], [900, 400]], 0.05),
        ([[100, 80], [970, 400]], 0.03),
        ([[0, 80], [900, 400]], 0.0),
        ([[-4, 80], [900, 400]], 0.0),
        ([[100, 80], [900, 505]], 0.0),
    ],
)
def test_the_margin_is_the_least_of_all_sides(corners, margin):
    page = np.zeros((500, 1000, 3), np.uint8)

    assert measure_quality(page, np.array(corners, np.float32)).edge_margin == pytest.approx(margin)


@pytest.mark.parametrize(
    ("cut", "is_whole"),
    [
        pytest.param(np.s_[:, 36:], True, id="close to the letters"),
        pytest.param(np.s_[:, 52:], False, id="through a letter"),
        pytest.param(np.s_[46:], True, id="close above the letters"),
        pytest.param(np.s_[62:], False, id="through all letters"),
    ],
)
def test_a_line_near_the_edge_is_cut_only_if_its_ink_reaches_the_edge(cut, is_whole: bool):
    page = drawn("MNHHM 12345")[cut].copy()
    dark = np.argwhere(page.min(2) < 128)
    (top, left), (bottom, right) = dark.min(0) - 8, dark.max(0) + 8
    box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    found = measure_quality(page, box, [box]).edge_margin

    assert found is not None
    assert (found >= STANDARD.min_edge_margin) == is_whole


def test_the_margin_is_that_of_the_nearest_line():
    page = np.full((500, 1000, 3), 255, np.uint8)
    lines = [
        np.array([[left, 80], [900, 80], [900, 120], [left, 120]], np.float32)
        for left in (100, 30, 200)
    ]

    assert measure_quality(page, None, lines).edge_margin == pytest.approx(0.03)
    assert measure_quality(page, None, []).edge_margin is None


def test_without_text_there_is_no_margin():
    assert measure_quality(PASSPORT, None).edge_margin is None


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([[0, 0], [0, 0]], id="a point"),
        pytest.param([[-50, -50], [9000, 9000]], id="more than the picture"),
        pytest.param([[9000, 9000], [9100, 9100]], id="outside the image"),
        pytest.param([[0, 5], [1559, 5]], id="a line"),
    ],
)
def test_any_region_has_a_quality(corners):
    found = measure_quality(PASSPORT, np.array(corners, np.float32))

    assert found.sharpness == pytest.approx(
        measure_sharpness(PASSPORT, np.array(corners, np.float32))
    )


def test_weave_of_a_cloth_below_a_document_is_not_a_screen():
    """It shows between two sides that lie one above the other: in one of three rows of tiles."""
    y, x = np.mgrid[0 : PASSPORT.shape[0], 0 : PASSPORT.shape[1]].astype(np.float32)
    weave = 1 + 0.2 * np.sin(2 * np.pi * (0.9 * x + 0.4 * y) / 5)
    weave += 0.2 * np.sin(2 * np.pi * (0.4 * x - 0.9 * y) / 4)
    middle = np.abs(y - PASSPORT.shape[0] / 2) < 100
    woven = (PASSPORT * weave[..., None]).clip(0, 255).astype(np.uint8)
    on_cloth = np.where(middle[..., None], woven, PASSPORT)

    assert measure_quality(woven, None).screen_peaks >= 2
    assert measure_quality(on_cloth, None).screen_peaks == 0


def test_fine_patterns_of_a_resized_image_are_not_a_screen():
    """Resizing and sharpening leave patterns of nearly two pixels along rows and columns."""
    y, x = np.mgrid[:768, :768] / 256
    grey = 128 + np.random.default_rng(1).normal(0, 4, x.shape)
    for down, right in ((125, 8), (126, -12), (8, 125), (12, -126), (121, 20)):
        grey += 2 * np.cos(2 * np.pi * (down * y + right * x))
    image = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)

    assert measure_quality(image, None).screen_peaks == 0
