"""A document's layout as a drawing: what failed, and no character of what was read."""

import re
from base64 import b64decode
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

from docverify.checks import Status
from docverify.identities import Identity, Source
from docverify.page import Barcode, Box, ImageEvidence, Line, PortraitPair
from docverify.policy import STANDARD
from docverify.report_drawing import COLOURS, LEGEND, draw_page, draw_pages, find_marks
from docverify.verdict import Verdict, judge
from tests.support.readings import PRINTED, TODAY, page, passport, reading

PLACE, OTHER = Box(10, 20, 110, 40), Box(10, 60, 110, 80)


def verdict(code: str, status: Status, *sources: Source, field: str = "") -> Verdict:
    """Build a verdict with one result, about a holder who is Erika, born on 12 August 1974."""
    given = judge(reading(page()), today=TODAY, policy=STANDARD)
    result = replace(
        given.results[0], code=code, status=status, sources=sources, field=field or None
    )
    printed = Identity(Source.VIZ, given_names="ERIKA", birth_date=date(1974, 8, 12))
    return replace(given, results=(result,), identities=(printed,))


def page_with(*texts: str):
    """Build a page without MRZ whose first line is at PLACE, and the second at OTHER."""
    lines = [Line(text, 0.99, box) for text, box in zip(texts, (PLACE, OTHER), strict=False)]
    return replace(page(), mrz=None, lines=tuple(lines))


def test_printed_value_is_marked_where_it_was_read():
    of = page_with("12 AUG 1974", "ERIKA M.")
    born = verdict("viz_mrz_match_birth_date", Status.FAILED, Source.VIZ, Source.MRZ)
    named = verdict("names_agree", Status.INCONCLUSIVE, Source.VIZ, field="given_names")

    assert find_marks(of, born) == [(PLACE, Status.FAILED)]
    assert find_marks(of, named) == [(OTHER, Status.INCONCLUSIVE)]


def test_what_passed_or_was_not_performed_is_not_marked():
    for status in (Status.PASSED, Status.NOT_PERFORMED):
        of = verdict("viz_mrz_match_birth_date", status, Source.VIZ)
        assert find_marks(page_with("12 AUG 1974"), of) == []


def test_value_of_the_mrz_is_marked_in_its_columns():
    of = page()
    box = Box(0, 100, 440, 200)
    shown = replace(of, lines=(), mrz=replace(of.mrz, lines=passport(), box=box))

    failed = verdict("mrz_check_digit_birth_date", Status.FAILED, Source.MRZ)
    assert find_marks(shown, failed) == [(Box(130, 150, 190, 200), Status.FAILED)]
    whole = verdict("mrz_format", Status.FAILED, Source.MRZ)
    assert find_marks(shown, whole) == [(box, Status.FAILED)]


def test_lines_of_an_mrz_without_a_box_are_marked():
    of = page()
    shown = replace(of, lines=(Line(passport()[1], 0.9, PLACE),), mrz=replace(of.mrz, box=None))

    marks = find_marks(shown, verdict("mrz_format", Status.INCONCLUSIVE))
    assert marks == [(PLACE, Status.INCONCLUSIVE)]


def test_barcode_is_marked_by_its_checks_and_by_those_of_its_values():
    coded = replace(page_with(), barcodes=(Barcode("PDF417", b"x", PLACE),))

    for of in (
        verdict("barcode_read", Status.FAILED),
        verdict("barcode_viz_match", Status.FAILED, Source.BARCODE, field="birth_date"),
    ):
        assert find_marks(coded, of) == [(PLACE, Status.FAILED)]


def test_failure_is_drawn_above_a_doubt_about_the_same_place():
    of = page_with("12 AUG 1974", "ERIKA")
    failed = verdict("viz_mrz_match_birth_date", Status.FAILED, Source.VIZ).results
    doubt = verdict("birth_date", Status.INCONCLUSIVE, Source.VIZ)
    name = verdict("given_names", Status.INCONCLUSIVE, Source.VIZ).results
    both = replace(doubt, results=(*failed, *doubt.results, *name))

    assert find_marks(of, both) == [(OTHER, Status.INCONCLUSIVE), (PLACE, Status.FAILED)]
    assert COLOURS[Status.FAILED] in draw_page(of, both)


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
    assert drawn.endswith(LEGEND)


def test_portraits_that_differ_are_framed():
    pair = PortraitPair(Box(20, 100, 220, 350), Box(800, 300, 860, 380), 0.1)
    of = replace(page(), evidence=ImageEvidence(portraits=pair))
    failed = judge(reading(of), today=TODAY, policy=STANDARD)

    framed = re.findall(r'<rect x="(\d+)"[^>]*stroke="#cf222e"', draw_page(of, failed))
    assert framed == ["14", "794"]


def test_page_without_a_failed_check_has_no_frame():
    of = page()

    assert "stroke-width" not in draw_page(of, judge(reading(of), today=TODAY, policy=STANDARD))
