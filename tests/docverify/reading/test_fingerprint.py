"""A picture is found again however it was saved, and others of its kind are not taken for it."""

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.reading.detection import find_text
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.fingerprint import compute_fingerprint

SPECIMENS = Path(__file__).parents[3] / "specimens"
ALIKE = 6  # as tasks/record/fingerprints.py has it
LEVEL = np.array([[1.0, 0, 0], [0, 1, 0]])
SAME_KIND = ("passport.jpg", "passport-expired.jpg", "passport-altered.jpg")


def page_of(name):
    return next(iter(read_pages((SPECIMENS / name).read_bytes(), Limits())))


def hash_of(image) -> int:
    return compute_fingerprint(image, np.concatenate(find_text(image)), LEVEL)


def saved_again(image):
    height, width = image.shape[:2]
    yield cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1)
    yield cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    yield np.ascontiguousarray(image[height // 40 :, width // 40 :])
    yield cv2.convertScaleAbs(image, alpha=0.85, beta=20)


@pytest.mark.slow
def test_same_image_is_similar_however_it_was_saved():
    image = page_of("passport.jpg")
    found = [(hash_of(each) ^ hash_of(image)).bit_count() for each in saved_again(image)]

    assert max(found) <= ALIKE


def test_passports_of_one_kind_are_distinguished():
    hashes = [hash_of(page_of(name)) for name in SAME_KIND]

    assert min((one ^ other).bit_count() for one, other in combinations(hashes, 2)) > ALIKE


@pytest.mark.parametrize("image", [np.zeros((10, 10, 3), np.uint8)])
def test_image_without_text_has_no_fingerprint(image):
    assert compute_fingerprint(image, None, LEVEL) is None
