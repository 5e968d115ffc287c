"""A document's layout as a picture: where things stand, and no character of what was read."""

import re
from base64 import b64decode
from dataclasses import replace
from xml.etree import ElementTree

from docverify.checks import Status
from docverify.page import Barcode, Box, ImageEvidence, Line, PortraitPair
from docverify.policy import STANDARD
from docverify.report_drawing import (
    COLOURS,
    SURE_TEXT_COLOUR,
    UNSURE_TEXT_COLOUR,
    draw_page,
    draw_pages,
)
from docverify.verdict import Verdict, judge
from tests.support.readings import PRINTED, TODAY, page, passport, reading

PLACE = Box(10, 20, 110, 40)
"""Where a test looks: a place of its own on the page."""


def verdict(*results: tuple[str, Status]) -> Verdict:
    given = judge(reading(page()), today=TODAY, policy=STANDARD)
    some = given.results[0]
    return replace(
        given, results=tuple(replace(some, code=code, status=status) for code, status in results)
    )


def colour_at_place(drawn: str) -> str:
    (found,) = (
        each.get("fill")
        for each in ElementTree.fromstring(drawn)  # noqa: S314 (our own)
        if (each.get("x"), each.get("y"), each.get("width")) == ("10", "20", "100")
    )
    return found


def with_line(text: str, confidence: float = 0.99):
    return replace(page(), lines=(Line(text, confidence, PLACE),))


def test_mrz_has_the_colour_of_its_worst_check():
    drawn_page = with_line(passport()[0])
    for worst in (Status.FAILED, Status.INCONCLUSIVE, Status.PASSED):
        drawn = draw_page(
            drawn_page, verdict(("mrz_format", Status.PASSED), ("mrz_present", worst))
        )
        assert colour_at_place(drawn) == COLOURS[worst]


def test_not_performed_shows_only_if_no_check_was_performed():
    drawn_page, not_performed = with_line(passport()[1]), ("mrz_format", Status.NOT_PERFORMED)

    assert (
        colour_at_place(draw_page(drawn_page, verdict(not_performed)))
        == COLOURS[Status.NOT_PERFORMED]
    )
    both = verdict(not_performed, ("mrz_present", Status.PASSED))
    assert colour_at_place(draw_page(drawn_page, both)) == COLOURS[Status.PASSED]


def test_other_text_is_coloured_by_its_confidence():
    assert colour_at_place(draw_page(with_line("UTOPIA", 0.95), verdict())) == SURE_TEXT_COLOUR
    assert colour_at_place(draw_page(with_line("UTOPIA", 0.5), verdict())) == UNSURE_TEXT_COLOUR
    without_mrz = replace(with_line("A<<B"), mrz=None)
    assert (
        colour_at_place(draw_page(without_mrz, verdict(("mrz_x", Status.FAILED))))
        == SURE_TEXT_COLOUR
    )


def test_barcode_has_the_colour_of_its_checks():
    coded = replace(page(), lines=(), barcodes=(Barcode("PDF417", b"x", PLACE),))
    assert colour_at_place(draw_page(coded, verdict(("barcode_read", Status.FAILED)))) == "#cf222e"
    assert colour_at_place(draw_page(coded, verdict())) == SURE_TEXT_COLOUR


def test_drawing_has_no_text_of_the_document():
    whole = reading(page())
    (content,) = re.findall(
        r"base64,([^)]+)\)", draw_pages(whole, judge(whole, today=TODAY, policy=STANDARD))
    )
    drawn = b64decode(content).decode()

    assert "<rect" in drawn
    assert not any(value in drawn for value in PRINTED.values() if len(value) > 1)
    assert "text" not in {each.tag.rpartition("}")[2] for each in ElementTree.fromstring(drawn)}  # noqa: S314 (our own)


def test_only_the_first_pages_are_drawn():
    whole = reading(page(), page(), page())
    drawn = draw_pages(whole, judge(whole, today=TODAY, policy=STANDARD))
    assert drawn.count("![layout") == 2


def test_mrz_is_drawn_from_its_own_box():
    of = page()
    assert of.mrz is not None
    drawn_page = replace(of, lines=(), mrz=replace(of.mrz, box=PLACE))

    assert (
        colour_at_place(draw_page(drawn_page, verdict(("mrz_format", Status.FAILED))))
        == COLOURS[Status.FAILED]
    )


def test_portraits_that_differ_are_framed():
    pair = PortraitPair(Box(20, 100, 220, 350), Box(800, 300, 860, 380), 0.1)
    of = replace(page(), evidence=ImageEvidence(portraits=pair))
    failed = judge(reading(of), today=TODAY, policy=STANDARD)

    framed = re.findall(r'<rect x="(\d+)"[^>]*fill="none" stroke="#cf222e"', draw_page(of, failed))
    assert framed == ["14", "794"]


def test_page_without_a_failed_check_has_no_frame():
    of = page()

    assert 'fill="none"' not in draw_page(of, judge(reading(of), today=TODAY, policy=STANDARD))
