"""Finding and reading the machine readable zone in a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from docverify.mrz import ALPHABET, FILLER, LAYOUTS, Layout
from docverify.reading import MrzReading
from docverify.reading.decoding import Decoded, clearness, decode, fold, middles, read_freely
from docverify.reading.detection import Quad, upside_down
from docverify.reading.evidence import by_evidence, is_out_of_place
from docverify.reading.pages import Picture
from docverify.reading.recognition import (
    Steps,
    flattened,
    levelled,
    recognise,
    strip_of,
    with_margin,
)

SLENDER = 9.0  # The shortest zone line, 30 characters of OCR-B, is 15 times as long as high.
MAX_SEEDS = 10
PROBE = 6.0  # heights: some ten characters from the middle of a line
PROBE_CHARACTERS = 6
CLEAR = 0.8
LEGIBLE = 0.3
LEGIBLE_ZONE = 0.8
VERY_CLEAR = 0.95  # Digits on their head stay below.
WHOLE = 0.8
MIN_CHARACTERS = 12
MIN_FILLERS = 2
MIN_DIGITS = 8
MAX_WIDTH = max(layout.width for layout in LAYOUTS.values())
MAX_ROWS = 2  # on either side of a line
GAP = 5.0  # pitches: glare takes a few characters out of a line
LINE_DISTANCE = (0.5, 3.5)  # heights between the middles of neighbouring lines
SAME_ROW = 0.4  # heights
SAME_HEIGHT = 2.0
OVERHANG = 0.15  # How far, in lengths of the longest line, another may stand out.
WIDTH_RATIOS = ((0.9, 1.1), (0.7, 1.25))
"""Characters read, to those of a layout: first as usual, then where many were lost."""
CERTAIN = 0.85
WORTHLESS = 40.0
EXPLAINED = 5.0  # nats a line
UNEXPLAINED = 10.0  # more than one character of the line that the pixels do not show
DOUBTFUL = 0.5
# After three fillers a name line holds nothing else (Doc 9303-3, 4.6); no name has one of the
# letters that fillers are taken for three times in a row.
NAMES_END = re.compile(rf"{FILLER}{{3}}|([CEKLS])\1\1")

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """A line that may belong to a zone, as read."""

    quad: Quad
    folded: Steps
    text: str
    flat: bool


@dataclass(frozen=True)
class Zone:
    """A zone with its lines, in reading direction, and the layout that explains them best."""

    reading: MrzReading
    rows: Sequence[Row]
    decoded: Sequence[Decoded]
    layout: Layout | None
    flipped: bool

    @property
    def quads(self) -> list[Quad]:
        """The places of the lines."""
        return [row.quad for row in self.rows]

    @property
    def ends(self) -> list[NDArray[np.float32]]:
        """Where in the picture the first and the last character of each line stand."""
        return [_ends(row, line) for row, line in zip(self.rows, self.decoded, strict=True)]

    @property
    def loss(self) -> float:
        """How much worse, in nats a line, the pixels are explained than without any grammar."""
        return float(np.mean([line.loss for line in self.decoded]))

    @property
    def score(self) -> float:
        """Mean confidence of a character, less what the layout leaves unexplained."""
        rows = self.reading.confidences
        return sum(map(sum, rows)) / sum(map(len, rows)) - self.loss / WORTHLESS

    @property
    def is_clear(self) -> bool:
        """Whether its lines were found whole: nearly all of their characters are explained."""
        return self.loss < EXPLAINED and self.score > LEGIBLE_ZONE

    @property
    def is_certain(self) -> bool:
        """Whether a layout explains every character, and each is sure."""
        return self.reading.constrained and min(map(min, self.reading.confidences)) >= CERTAIN


def find_zone(picture: Picture, quads: Sequence[Quad]) -> Zone | None:
    """Find the zone among the lines of a page, whichever way up it stands.

    It is built around a line that reads like one of a zone; the others may be found in pieces,
    or cut, for detectors lose fillers.
    """
    return search_zone(picture, quads)[0]


def search_zone(picture: Picture, quads: Sequence[Quad]) -> tuple[Zone | None, bool]:
    """Find the zone as find_zone does, and tell whether any line reads like one of a zone."""
    best: Zone | None = None
    tried: list[Quad] = []
    for seed, flipped in _seeds(picture, quads):
        if any(_is_neighbour(seed, each) for each in tried):
            continue
        row = _row(picture, seed)
        if _looks_like_zone(row.text):
            tried.append(seed)
            lines = [upside_down(quad) for quad in quads] if flipped else quads
            best = better(best, _zone_around(picture, row, lines, flipped))
            if best and best.loss < EXPLAINED:
                break
    return best, bool(tried)


def _is_neighbour(seed: Quad, other: Quad) -> bool:
    away = abs(float((seed.mean(0) - other.mean(0)) @ _down(other)))
    return away < 2 * LINE_DISTANCE[1] * height_of(other)


def better(one: Zone | None, other: Zone | None) -> Zone | None:
    """Return the zone whose characters are surer."""
    return max((each for each in (one, other) if each), key=lambda zone: zone.score, default=None)


def length_of(quad: Quad) -> float:
    """Return the length of a line in pixels."""
    return float(np.linalg.norm(quad[1] - quad[0]))


def height_of(quad: Quad) -> float:
    """Return the height of a line in pixels."""
    return float(np.linalg.norm(quad[3] - quad[0]))


def _along(quad: Quad) -> Vector:
    direction: Vector = (quad[1] - quad[0]) / max(length_of(quad), 1e-6)
    return direction


def _down(quad: Quad) -> Vector:
    x, y = _along(quad)
    return np.array([-y, x], np.float32)


def _seeds(picture: Picture, quads: Sequence[Quad]) -> Iterator[tuple[Quad, bool]]:
    """Yield the long lines whose middle reads like capitals and digits, and whether flipped."""
    slender = [quad for quad in quads if length_of(quad) > SLENDER * height_of(quad)]
    for quad in sorted(slender, key=length_of, reverse=True)[:MAX_SEEDS]:
        upright = _probe(picture, quad)
        turned = _probe(picture, upside_down(quad)) if upright < VERY_CLEAR else 0.0
        if max(upright, turned) >= CLEAR:
            yield (upside_down(quad), True) if turned > upright else (quad, False)


def _probe(picture: Picture, quad: Quad) -> float:
    """Tell how clearly the middle of a line reads as characters of a zone."""
    cut = max(0.0, length_of(quad) - PROBE * height_of(quad)) / 2
    steps = recognise(strip_of(picture, _widened(quad, -cut, -cut)))
    folded = fold(steps)
    return clearness(steps, folded) if len(read_freely(folded)) >= PROBE_CHARACTERS else 0.0


def _widened(quad: Quad, left: float, right: float) -> Quad:
    along = _along(quad)
    return (quad + np.stack([-along * left, along * right, along * right, -along * left])).astype(
        np.float32
    )


def _zone_around(picture: Picture, row: Row, quads: Sequence[Quad], flipped: bool) -> Zone | None:
    zone = _zone_with(picture, row, quads, flipped)
    if zone is None or zone.loss > EXPLAINED:
        whole = _completed(picture, row)
        zone = better(zone, _zone_with(picture, whole, quads, flipped)) if whole else zone
    return _read_again(picture, zone) if zone else None


def _zone_with(picture: Picture, row: Row, quads: Sequence[Quad], flipped: bool) -> Zone | None:
    """Read the zone that a line belongs to: first with lines as long, then with pieces."""
    places = _places(row.quad, quads)
    whole = [quad for quad in places if length_of(quad) > WHOLE * length_of(row.quad)]
    zone = _best_explained(_read_rows(picture, row, _near(whole, row.quad)), flipped)
    if (zone is None or zone.loss > EXPLAINED) and len(whole) < len(places):
        near = _near(places, row.quad, lambda quad: _probe(picture, quad) > LEGIBLE)
        zone = better(zone, _best_explained(_read_rows(picture, row, near), flipped))
    return zone


def _completed(picture: Picture, row: Row) -> Row | None:
    """Read on beyond the ends of a line that was cut, as far as characters follow evenly."""
    pitch = float(np.median(np.diff(_spots(row))))
    more = (MAX_WIDTH - len(row.text)) * pitch
    if more <= 0:
        return None
    wide = _row(picture, _widened(row.quad, more, more), flat=True)
    spots = _spots(wide)
    middle = len(spots) and int(np.abs(spots - np.median(spots)).argmin())
    breaks = np.flatnonzero(np.diff(spots) > GAP * pitch)
    first = max((int(each) + 1 for each in breaks if each < middle), default=0)
    last = min((int(each) for each in breaks if each >= middle), default=len(spots) - 1)
    if last - first + 1 <= len(row.text):
        return None
    start, stop = spots[first] - pitch, spots[last] + pitch
    length = length_of(wide.quad)
    return _row(picture, _widened(wide.quad, -start, stop - length), flat=True)


def _spots(row: Row) -> Vector:
    """Return how far from the left end of its box each character of a line stands."""
    shown = with_margin(row.quad)
    margin = (length_of(shown) - length_of(row.quad)) / 2
    spots: Vector = middles(row.folded) * length_of(shown) - margin
    return spots


def _read_again(picture: Picture, zone: Zone) -> Zone:
    """Read an uncertain zone anew where its characters stand, then without shade and glare.

    What several readings agree on is as sure as the surest says, what they differ in is doubtful.
    """
    zones = [zone]
    for flat in (False, True):
        if zone.is_certain:
            break
        places = [levelled(picture, quad, zone.reading.pitch) for quad in _refitted(zone)]
        again = _best_explained([_row(picture, quad, flat) for quad in places], zone.flipped)
        if again:
            zones.append(again)
        zone = better(zone, again) or zone
    alike = [each for each in zones if each.layout is zone.layout and each.loss < EXPLAINED]
    return _merged(zone, zone.layout, alike) if zone.layout and len(alike) > 1 else zone


def _merged(zone: Zone, layout: Layout, zones: list[Zone]) -> Zone:
    lines = list(zip(*(each.decoded for each in zones), strict=True))
    merged = [_merged_line(best, of) for best, of in zip(zone.decoded, lines, strict=True)]
    return _settled(layout, zone.rows, merged, zone.flipped)


def _merged_line(best: Decoded, lines: Sequence[Decoded]) -> Decoded:
    shares = np.mean([line.shares for line in lines], axis=0)
    text = "".join(ALPHABET[each] for each in shares.argmax(1))
    confidences = tuple(
        _joint(symbol, [(line.text[at], line.confidences[at]) for line in lines])
        for at, symbol in enumerate(text)
    )
    return replace(best, text=text, shares=shares, confidences=confidences)


def _joint(symbol: str, votes: Sequence[tuple[str, float]]) -> float:
    sure = [confidence if vote == symbol else 0.0 for vote, confidence in votes]
    return max(sure) if {vote for vote, _ in votes} == {symbol} else sum(sure) / len(sure)


def _refitted(zone: Zone) -> list[Quad]:
    """Give all lines the two ends of the characters of the surest one."""
    surest = max(range(len(zone.quads)), key=lambda row: sum(zone.reading.confidences[row]))
    along, middle = _along(zone.quads[surest]), zone.quads[surest].mean(0)
    start, stop = zone.ends[surest]
    sides = float((start - middle) @ along), float((stop - middle) @ along)
    margin = 0.5 * (sides[1] - sides[0]) / (len(zone.reading.lines[0]) - 1)
    return [
        _between(quad, middle, along, sides[0] - margin, sides[1] + margin) for quad in zone.quads
    ]


def _between(quad: Quad, middle: Vector, along: Vector, left: float, right: float) -> Quad:
    """Lengthen or shorten a line to two sides, given along another one."""
    start, stop = quad[[0, 3]].mean(0) - middle, quad[[1, 2]].mean(0) - middle
    return _widened(quad, float(start @ along) - left, right - float(stop @ along))


def _row(picture: Picture, quad: Quad, flat: bool = False) -> Row:
    strip = strip_of(picture, quad)
    folded = fold(recognise(flattened(strip) if flat else strip))
    return Row(quad, folded, read_freely(folded), flat)


def _looks_like_zone(text: str) -> bool:
    """A line of a zone is long, and nearly always holds fillers or many digits."""
    numbers = sum(each.isdigit() for each in text)
    return len(text) >= MIN_CHARACTERS and (
        text.count(FILLER) >= MIN_FILLERS or numbers >= MIN_DIGITS
    )


def _read_rows(picture: Picture, seed: Row, near: list[Quad]) -> list[Row]:
    """Read the lines above and below a line of a zone, as wide as the widest of them."""
    left, right = _sides(near, seed.quad)
    rows = [_stretched(picture, seed, quad, left, right) for quad in near]
    return [row for row in rows if len(row.text) >= MIN_CHARACTERS]


def _places(seed: Quad, quads: Sequence[Quad]) -> list[Quad]:
    """Join the pieces that stand on one row, and return the rows from the top."""
    pieces = [quad for quad in quads if _is_piece(quad, seed)]
    rows: list[list[Quad]] = [[seed]]
    for quad in sorted(pieces, key=length_of, reverse=True):
        row = next((row for row in rows if _is_on(quad, row[0], seed)), None)
        if row is None:
            rows.append([quad])
        elif quad is not seed:
            row.append(quad)
    joined = [_joined(row, seed) for row in rows]
    return sorted(joined, key=lambda quad: float(quad.mean(0) @ _down(seed)))


def _is_piece(quad: Quad, seed: Quad) -> bool:
    """Tell whether a box may be a part of the seed's zone by its size and place."""
    offset = quad.mean(0) - seed.mean(0)
    ratio = height_of(quad) / height_of(seed)
    reach = (0.5 + OVERHANG) * length_of(seed)
    return (
        1 / SAME_HEIGHT < ratio < SAME_HEIGHT
        and length_of(quad) > height_of(quad)
        and abs(float(offset @ _down(seed))) < 2 * LINE_DISTANCE[1] * height_of(seed)
        and abs(float(offset @ _along(seed))) + length_of(quad) / 2 < reach
    )


