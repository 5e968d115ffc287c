"""Finding and reading the machine readable zone in a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docverify.mrz import FILLER, LAYOUTS, Layout, MrzFormat
from docverify.reading import MrzReading
from docverify.reading.decoding import Decoded, decode, fold, read_freely
from docverify.reading.detection import Quad, upside_down
from docverify.reading.pages import Picture
from docverify.reading.recognition import Steps, recognise, strip_of

SLENDER = 9.0  # The shortest zone line, 30 characters of OCR-B, is 15 times as long as high.
MAX_CANDIDATES = 10
MIN_CHARACTERS = 24
MIN_FILLERS = 2
SAME_LENGTH = 1.3
LINE_DISTANCE = (0.5, 3.5)  # heights between the middles of neighbouring lines
NAMES_END = FILLER * 3  # After three fillers a name line holds nothing else (Doc 9303-3, 4.6).


@dataclass(frozen=True)
class Zone:
    """A zone with the places of its lines, in reading direction."""

    reading: MrzReading
    quads: tuple[Quad, ...]
    flipped: bool


@dataclass(frozen=True)
class Candidate:
    """A line that may belong to a zone."""

    quad: Quad
    folded: Steps
    text: str


def find_zone(picture: Picture, quads: Sequence[Quad]) -> Zone | None:
    """Find the zone among the lines of a page, whichever way up it stands."""
    slender = sorted(filter(_is_slender, quads), key=_length, reverse=True)[:MAX_CANDIDATES]
    upright = _best_zone(picture, _candidates(picture, slender))
    if upright is not None and _is_sure(upright):
        return Zone(*upright, flipped=False)
    turned = [upside_down(quad) for quad in slender]
    flipped = _best_zone(picture, _candidates(picture, turned))
    if flipped is not None and (upright is None or _score(flipped) > _score(upright)):
        return Zone(*flipped, flipped=True)
    return Zone(*upright, flipped=False) if upright else None


Found = tuple[MrzReading, tuple[Quad, ...]]


def _is_slender(quad: Quad) -> bool:
    return _length(quad) > SLENDER * _height(quad)


def _length(quad: Quad) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _height(quad: Quad) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _is_sure(found: Found) -> bool:
    return _score(found) > 0.9


def _score(found: Found) -> float:
    rows = found[0].confidences
    return sum(map(sum, rows)) / sum(map(len, rows))


def _candidates(picture: Picture, quads: Sequence[Quad]) -> list[Candidate]:
    candidates = (_candidate(picture, quad) for quad in quads)
    return [each for each in candidates if _looks_like_zone(each.text)]


def _candidate(picture: Picture, quad: Quad) -> Candidate:
    folded = fold(recognise(strip_of(picture, quad)))
    return Candidate(quad, folded, read_freely(folded))


def _looks_like_zone(text: str) -> bool:
    """A line of a zone is long, and nearly always holds fillers or many digits."""
    numbers = sum(each.isdigit() for each in text)
    return len(text) >= MIN_CHARACTERS and (text.count(FILLER) >= MIN_FILLERS or numbers >= 12)


def _best_zone(picture: Picture, candidates: list[Candidate]) -> Found | None:
    found = (_read_group(picture, group) for group in _groups(candidates))
    return max((each for each in found if each), key=_score, default=None)


def _groups(candidates: list[Candidate]) -> Iterator[tuple[Candidate, ...]]:
    """Yield every two or three neighbouring lines of about the same length, from the top."""
    if not candidates:
        return
    along = candidates[0].quad[1] - candidates[0].quad[0]
    down = np.array([-along[1], along[0]], np.float32) / np.linalg.norm(along)
    lines = sorted(candidates, key=lambda each: float(each.quad.mean(0) @ down))
    for count in (2, 3):
        for start in range(len(lines) - count + 1):
            group = tuple(lines[start : start + count])
            if _belong_together(group, down):
                yield group


def _belong_together(group: tuple[Candidate, ...], down: NDArray[np.float32]) -> bool:
    lengths = [_length(each.quad) for each in group]
    height = float(np.median([_height(each.quad) for each in group]))
    middles = [float(each.quad.mean(0) @ down) for each in group]
    steps = np.diff(middles) / height
    near = bool(np.all((LINE_DISTANCE[0] < steps) & (steps < LINE_DISTANCE[1])))
    return near and max(lengths) < SAME_LENGTH * min(lengths)


def _read_group(picture: Picture, group: tuple[Candidate, ...]) -> Found | None:
    group = _with_common_sides(picture, group)
    readings = [
        reading
        for name, layout in LAYOUTS.items()
        if layout.line_count == len(group) and (reading := _read_as(layout, name, group))
    ]
    best = max(readings, key=lambda each: each[0], default=None)
    return (best[1], tuple(each.quad for each in group)) if best else None


def _with_common_sides(picture: Picture, group: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Give all lines of a zone the same two sides: a detector often cuts off trailing fillers."""
    longest = max(group, key=lambda each: _length(each.quad)).quad
    along = (longest[1] - longest[0]) / _length(longest)
    left = min(float(each.quad[0] @ along) for each in group)
    right = max(float(each.quad[1] @ along) for each in group)
    return tuple(_stretched(picture, each, along, left, right) for each in group)


def _stretched(
    picture: Picture, candidate: Candidate, along: NDArray[np.float32], left: float, right: float
) -> Candidate:
    quad = candidate.quad
    missing = (float(quad[0] @ along) - left, right - float(quad[1] @ along))
    if max(missing) < 0.6 * _height(quad):
        return candidate
    direction = (quad[1] - quad[0]) / _length(quad)
    moves = np.stack([-direction * missing[0], direction * missing[1]])
    return _candidate(picture, (quad + moves[[0, 1, 1, 0]]).astype(np.float32))


def _read_as(
    layout: Layout, name: MrzFormat, group: tuple[Candidate, ...]
) -> tuple[float, MrzReading] | None:
    """Decode a group as one format; None when its lines cannot have that many characters."""
    if not all(0.8 < len(each.text) / layout.width < 1.2 for each in group):
        return None
    decoded = [
        decode(each.folded, alphabets)
        for each, alphabets in zip(group, layout.alphabets(), strict=True)
    ]
    if any(each is None for each in decoded):
        return None
    lines = [each for each in decoded if each is not None]
    pitch = float(np.mean([_length(each.quad) for each in group])) / layout.width
    reading = MrzReading(
        lines=tuple(_without_tail(layout, row, line) for row, line in enumerate(lines)),
        confidences=tuple(line.confidences for line in lines),
        greedy=tuple(each.text for each in group),
        pitch=pitch,
    )
    return sum(line.score for line in lines), reading


def _without_tail(layout: Layout, row: int, line: Decoded) -> str:
    """Blank what the end of a name line shows after three fillers: there is nothing printed."""
    name = layout.fields["name"]
    ends = row == name.line and name.stop == layout.width
    if not ends or (end := line.text.find(NAMES_END, name.start)) < 0:
        return line.text
    return line.text[:end].ljust(layout.width, FILLER)
