"""Likenesses: the colours and proportions in which drawn faces differ."""

from dataclasses import dataclass
from enum import Enum

from specimens.canvas import Colour, mix_colours


class Hair(Enum):
    """The hairstyles."""

    SHORT = "short"
    CROPPED = "cropped"
    CURLY = "curly"
    RECEDING = "receding"
    BOB = "bob"
    LONG = "long"
    BUN = "bun"


@dataclass(frozen=True)
class Likeness:
    """The colours and proportions of a face; 1 is usual unless noted otherwise."""

    skin: Colour
    hair_colour: Colour
    hair: Hair
    eyes: Colour
    clothes: Colour
    lips: Colour = (168, 84, 82)
    jaw: float = 1.0  # width of the lower face
    length: float = 1.0  # of the face below the eyes
    brow: float = 1.0  # thickness
    beard: float = 0.0  # from 0 (shaved) to 1 (dense)
    age: float = 0.0  # from 0 (smooth) to 1 (wrinkled)
    glasses: bool = False
    collar: bool = False

    def shade(self, share: float) -> Colour:
        """Return the colour of the skin, darkened by a share towards a warm brown."""
        return mix_colours(self.skin, mix_colours(self.skin, (70, 24, 14), 0.75), share)

    def low(self, y: float) -> float:
        """Return a height of the usual face on this one; only the part below the eyes is longer."""
        return y if y < 208 else 208 + (y - 208) * self.length
