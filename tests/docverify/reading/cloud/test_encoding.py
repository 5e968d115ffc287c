"""Pages on their way to an engine elsewhere: small enough, and nothing but pixels."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from docverify.errors import UnreadableFile
from docverify.reading.cloud.encoding import (
    MAX_BYTES,
    MAX_SIDE,
    decode,
    encode,
    encode_pages,
    is_same_jpeg,
)
from docverify.reading.detection import find_text
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.quality import measure_quality, measure_sharpness

SPECIMENS = Path(__file__).parents[4] / "specimens"
PASSPORT = (SPECIMENS / "passport.jpg").read_bytes()


def picture_of(name):
    (image,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return image


def test_the_pixels_that_are_sent_are_those_of_the_page():
    (sent,) = encode_pages(PASSPORT, Limits())

    original = picture_of("passport.jpg")
    assert (sent.height, sent.width) == original.shape[:2]
    assert np.abs(decode(sent).astype(int) - original).mean() < 2


def test_every_page_of_a_pdf_is_sent_as_an_image():
    sent = encode_pages((SPECIMENS / "passport-scan.pdf").read_bytes(), Limits())

    assert [page.content[:3] for page in sent] == [b"\xff\xd8\xff"]


def test_place_and_time_of_a_photo_are_not_sent():
    tagged, exif = BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = 6, "Canary Camera", "2026:01:02 03:04:05"
    Image.open(BytesIO(PASSPORT)).save(tagged, "JPEG", exif=exif, comment=b"canary")

    (sent,) = encode_pages(tagged.getvalue(), Limits())

    assert b"anary" in tagged.getvalue()
    assert b"anary" not in sent.content
    assert not Image.open(BytesIO(sent.content)).getexif()
    assert sent.height > sent.width, "the orientation was applied"


def saved(format_: str = "JPEG", **options: object) -> bytes:
    """Return a small image as a file, saved with the options."""
    content = BytesIO()
    Image.new("RGB", (60, 40), (90, 120, 60)).save(content, format_, **options)
    return content.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("content", "same"),
    [
        pytest.param(saved(), True, id="the JPEG of the page"),
        pytest.param(saved("PNG"), False, id="another format"),
        pytest.param(saved(exif=turned()), False, id="turned by its metadata"),
        pytest.param(
            saved(icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
            False,
            id="colours of a profile",
        ),
        pytest.param(saved(exif=b"Exif\0\0nonsense"), True, id="unreadable metadata"),
    ],
)
def test_only_a_jpeg_that_shows_its_page_unchanged_is_sent_as_it_is(content: bytes, same: bool):
    (page,) = encode_pages(content, Limits())

    assert is_same_jpeg(content, page) is same


@pytest.mark.parametrize(("height", "width"), [(3000, 3000), (100, 5000), (5000, 1)])
def test_no_image_exceeds_the_limits_whatever_its_content(height, width):
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)

    sent = encode(noise)

    assert len(sent.content) <= MAX_BYTES
    assert max(sent.width, sent.height) <= MAX_SIDE
    assert decode(sent).shape == (sent.height, sent.width, 3)


def test_image_that_is_too_large_at_every_quality_is_scaled_down():
    sent = encode(picture_of("passport.jpg"), max_bytes=40_000)

    assert len(sent.content) <= 40_000
    assert sent.width in (780, 390)


def test_a_file_that_cannot_be_read_is_not_sent():
    with pytest.raises(UnreadableFile, match="damaged"):
        encode_pages(PASSPORT[:500], Limits())


@pytest.mark.parametrize("name", ["passport.jpg", "passport-blurred.jpg", "passport-photo.jpg"])
def test_sent_image_has_the_sharpness_that_the_local_engine_measures(name):
    image = picture_of(name)
    local = measure_quality(image, np.concatenate(find_text(image))).sharpness

    (sent,) = encode_pages((SPECIMENS / name).read_bytes(), Limits())

    assert measure_sharpness(decode(sent), None) == pytest.approx(local, rel=0.5)


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param([[0, 0], [0, 0]], id="a point"),
        pytest.param([[-50, -50], [9000, 9000]], id="more than the picture"),
        pytest.param([[9000, 9000], [9100, 9100]], id="outside the image"),
        pytest.param([[0, 5], [1559, 5]], id="a line"),
    ],
)
def test_any_region_has_a_sharpness(corners):
    assert measure_sharpness(picture_of("passport.jpg"), np.array(corners, np.float32)) >= 0
