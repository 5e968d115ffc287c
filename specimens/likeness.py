"""Likenesses: what tells one drawn face from another."""

from dataclasses import dataclass
from enum import Enum

from specimens.canvas import Colour, mixed


class Hair(Enum):
    """The ways to wear it."""

    SHORT = "short"
    CROPPED = "cropped"
    CURLY = "curly"
    RECEDING = "receding"
    BOB = "bob"
    LONG = "long"
    BUN = "bun"


@dataclass(frozen=True)
class Likeness:
    """Colours and proportions; 1 is usual where nothing else is said."""

    skin: Colour
    hair_colour: Colour
    hair: Hair
    eyes: Colour
    clothes: Colour
    lips: Colour = (168, 84, 82)
    jaw: float = 1.0  # width of the lower face
    length: float = 1.0  # of the face below the eyes
    brow: float = 1.0  # thickness
    beard: float = 0.0  # from 0, shaved, to 1, dense
    age: float = 0.0  # from 0, smooth, to 1, lined
    glasses: bool = False
    collar: bool = False

    def shade(self, share: float) -> Colour:
        """Darken the skin, towards a warm brown."""
        return mixed(self.skin, mixed(self.skin, (70, 24, 14), 0.75), share)

    def low(self, y: float) -> float:
        """Place a height of the usual face on this one; only the part below the eyes stretches."""
        return y if y < 208 else 208 + (y - 208) * self.length
