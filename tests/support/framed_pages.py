"""Passports with the places of all print, as the MRZ gives them."""

from collections.abc import Mapping
from dataclasses import replace

from docverify.checks import Status
from docverify.page import Box, Line, MrzReading, Page
from tests.support.readings import SURE, confidences, page, passport, reading, results

SCALE = 10.0  # pixels per millimetre
MRZ_TOP = 740.0


def framed(printed: Mapping[str, str], *more: Line, lines: tuple[str, ...] | None = None) -> Page:
    """A passport whose MRZ gives the places of all print."""
    lines = lines or passport()
    box = Box(100, MRZ_TOP, 100 + 44 * 2.54 * SCALE, MRZ_TOP + 101.5)
    mrz = MrzReading(lines, confidences(lines), lines, 2.54 * SCALE, box=box)
    drawn = page(printed=printed)
    moved = [replace(each, box=moved_to_the_right(each.box)) for each in drawn.lines]
    return replace(drawn, lines=(*moved, *more), mrz=mrz)


def moved_to_the_right(box: Box) -> Box:
    return Box(box.left + 500, box.top, box.right + 500, box.bottom)


def at(text: str, left: float, top: float, *, height: float = 20, confidence: float = SURE) -> Line:
    return Line(text, confidence, Box(left, top, left + 200, top + height))


def status(shown: Page, code: str, *others: Page) -> Status:
    return results(reading(shown, *others))[code].status
