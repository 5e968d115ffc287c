"""Positions of values on known designs of licences, for values whose labels were not read.

The table of cards has the positions in millimetres on the card. The values with labels show the
scale and the origin, and whether the card has this design.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docverify.documents.code_tables import load_table
from docverify.documents.printed_fields import PrintedFields, PrintedValue
from docverify.documents.states import Jurisdiction
from docverify.layout.licence_front import PLACE_CONFIDENCE
from docverify.layout.licence_labelled_values import TYPE_BY_FIELD, LicencePrint, PrintedText
from docverify.page import Box, Point

MIN_KNOWN = 3  # values with labels: with fewer, any design would fit
MIN_SPREAD_MM = 8.0  # of these values around their middle
MAX_MISFIT_MM = 2.5  # of these values; with more, the card has another design
MAX_DISTANCE_MM = 2.5  # between a value and its position
PLACED = ("document_number", "birth_date", "issue_date", "expiry_date", "sex")

Design = Mapping[str, Point]
"""The positions of a design's values by field: left edge and middle of the height, in mm."""


@dataclass(frozen=True)
class Scale:
    """How positions on the card map to the image.

    Attributes:
        pixels: Per millimetre.
        origin: The card's corner at the top left, in pixels.
    """

    pixels: float
    origin: Point

    def measure_distance(self, box: Box, place: Point) -> float:
        """Return the distance of a value from a position in millimetres, along the farther axis."""
        found = find_point(box)
        return max(
            abs(at - start - self.pixels * expected) / self.pixels
            for at, start, expected in zip(found, self.origin, place, strict=True)
        )


def load_designs(issuer: Jurisdiction | None) -> Sequence[Design]:
    """Return the designs of an issuer; empty if none is known."""
    rows = load_table("licence_cards")["designs"]
    return parse_designs(rows.get(issuer.code, {})) if issuer else ()


def parse_designs(row: Mapping[str, Any]) -> Sequence[Design]:
    """Return the designs in an issuer's row of the table of cards."""
    return [
        {name: (float(place[0]), float(place[1])) for name, place in design.items()}
        for design in row.get("places", ())
    ]


def find_values_by_place(
    printed: LicencePrint,
    fields: PrintedFields,
    issuer: Jurisdiction | None,
    designs: Sequence[Design],
) -> PrintedFields:
    """Find the missing fields at the positions of the first design that fits; none is certain."""
    known = {name: values[0].box for name, values in printed.values.items()}
    for design in designs:
        if scale := fit_design(design, known):
            taken = {value.text for value in fields.values()}
            return {
                name: PrintedValue(
                    found.text, min(found.confidence, PLACE_CONFIDENCE), labelled=False
                )
                for name in PLACED
                if name in design and name not in fields
                for found in _find_nearest(printed, name, issuer, scale, design[name])
                if found.text not in taken
            }
    return {}


def fit_design(design: Design, known: Mapping[str, Box]) -> Scale | None:
    """Return the scale at which the known values fit a design; None if they do not fit it."""
    pairs = [(design[name], find_point(box)) for name, box in known.items() if name in design]
    if len(pairs) < MIN_KNOWN:
        return None
    places, points = zip(*pairs, strict=True)
    middle, centre = _find_middle(places), _find_middle(points)
    spread = sum((place[axis] - middle[axis]) ** 2 for place in places for axis in (0, 1))
    if spread < MIN_SPREAD_MM**2:
        return None
    together = sum(
        (place[axis] - middle[axis]) * (point[axis] - centre[axis])
        for place, point in pairs
        for axis in (0, 1)
    )
    pixels = together / spread
    if pixels <= 0:
        return None
    scale = Scale(pixels, (centre[0] - pixels * middle[0], centre[1] - pixels * middle[1]))
    misfit = (scale.measure_distance(known[name], design[name]) for name in known if name in design)
    return scale if max(misfit) <= MAX_MISFIT_MM else None


def find_point(box: Box) -> Point:
    """Return the left edge of a value and the middle of its height."""
    return box.left, (box.top + box.bottom) / 2


def _find_middle(points: Sequence[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _find_nearest(
    printed: LicencePrint, name: str, issuer: Jurisdiction | None, scale: Scale, place: Point
) -> Iterator[PrintedText]:
    """Yield the value of the field's type that is nearest to its position, if it is near enough."""
    found = printed.list_free(TYPE_BY_FIELD[name], issuer)
    nearest = min(found, key=lambda each: scale.measure_distance(each.box, place), default=None)
    if nearest and scale.measure_distance(nearest.box, place) <= MAX_DISTANCE_MM:
        yield nearest
