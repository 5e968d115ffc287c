"""Text recognition: from the strip of a line to probabilities of characters."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.reading.files.pages import Image
from docverify.reading.models import characters, recogniser
from docverify.reading.quads import Quad

STRIP_HEIGHT = 48  # The height that the network was trained for.
MIN_WIDTH = 96
MAX_WIDTH = 2400
SIDE_PAD = 0.25  # heights of the line
TOP_PAD = 0.06
GLYPH_HEIGHT = 0.95  # Heights in pitches of OCR-B: of its capitals,
LINE_HEIGHT = 1.65  # of a line with the margin of the training data,
WINDOW = 2.4  # and of the window in which a line is searched.
MAX_MOVE = 0.4
PARTS = 8
AROUND = 41  # pixels of a strip: more than a character
FAINT = 12.0  # Fewer grey levels of ink are noise.
PAPER_PLACES = 30  # Squares along an image in which paper counts as equally bright,
INK_PLACES = 80  # and in which ink does: about a character of an MRZ.
COLOUR_WEIGHT = 2.0  # by which coloured ink becomes lighter

Probabilities = NDArray[np.float32]
"""One row per step along the line, one column per class of the recogniser; rows sum to 1."""


def add_margin(quad: Quad) -> Quad:
    """Return the quad that a strip shows: the line with a margin around it."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    length, height = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    across = along / max(length, 1.0) * height * SIDE_PAD
    above = down * TOP_PAD
    margin = np.stack([-across - above, across - above, across + above, above - across])
    shown: Quad = (quad + margin).astype(np.float32)
    return shown


