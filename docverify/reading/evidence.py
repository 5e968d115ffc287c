"""Image evidence: measurements that only the pixels of a page allow."""

from __future__ import annotations

from collections.abc import Sequence

from docverify.page import ImageEvidence
from docverify.reading.background import find_smooth_line
from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz
from docverify.reading.mrz.odd_characters import measure_mrz_shape
from docverify.reading.portrait_comparison import compare_portraits
from docverify.reading.portraits import Face
from docverify.reading.quads import Quad
from docverify.reading.rectification import Rectification


def measure_evidence(
    image: Image,
    lines: Sequence[Quad],
    mrz: LocatedMrz | None,
    faces: Sequence[Face],
    level: Rectification,
) -> ImageEvidence:
    """Measure the MRZ's shape, the portraits and the background of the lines outside the MRZ.

    The faces are in coordinates of the upright page, to which `level` leads, everything else in
    those of the image.
    """
    return ImageEvidence(
        measure_mrz_shape(image, mrz, level) if mrz else None,
        compare_portraits(image, faces, lines, level),
        find_smooth_line(image, lines, mrz.quads if mrz else (), level),
    )
