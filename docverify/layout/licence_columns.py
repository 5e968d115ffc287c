"""Lines of a licence that a reader joined although they are in two columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.licence_labels import find_licence_segments
from docverify.page import Box, Line

SEX_AT_END = re.compile(r"\s+([MFX])$")
MAX_GAP_BELOW = 1.5  # from the label to the value below it, in heights of the label
MAX_OVERLAP = 0.9  # of the two, in heights of the label


def split_sex_column(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return the lines, those ending with the sex below its label as two: NG M as NG and M."""
    labels = list(_find_bare_sex_labels(lines))
    return tuple(part for line in lines for part in _split(line, labels))


def _find_bare_sex_labels(lines: Sequence[Line]) -> Iterator[Box]:
    """Yield the places of the labels of the sex that have no value in their line."""
    for line in lines:
        for segment in find_licence_segments(line.text):
            if segment.name == "sex" and not segment.value:
                width = (line.box.right - line.box.left) / len(line.text)
                left, right = (
                    line.box.left + width * each for each in (segment.start, segment.end)
                )
                yield replace(line.box, left=left, right=right)


def _split(line: Line, labels: Sequence[Box]) -> Iterator[Line]:
    match = SEX_AT_END.search(line.text)
    width = (line.box.right - line.box.left) / max(len(line.text), 1)
    if match is None or not any(_is_below(line.box, line.box.right, each) for each in labels):
        yield line
        return
    end, start = (line.box.left + width * each for each in (match.start(), match.start(1)))
    yield replace(line, text=line.text[: match.start()], box=replace(line.box, right=end))
    yield replace(line, text=match[1], box=replace(line.box, left=start))


def _is_below(box: Box, right: float, label: Box) -> bool:
    gap = (box.top - label.bottom) / max(label.height, 1.0)
    is_near = -MAX_OVERLAP <= gap <= MAX_GAP_BELOW
    return is_near and label.left <= right <= label.right + label.height
