"""Selection of the printed lines that are evidence: those on the document that people can see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from docverify.layout.sides import find_larger_height, find_viz_lines
from docverify.page import Line

if TYPE_CHECKING:
    from docverify.case import Case

MAX_LINE_LENGTH = 80  # characters of a line that may be a value
MIN_RELATIVE_HEIGHT = 0.65  # of the larger lines of the VIZ


def find_unlabelled_evidence(case: Case) -> Iterator[Line]:
    """Yield the lines in which a value may be found although it has no label.

    They are in the VIZ, and not much smaller than its larger lines: values are printed larger than
    labels, and small print in a margin is not a field of the document.
    """
    for page in case.viz_pages:
        lines = [line for line in find_viz_lines(page) if len(line.text) <= MAX_LINE_LENGTH]
        least = MIN_RELATIVE_HEIGHT * find_larger_height(lines)
        yield from (line for line in lines if line.box.height >= least)
