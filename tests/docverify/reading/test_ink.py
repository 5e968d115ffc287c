"""Ink contrast grows with what a person sees, and with nothing else."""

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from docverify.reading.ink import measure_contrast
from docverify.reading.recognition import cut_strip
from tests.support.files import as_picture

QUAD = np.array([[30, 34], [400, 34], [400, 76], [30, 76]], np.float32)
VISIBLE = 8.0


def line(ink, paper="white", text="NILSSON L898902"):
    image = PIL.Image.new("RGB", (440, 110), paper)
    PIL.ImageDraw.Draw(image).text((38, 34), text, fill=ink, font_size=40)
    return as_picture(image)


def contrast_of(image, quad=QUAD):
    return measure_contrast(cut_strip(image, quad))


def damaged(image, noise, quality):
    chance = np.random.default_rng(7)
    noisy = np.clip(image + chance.normal(0, noise, image.shape), 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [1, quality])[1], cv2.IMREAD_COLOR)


def test_black_on_white_and_white_on_black_have_the_highest_contrast():
    assert contrast_of(line("black")) > 80
    assert contrast_of(line("white", "black")) > 80


@pytest.mark.parametrize("level", range(0, 13, 3))
@pytest.mark.parametrize(("noise", "quality"), [(0, 95), (2, 85), (4, 70)])
def test_ink_of_a_few_grey_levels_is_below_what_a_person_sees(level, noise, quality):
    shown = damaged(line((255 - level,) * 3), noise, quality)

    assert contrast_of(shown) < VISIBLE


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        pytest.param((190, 190, 190), "white", id="faint grey"),
        pytest.param((30, 60, 120), (120, 150, 200), id="blue on blue"),
        pytest.param((200, 90, 90), (90, 145, 90), id="equally light red on green"),
        pytest.param((235, 235, 235), (150, 60, 40), id="white on brown"),
    ],
)
def test_faint_and_colored_print_is_above_what_a_person_sees(ink, paper):
    assert contrast_of(damaged(line(ink, paper), 3, 75)) > 2 * VISIBLE


def test_shade_across_a_line_is_not_ink():
    shade = np.linspace(1, 0.6, 440)[None, :, None]

    assert contrast_of((line((248,) * 3) * shade).astype(np.uint8)) < VISIBLE
    assert contrast_of((line("black") * shade).astype(np.uint8)) > 40


def test_a_faint_word_counts_next_to_a_dark_one():
    image = line("black", text="NILSSON")
    PIL.ImageDraw.Draw(faint := PIL.Image.fromarray(image)).text(
        (250, 34), "ANNE", fill=(247,) * 3, font_size=40
    )

    assert contrast_of(np.asarray(faint)) < VISIBLE


def test_small_print_keeps_half_of_its_contrast():
    dark = line((90, 90, 90))
    small = cv2.resize(dark, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)

    assert contrast_of(small, QUAD * 0.35) > 0.5 * contrast_of(dark)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3)])
def test_any_strip_has_a_contrast(size):
    width, height = size
    quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)

    assert 0 <= contrast_of(np.full((60, 60, 3), 7, np.uint8), quad) < 1