def _direction(quad: Quad, seed: Quad) -> Vector:
    """Return the direction of a line: that of the seed for one too short to tell."""
    return _along(quad if length_of(quad) > 0.3 * length_of(seed) else seed)


def _is_on(quad: Quad, row: Quad, seed: Quad) -> bool:
    x, y = _direction(row, seed)
    offset = quad.mean(0) - row.mean(0)
    return abs(float(offset @ np.array([-y, x]))) < SAME_ROW * height_of(seed)


def _joined(row: list[Quad], seed: Quad) -> Quad:
    """Return one box for the pieces of a row, with the longest one's height."""
    along = _direction(row[0], seed)
    middle, height = row[0].mean(0), height_of(row[0])
    reach = np.concatenate([(quad - middle) @ along for quad in row])
    down = np.array([-along[1], along[0]], np.float32) * (height / 2)
    start, stop = middle + along * reach.min(), middle + along * reach.max()
    return np.stack([start - down, stop - down, stop + down, start + down]).astype(np.float32)


def _near(
    places: list[Quad], seed: Quad, is_legible: Callable[[Quad], bool] = lambda _: True
) -> list[Quad]:
    """Keep the legible rows that follow one another at the distance of a zone's lines.

    At most two on either side of the seed.
    """
    down, height = _down(seed), height_of(seed)
    below = {float((quad.mean(0) - seed.mean(0)) @ down) / height: quad for quad in places}
    own = min(below, key=abs)
    near = {own: below[own]}
    for side in (-1, 1):
        at = own
        for place in sorted((each for each in below if side * (each - own) > 0), key=abs):
            distance = abs(place - at)
            if distance < LINE_DISTANCE[0]:
                continue
            if distance > LINE_DISTANCE[1] or abs(place - own) > 2 * LINE_DISTANCE[1]:
                break
            rows = sum(side * (each - own) > 0 for each in near)
            if rows == MAX_ROWS or not is_legible(below[place]):
                break
            near[place], at = below[place], place
    return [near[place] for place in sorted(near)]


