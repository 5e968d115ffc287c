"""Drawing of a page: the boxes of what was read, in the colours of the checks.

It does not contain any character of what was read.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from docverify.checks import Status
from docverify.checks.image_evidence import LOOKS, Sign, find_sign
from docverify.page import Box, Line, Page, Reading
from docverify.policy import STANDARD
from docverify.verdict import Verdict

WIDTH = 320  # pixels
MAX_PAGES = 2
FRAME_MARGIN = 6  # pixels of the page
MIN_SURE_CONFIDENCE = 0.8
COLOURS = {
    Status.FAILED: "#cf222e",
    Status.INCONCLUSIVE: "#d4a72c",
    Status.NOT_PERFORMED: "#8c959f",
    Status.PASSED: "#2da44e",
}
"""Colours of the statuses, the worst first."""
SURE_TEXT_COLOUR, UNSURE_TEXT_COLOUR = "#afb8c1", "#d4a72c"


def draw_pages(reading: Reading, verdict: Verdict) -> str:
    """Draw the first pages in Markdown: MRZ and barcodes by status, other text by confidence."""
    pages = (
        f"![layout of a page]({_build_data_url(page, verdict)})"
        for page in reading.pages[:MAX_PAGES]
    )
    return " ".join(pages)


def _build_data_url(page: Page, verdict: Verdict) -> str:
    """Return the drawing as a data URL, which needs no request."""
    return f"data:image/svg+xml;base64,{b64encode(draw_page(page, verdict).encode()).decode()}"


def draw_page(page: Page, verdict: Verdict) -> str:
    """Draw one page, 320 pixels wide."""
    height = round(WIDTH * page.height / page.width)
    boxes = "".join(_draw_rectangle(box, colour) for box, colour in _find_boxes(page, verdict))
    signs = "".join(map(_draw_frame, find_signs(page, verdict)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {page.width} {page.height}">'
        f'<rect width="100%" height="100%" fill="#f6f8fa" stroke="#d0d7de"/>{boxes}{signs}</svg>'
    )


def find_signs(page: Page, verdict: Verdict) -> list[Box]:
    """Find what the failed checks of image evidence are about on a page.

    A stricter policy than the standard one may have failed a check on a page that is not marked.
    """
    failed = {result.code for result in verdict.results if result.status is Status.FAILED}
    signs = [find_sign(code, page, STANDARD) for code in LOOKS if code in failed]
    return [
        box for sign in signs if isinstance(sign, Sign) and not sign.holds for box in sign.boxes
    ]


def _find_boxes(page: Page, verdict: Verdict) -> Iterator[tuple[Box, str]]:
    if page.mrz and page.mrz.box:
        yield page.mrz.box, _choose_colour(verdict, "mrz_")
    for line in page.lines:
        if _is_mrz_line(line, page):
            yield line.box, _choose_colour(verdict, "mrz_")
        else:
            yield (
                line.box,
                SURE_TEXT_COLOUR if line.confidence >= MIN_SURE_CONFIDENCE else UNSURE_TEXT_COLOUR,
            )
    for barcode in page.barcodes:
        yield barcode.box, _choose_colour(verdict, "barcode_")


def _is_mrz_line(line: Line, page: Page) -> bool:
    text = line.text.replace(" ", "")
    return page.mrz is not None and ("<<" in text or text in page.mrz.lines)


def _choose_colour(verdict: Verdict, prefix: str) -> str:
    found = {result.status for result in verdict.results if result.code.startswith(prefix)}
    if found & {Status.FAILED, Status.INCONCLUSIVE, Status.PASSED}:
        found -= {Status.NOT_PERFORMED}  # It must not hide the other statuses.
    return next((colour for status, colour in COLOURS.items() if status in found), SURE_TEXT_COLOUR)


def _draw_rectangle(box: Box, colour: str) -> str:
    width, height = box.right - box.left, box.bottom - box.top
    return (
        f'<rect x="{box.left:.0f}" y="{box.top:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'fill="{colour}"/>'
    )


def _draw_frame(box: Box) -> str:
    """Draw a thick frame around a box, with a margin."""
    margin = FRAME_MARGIN
    width, height = box.right - box.left + 2 * margin, box.bottom - box.top + 2 * margin
    return (
        f'<rect x="{box.left - margin:.0f}" y="{box.top - margin:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" fill="none" stroke="{COLOURS[Status.FAILED]}" stroke-width="5"/>'
    )
