"""Several documents in one image, cut where the edges of both are seen."""

import cv2
import numpy as np
import pytest

from docverify.reading.detection import find_text
from docverify.reading.files.pages import Image
from docverify.reading.local import locate_documents
from docverify.reading.outlines import cut_between_edges
from docverify.reading.quads import Quad
from tests.support.files import drawn

MIN_LINES = 5
DESK = (60, 80, 95)


def card(*, title: str, width: int = 640, height: int = 400) -> Image:
    lines = [title, "FAMILY NAME 1", "GIVEN NAMES 2", "BIRTH 3", "EXPIRY 4b"]
    return drawn(*lines, size=(width, height)) - np.uint8(12)


def laid(*cards: Image, axis: int = 0, gap: int = 60, colour: tuple[int, int, int] = DESK) -> Image:
    framed = [
        cv2.copyMakeBorder(each, *[gap // 2] * 4, cv2.BORDER_CONSTANT, value=colour)
        for each in cards
    ]
    whole = np.concatenate(framed, axis=axis)
    return cv2.copyMakeBorder(whole, *[gap] * 4, cv2.BORDER_CONSTANT, value=colour)


def tilted(image: Image, degrees: float) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)


def lines_of(*halves: Image) -> list[int]:
    return [len(find_text(half)) for half in halves]


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(laid(card(title="LICENCE A"), card(title="LICENCE B")), id="below"),
        pytest.param(
            laid(card(title="LICENCE A"), card(title="LICENCE B"), axis=1), id="to the right"
        ),
        pytest.param(
            tilted(laid(card(title="LICENCE A"), card(title="LICENCE B")), 4), id="tilted"
        ),
        pytest.param(
            laid(card(title="LICENCE A"), card(title="LICENCE B"), colour=(255, 255, 255)),
            id="on white paper",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_two_cards_are_cut_from_each_other(image: Image):
    halves = cut_between_edges(image, find_text(image), [], MIN_LINES)

    assert halves is not None
    assert all(count >= MIN_LINES for count in lines_of(*halves))


def rows(*tops: int, left: int = 60, right: int = 600) -> list[Quad]:
    return [
        np.array([[left, top], [right, top], [right, top + 30], [left, top + 30]], np.float32)
        for top in tops
    ]


TWO_BLOCKS = rows(60, 110, 160, 210, 260, 520, 570, 620, 670, 720)


@pytest.mark.parametrize(
    "colour",
    [
        pytest.param(DESK, id="on a desk"),
        pytest.param((255, 255, 255), id="on white paper", marks=pytest.mark.slow),
    ],
)
def test_four_cards_in_a_grid_are_four_documents(colour: tuple[int, int, int]):
    cards = [card(title=f"LICENCE {letter}") for letter in "ABCD"]
    rows = [laid(*pair, axis=1, colour=colour) for pair in (cards[:2], cards[2:])]

    found = list(locate_documents(np.concatenate(rows, axis=0)))

    assert [len(text.quads) for _, _, text in found] == [5, 5, 5, 5]


def test_two_cards_on_one_sheet_of_paper_are_two_documents():
    sheet = np.full((1700, 1200, 3), 255, np.uint8)
    for title, top in (("LICENCE A", 150), ("LICENCE B", 800)):
        sheet[top : top + 400, 250:890] = card(title=title)

    assert [len(text.quads) for _, _, text in locate_documents(sheet)] == [5, 5]


def test_one_document_with_a_gap_in_its_text_is_not_cut():
    assert cut_between_edges(np.full((800, 660, 3), 220, np.uint8), TWO_BLOCKS, [], 5) is None


def with_two_edges() -> Image:
    image = np.full((800, 660, 3), 220, np.uint8)
    image[340:440] = DESK
    return image


def test_a_gap_with_the_edges_of_both_documents_is_cut_between_them():
    halves = cut_between_edges(with_two_edges(), TWO_BLOCKS, [], 5)

    assert halves is not None
    assert halves[0].shape[0] == pytest.approx(390, abs=6)


def test_both_sides_of_a_licence_stay_one_page():
    """Its back has the barcode, with which the front is compared."""
    barcode = np.array([[100, 600], [500, 600], [500, 680], [100, 680]], np.float32)

    assert cut_between_edges(with_two_edges(), TWO_BLOCKS, [barcode], 5) is None


def test_a_document_with_a_note_next_to_it_is_not_cut():
    few = rows(60, 110, 160, 210, 260, 520, 570)

    assert cut_between_edges(with_two_edges(), few, [], 5) is None


@pytest.mark.parametrize("axis", [0, 1])
def test_lines_that_reach_beyond_the_image_are_no_problem(axis: int):
    lines = rows(60, 110, 160, 210, 260, 520, 570, 620, 670, 720, left=-30, right=700)
    image = with_two_edges() if axis == 0 else with_two_edges().swapaxes(0, 1)
    quads = lines if axis == 0 else [line[[0, 3, 2, 1], ::-1].copy() for line in lines]
    halves = cut_between_edges(np.ascontiguousarray(image), quads, [], 5)

    assert halves is not None
    assert cut_between_edges(np.full((40, 660, 3), 220, np.uint8), lines, [], 5) is None
