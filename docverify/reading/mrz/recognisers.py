"""What a network makes of a line of an MRZ, in the MRZ's own alphabet."""

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

HEIGHT = 32  # the height that the network for OCR-B was trained for
MIN_WIDTH = 32


@dataclass(frozen=True)
class StripReading:
    """Probabilities of blank and of ALPHABET's symbols, and the steps that show any character."""

    folded: Probabilities
    seen: NDArray[np.bool_]


Recogniser = Callable[[Image], StripReading]
"""From a strip, as recognition cuts it, to what it shows."""


def recognise_any_print(strip: Image) -> StripReading:
    """Read with the network that reads any print."""
    steps = recognise(strip)
    return StripReading(fold(steps), steps.argmax(1) != 0)


def recognise_ocrb(strip: Image) -> StripReading:
    """Read with the network that knows nothing but OCR-B: a tenth of the work."""
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY)
    width = max(MIN_WIDTH, round(grey.shape[1] * HEIGHT / STRIP_HEIGHT))
    small = cv2.resize(grey, (width, HEIGHT), interpolation=cv2.INTER_AREA)
    (steps,) = ocrb_recogniser().run(None, {"strip": small[None, None].astype(np.float32)})
    return StripReading(steps[0, :, :-1], steps[0].argmax(1) != 0)
