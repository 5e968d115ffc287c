"""Images that show no document, half a document or two: each gets an outcome with its reason."""

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.page import Engine, Reading
from docverify.policy import DEMONSTRATION
from docverify.reading.files.pages import Image, Limits, read_pages
from docverify.reading.local import read_documents
from docverify.verdict import Outcome, judge

SPECIMENS = Path(__file__).parents[3] / "specimens"
TODAY = date(2026, 11, 23)
RESUBMIT, REFERRED = Outcome.RESUBMIT, Outcome.REFERRED


def specimen(name: str) -> Image:
    (image,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return image


PASSPORT, CARD = specimen("passport.jpg"), specimen("identity-card-td2.jpg")
HEIGHT, WIDTH = PASSPORT.shape[:2]


def two_documents() -> Image:
    return np.concatenate([PASSPORT, cv2.resize(CARD, (WIDTH, HEIGHT))])


def album() -> Image:
    page = np.full((1100, 1500, 3), (225, 232, 238), np.uint8)
    for row, column in ((80, 100), (80, 800), (600, 100), (600, 800)):
        page[row : row + 380, column : column + 560] = (140, 110, 70)
        place, font = (column, row + 430), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(page, "Summer in Utopia", place, font, 1.2, (40, 40, 40), 2, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(
    ("image", "outcome", "reason"),
    [
        pytest.param(PASSPORT[: HEIGHT // 2], REFERRED, "mrz_present", id="upper half"),
        pytest.param(
            *(PASSPORT[HEIGHT // 2 :], REFERRED, "viz_mrz_match_surname"),
            id="lower half, no name",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(PASSPORT[:, : WIDTH // 2], RESUBMIT, "document_cropped"),
            id="left half",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(PASSPORT[:, WIDTH // 2 :], RESUBMIT, "document_cropped"),
            id="right half",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(two_documents(), RESUBMIT, "single_document"),
            id="two documents",
            marks=pytest.mark.slow,
        ),
        pytest.param(album(), RESUBMIT, "document_detected", id="album"),
        pytest.param(np.zeros((600, 800, 3), np.uint8), RESUBMIT, "image_exposure", id="black"),
        pytest.param(
            np.full((3, 900, 3), 200, np.uint8), RESUBMIT, "document_detected", id="a stripe"
        ),
    ],
)
def test_an_image_without_one_whole_document_gets_its_reason(
    image: Image, outcome: Outcome, reason: str
):
    reading = Reading(Engine.LOCAL, read_documents(np.ascontiguousarray(image)))
    verdict = judge(reading, today=TODAY, policy=DEMONSTRATION)

    assert verdict.outcome is outcome
    assert reason in verdict.reasons


@pytest.mark.slow
def test_the_same_document_twice_in_one_image_is_two_pages_of_one_document():
    pages = read_documents(np.concatenate([PASSPORT, PASSPORT]))
    verdict = judge(Reading(Engine.LOCAL, pages), today=TODAY, policy=DEMONSTRATION)

    assert len(pages) == 2
    assert "single_document" not in verdict.reasons
