"""The frame of a document, measured with its MRZ as the ruler (Doc 9303-4 to 9303-7)."""

from dataclasses import replace

import pytest

from docverify.case import open_case
from docverify.documents.mrz_layouts import MrzFormat
from docverify.layout.frame import SIZES_MM, find_frame, measure_frame
from docverify.layout.sides import (
    find_document_lines,
    find_document_portraits,
    find_viz_lines,
)
from docverify.layout.unexplained import find_unexplained_dates
from docverify.page import Box, Engine, Line, MrzReading, Page, Portrait, Quality, Reading
from docverify.policy import STANDARD
from tests.support.readings import SURE, TODAY, confidences, line, page, passport, td1

SCALE = 10.0  # pixels per millimetre
PITCH = 2.54 * SCALE


def mrz_at(lines: tuple[str, ...], left: float, top: float, *, stretch: float = 1) -> MrzReading:
    """Place an MRZ at its nominal size, or stretched from top to bottom."""
    width = len(lines[0]) * PITCH
    height = ((len(lines) - 1) * 6.35 + 3.8) * SCALE * stretch
    box = Box(left, top, left + width, top + height)
    return MrzReading(lines, confidences(lines), lines, PITCH, box=box)


@pytest.mark.parametrize("mrz_format", SIZES_MM)
def test_the_frame_has_the_size_that_the_standard_gives_the_format(mrz_format):
    frame = measure_frame(mrz_at(passport(), 60, 700), mrz_format)

    width, height = SIZES_MM[mrz_format]
    assert frame.edges.right - frame.edges.left == pytest.approx(width * SCALE)
    assert frame.edges.height == pytest.approx(height * SCALE)


def test_the_mrz_is_centred_and_near_the_lower_edge():
    mrz = mrz_at(passport(), 60, 700)

    frame = measure_frame(mrz, MrzFormat.TD3)

    assert frame.edges.left == pytest.approx(mrz.box.left - 6.62 * SCALE, abs=1)
    assert frame.edges.bottom == pytest.approx(mrz.box.bottom + 6 * SCALE)
    assert frame.mrz_band_top < mrz.box.top


@pytest.mark.parametrize(
    ("across", "down", "is_on_document", "in_viz"),
    [
        pytest.param(62, 10, True, True, id="title"),
        pytest.param(62, 62, True, True, id="lowest line of the VIZ"),
        pytest.param(62, 68, True, False, id="in the band of the MRZ"),
        pytest.param(-10, 40, False, False, id="left of the document"),
        pytest.param(135, 40, False, False, id="right of the document"),
        pytest.param(62, -10, False, False, id="above the document"),
        pytest.param(62, 98, False, False, id="below the document"),
    ],
)
def test_a_place_in_millimetres_is_in_the_viz_or_not(across, down, is_on_document, in_viz):
    frame = measure_frame(mrz_at(passport(), 60, 700), MrzFormat.TD3)
    left, top = frame.edges.left + across * SCALE, frame.edges.top + down * SCALE
    box = Box(left - 30, top - 15, left + 30, top + 15)

    assert frame.contains(box) is is_on_document
    assert frame.contains_in_viz(box) is in_viz


def test_a_stretched_image_has_a_stretched_frame():
    frame = measure_frame(mrz_at(passport(), 60, 700, stretch=1.15), MrzFormat.TD3)

    assert frame.edges.height == pytest.approx(1.15 * 88 * SCALE)


@pytest.mark.parametrize("stretch", [0.7, 1.4])
def test_lines_at_another_distance_than_the_standard_asks_do_not_stretch_the_frame(stretch):
    frame = measure_frame(mrz_at(passport(), 60, 700, stretch=stretch), MrzFormat.TD3)

    assert frame.edges.height == pytest.approx(88 * SCALE)


def test_an_mrz_without_a_place_gives_no_frame():
    lines = passport()

    assert measure_frame(MrzReading(lines, (), lines, 20), MrzFormat.TD3) is None
    assert measure_frame(None, None) is None


