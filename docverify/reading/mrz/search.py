"""Finding the MRZ in a picture, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from docverify.documents.mrz import FILLER, LAYOUTS
from docverify.reading.files.pages import Image
from docverify.reading.mrz.decoding import find_middles, measure_clearness, read_freely
from docverify.reading.mrz.explanation import (
    EXPLAINED,
    MIN_FILLERS,
    LocatedMrz,
    MrzLine,
    choose_better,
    doubt_differences,
    find_best_explanation,
    merge_readings,
)
from docverify.reading.mrz.recognisers import Recogniser, recognise_any_print, recognise_ocrb
from docverify.reading.quads import (
    Quad,
    Vector,
    find_direction,
    find_sides,
    fit_between,
    is_neighbour,
    join_rows,
    measure_height,
    measure_length,
    select_near_rows,
    turn_upside_down,
    widen,
)
from docverify.reading.recognition import add_margin, cut_strip, fit_to_ink, remove_shading

SLENDER = 9.0  # The shortest MRZ line, 30 characters of OCR-B, is 15 times as long as high.
MAX_SEEDS = 10
PROBE = 6.0  # heights: some ten characters from the middle of a line
PROBE_CHARACTERS = 6
CLEAR = 0.8
LEGIBLE = 0.3
VERY_CLEAR = 0.95  # Digits on their head stay below.
WHOLE = 0.8
MIN_CHARACTERS = 12
MIN_DIGITS = 8
MAX_WIDTH = max(layout.width for layout in LAYOUTS.values())
GAP = 5.0  # pitches: glare takes a few characters out of a line


@dataclass(frozen=True)
class View:
    """A picture, and the network that its lines are read with."""

    image: Image
    recogniser: Recogniser


def find_mrz(image: Image, quads: Sequence[Quad]) -> LocatedMrz | None:
    """Find the MRZ among the lines of a page, whichever way up it stands.

    It is built around a line that reads like one of an MRZ; the others may be found in pieces,
    or cut, for detectors lose fillers.
    """
    return search_mrz(image, quads)[0]


def search_mrz(image: Image, quads: Sequence[Quad]) -> tuple[LocatedMrz | None, bool]:
    """Find the MRZ as find_mrz does, and tell whether any line reads like one of an MRZ."""
    view = View(image, recognise_ocrb)
    quick, is_likely = search_in_view(view, quads)
    if quick and _is_sure(view, quick):
        return quick, True
    slow, is_too = search_in_view(View(image, recognise_any_print), quads)
    if slow and quick:
        slow = doubt_differences(slow, quick)
    return slow, is_likely or is_too


def _is_sure(view: View, mrz: LocatedMrz) -> bool:
    """Tell whether a second look shows the same, where the check digits hold.

    They do not cover names: a small network is believed what it sees in two ways of cutting it out.
    """
    if not (mrz.is_certain and mrz.holds):
        return False
    again = _look(view, mrz, flat=False)
    return bool(again and again.is_certain and again.reading.lines == mrz.reading.lines)


def search_in_view(view: View, quads: Sequence[Quad]) -> tuple[LocatedMrz | None, bool]:
    """Find the MRZ as search_mrz does, as one network sees it."""
    best: LocatedMrz | None = None
    tried: list[Quad] = []
    for seed, flipped in _seeds(view, quads):
        if any(is_neighbour(seed, each) for each in tried):
            continue
        row = _row(view, seed)
        if _looks_like_mrz(row.text):
            tried.append(seed)
            lines = [turn_upside_down(quad) for quad in quads] if flipped else quads
            best = choose_better(best, _mrz_around(view, row, lines, flipped))
            if best and best.loss < EXPLAINED:
                break
    return best, bool(tried)


def _seeds(view: View, quads: Sequence[Quad]) -> Iterator[tuple[Quad, bool]]:
    """Yield the long lines whose middle reads like capitals and digits, and whether flipped."""
    slender = [quad for quad in quads if measure_length(quad) > SLENDER * measure_height(quad)]
    for quad in sorted(slender, key=measure_length, reverse=True)[:MAX_SEEDS]:
        upright = _probe(view, quad)
        turned = _probe(view, turn_upside_down(quad)) if upright < VERY_CLEAR else 0.0
        if max(upright, turned) >= CLEAR:
            yield (turn_upside_down(quad), True) if turned > upright else (quad, False)


def _probe(view: View, quad: Quad) -> float:
    """Tell how clearly the middle of a line reads as characters of an MRZ."""
    cut = max(0.0, measure_length(quad) - PROBE * measure_height(quad)) / 2
    sight = view.recogniser(cut_strip(view.image, widen(quad, -cut, -cut)))
    enough = len(read_freely(sight.folded)) >= PROBE_CHARACTERS
    return measure_clearness(sight.folded, sight.seen) if enough else 0.0


def _mrz_around(
    view: View, row: MrzLine, quads: Sequence[Quad], flipped: bool
) -> LocatedMrz | None:
    mrz = _mrz_with(view, row, quads, flipped)
    if mrz is None or mrz.loss > EXPLAINED:
        whole = _completed(view, row)
        mrz = choose_better(mrz, _mrz_with(view, whole, quads, flipped)) if whole else mrz
    return _read_again(view, mrz) if mrz else None


def _mrz_with(view: View, row: MrzLine, quads: Sequence[Quad], flipped: bool) -> LocatedMrz | None:
    """Read the MRZ that a line belongs to: first with lines as long, then with pieces."""
    places = join_rows(row.quad, quads)
    whole = [quad for quad in places if measure_length(quad) > WHOLE * measure_length(row.quad)]
    mrz = find_best_explanation(_read_rows(view, row, select_near_rows(whole, row.quad)), flipped)
    if (mrz is None or mrz.loss > EXPLAINED) and len(whole) < len(places):
        near = select_near_rows(places, row.quad, lambda quad: _probe(view, quad) > LEGIBLE)
        mrz = choose_better(mrz, find_best_explanation(_read_rows(view, row, near), flipped))
    return mrz


def _completed(view: View, row: MrzLine) -> MrzLine | None:
    """Read on beyond the ends of a line that was cut, as far as characters follow evenly."""
    pitch = float(np.median(np.diff(_spots(row))))
    more = (MAX_WIDTH - len(row.text)) * pitch
    if more <= 0:
        return None
    wide = _row(view, widen(row.quad, more, more), flat=True)
    spots = _spots(wide)
    middle = len(spots) and int(np.abs(spots - np.median(spots)).argmin())
    breaks = np.flatnonzero(np.diff(spots) > GAP * pitch)
    first = max((int(each) + 1 for each in breaks if each < middle), default=0)
    last = min((int(each) for each in breaks if each >= middle), default=len(spots) - 1)
    if last - first + 1 <= len(row.text):
        return None
    start, stop = spots[first] - pitch, spots[last] + pitch
    length = measure_length(wide.quad)
    return _row(view, widen(wide.quad, -start, stop - length), flat=True)


def _spots(row: MrzLine) -> Vector:
    """Return how far from the left end of its box each character of a line stands."""
    shown = add_margin(row.quad)
    margin = (measure_length(shown) - measure_length(row.quad)) / 2
    spots: Vector = find_middles(row.folded) * measure_length(shown) - margin
    return spots


def _read_again(view: View, mrz: LocatedMrz) -> LocatedMrz:
    """Read an uncertain MRZ anew where its characters stand, then without shade and glare.

    What several readings agree on is as sure as the surest says, what they differ in is doubtful.
    """
    mrzs = [mrz]
    for flat in (False, True):
        if mrz.is_certain:
            break
        again = _look(view, mrz, flat)
        if again:
            mrzs.append(again)
        mrz = choose_better(mrz, again) or mrz
    alike = [each for each in mrzs if each.layout is mrz.layout and each.loss < EXPLAINED]
    return merge_readings(mrz, mrz.layout, alike) if mrz.layout and len(alike) > 1 else mrz


def _look(view: View, mrz: LocatedMrz, flat: bool) -> LocatedMrz | None:
    """Read an MRZ where its characters stand."""
    places = [fit_to_ink(view.image, quad, mrz.reading.pitch) for quad in _refitted(mrz)]
    return find_best_explanation([_row(view, quad, flat) for quad in places], mrz.flipped)


def _refitted(mrz: LocatedMrz) -> list[Quad]:
    """Give all lines the two ends of the characters of the surest one."""
    surest = max(range(len(mrz.quads)), key=lambda row: sum(mrz.reading.confidences[row]))
    along, middle = find_direction(mrz.quads[surest]), mrz.quads[surest].mean(0)
    start, stop = mrz.ends[surest]
    sides = float((start - middle) @ along), float((stop - middle) @ along)
    margin = 0.5 * (sides[1] - sides[0]) / (len(mrz.reading.lines[0]) - 1)
    return [
        fit_between(quad, middle, along, sides[0] - margin, sides[1] + margin) for quad in mrz.quads
    ]


def _row(view: View, quad: Quad, flat: bool = False) -> MrzLine:
    strip = cut_strip(view.image, quad)
    folded = view.recogniser(remove_shading(strip) if flat else strip).folded
    return MrzLine(quad, folded, read_freely(folded), flat)


def _looks_like_mrz(text: str) -> bool:
    """A line of an MRZ is long, and nearly always holds fillers or many digits."""
    numbers = sum(each.isdigit() for each in text)
    return len(text) >= MIN_CHARACTERS and (
        text.count(FILLER) >= MIN_FILLERS or numbers >= MIN_DIGITS
    )


def _read_rows(view: View, seed: MrzLine, near: list[Quad]) -> list[MrzLine]:
    """Read the lines above and below a line of an MRZ, as wide as the widest of them."""
    left, right = find_sides(near, seed.quad)
    rows = [_stretched(view, seed, quad, left, right) for quad in near]
    return [row for row in rows if len(row.text) >= MIN_CHARACTERS]


def _stretched(view: View, seed: MrzLine, quad: Quad, left: float, right: float) -> MrzLine:
    along = find_direction(seed.quad)
    middle = seed.quad.mean(0)
    missing = (
        float((quad[[0, 3]].mean(0) - middle) @ along) - left,
        right - float((quad[[1, 2]].mean(0) - middle) @ along),
    )
    if max(missing) < 0.6 * measure_height(quad):
        missing = (0.0, 0.0)
    same = np.allclose(quad, seed.quad, atol=0.01) and max(missing) == 0
    return seed if same else _row(view, widen(quad, *missing), seed.flat)