def _is_step(distance: float) -> bool:
    return LINE_DISTANCE[0] < distance < LINE_DISTANCE[1]


def _sides(near: list[Quad], seed: Quad) -> tuple[float, float]:
    """Return where the widest of the rows begins and ends, along the seed."""
    along, middle = _along(seed), seed.mean(0)
    reach = np.concatenate([(quad - middle) @ along for quad in near])
    return float(reach.min()), float(reach.max())


def _stretched(picture: Picture, seed: Row, quad: Quad, left: float, right: float) -> Row:
    along = _along(seed.quad)
    middle = seed.quad.mean(0)
    missing = (
        float((quad[[0, 3]].mean(0) - middle) @ along) - left,
        right - float((quad[[1, 2]].mean(0) - middle) @ along),
    )
    if max(missing) < 0.6 * height_of(quad):
        missing = (0.0, 0.0)
    same = np.allclose(quad, seed.quad, atol=0.01) and max(missing) == 0
    return seed if same else _row(picture, _widened(quad, *missing), seed.flat)


def _best_explained(rows: list[Row], flipped: bool) -> Zone | None:
    """Explain every two or three neighbouring rows by each layout, and keep the best.

    Where no layout explains what stands there, the reading without any is better.
    """
    groups = [rows[at : at + count] for count in (2, 3) for at in range(len(rows) - count + 1)]
    together = [group for group in groups if _belong_together(group)]
    zones: list[Zone] = []
    for ratio in WIDTH_RATIOS:
        zones += _by_layouts(together, ratio, flipped)
        best = min(zones, key=lambda zone: zone.loss, default=None)
        if best and best.loss < EXPLAINED:
            return best
    if best and best.loss < UNEXPLAINED:
        return best
    free = [zone for group in together if (zone := _free(group, flipped))]
    worth = [zone for zone in zones if zone.loss < WORTHLESS]
    return min([*free, *worth], key=lambda zone: zone.loss, default=None)


