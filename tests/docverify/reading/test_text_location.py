"""Text location: the MRZ next to text that runs another way, below stamps and below glare."""

import cv2
import numpy as np
import pytest

from docverify.page import CERTAIN_CONFIDENCE
from docverify.reading.files.pages import Image
from docverify.reading.local import read_documents
from docverify.reading.mrz.stamps import doubt_covered
from docverify.reading.text_location import locate_text
from tests.support.files import drawn
from tests.support.mrz_images import LEFT, PITCH, STEP, TOP, page

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
VISA_PAGE = [f"PAGE {number} OF THIS PASSPORT IS FOR VISAS" for number in range(1, 9)]
GREEN, RED, VIOLET = (60, 130, 40), (40, 30, 200), (150, 50, 120)


def next_to_a_page_on_its_side(image: Image, turn: int) -> Image:
    side = cv2.rotate(drawn(*VISA_PAGE, size=(1000, 640)), turn)
    high = max(side.shape[0], image.shape[0])
    padded = [
        cv2.copyMakeBorder(
            each, high - each.shape[0], 0, 20, 20, cv2.BORDER_CONSTANT, value=(235, 240, 238)
        )
        for each in (side, image)
    ]
    return np.concatenate(padded, axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(cv2.ROTATE_90_CLOCKWISE, id="to the right"),
        pytest.param(cv2.ROTATE_90_COUNTERCLOCKWISE, id="left", marks=pytest.mark.slow),
    ],
)
def test_an_mrz_next_to_a_page_on_its_side_is_read_and_so_is_that_page(turn: int):
    (read,) = read_documents(next_to_a_page_on_its_side(page(*TD3), turn))
    printed = " ".join(line.text for line in read.lines)

    assert read.mrz is not None
    assert read.mrz.lines == TD3
    assert printed.count("FOR VISAS") >= 6


def stamped(image: Image, colour: tuple[int, int, int]) -> Image:
    """Stamp a ring with a bar through it over both lines of an MRZ, as transparent ink."""
    ink = np.full_like(image, 255)
    middle = LEFT + 20 * PITCH, TOP + STEP // 2 + 15
    cv2.circle(ink, middle, 75, colour, 6, cv2.LINE_AA)
    cv2.line(ink, (middle[0] - 70, middle[1] + 15), (middle[0] + 70, middle[1] - 25), colour, 6)
    return (image.astype(np.uint16) * ink // 255).astype(np.uint8)


@pytest.mark.parametrize("colour", [GREEN, RED, VIOLET], ids=["green", "red", "violet"])
def test_an_mrz_below_a_stamp_is_read(colour: tuple[int, int, int]):
    mrz = locate_text(stamped(page(*TD3), colour), []).mrz

    assert mrz is not None
    assert mrz.reading.lines == TD3


def test_characters_below_a_stamp_are_doubtful():
    mrz = locate_text(page(*TD3), []).mrz
    assert mrz is not None
    doubted = doubt_covered(stamped(page(*TD3), RED), mrz).reading.confidences
    sure = [[each >= CERTAIN_CONFIDENCE for each in row] for row in doubted]

    assert not any(sure[0][18:22])
    assert all(sure[0][:15] + sure[0][25:] + sure[1][:15] + sure[1][25:])
    assert doubt_covered(page(*TD3), mrz) == mrz


@pytest.mark.slow
def test_characters_that_glare_hides_are_not_left_out_of_the_mrz():
    """Without the hidden ones, the others would make the lines of a shorter format."""
    image = page(*TD3).astype(np.float32)
    x = np.arange(image.shape[1])
    spot = 1 / (1 + np.exp((np.abs(x - (LEFT + 22 * PITCH)) - 3.5 * PITCH) / 4))
    bright = np.clip(image + 300 * spot[None, :, None], 0, 255).astype(np.uint8)
    mrz = locate_text(bright, []).mrz

    assert mrz is None or not mrz.is_certain


def test_a_page_without_text_has_no_mrz():
    found = locate_text(np.full((400, 600, 3), 200, np.uint8), [])

    assert (found.quads, found.mrz, found.is_clear) == ([], None, False)
