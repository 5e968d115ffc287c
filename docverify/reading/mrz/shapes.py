"""Shapes of OCR-B, with which the characters of an MRZ are compared.

`training.shapes` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.documents.mrz import ALPHABET

SHAPES = Path(__file__).parent / "ocrb_shapes.png"
CELL = (20, 44)  # pixels of a character: its pitch of 2.54 mm, and its height with margins
LARGER = 4  # times the size of a cell
WEIGHTS = (0, 5)  # pixels by which strokes are bolder, at eight times the size of a cell

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Style:
    """How printer and camera change the shapes.

    Attributes:
        stretch: height of the characters, as a share of the height that their pitch asks for.
        blur: standard deviation of the blur, in pixels of a cell.
        weight: index of WEIGHTS.
    """

    stretch: float = 1.0
    blur: float = 1.0
    weight: int = 0


@cache
def load_shapes() -> NDArray[np.uint8]:
    """Load, once per process, the shapes: weights x rows x characters x columns."""
    sheet = cv2.imread(str(SHAPES), cv2.IMREAD_GRAYSCALE)
    if sheet is None:
        raise FileNotFoundError(f"{SHAPES.name} is missing: install the package again")
    width, height = (LARGER * each for each in CELL)
    return np.asarray(sheet, np.uint8).reshape(len(WEIGHTS), height, len(ALPHABET), width)


@cache
def draw_shape(character: str, style: Style) -> Grey:
    """Return a character of OCR-B in its cell, white (255) on black."""
    large = load_shapes()[style.weight, :, ALPHABET.index(character)]
    width, height = CELL
    stretched = max(1, round(height * style.stretch))
    shape = cv2.resize(large.astype(np.float32), (width, stretched), interpolation=cv2.INTER_AREA)
    if stretched > height:
        shape = shape[(stretched - height) // 2 :][:height]
    else:
        above = (height - stretched) // 2
        below = height - stretched - above
        shape = cv2.copyMakeBorder(shape, above, below, 0, 0, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), style.blur), np.float32)
