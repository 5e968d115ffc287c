"""Genuine documents of many States, as their issuers lay them out, with invented holders.

Each text has its left edge, its top and its height in millimetres. The texts are placed as on the
issuers' documents, and read without an error.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from docverify.checks import Status
from docverify.page import Box, Line, MrzReading, Page, Portrait, Quality, Reading
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from tests.support.readings import SURE, TODAY, confidences, reading

LAYOUTS = json.loads((Path(__file__).parent / "vectors" / "layouts.json").read_text("utf-8"))
SCALE = 10.0  # pixels per millimetre
LETTER_WIDTH = 0.62  # of the height of a text
WIDE, CARD = (125.0, 88.0), (85.6, 54.0)
SEEN = Quality(900, 0.0, 150.0, 150.0, 20.0, 0, 0.03, 10.0)


def place_text(left: float, top: float, height: float, text: str) -> Line:
    right = left + len(text) * height * LETTER_WIDTH
    edges = (SCALE * each for each in (left, top, right, top + height))
    return Line(text, SURE, Box(*edges))


def place_mrz(lines: tuple[str, ...], width: float, height: float) -> MrzReading:
    length = 2.54 * len(lines[0])
    left, bottom = (width - length) / 2, height - 6.0
    top = bottom - 6.35 * (len(lines) - 1) - 3.8
    box = Box(*(SCALE * each for each in (left, top, left + length, bottom)))
    return MrzReading(lines, confidences(lines), lines, 2.54 * SCALE, box=box)


def draw_page(layout: dict, width: float, height: float) -> Page:
    lines = tuple(place_text(*each) for each in layout["lines"])
    mrz = place_mrz(tuple(layout["mrz"]), width, height) if layout["mrz"] else None
    face = Portrait(Box(SCALE * 5, SCALE * 18, SCALE * 23, SCALE * 40), 0.95)
    portraits = (face,) if layout["portrait"] else ()
    size = int(SCALE * width), int(SCALE * height)
    return Page(*size, lines, mrz, SEEN, portraits=portraits)


def draw(name: str) -> Reading:
    pages = LAYOUTS[name]
    is_card = any(len(page["mrz"]) == 3 for page in pages)
    return reading(*(draw_page(page, *(CARD if is_card else WIDE)) for page in pages))


def decide(of: Reading):
    return judge(of, today=TODAY, policy=STANDARD)


@pytest.mark.parametrize("name", LAYOUTS)
def test_genuine_document_is_verified(name: str):
    verdict = decide(draw(name))

    assert (verdict.outcome, verdict.reasons) == (Outcome.VERIFIED, ())


def change(of: Reading, old: str, new: str) -> Reading:
    """Change a text wherever it is printed."""
    pages = tuple(
        replace(
            page,
            lines=tuple(replace(line, text=line.text.replace(old, new)) for line in page.lines),
        )
        for page in of.pages
    )
    return replace(of, pages=pages)


@pytest.mark.parametrize("name", LAYOUTS)
def test_document_with_another_printed_surname_is_not_verified(name: str):
    forged = draw(name)
    for old in ("MERIDIAN", "Meridian", "МЕРИДИАН", "ΜΕΡΙΔΙΑΝ", "PÓRSDÓTTIR", "LIN,"):
        forged = change(forged, old, "OKONKWO," if old == "LIN," else "OKONKWO")

    assert decide(forged).outcome is not Outcome.VERIFIED


@pytest.mark.parametrize("name", LAYOUTS)
def test_document_with_another_printed_birth_year_is_not_verified(name: str):
    forged = draw(name)
    for old, new in (("1990", "1980"), ("APR 90", "APR 80"), ("Apr 90", "Apr 80")):
        forged = change(forged, old, new)
    for old, new in (("AVR 90", "AVR 80"), ("900412", "800412"), ("90041", "80041")):
        forged = change(forged, old, new)

    assert decide(forged).outcome is not Outcome.VERIFIED


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_document_is_rejected_for_its_furniture(name: str):
    results = decide(draw(name)).results
    furniture = {"unexplained_print", "issuer_agrees", "title_agrees", "single_person"}
    furniture |= {"viz_values_agree", "invalidity_mark", "document_identified"}

    assert {each.code for each in results if each.status is Status.FAILED} & furniture == set()
