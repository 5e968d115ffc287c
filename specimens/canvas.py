"""Canvas that is inked through masks, in units of the drawing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from specimens.curves import Points

Colour = tuple[int, int, int]
Mask = NDArray[np.float32]  # 0: not covered, 1: covered
Pixels = NDArray[np.float32]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
FRACTION_BITS = 4  # OpenCV draws with coordinates in sixteenths of a pixel


@dataclass(frozen=True)
class Canvas:
    """RGB pixels from 0 to 255, the number of pixels per unit, and the place of x = 0."""

    pixels: Pixels
    scale: float
    axis: float = 0.0

    @classmethod
    def blank(
        cls, width: float, height: float, scale: float, colour: Colour, axis: float = 0.0
    ) -> Self:
        """Return a canvas of one colour; the size is in units."""
        pixels = np.empty((round(height * scale), round(width * scale), 3), np.float32)
        pixels[:] = colour
        return cls(pixels, scale, axis)

    def area(self, *outlines: Points) -> Mask:
        """Return a mask of the inside of the outlines."""
        mask = self._nothing()
        for outline in outlines:
            cv2.fillPoly(mask, [self._fixed(outline)], 255, cv2.LINE_AA, FRACTION_BITS)
        return _cover(mask)

    def lines(self, curves: Iterable[Points], thickness: float, *, closed: bool = False) -> Mask:
        """Return a mask of the lines along curves."""
        mask = self._nothing()
        pixels = max(1, round(thickness * self.scale))
        fixed = [self._fixed(curve) for curve in curves]
        cv2.polylines(mask, fixed, closed, 255, pixels, cv2.LINE_AA, FRACTION_BITS)
        return _cover(mask)

    def soft(self, mask: Mask, radius: float) -> Mask:
        """Blur a mask by a radius in units."""
        window = _extent(mask, margin=round(3 * radius * self.scale))
        softened = np.zeros_like(mask)
        softened[window] = blur(mask[window], radius * self.scale)
        return softened

    def moved(self, mask: Mask, x: float, y: float) -> Mask:
        """Move a mask by units; the area that enters is empty."""
        height, width = mask.shape
        shift = np.array([[1, 0, x * self.scale], [0, 1, y * self.scale]], np.float32)
        return np.asarray(cv2.warpAffine(mask, shift, (width, height)), np.float32)

    def ink(self, mask: Mask, colour: Colour | Pixels, opacity: float = 1.0) -> None:
        """Paint a colour on the area that the mask covers."""
        window = _extent(mask)
        under = self.pixels[window]
        over = np.broadcast_to(np.asarray(colour, np.float32), self.pixels.shape)[window]
        under += (over - under) * (mask[window] * np.float32(opacity))[..., None]

    def image(self) -> Image.Image:
        """Return the canvas as an image."""
        return Image.fromarray(np.clip(self.pixels + 0.5, 0, 255).astype(np.uint8))

    def _nothing(self) -> NDArray[np.uint8]:
        return np.zeros(self.pixels.shape[:2], np.uint8)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        pixels = (points + np.array((self.axis, 0))) * self.scale
        return np.asarray(np.round(pixels * 2**FRACTION_BITS), np.int32)


def blur(mask: Mask, sigma: float) -> Mask:
    """Blur a mask; wide blurs are computed on a small copy, because that is faster."""
    height, width = mask.shape
    if sigma <= 8 or min(height, width) < 32:
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32)
    small = cv2.resize(mask, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


def mix_colours(first: Colour, last: Colour, share: float) -> Colour:
    """Mix two colours."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, last, strict=True))
    return red, green, blue


def _cover(mask: NDArray[np.uint8]) -> Mask:
    return np.asarray(mask.astype(np.float32) / 255, np.float32)


def _extent(mask: Mask, margin: int = 0) -> tuple[slice, slice]:
    """Return the rows and columns that a mask covers, so that small shapes are fast."""
    x, y, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
    top, left = max(0, y - margin), max(0, x - margin)
    return slice(top, y + height + margin), slice(left, x + width + margin)