def test_a_licence_with_an_mrz_has_no_frame():
    mrz = mrz_at(("D1NLD150949111659TVGD57GR81QX2",), 0, 0)

    assert measure_frame(mrz, MrzFormat.ISO_DL) is None


def page_with(mrz: MrzReading | None, *lines: Line) -> Page:
    return Page(1500, 1000, lines, mrz, Quality(900))


def test_lines_outside_of_the_viz_are_left_out():
    mrz = mrz_at(td1(), 60, 400)
    inside = Line("12 APR 1990", 0.99, Box(100, 150, 300, 180))
    margin = Line("12 APR 1991", 0.99, Box(1200, 150, 1400, 180))
    below = Line("12 APR 1992", 0.99, Box(100, 800, 300, 830))

    assert find_viz_lines(page_with(mrz, inside, margin, below)) == (inside,)


def test_without_a_frame_every_line_of_the_page_counts():
    line = Line("12 APR 1990", 0.99, Box(1200, 900, 1400, 930))

    assert find_frame(page_with(None, line)) is None
    assert find_viz_lines(page_with(None, line)) == (line,)


def test_lines_that_no_format_explains_give_no_frame():
    mrz = MrzReading(("ABC<<", "DEF<<"), (), (), 20, box=Box(0, 0, 100, 50))

    assert find_frame(page_with(mrz)) is None


def test_lines_of_a_screenshot_around_a_card_are_not_on_it():
    card = (line("DRIVER LICENSE", top=900), line("ROE", top=1100))
    around = (line("7/8/2021", top=30), line("1/1", top=2100))
    shown = replace(
        page(None, {}, more=(*around, *card)), portraits=(Portrait(Box(0, 950, 150, 1150), SURE),)
    )

    assert set(find_document_lines(shown)) >= set(card)
    assert not set(around) & set(find_document_lines(shown))
    assert set(around) <= set(find_document_lines(replace(shown, portraits=())))


def test_line_across_the_edge_is_on_the_paper_below_the_document():
    mrz = mrz_at(td1(), 300, 600)
    frame = find_frame(page_with(mrz))
    letter = Box(frame.edges.left - 60, frame.edges.top + 20, frame.edges.left + 200, 350)

    assert not frame.contains(letter)
    assert frame.contains(Box(frame.edges.left + 20, letter.top, letter.right, letter.bottom))


def card_with_front_above(*more: Line) -> Page:
    """A card whose front is above the side with the MRZ, and other print around both."""
    mrz = mrz_at(td1(), 300, 1000)
    texts = ("IDENTITY CARD", "Surname", "MERIDIAN", "Date of birth", "12 APR 1990", "Sex", "F")
    front = tuple(
        Line(text, SURE, Box(500, 200 + 60 * number, 800, 240 + 60 * number))
        for number, text in enumerate(texts)
    )
    portrait = Portrait(Box(320, 350, 420, 500), SURE)
    return replace(page_with(mrz, *front, *more), portraits=(portrait,))


def test_other_side_of_a_card_is_found_among_other_papers():
    letter = tuple(
        Line(text, SURE, Box(20, top, right, top + 40))
        for text, top, right in (
            ("LANTERN TELECOM", 20, 600),
            ("PO Box 382, Port Hallow", 90, 600),
            ("16 April 2026", 400, 200),
        )
    )
    shown = card_with_front_above(*letter)

    assert find_document_lines(shown) == card_with_front_above().lines
    assert find_document_portraits(shown) == shown.portraits
    assert (
        find_unexplained_dates(
            open_case(Reading(Engine.LOCAL, (shown,)), today=TODAY, policy=STANDARD)
        )
        == []
    )


def test_line_up_or_down_the_page_is_not_of_the_document():
    number = Line("KX1234567", SURE, Box(900, 100, 940, 400), across=True)

    assert find_document_lines(page_with(mrz_at(td1(), 60, 400), number)) == ()
    assert find_document_lines(page_with(None, number)) == ()
