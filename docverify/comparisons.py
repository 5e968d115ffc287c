"""The parts of an image that a reviewer compares, for each check of image evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from docverify.case import Case
from docverify.checks.image_evidence import LOOKS, Sign, find_sign
from docverify.page import Box, Page, Reading

NEIGHBOURS = 1  # characters on each side of the one that differs


@dataclass(frozen=True)
class Crop:
    """A crop to show: a place on a page, or what that place should look like.

    Attributes:
        box: The place on the upright page, in pixels.
        expected: Lines of an MRZ that are drawn in OCR-B instead of the place; if empty, the place
            is shown.
        is_stretched: Whether the contrast is stretched, so that a lost texture becomes visible.
    """

    box: Box
    expected: tuple[str, ...] = field(default=(), repr=False)
    is_stretched: bool = False


@dataclass(frozen=True)
class PlacedCrop:
    """A crop, and the number of its page in the reading, from 0."""

    page: int
    crop: Crop


@dataclass(frozen=True)
class Comparison:
    """What a check found on a page.

    Attributes:
        code: The check.
        page: Number of the page in the reading, from 0.
        passes: Whether the page passes.
        boxes: The places on the page.
        crops: The crops to compare: a place, followed by what it should look like.
    """

    code: str
    page: int
    passes: bool
    boxes: tuple[Box, ...]
    crops: tuple[Crop, ...]


def find_comparisons(case: Case, reading: Reading) -> tuple[Comparison, ...]:
    """Find what the checks of image evidence found, page by page.

    `reading` has the pages in the order of the file; `case` may have them in another order.
    """
    checked = [page.evidence for page in case.checked_pages if page.evidence]
    numbered = [
        (number, page) for number, page in enumerate(reading.pages) if page.evidence in checked
    ]
    return tuple(
        Comparison(code, number, sign.passes, sign.boxes, tuple(_build_crops(code, page, sign)))
        for code in LOOKS
        for number, page in numbered
        if isinstance(sign := find_sign(code, page, case.policy), Sign)
    )


def _build_crops(code: str, page: Page, sign: Sign) -> Iterator[Crop]:
    """Yield each place, and what it should look like."""
    for box in sign.boxes:
        yield Crop(box)
        if code == "background_erased":
            yield Crop(box, is_stretched=True)
        elif code == "mrz_typeface" and page.mrz:
            yield Crop(box, page.mrz.lines)
        elif code == "mrz_character_shape" and (expected := _find_characters(page, box)):
            yield Crop(box, (expected,))


def _find_characters(page: Page, box: Box) -> str:
    """Return the character of the MRZ in a box, and its neighbours."""
    shape = page.evidence.mrz if page.evidence else None
    if shape is None or page.mrz is None:
        return ""
    odd = filter(None, (shape.odd_shape, shape.odd_offset, shape.odd_like))
    return next(
        (
            page.mrz.lines[each.line][max(0, each.place - NEIGHBOURS) : each.place + NEIGHBOURS + 1]
            for each in odd
            if each.box == box
        ),
        "",
    )