def _by_layouts(groups: list[list[Row]], ratio: tuple[float, float], flipped: bool) -> list[Zone]:
    return [
        zone
        for group in groups
        for layout in LAYOUTS.values()
        if layout.line_count == len(group) and (zone := _explained(layout, group, ratio, flipped))
    ]


def _free(group: Sequence[Row], flipped: bool) -> Zone | None:
    """Read a group whose lines have the size of a format, without the format's fields."""
    widths = {layout.width for layout in LAYOUTS.values() if layout.line_count == len(group)}
    found = [zone for width in widths if (zone := _of_width(group, width, flipped))]
    best = min(found, key=lambda zone: zone.loss, default=None)
    is_zone = best and any(FILLER * MIN_FILLERS in line for line in best.reading.lines)
    return best if best and is_zone and best.loss < EXPLAINED else None


def _of_width(group: Sequence[Row], width: int, flipped: bool) -> Zone | None:
    lines = _decoded(group, [[ALPHABET] * width] * len(group), WIDTH_RATIOS[-1])
    if lines is None:
        return None
    texts = [line.text for line in lines]
    return _zone(group, lines, texts, list(map(_doubting_look_alikes, lines)), None, flipped)


def _doubting_look_alikes(line: Decoded) -> tuple[float, ...]:
    return tuple(
        min(sure, DOUBTFUL) if is_out_of_place(line.text, at) else sure
        for at, sure in enumerate(line.confidences)
    )


