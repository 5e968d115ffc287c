"""The frame of a travel document: its edges in an image, measured with its MRZ as the ruler.

OCR-B has a pitch of 2.54 mm, and the sizes of documents are those of ISO/IEC 7810 (Doc 9303-4 to
9303-7), so the MRZ gives the scale and the position of everything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from docverify.documents.mrz import parse_mrz
from docverify.documents.mrz_layouts import MrzFormat
from docverify.errors import MalformedMrz
from docverify.kept import keep_with_value
from docverify.page import Box, MrzReading, Page

PITCH_MM = 2.54  # Doc 9303-3: ten characters an inch
LINE_DISTANCE_MM = 6.35  # from the centre of one MRZ line to the next (Doc 9303-4)
LETTER_MM = 3.8  # an OCR-B capital with the margin that text detectors leave around it
BOTTOM_MM = 6.0  # from the lowest MRZ line to the edge of the document
MRZ_BAND_MM = 23.2  # the band at the bottom that contains only the MRZ (Doc 9303-4)
MARGIN_MM = 3.0  # crops and perspective move a page's edges by up to this distance
MIN_SHARE_INSIDE = 0.5  # share of a line printed over the edge that is inside
MAX_STRETCH = 1.25  # published images are rarely stretched by more than this factor

ID_1 = (85.6, 54.0)
ID_2 = (105.0, 74.0)
ID_3 = (125.0, 88.0)
SIZES_MM = {
    MrzFormat.TD1: ID_1,
    MrzFormat.TD2: ID_2,
    MrzFormat.TD3: ID_3,
    MrzFormat.MRV_A: (120.0, 80.0),
    MrzFormat.MRV_B: ID_2,
    MrzFormat.FRA_ID: ID_2,
    MrzFormat.SVK_ID: ID_2,
}
TWO_SIDED = (MrzFormat.TD1, MrzFormat.TD2, MrzFormat.FRA_ID, MrzFormat.SVK_ID)


@dataclass(frozen=True)
class Frame:
    """The edges of a document in an image.

    Attributes:
        edges: The document in pixels of the page; parts of it may be outside the image.
        mrz_band_top: Top of the band that contains only the MRZ, in pixels.
        horizontal_scale: Pixels per millimetre from left to right.
        vertical_scale: Pixels per millimetre from top to bottom.
        has_two_sides: Whether documents of this format have text on a side without the MRZ.
    """

    edges: Box
    mrz_band_top: float
    horizontal_scale: float
    vertical_scale: float
    has_two_sides: bool = False

    @property
    def horizontal_margin(self) -> float:
        """`MARGIN_MM` in pixels, from left to right."""
        return MARGIN_MM * self.horizontal_scale

    @property
    def vertical_margin(self) -> float:
        """`MARGIN_MM` in pixels, from top to bottom."""
        return MARGIN_MM * self.vertical_scale

    def contains(self, box: Box) -> bool:
        """Return whether the centre of a box is on the document, within `MARGIN_MM`.

        A line that crosses the left or right edge is on the paper below the document.
        """
        if self._crosses_side(box):
            return False
        across, down = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        sideways, upwards = self.horizontal_margin, self.vertical_margin
        return (
            self.edges.left - sideways <= across <= self.edges.right + sideways
            and self.edges.top - upwards <= down <= self.edges.bottom + upwards
        )

    def _crosses_side(self, box: Box) -> bool:
        """Return whether a box begins left of the frame or ends right of it, by a margin."""
        sideways = self.horizontal_margin
        return box.left < self.edges.left - sideways or box.right > self.edges.right + sideways

    def crosses_side_in_viz(self, box: Box) -> bool:
        """Return whether a box crosses the left or right edge, with most of it in the VIZ."""
        if not self._crosses_side(box):
            return False
        inside = min(box.right, self.edges.right) - max(box.left, self.edges.left)
        is_mostly_inside = inside >= MIN_SHARE_INSIDE * (box.right - box.left)
        middle = (box.top + box.bottom) / 2
        return is_mostly_inside and self.edges.top <= middle < self.mrz_band_top

    def contains_in_viz(self, box: Box) -> bool:
        """Return whether the centre of a box is in the VIZ: on the document, above the MRZ band."""
        return self.contains(box) and (box.top + box.bottom) / 2 < self.mrz_band_top


def measure_frame(mrz: MrzReading | None, mrz_format: MrzFormat | None) -> Frame | None:
    """Return the frame of the document with this MRZ; None if the MRZ was not located.

    Licences with an MRZ of one line have it elsewhere, so they get no frame.
    """
    if mrz is None or mrz.box is None or mrz.pitch <= 0 or mrz_format not in SIZES_MM:
        return None
    width, height = SIZES_MM[mrz_format]
    across = mrz.pitch / PITCH_MM
    rows = (len(mrz.lines) - 1) * LINE_DISTANCE_MM + LETTER_MM
    down = mrz.box.height / rows
    if not across / MAX_STRETCH <= down <= across * MAX_STRETCH:
        down = across  # The lines are not at the standard's distance: no ruler.
    centre = (mrz.box.left + mrz.box.right) / 2
    bottom = mrz.box.bottom + BOTTOM_MM * down
    edges = Box(
        centre - width / 2 * across, bottom - height * down, centre + width / 2 * across, bottom
    )
    two_sides = mrz_format in TWO_SIDED
    return Frame(edges, bottom - MRZ_BAND_MM * down, across, down, two_sides)


@keep_with_value
def find_frame(page: Page) -> Frame | None:
    """Return the frame of the document on a page; None without an MRZ that gives it."""
    if page.mrz is None:
        return None
    try:
        return measure_frame(page.mrz, parse_mrz(page.mrz.lines).format)
    except MalformedMrz:
        return None
