"""Image evidence of drawn documents, before and after an edit of the captured image."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from docverify.page import Box
from docverify.policy import STANDARD
from docverify.reading.background import find_smooth_line
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.local import read_documents
from docverify.reading.portraits import find_portraits
from docverify.reading.rectification import Rectification
from specimens.lettering import load_sans

SPECIMENS = Path(__file__).parents[3] / "specimens"


def pixels(name):
    (image,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return image


def messaged(image):
    """Save an image as a messenger does."""
    scale = min(1.0, 1600 / max(image.shape))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], 1)


PASSPORT = pixels("passport.jpg")
UPRIGHT = Rectification(np.eye(3)[:2], np.eye(3), PASSPORT.shape[1], PASSPORT.shape[0])
CORNERS = [(0, 0), (300, 0), (300, 30), (0, 30)]
(PAGE,) = read_documents(PASSPORT)


def evidence_of(image):
    (page,) = read_documents(image)
    return page.evidence


def cut(image, box: Box):
    left, top, right, bottom = map(round, (box.left, box.top, box.right, box.bottom))
    return image[top:bottom, left:right]


def with_mrz_in_sans() -> np.ndarray:
    """Set the MRZ in another typeface, each character where it was."""
    image = PASSPORT.copy()
    area = cut(image, PAGE.mrz.box)
    area[:] = np.median(area, axis=(0, 1))
    drawn = Image.fromarray(image)
    draw, pitch = ImageDraw.Draw(drawn), PAGE.mrz.pitch
    for row, text in enumerate(PAGE.mrz.lines):
        y = PAGE.mrz.box.bottom - (1 - row) * 2.5 * pitch - 0.3 * pitch
        for place, character in enumerate(text):
            x = PAGE.mrz.box.left + (place + 0.6) * pitch
            draw.text((x, y), character, (20, 20, 20), load_sans(1.35 * pitch), "ms")
    return np.asarray(drawn)


def with_other_portrait() -> np.ndarray:
    """Paste the face of another holder over the large portrait."""
    other = pixels("identity-card-td2.jpg")
    height, width = other.shape[:2]
    (theirs, *_) = find_portraits(other, np.eye(3), (width, height))
    image = PASSPORT.copy()
    face = cut(image, PAGE.portraits[0].box)
    face[:] = cv2.resize(cut(other, theirs.box), face.shape[1::-1])
    return image


def with_line_painted_over() -> tuple[np.ndarray, Box]:
    """Paint over the background of the widest line with one colour, and keep its ink."""
    image = PASSPORT.copy()
    box = max((each.box for each in PAGE.lines), key=lambda box: box.right - box.left)
    area = cut(image, box)
    paper = np.percentile(area, 70, axis=(0, 1))
    dark = area.mean(axis=2, keepdims=True) < 0.6 * paper.mean()
    area[:] = np.where(dark, area, paper)
    return image, box


def test_genuine_document_has_no_sign_of_an_edit():
    found = PAGE.evidence

    assert found.mrz.distance < 0.5 * STANDARD.max_mrz_typeface_distance
    assert found.mrz.odd_shape.amount < 0.5 * STANDARD.max_mrz_character_distance
    assert found.mrz.odd_offset.amount < STANDARD.max_mrz_character_offset
    assert found.portraits.similarity > STANDARD.min_portrait_similarity
    assert found.background.loss < STANDARD.max_background_loss


@pytest.mark.parametrize("save", [pytest.param(np.copy, id="first"), messaged])
def test_mrz_in_another_typeface_is_far_from_ocrb(save):
    assert evidence_of(save(with_mrz_in_sans())).mrz.distance > STANDARD.max_mrz_typeface_distance


def test_other_portrait_is_less_like_the_small_one():
    """Drawn faces of two holders are more alike than photos of two people."""
    found = evidence_of(messaged(with_other_portrait()))

    assert found.portraits.similarity < PAGE.evidence.portraits.similarity - 0.15


def test_line_that_was_painted_over_is_smoother_than_the_others():
    image, painted = with_line_painted_over()
    found = evidence_of(image).background

    assert found.loss > STANDARD.max_background_loss
    assert found.box.top == pytest.approx(painted.top, abs=0.5 * painted.height)
    assert found.box.left == pytest.approx(painted.left, abs=painted.height)


def test_lines_outside_the_image_have_no_background():
    outside = [np.array(CORNERS, np.float32) + 5000 + 40 * row for row in range(6)]

    assert find_smooth_line(PASSPORT, outside, [], UPRIGHT) is None


def test_background_of_a_large_image_is_as_smooth_as_that_of_a_small_one():
    lines = [
        np.array([(b.left, b.top), (b.right, b.top), (b.right, b.bottom), (b.left, b.bottom)])
        for b in (each.box for each in PAGE.lines)
    ]
    large = cv2.resize(PASSPORT, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    found = find_smooth_line(large, [(3 * each).astype(np.float32) for each in lines], [], UPRIGHT)

    assert found.loss < STANDARD.max_background_loss


def test_light_print_on_a_dark_band_is_not_taken_for_an_edit():
    """What is lighter than the band is print, and smooth in every document."""
    image = PASSPORT.copy()
    band = np.full((140, image.shape[1], 3), (90.0, 70.0, 80.0))
    cv2.putText(band, "MIRELAND", (60, 105), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (250,) * 3, 10)
    paper = band < 200
    band += np.random.default_rng(1).normal(0, 5, band.shape) * paper
    image[40:180] = band

    assert evidence_of(image).background.loss < STANDARD.max_background_loss