def _decoded(
    group: Sequence[Row], alphabets: Sequence[Sequence[str]], ratio: tuple[float, float]
) -> list[Decoded] | None:
    """Decode the lines of a group; None when one cannot have that many characters."""
    least, most = ratio
    if not all(least < len(row.text) / len(alphabets[0]) < most for row in group):
        return None
    decoded = [decode(row.folded, each) for row, each in zip(group, alphabets, strict=True)]
    lines = [each for each in decoded if each is not None]
    return lines if len(lines) == len(group) else None


def _belong_together(group: Sequence[Row]) -> bool:
    down, height = _down(group[0].quad), float(np.median([height_of(row.quad) for row in group]))
    middles = [float(row.quad.mean(0) @ down) / height for row in group]
    return all(_is_step(below - above) for above, below in pairwise(middles))


def _explained(
    layout: Layout, group: Sequence[Row], ratio: tuple[float, float], flipped: bool
) -> Zone | None:
    """Decode a group by a layout."""
    lines = _decoded(group, layout.alphabets(), ratio)
    return _settled(layout, group, lines, flipped) if lines else None


def _settled(layout: Layout, rows: Sequence[Row], lines: Sequence[Decoded], flipped: bool) -> Zone:
    """Decide what the pixels leave open, and doubt what was decided."""
    texts = [_without_tail(layout, number, line) for number, line in enumerate(lines)]
    chosen = by_evidence(layout, texts, [line.shares for line in lines])
    return _zone(rows, lines, chosen, list(map(_confidences, lines, chosen)), layout, flipped)


