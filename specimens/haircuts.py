"""Haircuts: the outlines of hair behind and in front of a head, and the run of its strands.

Coordinates are those of a portrait: x is 0 on the axis of the face.
"""

from dataclasses import dataclass
from random import Random

import numpy as np

from specimens.curves import (
    Points,
    add_mirror_image,
    blend,
    ellipse,
    line,
    mirror,
    parse_knots,
    spline,
    symmetric,
)
from specimens.likeness import Hair


@dataclass(frozen=True)
class Flow:
    """A band of strands between two strands, on `both` sides of the face or on one."""

    first: str
    last: str
    both: bool = True

    def strands(self, chance: Random, count: int) -> list[Points]:
        """Return strands at random places in the band."""
        shares = [chance.random() for _ in range(count)]
        right = blend(line(parse_knots(self.first)), line(parse_knots(self.last)), shares)
        return [*right, *map(mirror, right)] if self.both else right


@dataclass(frozen=True)
class Haircut:
    """The shapes of hair behind and in front of the head, and the flows of its strands."""

    front: tuple[Points, ...]
    back: tuple[Points, ...] = ()
    flows: tuple[Flow, ...] = ()
    softness: float = 0.8  # of the edge

    def strands(self, chance: Random, count: int) -> list[Points]:
        """Return strands along each flow; curls around the shapes if there are no flows."""
        if self.flows:
            return [strand for flow in self.flows for strand in flow.strands(chance, count)]
        return [_draw_curl(chance.choice(self.front), chance) for _ in range(4 * count)]


def _draw_curl(shape: Points, chance: Random) -> Points:
    middle = shape.mean(axis=0)
    turned = np.roll(shape, chance.randrange(len(shape)), axis=0)[: len(shape) // 2]
    return np.asarray(middle + (turned - middle) * chance.uniform(0.4, 0.8), np.float64)


def _draw_curls() -> tuple[Points, ...]:
    chance = Random("curls")  # noqa: S311 (a drawing, not a secret)
    outside = "-80,206 -86,160 -76,104 -42,68 0,56 42,68 76,104 86,160 80,206"
    middle = "-70,110 -40,82 0,74 40,82 70,110"
    hairline = "-74,150 -58,116 -26,100 0,98 26,100 58,116 74,150"
    middles = [at for row in (outside, hairline, middle) for at in line(parse_knots(row))[::3]]
    return tuple(_draw_lock(x, y, chance) for x, y in middles)


def _draw_lock(x: float, y: float, chance: Random) -> Points:
    x, y = x + chance.uniform(-4, 4), y + chance.uniform(-4, 4)
    radius = chance.uniform(11, 17)
    return ellipse(x, y, radius, radius)


SHORT = Haircut(
    front=(
        spline(
            parse_knots(
                "-79,214 -87,172 -85,122 -66,80 -30,58 20,52 60,68 84,112 88,168 80,214 75,196"
                " 74,168 68,144 52,132 18,129 -16,120 -44,110 -56,126 -69,146 -74,170 -75,196"
            )
        ),
    ),
    flows=(
        Flow("-46,104 -20,74 24,62 70,96", "-46,110 -10,118 30,128 62,136", both=False),
        Flow(
            "-48,100 -62,84 -78,110 -84,160",
            "-50,106 -62,120 -72,150 -76,196",
            both=False,
        ),
        Flow("74,96 86,130 86,170 80,208", "60,122 72,146 76,170 76,200", both=False),
    ),
)
CROPPED = Haircut(
    front=(
        symmetric(
            parse_knots(
                "0,66 42,72 74,104 84,150 81,205 75,190 73,160 67,140 52,124 24,119 0,120",
            )
        ),
    ),
    flows=(
        Flow("2,68 10,92 12,119", "62,84 62,106 54,124"),
        Flow("70,96 80,140 80,200", "64,120 74,150 76,190"),
    ),
    softness=1.3,
)
RECEDING = Haircut(
    front=(
        *add_mirror_image(
            spline(
                parse_knots("80,212 87,175 84,130 66,92 36,72 46,92 60,116 72,142 75,172 74,202"),
            )
        ),
        symmetric(parse_knots("0,66 26,68 44,82 30,92 12,88 0,90")),
    ),
    flows=(
        Flow("40,74 70,98 84,140 84,204", "48,90 64,116 74,150 76,200"),
        Flow("0,68 20,72 40,86", "0,86 16,88 30,92"),
    ),
    softness=1.3,
)
CURLY = Haircut(front=_draw_curls())
BOB = Haircut(
    front=(
        spline(
            parse_knots(
                "-34,64 10,50 58,64 92,112 104,190 109,262 106,318 90,334 72,326"
                " 80,296 82,250 80,205 72,168 52,134 14,108 -22,92 -36,80"
            )
        ),
        spline(
            parse_knots(
                "-30,62 -62,74 -92,118 -104,190 -109,262 -106,318 -90,334 -72,326"
                " -80,296 -82,250 -80,205 -74,160 -62,120 -42,96 -26,84"
            )
        ),
    ),
    back=(symmetric(parse_knots("0,52 52,62 92,112 104,190 108,262 104,318 84,338 50,330 0,320")),),
    flows=(
        Flow(
            "-32,66 30,56 92,120 106,250 92,332",
            "-32,82 20,110 76,180 82,260 74,324",
            both=False,
        ),
        Flow(
            "-32,66 -62,76 -100,170 -107,260 -92,332",
            "-34,82 -58,118 -78,190 -82,260 -74,324",
            both=False,
        ),
    ),
)
LONG = Haircut(
    front=tuple(
        add_mirror_image(
            spline(
                parse_knots(
                    "-2,66 30,54 66,74 94,126 104,200 110,290 120,380 112,446 70,446"
                    " 84,390 86,310 82,240 76,190 60,146 30,112 4,96"
                )
            )
        )
    ),
    back=(symmetric(parse_knots("0,57 54,65 92,112 104,200 112,300 116,400 90,440 0,440")),),
    flows=(Flow("0,66 50,62 98,150 110,290 114,446", "2,94 40,122 78,200 86,310 74,446"),),
)
BUN = Haircut(
    front=(
        symmetric(
            parse_knots("0,58 40,64 74,96 86,146 82,208 77,190 74,158 64,132 38,115 0,110"),
        ),
    ),
    back=(ellipse(4, 52, 34, 30),),
    flows=(
        Flow("2,60 4,80 2,110", "40,64 70,110 80,196"),
        Flow("0,60 20,78 32,112", "10,58 66,90 78,180"),
    ),
)

HAIRCUTS = {
    Hair.SHORT: SHORT,
    Hair.CROPPED: CROPPED,
    Hair.CURLY: CURLY,
    Hair.RECEDING: RECEDING,
    Hair.BOB: BOB,
    Hair.LONG: LONG,
    Hair.BUN: BUN,
}