def cut_strip(image: Image, quad: Quad) -> Image:
    """Cut a line out of the image, horizontal, at the network's height, with a margin."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    length, height = float(np.linalg.norm(along)), float(np.linalg.norm(down))
    corners = add_margin(quad)
    scale = STRIP_HEIGHT / (height * (1 + 2 * TOP_PAD))
    width = int(np.clip(round((length + 2 * SIDE_PAD * height) * scale), 24, MAX_WIDTH))
    right, bottom = width, STRIP_HEIGHT
    target = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    transform = cv2.getPerspectiveTransform(corners, target)
    strip: Image = cv2.warpPerspective(  # type: ignore[assignment]
        image,
        transform,
        (width, STRIP_HEIGHT),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return strip


def fit_to_ink(image: Image, quad: Quad, pitch: float) -> Quad:
    """Fit the quad of a line to its ink, with the height that OCR-B has at this pitch.

    The detector's box around small or slanted text is often twice as high as the text, and skewed.
    """
    window = set_height(quad, WINDOW * pitch)
    ink = np.abs(
        cv2.Sobel(cv2.cvtColor(cut_strip(image, window), cv2.COLOR_BGR2GRAY), cv2.CV_32F, 1, 0)
    )
    unit = STRIP_HEIGHT / (WINDOW * (1 + 2 * TOP_PAD))
    glyph = np.ones(round(GLYPH_HEIGHT * unit))
    bands = np.stack(
        [np.convolve(part.mean(1), glyph, "same") for part in np.array_split(ink, PARTS, axis=1)]
    )
    near = round(STRIP_HEIGHT / 2 - MAX_MOVE * unit)
    bands = bands[:, near : STRIP_HEIGHT - near]
    across = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    slope, offset = np.polyfit(across, near + bands.argmax(1), 1, w=bands.max(1))
    moves = (offset + slope * np.array([-0.5, 0.5]) - (STRIP_HEIGHT - 1) / 2) / unit * pitch
    down = (window[3] - window[0]) / np.linalg.norm(window[3] - window[0])
    moved = window + down * moves[[0, 1, 1, 0], None]
    return set_height(moved.astype(np.float32), LINE_HEIGHT * pitch)


def set_height(quad: Quad, height: float) -> Quad:
    """Change the height of a quad, in pixels, around its middle line."""
    left, right = quad[[0, 3]].mean(0), quad[[1, 2]].mean(0)
    x, y = (right - left) / max(float(np.linalg.norm(right - left)), 1e-6)
    down = np.array([-y, x]) * height / 2
    return np.stack([left - down, right - down, right + down, left + down]).astype(np.float32)


def remove_shading(strip: Image) -> Image:
    """Remove shade and glare from a strip: paper becomes white, and ink equally dark."""
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY)
    around = cv2.getStructuringElement(cv2.MORPH_RECT, (AROUND, AROUND))
    paper = cv2.blur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, around), (AROUND, AROUND))
    ink = cv2.subtract(paper, grey).astype(np.float32)
    darkest = cv2.blur(cv2.dilate(ink, around), (AROUND, AROUND))
    flat = 255 * (1 - np.clip(ink / np.maximum(darkest, FAINT), 0, 1))
    return cv2.cvtColor(flat.astype(np.uint8), cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]


def remove_glare(image: Image) -> Image:
    """Remove glare from the image of a document: faint ink becomes as dark as the ink around it."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    side = max(grey.shape)
    light = cv2.getStructuringElement(cv2.MORPH_RECT, (side // PAPER_PLACES,) * 2)
    paper = cv2.blur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, light), light.shape)
    ink = cv2.subtract(paper, grey)
    near = cv2.getStructuringElement(cv2.MORPH_RECT, (side // INK_PLACES + 1,) * 2)
    darkest = np.maximum(cv2.blur(cv2.dilate(ink, near), near.shape), np.uint8(FAINT))
    flat = cv2.divide(ink, darkest, scale=255.0)
    return cv2.cvtColor(255 - flat, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]


def remove_coloured_ink(image: Image) -> Image:
    """Remove coloured ink, such as a stamp's: it becomes as light as paper; black ink remains."""
    blue, green, red = cv2.split(image)
    lightest = cv2.max(cv2.max(blue, green), red)
    plain = cv2.addWeighted(lightest, 1.0, measure_chroma(image), COLOUR_WEIGHT, 0.0)
    return cv2.cvtColor(plain, cv2.COLOR_GRAY2BGR)  # type: ignore[return-value]


def measure_chroma(image: Image) -> NDArray[np.uint8]:
    """Measure how colourful each pixel is: its lightest channel less its darkest."""
    blue, green, red = cv2.split(image)
    lightest, darkest = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return cv2.subtract(lightest, darkest)  # type: ignore[return-value]


def recognise(strip: Image) -> Probabilities:
    """Return the probabilities of each class at each step along the strip."""
    width = max(strip.shape[1], MIN_WIDTH)
    values = np.zeros((1, 3, STRIP_HEIGHT, width), np.float32)
    values[0, :, :, : strip.shape[1]] = (strip.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
    session = recogniser()
    (output,) = session.run(None, {session.get_inputs()[0].name: values})
    steps = int(np.ceil(output.shape[1] * strip.shape[1] / width))
    probabilities: Probabilities = output[0, :steps]
    return probabilities


def read_greedily(steps: Probabilities) -> tuple[str, float]:
    """Return the likeliest text, and the confidence of its least certain letter or digit.

    Blanks and punctuation do not count, because it is often unclear whether a gap is a blank.
    """
    best, sure = steps.argmax(1), steps.max(1)
    starts = np.flatnonzero((best != 0) & (np.diff(best, prepend=0) != 0))
    text = "".join(characters()[best[start]] for start in starts)
    telling = (start for start, character in zip(starts, text, strict=True) if character.isalnum())
    return text, min((find_peak(best, sure, int(start)) for start in telling), default=0.0)


def find_peak(best: NDArray[np.intp], sure: NDArray[np.float32], start: int) -> float:
    """Return the highest confidence of the steps that a character lasts."""
    stop = start
    while stop < len(best) and best[stop] == best[start]:
        stop += 1
    return float(sure[start:stop].max())


def read_lines(image: Image, quads: Sequence[Quad]) -> list[tuple[str, float]]:
    """Read each line greedily, in the order given."""
    return [read_greedily(recognise(cut_strip(image, quad))) for quad in quads]
