"""Letters around a licence are not on it."""

from collections.abc import Sequence

import pytest

from docverify.layout.papers import find_paper_lines
from docverify.layout.sides import find_document_lines, find_outside_lines
from docverify.page import Box, Line, Page, Portrait, Quality

FACE = Box(400, 200, 500, 350)
CARD = [
    ("TEXAS", 420, 60),
    ("DRIVER LICENSE", 560, 60),
    ("DOB 04/12/1990", 560, 150),
    ("EXP 04/12/2029", 560, 200),
    ("ISS 04/15/2024", 560, 250),
    ("SEX F", 560, 300),
]
LETTER = [
    *("MERIDIAN ENERGY", "PO Box 821, Port Hallow", "27 June 2025"),
    *("Customer number 379680926", "Keep this letter for your records.", "Opening balance"),
]
ANOTHER_PERSON = ["Irina", "Volkova", "12 Lantern Street", "17 May 1991", "3 February 2031"]
LABELLED_COLUMN = ["License number", "D5521738", "Last name", "Roe", "First name", "Jane"]


def put(text: str, left: float, top: float) -> Line:
    """A line with letters of a width of 10 pixels."""
    return Line(text, 0.99, Box(left, top, left + 10 * len(text), top + 30))


def column(texts: Sequence[str], left: float, top: float = 60) -> list[Line]:
    """Lines below each other."""
    return [put(text, left, top + 40 * number) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("left", "top"), [(20, 60), (900, 100), (420, 700)], ids=["left", "right", "below"]
)
def test_a_letter_next_to_a_licence_is_paper(left: float, top: float):
    texts = [text[:25] for text in LETTER]
    letter = column(texts, left, top)

    assert find_paper_lines([*(put(*each) for each in CARD), *letter], FACE) == tuple(letter)


@pytest.mark.parametrize("texts", [ANOTHER_PERSON, LABELLED_COLUMN, LETTER[:3]])
def test_data_of_a_person_or_a_field_is_not_paper(texts: Sequence[str]):
    lines = [*(put(*each) for each in CARD), *column(texts, 900)]

    assert find_paper_lines(lines, FACE) == ()


def test_print_between_the_fields_of_a_licence_is_not_paper():
    lines = [*(put(*each) for each in CARD), *column([text[:20] for text in LETTER], 450, 80)]

    assert find_paper_lines(lines, FACE) == ()


def test_nothing_is_paper_where_no_licence_shows_its_fields():
    lines = [*(put(*each) for each in CARD[:3]), *column(LETTER, 900)]

    assert find_paper_lines(lines, FACE) == ()


def test_a_letter_is_outside_of_the_document():
    letter = column(LETTER, 900)
    lines = (*(put(*each) for each in CARD), *letter)
    page = Page(1400, 800, lines, None, Quality(500.0), portraits=(Portrait(FACE, 0.9),))

    assert find_outside_lines(page) == tuple(letter)
    assert set(find_document_lines(page)) == set(lines) - set(letter)