def _confidences(line: Decoded, text: str) -> tuple[float, ...]:
    """Doubt what was not taken as read, and every symbol that was misread elsewhere in the line."""
    misread = {old for old, new in zip(line.text, text, strict=True) if old != new}
    return tuple(
        min(sure, DOUBTFUL) if new in misread or old != new else sure
        for sure, old, new in zip(line.confidences, line.text, text, strict=True)
    )


def _zone(
    rows: Sequence[Row],
    lines: Sequence[Decoded],
    texts: Sequence[str],
    confidences: Sequence[tuple[float, ...]],
    layout: Layout | None,
    flipped: bool,
) -> Zone:
    lengths = [_distance(*_ends(row, line)) for row, line in zip(rows, lines, strict=True)]
    reading = MrzReading(
        lines=tuple(texts),
        confidences=tuple(confidences),
        greedy=tuple(row.text for row in rows),
        pitch=float(np.mean(lengths)) / (len(texts[0]) - 1),
        constrained=layout is not None,
    )
    return Zone(reading, rows, lines, layout, flipped)


def _ends(row: Row, line: Decoded) -> NDArray[np.float32]:
    shown = with_margin(row.quad)
    start, stop = shown[[0, 3]].mean(0), shown[[1, 2]].mean(0)
    return np.stack([start + (stop - start) * each for each in line.reach])


def _distance(start: Vector, stop: Vector) -> float:
    return float(np.linalg.norm(stop - start))


def _without_tail(layout: Layout, row: int, line: Decoded) -> str:
    """Blank what the end of a name line shows after three fillers: there is nothing printed."""
    name = layout.fields["name"]
    end = NAMES_END.search(line.text, name.start, name.stop) if row == name.line else None
    if end is None:
        return line.text
    return line.text[: end.start()].ljust(name.stop, FILLER) + line.text[name.stop :]
