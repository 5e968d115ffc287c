"""Enlarged crops of image evidence, for the reviewer of a document that failed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from docverify.page import (
    Box,
    ImageEvidence,
    MrzShape,
    OddCharacter,
    PortraitPair,
    SmoothLine,
)
from docverify.policy import STANDARD
from docverify.reading.evidence_crops import HEIGHT, MAX_WIDTH, render_evidence
from tests.support.readings import page

UPRIGHT = np.random.default_rng(3).integers(60, 250, (700, 1000, 3), np.uint8)
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


@pytest.mark.parametrize("code", FOUND)
def test_failed_check_gives_two_crops_to_compare(code):
    crops = render_evidence(UPRIGHT, showing(FOUND[code]), code, STANDARD)

    sizes = [cv2.imdecode(np.frombuffer(each, np.uint8), 1).shape for each in crops]
    assert len(sizes) == 2
    assert all(height <= HEIGHT and width <= MAX_WIDTH for height, width, _ in sizes)


@pytest.mark.parametrize("code", FOUND)
def test_passed_or_unmeasured_check_gives_none(code):
    assert render_evidence(UPRIGHT, showing(ImageEvidence()), code, STANDARD) == ()


def test_page_in_another_size_gives_the_same_crop():
    smaller = cv2.resize(UPRIGHT, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    first, _ = render_evidence(
        smaller, showing(FOUND["portraits_differ"]), "portraits_differ", STANDARD
    )

    assert cv2.imdecode(np.frombuffer(first, np.uint8), 1).shape[0] == HEIGHT


def test_character_at_the_edge_of_the_page_gives_a_crop():
    odd = replace(ODD, box=Box(-30, 690, -10, 720))
    of = showing(ImageEvidence(mrz=MrzShape(0.0, odd, EVEN)))

    assert len(render_evidence(UPRIGHT, of, "mrz_character_shape", STANDARD)) == 2


def test_character_unlike_its_like_is_shown_with_its_shape():
    evidence = ImageEvidence(mrz=MrzShape(0.0, EVEN, EVEN, replace(ODD, amount=9.0)))

    assert len(render_evidence(UPRIGHT, showing(evidence), "mrz_character_shape", STANDARD)) == 2
