"""Signatures of portraits: nearly the same for copies of one photo, and only on demand."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.reading import local
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.portrait_signature import BITS, sign_portrait
from docverify.reading.portraits import find_faces
from docverify.reading.rectification import Rectification
from tasks.record.fingerprints import MAX_DIFFERENT_PORTRAIT_BITS

SPECIMENS = Path(__file__).parents[3] / "specimens"


def pixels(name):
    (image,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return image


def signed(image) -> bytes | None:
    height, width = image.shape[:2]
    level = Rectification(np.eye(3)[:2], np.eye(3), width, height)
    return sign_portrait(image, find_faces(image, np.eye(3), (width, height)), level)


def count_different(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def messaged(image):
    small = cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1)


PASSPORT = pixels("passport.jpg")
SIGNATURE = signed(PASSPORT)


@pytest.mark.parametrize(
    "copy",
    [
        messaged,
        pytest.param(lambda image: cv2.convertScaleAbs(image, alpha=0.8, beta=30), id="paler"),
        pytest.param(lambda image: image[20:, 30:], id="cropped"),
    ],
)
def test_copies_of_one_photo_have_nearly_the_same_signature(copy):
    assert len(SIGNATURE) * 8 == BITS
    assert count_different(SIGNATURE, signed(copy(PASSPORT))) <= MAX_DIFFERENT_PORTRAIT_BITS


def test_photos_of_two_people_have_different_signatures():
    other = signed(pixels("identity-card-td2.jpg"))

    assert count_different(SIGNATURE, other) > MAX_DIFFERENT_PORTRAIT_BITS


def test_image_without_a_large_portrait_has_no_signature():
    assert signed(np.full((400, 600, 3), 220, np.uint8)) is None


@pytest.mark.slow
def test_portraits_are_signed_only_on_demand():
    content = (SPECIMENS / "passport.jpg").read_bytes()

    assert local.read(content).portrait_signature is None
    assert local.read(content, sign_portraits=True).portrait_signature is not None
