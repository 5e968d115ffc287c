"""A tinted grey page has no colors of its own; a page printed in colors has, in any light."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.reading.color_spread import measure_color_spread
from docverify.reading.files.pages import Limits, read_pages

SPECIMENS = Path(__file__).parents[3] / "specimens"
LEAST_OF_COLOR = 1.2
(PASSPORT,) = read_pages((SPECIMENS / "passport.jpg").read_bytes(), Limits())
GREY = cv2.cvtColor(cv2.cvtColor(PASSPORT, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
ACROSS = np.linspace(0, 1, GREY.shape[1])[None, :, None]


def tinted(*gains):
    return lambda image: (image * np.array(gains)).astype(np.uint8)


def sepia(image):
    share = image[:, :, :1] / 255
    dark, light = np.array([20, 35, 60]), np.array([205, 235, 250])
    return (dark + (light - dark) * share).astype(np.uint8)


def in_mixed_light(image):
    gains = np.array([0.85, 0.95, 1]) * (1 - ACROSS) + np.array([1, 0.98, 0.95]) * ACROSS
    return (image * gains).astype(np.uint8)


TINTS = [
    pytest.param(lambda image: image, id="none"),
    pytest.param(tinted(0.94, 0.97, 1), id="slightly warm"),
    pytest.param(tinted(0.7, 0.85, 1), id="warm"),
    pytest.param(tinted(1, 0.95, 0.85), id="cool"),
    pytest.param(tinted(0.9, 1, 0.88), id="green"),
    pytest.param(in_mixed_light, id="mixed light"),
]


def saved(image, quality=90):
    return cv2.imdecode(cv2.imencode(".jpg", image, [1, quality])[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize("tint", [*TINTS, pytest.param(sepia, id="sepia")])
def test_a_grey_page_has_no_colors_under_any_tint(tint):
    assert measure_color_spread(saved(tint(GREY))) < LEAST_OF_COLOR


@pytest.mark.parametrize("tint", TINTS)
def test_a_page_printed_in_colors_keeps_them_under_any_tint(tint):
    assert measure_color_spread(saved(tint(PASSPORT), 75)) > 3 * LEAST_OF_COLOR


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (700, 2), (64, 64)])
def test_any_flat_image_has_none(size):
    assert measure_color_spread(np.full((*size, 3), (90, 120, 200), np.uint8)) < 0.1
