"""Enlarged crops of image evidence, for the reviewer of a document."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from docverify.case import open_case
from docverify.comparisons import Crop, find_comparisons
from docverify.page import (
    Box,
    ImageEvidence,
    MrzShape,
    OddCharacter,
    PortraitPair,
    SmoothLine,
)
from docverify.policy import STANDARD
from docverify.reading.evidence_crops import HEIGHT, MAX_WIDTH, render_crop
from docverify.reading.rectification import Rectification
from tests.support.readings import TODAY, page, reading

IMAGE = np.random.default_rng(3).integers(60, 250, (700, 1000, 3), np.uint8)
UPRIGHT = Rectification(np.eye(2, 3), np.eye(3), 1000, 700)
ODD = OddCharacter(1, 0, 0.5, Box(60, 600, 80, 640))
EVEN = replace(ODD, amount=0.0)
FOUND = {
    "mrz_typeface": ImageEvidence(mrz=MrzShape(0.4, EVEN, EVEN)),
    "mrz_character_shape": ImageEvidence(mrz=MrzShape(0.0, ODD, EVEN)),
    "portraits_differ": ImageEvidence(
        portraits=PortraitPair(Box(20, 100, 220, 350), Box(800, 300, 860, 380), 0.1)
    ),
    "background_erased": ImageEvidence(background=SmoothLine(Box(300, 200, 600, 230), 9.0)),
}


def showing(evidence):
    of = page()
    return replace(of, evidence=evidence, mrz=replace(of.mrz, box=Box(50, 560, 950, 680)))


def compare(*pages):
    read = reading(*pages)
    case = open_case(read, today=TODAY, policy=STANDARD)
    return {each.code: each for each in find_comparisons(case, read)}


def sizes(crops):
    drawn = [render_crop(IMAGE, UPRIGHT, each) for each in crops]
    return [cv2.imdecode(np.frombuffer(each, np.uint8), 1).shape for each in drawn]


@pytest.mark.parametrize("code", FOUND)
def test_failed_check_gives_two_crops_to_compare(code):
    found = compare(showing(FOUND[code]))[code]

    assert (found.passes, found.page, len(found.crops)) == (False, 0, 2)
    assert all(height <= HEIGHT and width <= MAX_WIDTH for height, width, _ in sizes(found.crops))


def test_passed_check_gives_crops_and_an_unmeasured_one_gives_none():
    similar = replace(FOUND["portraits_differ"].portraits, similarity=0.9)

    assert compare(showing(ImageEvidence(portraits=similar)))["portraits_differ"].passes
    assert compare(showing(ImageEvidence())) == {}


def test_comparison_names_the_page_in_the_order_of_the_file():
    back = page(None, {})

    assert compare(back, showing(FOUND["portraits_differ"]))["portraits_differ"].page == 1


@pytest.mark.parametrize("name", ["odd_shape", "odd_offset", "odd_like"])
def test_expected_characters_are_those_around_the_one_in_the_box(name):
    other = OddCharacter(0, 2, 99.0, Box(100, 560, 120, 600))
    shape = replace(MrzShape(0.0, EVEN, EVEN), **{name: other})
    place, expected = compare(showing(ImageEvidence(mrz=shape)))["mrz_character_shape"].crops

    assert place.box == other.box
    assert expected.expected == ("<AT",)


def test_crop_is_cut_from_the_upright_page():
    image = np.full((300, 200, 3), 255, np.uint8)
    image[250:290, 20:60] = (0, 0, 255)
    turned = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 200.0], [0.0, 0.0, 1.0]])
    level = Rectification(turned[:2], turned, 300, 200)

    content = render_crop(image, level, Crop(Box(255, 145, 285, 175)))

    shown = cv2.imdecode(np.frombuffer(content, np.uint8), 1)
    assert np.allclose(shown[HEIGHT // 2, shown.shape[1] // 2], (0, 0, 255), atol=2)


@pytest.mark.parametrize(
    "box", [Box(-30, 690, -10, 720), Box(2000, 2000, 2010, 2010), Box(5, 5, 5, 5)]
)
def test_place_at_the_edge_of_the_page_gives_a_crop(box):
    assert len(sizes([Crop(box), Crop(box, is_stretched=True)])) == 2
