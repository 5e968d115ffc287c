"""Pages for a person: new images of what was read, in the coordinates of the reading."""

import io
from pathlib import Path

import pytest
from PIL import Image

from docverify.comparisons import Crop, PlacedCrop
from docverify.errors import UnreadableFile
from docverify.page import Box
from docverify.reading import local
from tasks.engines import reader_pool
from tasks.engines.reader_process import ReaderFailed
from tasks.settings import read_settings
from tests.support.hostile import HOSTILE, OF_EACH_CODE, Hostile
from tests.support.thoroughness import one_of_each_kind

SPECIMENS = Path(__file__).parents[3] / "specimens"
QUICK = [each for each in HOSTILE if each.code != "reader-crashed"]  # That one needs little memory.


@pytest.mark.parametrize(
    "name", one_of_each_kind(["passport-rotated.jpg", "identity-card.png"], "passport-rotated.jpg")
)
def test_displayed_pages_have_the_size_of_the_pages_that_were_read(name: str):
    content = (SPECIMENS / name).read_bytes()

    shown = reader_pool.display(content, read_settings())

    assert [(page.width, page.height) for page in local.read(content).pages] == [
        (page.width, page.height) for page in shown
    ]
    for page in shown:
        image = Image.open(io.BytesIO(page.content))
        assert image.format == "JPEG"
        assert image.width / image.height == pytest.approx(page.width / page.height, rel=0.01)
        assert page.content not in content


def test_crops_are_new_images_in_the_order_in_which_they_were_asked_for():
    content = (SPECIMENS / "identity-card.png").read_bytes()
    wanted = [PlacedCrop(page, Crop(Box(50, 50, 250, 90))) for page in (1, 0, 9)]

    second, first, missing = reader_pool.display_crops(content, wanted, read_settings())

    assert [Image.open(io.BytesIO(each)).format for each in (first, second)] == ["PNG", "PNG"]
    assert second != first
    assert missing == b""


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="too few"),
        pytest.param([b"<svg onload='alert(1)'>"], id="not PNG"),
        pytest.param([b"\x89PNG", b"\x89PNG"], id="too many"),
    ],
)
def test_crops_that_were_not_asked_for_are_refused(parts: list[bytes]):
    with pytest.raises(ReaderFailed):
        reader_pool.parse_crops(1, {"crops": [0], "parts": parts})


@pytest.mark.parametrize(
    "hostile", one_of_each_kind(QUICK, *OF_EACH_CODE[:4]), ids=lambda each: each.name
)
def test_a_hostile_file_is_shown_as_a_new_image_or_not_at_all(hostile: Hostile):
    content = hostile.make()
    try:
        shown = reader_pool.display(content, read_settings())
    except UnreadableFile:
        return
    assert all(page.content.startswith(b"\xff\xd8\xff") for page in shown)
    assert all(page.content != content for page in shown)
