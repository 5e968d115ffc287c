"""Lines of a licence that a reader joined across two columns, or split within one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from docverify.documents.licence_labels import find_licence_segments
from docverify.documents.licence_values import find_name
from docverify.layout.licence_names import ELEMENT_NUMBER, NAME_FIELDS, is_remark
from docverify.page import Box, Line

SEX_AT_END = re.compile(r"\s+([MFX])$")
MAX_GAP_BELOW = 1.5  # from the label to the value below it, in heights of the label
MAX_OVERLAP = 0.9  # of the two, in heights of the label
MAX_GAP_OF_WORDS = 0.8  # heights
MAX_OVERLAP_OF_WORDS = 0.3  # heights: readers make boxes too large
MAX_HEIGHT_RATIO = 1.3  # between two words of a line


def split_sex_column(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Split the lines that end with the sex below its label: NG M becomes NG and M."""
    labels = list(_find_bare_sex_labels(lines))
    return tuple(part for line in lines for part in _split(line, labels))


def _find_bare_sex_labels(lines: Sequence[Line]) -> Iterator[Box]:
    """Yield the boxes of the labels of the sex that have no value in their line."""
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


def join_split_names(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Join the words of a name that were read as several lines: JOHN and PAUL.

    Only a blank separates them, and they contain no label.
    """
    joined = list(lines)
    names = [line for line in lines if _is_bare_name(line.text)]
    for line in sorted(names, key=lambda each: each.box.left, reverse=True):
        after = [each for each in joined if _continues(each, line) and _continues_name(each.text)]
        if len(after) == 1:
            box = replace(line.box, right=after[0].box.right)
            confidence = min(line.confidence, after[0].confidence)
            text = f"{line.text} {after[0].text}"
            joined[joined.index(line)] = replace(line, text=text, confidence=confidence, box=box)
            joined.remove(after[0])
    return tuple(joined)


def _continues(line: Line, before: Line) -> bool:
    """Return whether a line is the next word in another line's row, in the same size."""
    box, other = line.box, before.box
    gap = (box.left - other.right) / max(other.height, 1.0)
    middle = (box.top + box.bottom) / 2
    is_near = -MAX_OVERLAP_OF_WORDS <= gap <= MAX_GAP_OF_WORDS and box.left > other.left
    lower, higher = sorted((box.height, other.height))
    is_alike = higher <= MAX_HEIGHT_RATIO * max(lower, 1.0)
    return is_near and is_alike and other.top < middle < other.bottom


def _continues_name(text: str) -> bool:
    """Return whether a text may be the next word of a name: it has no number and no label."""
    has_label = any(each.name for each in find_licence_segments(text))
    return not has_label and not ELEMENT_NUMBER.match(text) and _is_bare_name(text)


def _is_bare_name(text: str) -> bool:
    """Return whether a text is a name in capitals, at most with the number or label of a name."""
    element = ELEMENT_NUMBER.match(text)
    name = text[element.end() :] if element else text
    labels = {each.name for each in find_licence_segments(text)} - {None, *NAME_FIELDS}
    is_name = name.isupper() and not any(map(str.isdigit, name)) and find_name(name) is not None
    return is_name and not labels and not is_remark(name)
