"""Background of text lines: search for a line whose background has lost its texture.

An area that was painted over or filled by an editor is smoother than the page around it, even after
the file is saved again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import SmoothLine
from docverify.reading.files.pages import Image
from docverify.reading.quads import Quad, measure_height, measure_length
from docverify.reading.rectification import Rectification

MIN_HEIGHT, MAX_HEIGHT = 9, 120  # pixels of a line
MIN_ASPECT = 1.5
MIN_COMPARED = 4  # lines
MAX_COMPARED = 60  # lines; documents have up to 50
MAX_PIXELS = 6_000_000  # of the area around the lines: a larger one is reduced
MARGIN_ACROSS, MARGIN_DOWN = 1.3, 0.9  # heights around a line
GAP = 0.22  # heights around a line that count neither as the line nor as its surroundings
MIN_INSIDE, MIN_AROUND = 120, 200  # pixels without ink
FINE = 1.2  # pixels: standard deviation of the blur that removes the fine texture
SOFTENING = 0.35  # grey levels of texture, so that a plain background has no large ratio
LEAST_TEXTURE = 0.5  # grey levels: only a texture that exists can be lost
LEAST_SPREAD = 0.06
BLOCK = 64  # pixels of a JPEG block; compression keeps or loses the texture of a block as a whole
BLOCK_SPREAD = 0.15  # of the change of a line whose background is one block; less with more blocks
SPREAD = 1.48  # standard deviations of normal noise in a median deviation
INK_HEIGHT = 28  # pixels to which a line is reduced to find its ink
INK_SHARE, LEAST_INK = 0.42, 14.0  # of the darkest ink, and grey levels
MAX_INK = 0.5  # of a line's box; letters cover less of it
CLIPPED = 250  # grey levels from which the light of a lamp may have erased the texture
MAX_CLIPPED_INSIDE, MAX_CLIPPED_AROUND = 0.5, 0.2  # of the background of a line, and around it
PEN = 7  # pixels by which ink is widened: its edge is not background

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Surface:
    """An image in grey, its fine texture, and a mask of its lines (0 or 255)."""

    grey: Grey
    fine: Grey
    covered: NDArray[np.uint8]


@dataclass(frozen=True)
class Texture:
    """The fine texture of a line's background and of its surroundings, in grey levels.

    `blocks` is the size of the line's background in JPEG blocks.
    """

    inside: float
    around: float
    blocks: float

    @property
    def change(self) -> float:
        """The logarithm of the ratio of the two."""
        return float(np.log((self.inside + SOFTENING) / (self.around + SOFTENING)))


def find_smooth_line(
    image: Image, lines: Sequence[Quad], mrz_lines: Sequence[Quad], level: Rectification
) -> SmoothLine | None:
    """Find the line whose background is smoothest, compared with the other lines.

    None with fewer than MIN_COMPARED lines on a textured background. The lines of an MRZ are not
    searched, because their background is often plain.
    """
    if len(lines) < MIN_COMPARED:
        return None
    part, corner = crop(image, lines)
    if not part.size:
        return None
    scale = min(1.0, (MAX_PIXELS / max(part.shape[0] * part.shape[1], 1)) ** 0.5)
    moved = [(quad, ((quad - corner) * scale).astype(np.float32)) for quad in lines]
    sized = [(quad, seen) for quad, seen in moved if has_usual_size(seen)]
    chosen = sorted(sized, key=lambda each: measure_length(each[1]), reverse=True)[:MAX_COMPARED]
    if len(chosen) < MIN_COMPARED:
        return None
    covered = [*(seen for _, seen in moved), *((each - corner) * scale for each in mrz_lines)]
    surface = build_surface(part, scale, covered)
    measured = [(quad, measure_texture(surface, seen)) for quad, seen in chosen]
    textured = [(quad, each) for quad, each in measured if each and each.around > LEAST_TEXTURE]
    if len(textured) < MIN_COMPARED:
        return None
    changes = np.array([each.change for _, each in textured])
    doubts = np.array([BLOCK_SPREAD / each.blocks**0.5 for _, each in textured])
    away = changes - np.median(changes)
    losses = -away / (SPREAD * float(np.median(np.abs(away))) + LEAST_SPREAD + doubts)
    most = int(losses.argmax())
    return SmoothLine(level.find_box(textured[most][0]), float(losses[most]))


def has_usual_size(quad: Quad) -> bool:
    """Return whether a line is neither too low nor too high, and longer than high."""
    height = measure_height(quad)
    is_long = measure_length(quad) >= MIN_ASPECT * height
    return MIN_HEIGHT <= height <= MAX_HEIGHT and is_long


def crop(image: Image, quads: Sequence[Quad]) -> tuple[Image, NDArray[np.float32]]:
    """Cut out the lines with their surroundings; also return the corner of the crop."""
    corners = np.concatenate(quads)
    margin = 2 * max(map(measure_height, quads))
    height, width = image.shape[:2]
    left, top = np.maximum(corners.min(0) - margin, 0).astype(int)
    right, bottom = np.minimum(corners.max(0) + margin, (width, height)).astype(int)
    return image[top:bottom, left:right], np.array([left, top], np.float32)


def build_surface(image: Image, scale: float, quads: Sequence[Quad]) -> Surface:
    """Reduce an image, measure its fine texture, and mark the lines, given in the reduced image."""
    plain = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if scale < 1:
        plain = cv2.resize(plain, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = plain.astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), FINE))
    covered = np.zeros(grey.shape, np.uint8)
    cv2.fillPoly(covered, [np.round(each).astype(np.int32) for each in quads], 255)
    return Surface(grey, fine, covered)


def measure_texture(surface: Surface, quad: Quad) -> Texture | None:
    """Measure the background and the surroundings of a line.

    None if there is too little of either, for light print on a dark background, and if a lamp has
    made both white: such an area has no texture, even on a genuine document.
    """
    width, height = round(measure_length(quad)), round(measure_height(quad))
    across, down = round(MARGIN_ACROSS * height), round(MARGIN_DOWN * height)
    right, bottom = across + width, down + height
    target = np.array([(across, down), (right, down), (right, bottom), (across, bottom)])
    to_strip = cv2.getPerspectiveTransform(quad, target.astype(np.float32))
    size = (width + 2 * across, height + 2 * down)
    grey, fine = (
        cv2.warpPerspective(each, to_strip, size, borderMode=cv2.BORDER_REPLICATE)
        for each in (surface.grey, surface.fine)
    )
    covered = cv2.warpPerspective(
        surface.covered, to_strip, size, flags=cv2.INTER_NEAREST, borderValue=255
    )
    ink = find_ink(grey)
    own = np.zeros(grey.shape, bool)
    own[down + 1 : bottom - 1, across:right] = True
    if ink[own].mean() > MAX_INK:
        # Light print on a dark band: the lighter pixels are not background.
        return None
    paper = cv2.dilate(ink, np.ones((PEN, PEN), np.uint8)) == 0
    near = np.zeros(grey.shape, bool)
    gap = max(4, round(GAP * height))
    near[max(0, down - gap) : bottom + gap, max(0, across - gap) : right + gap] = True
    inside, around = own & paper, ~near & paper & (covered == 0)
    if inside.sum() < MIN_INSIDE or around.sum() < MIN_AROUND:
        return None
    clipped = grey >= CLIPPED
    if clipped[inside].mean() > MAX_CLIPPED_INSIDE and clipped[around].mean() > MAX_CLIPPED_AROUND:
        return None
    blocks = float(inside.sum()) / BLOCK
    return Texture(float(fine[inside].mean()), float(fine[around].mean()), blocks)


def find_ink(grey: cv2.typing.MatLike) -> NDArray[np.uint8]:
    """Find the pixels that are darker than the paper around them: 1 for ink, otherwise 0."""
    scale = min(1.0, INK_HEIGHT / grey.shape[0])
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    side = max(7, int(small.shape[0] * 0.9) | 1)
    lightest = cv2.dilate(cv2.GaussianBlur(small, (0, 0), 0.8), np.ones((side, side), np.uint8))
    paper = cv2.resize(cv2.blur(lightest, (side, side)), grey.shape[1::-1])
    dark = paper - grey
    threshold = max(LEAST_INK, INK_SHARE * float(np.percentile(dark, 97)))
    return (dark > threshold).astype(np.uint8)
