"""What a line of text says: a strip of the picture to probabilities of characters."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.detection import Quad
from docverify.reading.models import characters, recogniser
from docverify.reading.pages import Picture

STRIP_HEIGHT = 48  # The height that the network was trained for.
MIN_WIDTH = 96
MAX_WIDTH = 2400
SIDE_PAD = 0.25  # heights of the line
TOP_PAD = 0.06

Steps = NDArray[np.float32]
"""One row per step along the line, one column per class of the recogniser; rows sum to one."""


def strip_of(picture: Picture, quad: Quad) -> Picture:
    """Cut a line out of the picture, level and at the height of the network, with a margin."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    length, height = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    across = along / max(length, 1.0) * height * SIDE_PAD
    above = down * TOP_PAD
    corners = quad + np.stack([-across - above, across - above, across + above, above - across])
    scale = STRIP_HEIGHT / (height * (1 + 2 * TOP_PAD))
    width = int(np.clip(round((length + 2 * SIDE_PAD * height) * scale), 24, MAX_WIDTH))
    right, bottom = width, STRIP_HEIGHT
    target = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    transform = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    strip: Picture = cv2.warpPerspective(  # type: ignore[assignment]
        picture,
        transform,
        (width, STRIP_HEIGHT),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return strip


def recognise(strip: Picture) -> Steps:
    """Return the probabilities of each class at each step along the strip."""
    width = max(strip.shape[1], MIN_WIDTH)
    values = np.zeros((1, 3, STRIP_HEIGHT, width), np.float32)
    values[0, :, :, : strip.shape[1]] = (strip.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
    session = recogniser()
    (output,) = session.run(None, {session.get_inputs()[0].name: values})
    steps = int(np.ceil(output.shape[1] * strip.shape[1] / width))
    probabilities: Steps = output[0, :steps]
    return probabilities


def read_greedily(steps: Steps) -> tuple[str, float]:
    """Return the likeliest text, and the confidence of its least certain letter or digit.

    Blanks and punctuation do not count: whether a gap is a blank is a matter of taste.
    """
    best, sure = steps.argmax(1), steps.max(1)
    starts = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
    text = "".join(characters()[best[start]] for start in starts)
    telling = (start for start, character in zip(starts, text, strict=True) if character.isalnum())
    return text, min((_run_peak(best, sure, int(start)) for start in telling), default=0.0)


def _run_peak(best: NDArray[np.intp], sure: NDArray[np.float32], start: int) -> float:
    """A character may last several steps: the surest of them counts."""
    stop = start
    while stop < len(best) and best[stop] == best[start]:
        stop += 1
    return float(sure[start:stop].max())


def read_lines(picture: Picture, quads: Sequence[Quad]) -> list[tuple[str, float]]:
    """Read each line greedily, in the order given."""
    return [read_greedily(recognise(strip_of(picture, quad))) for quad in quads]
