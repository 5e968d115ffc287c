"""MRZs of European driving licences in lines of text.

They have one line of 30 characters (France, ISO/IEC 18013-2), or three of 9, 30 and 30
(Switzerland, Liechtenstein). The search for MRZs in images only finds travel documents, but these
lines are read as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docverify.documents.look_alikes import GLYPHS
from docverify.documents.mrz import FILLER, Mrz, parse_mrz
from docverify.documents.mrz_layouts import MrzFormat
from docverify.documents.states import find_state
from docverify.errors import MalformedMrz
from docverify.page import Box, MrzReading, Page, Reading

FILLERS = str.maketrans(dict.fromkeys(GLYPHS[FILLER], FILLER))
ONE_LINE = re.compile(r"[A-Z][A-Z0-9][A-Z]{3}[A-Z0-9<]{25}")
SWISS = re.compile(r"[A-Z0-9]{6}[A-Z]<<\nFA(?:CHE|LIE)\d{12}<<\d{6}<{5}\n[A-Z<]{30}")
LICENCES = (MrzFormat.FRA_DL, MrzFormat.ISO_DL, MrzFormat.CHE_DL)


def use_licence_mrz(reading: Reading) -> Reading:
    """Return a reading in which the MRZ of a licence, if any, replaces its lines of text."""
    if any(page.mrz for page in reading.pages):
        return reading
    return replace(reading, pages=tuple(map(_use_mrz, reading.pages)))


def _use_mrz(page: Page) -> Page:
    found = find_licence_mrz([line.text for line in page.lines])
    if found is None:
        return page
    first, mrz = found
    own = page.lines[first : first + len(mrz.lines)]
    box = Box(
        min(line.box.left for line in own),
        min(line.box.top for line in own),
        max(line.box.right for line in own),
        max(line.box.bottom for line in own),
    )
    confidences = tuple(
        (line.confidence,) * len(text) for line, text in zip(own, mrz.lines, strict=True)
    )
    pitch = (box.right - box.left) / max(map(len, mrz.lines))
    lines = tuple(line for line in page.lines if line not in own)
    return replace(
        page, lines=lines, mrz=MrzReading(mrz.lines, confidences, mrz.lines, pitch, box=box)
    )


def find_licence_mrz(texts: Sequence[str]) -> tuple[int, Mrz] | None:
    """Return the MRZ of a licence in lines of text, with the number of its first line, from 0.

    Its check digits must be correct and its issuer known; Swiss licences have no check digits.
    """
    lines = ["".join(text.split()).translate(FILLERS) for text in texts]
    for number, line in enumerate(lines):
        block = (line,) if ONE_LINE.fullmatch(line) else tuple(lines[number : number + 3])
        if len(block) > 1 and not SWISS.fullmatch("\n".join(block)):
            continue
        try:
            mrz = parse_mrz(block)
        except MalformedMrz:
            continue
        if mrz.format in LICENCES and _is_right(mrz):
            return number, mrz
    return None


def _is_right(mrz: Mrz) -> bool:
    issuer = find_state(mrz.issuing_state)
    is_right = all(digit.is_correct for digit in mrz.check_digits) and not mrz.misplaced
    return is_right and issuer is not None and issuer.may_issue
