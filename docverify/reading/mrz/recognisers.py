"""The two recognisers of an MRZ line, both in the MRZ's own alphabet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.models import ocrb_recogniser
from docverify.reading.mrz.decoding import fold
from docverify.reading.recognition import STRIP_HEIGHT, Probabilities, recognise

OCRB_HEIGHT = 32  # pixels: the height that the network for OCR-B was trained for
OCRB_MIN_WIDTH = 32  # pixels


@dataclass(frozen=True)
class StripReading:
    """A recogniser's reading of a strip.

    Attributes:
        folded: probabilities of a blank and of ALPHABET's symbols, by step.
        seen: whether a step shows any character, even one outside ALPHABET.
    """

    folded: Probabilities
    seen: NDArray[np.bool_]


#: Reads a strip that `recognition.cut_strip` cut.
Recogniser = Callable[[Image], StripReading]


def recognise_any_print(strip: Image) -> StripReading:
    """Read with the network for any printed text."""
    steps = recognise(strip)
    return StripReading(fold(steps), steps.argmax(1) != 0)


def recognise_ocrb(strip: Image) -> StripReading:
    """Read with the network for OCR-B only, at a tenth of the cost."""
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY)
    width = max(OCRB_MIN_WIDTH, round(grey.shape[1] * OCRB_HEIGHT / STRIP_HEIGHT))
    small = cv2.resize(grey, (width, OCRB_HEIGHT), interpolation=cv2.INTER_AREA)
    (steps,) = ocrb_recogniser().run(None, {"strip": small[None, None].astype(np.float32)})
    return StripReading(steps[0, :, :-1], steps[0].argmax(1) != 0)
