"""Finding the machine readable zone in a picture, and reading it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from docverify.documents.mrz import FILLER, LAYOUTS
from docverify.reading.files.pages import Picture
from docverify.reading.mrz.decoding import clearness, middles, read_freely
from docverify.reading.mrz.explanation import (
    EXPLAINED,
    MIN_FILLERS,
    Row,
    Zone,
    best_explained,
    better,
    doubted,
    merged,
)
from docverify.reading.mrz.recognisers import Recogniser, of_any_print, of_ocrb
from docverify.reading.quads import (
    Quad,
    Vector,
    along_of,
    between,
    height_of,
    is_neighbour,
    length_of,
    near_rows,
    places_of,
    sides,
    upside_down,
    widened,
)
from docverify.reading.recognition import flattened, levelled, strip_of, with_margin

SLENDER = 9.0  # The shortest zone line, 30 characters of OCR-B, is 15 times as long as high.
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

    picture: Picture
    recogniser: Recogniser


def find_zone(picture: Picture, quads: Sequence[Quad]) -> Zone | None:
    """Find the zone among the lines of a page, whichever way up it stands.

    It is built around a line that reads like one of a zone; the others may be found in pieces,
    or cut, for detectors lose fillers.
    """
    return search_zone(picture, quads)[0]


def search_zone(picture: Picture, quads: Sequence[Quad]) -> tuple[Zone | None, bool]:
    """Find the zone as find_zone does, and tell whether any line reads like one of a zone."""
    view = View(picture, of_ocrb)
    quick, is_likely = seen_zone(view, quads)
    if quick and _is_sure(view, quick):
        return quick, True
    slow, is_too = seen_zone(View(picture, of_any_print), quads)
    if slow and quick:
        slow = doubted(slow, quick)
    return slow, is_likely or is_too


def _is_sure(view: View, zone: Zone) -> bool:
    """Tell whether a second look shows the same, where the check digits hold.

    They do not cover names: a small network is believed what it sees in two ways of cutting it out.
    """
    if not (zone.is_certain and zone.holds):
        return False
    again = _look(view, zone, flat=False)
    return bool(again and again.is_certain and again.reading.lines == zone.reading.lines)


def seen_zone(view: View, quads: Sequence[Quad]) -> tuple[Zone | None, bool]:
    """Find the zone as search_zone does, as one network sees it."""
    best: Zone | None = None
    tried: list[Quad] = []
    for seed, flipped in _seeds(view, quads):
        if any(is_neighbour(seed, each) for each in tried):
            continue
        row = _row(view, seed)
        if _looks_like_zone(row.text):
            tried.append(seed)
            lines = [upside_down(quad) for quad in quads] if flipped else quads
            best = better(best, _zone_around(view, row, lines, flipped))
            if best and best.loss < EXPLAINED:
                break
    return best, bool(tried)


def _seeds(view: View, quads: Sequence[Quad]) -> Iterator[tuple[Quad, bool]]:
    """Yield the long lines whose middle reads like capitals and digits, and whether flipped."""
    slender = [quad for quad in quads if length_of(quad) > SLENDER * height_of(quad)]
    for quad in sorted(slender, key=length_of, reverse=True)[:MAX_SEEDS]:
        upright = _probe(view, quad)
        turned = _probe(view, upside_down(quad)) if upright < VERY_CLEAR else 0.0
        if max(upright, turned) >= CLEAR:
            yield (upside_down(quad), True) if turned > upright else (quad, False)


def _probe(view: View, quad: Quad) -> float:
    """Tell how clearly the middle of a line reads as characters of a zone."""
    cut = max(0.0, length_of(quad) - PROBE * height_of(quad)) / 2
    sight = view.recogniser(strip_of(view.picture, widened(quad, -cut, -cut)))
    enough = len(read_freely(sight.folded)) >= PROBE_CHARACTERS
    return clearness(sight.folded, sight.seen) if enough else 0.0


def _zone_around(view: View, row: Row, quads: Sequence[Quad], flipped: bool) -> Zone | None:
    zone = _zone_with(view, row, quads, flipped)
    if zone is None or zone.loss > EXPLAINED:
        whole = _completed(view, row)
        zone = better(zone, _zone_with(view, whole, quads, flipped)) if whole else zone
    return _read_again(view, zone) if zone else None


def _zone_with(view: View, row: Row, quads: Sequence[Quad], flipped: bool) -> Zone | None:
    """Read the zone that a line belongs to: first with lines as long, then with pieces."""
    places = places_of(row.quad, quads)
    whole = [quad for quad in places if length_of(quad) > WHOLE * length_of(row.quad)]
    zone = best_explained(_read_rows(view, row, near_rows(whole, row.quad)), flipped)
    if (zone is None or zone.loss > EXPLAINED) and len(whole) < len(places):
        near = near_rows(places, row.quad, lambda quad: _probe(view, quad) > LEGIBLE)
        zone = better(zone, best_explained(_read_rows(view, row, near), flipped))
    return zone


def _completed(view: View, row: Row) -> Row | None:
    """Read on beyond the ends of a line that was cut, as far as characters follow evenly."""
    pitch = float(np.median(np.diff(_spots(row))))
    more = (MAX_WIDTH - len(row.text)) * pitch
    if more <= 0:
        return None
    wide = _row(view, widened(row.quad, more, more), flat=True)
    spots = _spots(wide)
    middle = len(spots) and int(np.abs(spots - np.median(spots)).argmin())
    breaks = np.flatnonzero(np.diff(spots) > GAP * pitch)
    first = max((int(each) + 1 for each in breaks if each < middle), default=0)
    last = min((int(each) for each in breaks if each >= middle), default=len(spots) - 1)
    if last - first + 1 <= len(row.text):
        return None
    start, stop = spots[first] - pitch, spots[last] + pitch
    length = length_of(wide.quad)
    return _row(view, widened(wide.quad, -start, stop - length), flat=True)


def _spots(row: Row) -> Vector:
    """Return how far from the left end of its box each character of a line stands."""
    shown = with_margin(row.quad)
    margin = (length_of(shown) - length_of(row.quad)) / 2
    spots: Vector = middles(row.folded) * length_of(shown) - margin
    return spots


def _read_again(view: View, zone: Zone) -> Zone:
    """Read an uncertain zone anew where its characters stand, then without shade and glare.

    What several readings agree on is as sure as the surest says, what they differ in is doubtful.
    """
    zones = [zone]
    for flat in (False, True):
        if zone.is_certain:
            break
        again = _look(view, zone, flat)
        if again:
            zones.append(again)
        zone = better(zone, again) or zone
    alike = [each for each in zones if each.layout is zone.layout and each.loss < EXPLAINED]
    return merged(zone, zone.layout, alike) if zone.layout and len(alike) > 1 else zone


def _look(view: View, zone: Zone, flat: bool) -> Zone | None:
    """Read a zone where its characters stand."""
    places = [levelled(view.picture, quad, zone.reading.pitch) for quad in _refitted(zone)]
    return best_explained([_row(view, quad, flat) for quad in places], zone.flipped)


def _refitted(zone: Zone) -> list[Quad]:
    """Give all lines the two ends of the characters of the surest one."""
    surest = max(range(len(zone.quads)), key=lambda row: sum(zone.reading.confidences[row]))
    along, middle = along_of(zone.quads[surest]), zone.quads[surest].mean(0)
    start, stop = zone.ends[surest]
    sides = float((start - middle) @ along), float((stop - middle) @ along)
    margin = 0.5 * (sides[1] - sides[0]) / (len(zone.reading.lines[0]) - 1)
    return [
        between(quad, middle, along, sides[0] - margin, sides[1] + margin) for quad in zone.quads
    ]


def _row(view: View, quad: Quad, flat: bool = False) -> Row:
    strip = strip_of(view.picture, quad)
    folded = view.recogniser(flattened(strip) if flat else strip).folded
    return Row(quad, folded, read_freely(folded), flat)


def _looks_like_zone(text: str) -> bool:
    """A line of a zone is long, and nearly always holds fillers or many digits."""
    numbers = sum(each.isdigit() for each in text)
    return len(text) >= MIN_CHARACTERS and (
        text.count(FILLER) >= MIN_FILLERS or numbers >= MIN_DIGITS
    )


def _read_rows(view: View, seed: Row, near: list[Quad]) -> list[Row]:
    """Read the lines above and below a line of a zone, as wide as the widest of them."""
    left, right = sides(near, seed.quad)
    rows = [_stretched(view, seed, quad, left, right) for quad in near]
    return [row for row in rows if len(row.text) >= MIN_CHARACTERS]


def _stretched(view: View, seed: Row, quad: Quad, left: float, right: float) -> Row:
    along = along_of(seed.quad)
    middle = seed.quad.mean(0)
    missing = (
        float((quad[[0, 3]].mean(0) - middle) @ along) - left,
        right - float((quad[[1, 2]].mean(0) - middle) @ along),
    )
    if max(missing) < 0.6 * height_of(quad):
        missing = (0.0, 0.0)
    same = np.allclose(quad, seed.quad, atol=0.01) and max(missing) == 0
    return seed if same else _row(view, widened(quad, *missing), seed.flat)
