"""Drawing of a page: the boxes of what was read, with the subjects of failed checks in colour.

It does not contain any character of what was read.
"""

from __future__ import annotations

from base64 import b64encode

from docverify.checks import Status
from docverify.page import Box, Page, Reading
from docverify.report_places import find_places, is_mrz_line
from docverify.verdict import Verdict

WIDTH = 320  # pixels
MAX_PAGES = 2
FRAME_MARGIN = 6  # pixels of the page
COLOURS = {Status.FAILED: "#cf222e", Status.INCONCLUSIVE: "#d4a72c"}
"""Colours of the statuses that a reviewer looks at, the worst first."""
TEXT_COLOUR, MACHINE_COLOUR, PORTRAIT_COLOUR = "#d0d7de", "#afb8c1", "#e6ddc8"
LEGEND = (
    "Red: what a failed check is about. Yellow: what a doubtful check is about. Dark grey: MRZ "
    "and barcodes. "
    "Light grey: other text. Brown: portraits."
)


def draw_pages(reading: Reading, verdict: Verdict) -> str:
    """Draw the first pages in Markdown, the subjects of failed checks in colour, and a legend."""
    pages = (
        f"![layout of a page]({_build_data_url(page, verdict)})"
        for page in reading.pages[:MAX_PAGES]
    )
    drawn = " ".join(pages)
    return f"{drawn}\n\n{LEGEND}" if drawn else ""


def _build_data_url(page: Page, verdict: Verdict) -> str:
    """Return the drawing as a data URL, which needs no request."""
    return f"data:image/svg+xml;base64,{b64encode(draw_page(page, verdict).encode()).decode()}"


def draw_page(page: Page, verdict: Verdict) -> str:
    """Draw one page, 320 pixels wide."""
    height = round(WIDTH * page.height / page.width)
    boxes = "".join(_draw_rectangle(box, colour) for box, colour in _find_boxes(page))
    marks = "".join(_draw_frame(box, COLOURS[status]) for box, status in find_marks(page, verdict))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {page.width} {page.height}">'
        f'<rect width="100%" height="100%" fill="#f6f8fa" stroke="#d0d7de"/>{boxes}{marks}</svg>'
    )


def find_marks(page: Page, verdict: Verdict) -> list[tuple[Box, Status]]:
    """Find the subjects of failed and doubtful checks; the worst come last, so they are on top."""
    worst: dict[Box, Status] = {}
    for status in reversed(COLOURS):
        for result in verdict.results:
            if result.status is status:
                places = find_places(result, page, verdict.identities)
                worst |= dict.fromkeys(places, status)
    return sorted(worst.items(), key=lambda each: each[1] is Status.FAILED)


def _find_boxes(page: Page) -> list[tuple[Box, str]]:
    boxes = [(each.box, PORTRAIT_COLOUR) for each in page.portraits or ()]
    if page.mrz and page.mrz.box:
        boxes.append((page.mrz.box, MACHINE_COLOUR))
    for line in page.lines:
        is_mrz = is_mrz_line(line, page.mrz)
        boxes.append((line.box, MACHINE_COLOUR if is_mrz else TEXT_COLOUR))
    return boxes + [(each.box, MACHINE_COLOUR) for each in page.barcodes]


def _draw_rectangle(box: Box, colour: str) -> str:
    width, height = box.right - box.left, box.bottom - box.top
    return (
        f'<rect x="{box.left:.0f}" y="{box.top:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'fill="{colour}"/>'
    )


def _draw_frame(box: Box, colour: str) -> str:
    """Draw a thick frame around a box, with a margin, and tint the box."""
    margin = FRAME_MARGIN
    width, height = box.right - box.left + 2 * margin, box.bottom - box.top + 2 * margin
    return (
        f'<rect x="{box.left - margin:.0f}" y="{box.top - margin:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" fill="{colour}" fill-opacity="0.35" stroke="{colour}" '
        f'stroke-width="5"/>'
    )
