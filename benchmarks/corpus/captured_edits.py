"""Edits after the capture, as a forger with an image editor makes them in a photo or a scan.

Each edit changes only the pixels that it must, and returns the image; the file is saved once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from string import ascii_uppercase, digits

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.corpus.captures import Corners
from benchmarks.corpus.people import likeness
from specimens.lettering import OCRB_PITCH, Font, load_ocrb, load_sans
from specimens.portraits import draw_portrait

Pixels = NDArray[np.uint8]  # height x width x 3, RGB
Mask = NDArray[np.float32]  # height x width, 0 to 1

MARGIN = 0.5  # heights around a box that are cut out with it
LARGER = 4  # Letters are drawn larger and then reduced.
CHANGED_FIGURES = 2
FEATURES = (7, 6)  # rows and columns of a portrait whose positions vary
FEATURE_SPREAD = 0.02  # of its width, so that two portraits differ as much as photos of people


@dataclass(frozen=True)
class Captured:
    """A captured document.

    Attributes:
        pixels: the image.
        boxes: four corners of each text, and of the portrait, in pixels of the image.
        mrz: the lines of the MRZ.
    """

    pixels: Pixels
    boxes: Mapping[str, Corners]
    mrz: Sequence[str]


CapturedEdit = Callable[[Captured, Random], Pixels]
Change = Callable[[Pixels, float], tuple[Pixels, Mask]]
"""Changes a strip, given with its margin in pixels; returns it and a mask of the change."""


def redraw_figures(of: Captured, chance: Random) -> Pixels:
    """Fill two figures of the MRZ by inpainting, and draw other ones in OCR-B."""
    return _change_figures(of, chance, _redraw_figure)


def copy_figures(of: Captured, chance: Random) -> Pixels:
    """Copy two figures of the MRZ over others of the same line."""
    return _change_figures(of, chance, _copy_figure)


Figure = Callable[[Pixels, str, int, float, Random], tuple[Pixels, Mask]]
"""Changes one character of a line: the strip, its text, the place, the margin, chance."""


def _change_figures(of: Captured, chance: Random, change: Figure) -> Pixels:
    row = len(of.mrz) - 1 if len(of.mrz) == 2 else 1
    text, pixels = of.mrz[row], of.pixels
    places = [place for place, each in enumerate(text) if each.isdigit()]
    for place in chance.sample(places, min(CHANGED_FIGURES, len(places))):

        def change_strip(strip: Pixels, margin: float, place: int = place) -> tuple[Pixels, Mask]:
            return change(strip, text, place, margin, chance)

        pixels = edit_strip(pixels, of.boxes[f"mrz_{row}"], change_strip)
    return pixels


def _find_cell(strip: Pixels, text: str, place: int, margin: float) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a character's cell in the strip of its line."""
    pitch = (strip.shape[1] - 2 * margin) / (len(text) - 0.25)
    middle = margin + (place + 0.4) * pitch
    top, bottom = round(0.4 * margin), round(strip.shape[0] - 0.4 * margin)
    return round(middle - 0.5 * pitch), top, round(middle + 0.5 * pitch), bottom


def _redraw_figure(
    strip: Pixels, text: str, place: int, margin: float, chance: Random
) -> tuple[Pixels, Mask]:
    left, top, right, bottom = _find_cell(strip, text, place, margin)
    cell = strip[top:bottom, left:right].copy()
    ink = find_ink(cell)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    changed, mask = strip.copy(), np.zeros(strip.shape[:2], np.float32)
    if not rows.size or not columns.size:
        return changed, mask
    colour = np.median(cell[ink], axis=0)
    pen = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8))
    paper = cv2.inpaint(cell, pen, 3, cv2.INPAINT_TELEA).astype(np.float32)
    other = chance.choice([each for each in digits if each != text[place]])
    pitch = right - left
    at = (columns[0] + columns[-1] + 1) / 2, float(rows[-1] + 1)
    letter = draw_letters(other, load_ocrb(pitch / OCRB_PITCH * LARGER), at, cell.shape[:2], 1)
    changed[top:bottom, left:right] = blend(paper, colour, letter)
    mask[top:bottom, left:right] = 1
    return changed, mask


def _copy_figure(
    strip: Pixels, text: str, place: int, margin: float, chance: Random
) -> tuple[Pixels, Mask]:
    others = [at for at, each in enumerate(text) if each.isdigit() and each != text[place]]
    changed, mask = strip.copy(), np.zeros(strip.shape[:2], np.float32)
    if others:
        left, top, right, bottom = _find_cell(strip, text, place, margin)
        start, *_ = _find_cell(strip, text, chance.choice(others), margin)
        changed[top:bottom, left:right] = strip[top:bottom, start : start + right - left]
        mask[top:bottom, left:right] = 1
    return changed, mask


def rewrite_line(of: Captured, chance: Random) -> Pixels:
    """Paint over a printed field, or fill it by inpainting, and write different letters there."""
    names = [each for each in of.boxes if not each.startswith(("mrz", "barcode", "portrait"))]
    wide = [each for each in names if _measure(of.boxes[each])[0] > 4 * _measure(of.boxes[each])[1]]

    def rewrite(strip: Pixels, margin: float) -> tuple[Pixels, Mask]:
        ink = find_ink(strip)
        colour = np.median(strip[ink], axis=0) if ink.any() else np.array([40.0, 40, 40])
        pen = cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8))
        if chance.random() < 0.5:
            paper = cv2.inpaint(strip, pen, 3, cv2.INPAINT_TELEA).astype(np.float32)
        else:
            paper = np.full(strip.shape, np.percentile(strip, 70, axis=(0, 1)), np.float32)
        height = strip.shape[0] - 2 * margin
        count = max(4, round((strip.shape[1] - 2 * margin) / height / 0.85))
        text = "".join(chance.choices(ascii_uppercase + digits, k=count))
        font = load_sans(height / 0.72 * LARGER)
        at = strip.shape[1] / 2, strip.shape[0] - margin
        letters = draw_letters(text, font, at, strip.shape[:2], 0)
        mask = np.zeros(strip.shape[:2], np.float32)
        edge = round(0.4 * margin)
        mask[edge:-edge, edge:-edge] = 1
        return blend(paper, colour, letters), mask

    return edit_strip(of.pixels, of.boxes[chance.choice(wide or names)], rewrite)


def paste_portrait(of: Captured, chance: Random) -> Pixels:
    """Paste the portrait of another person over the large one."""
    drawn = np.asarray(draw_portrait(likeness(chance)).image().convert("RGB"), np.uint8)
    face = vary_features(drawn, chance)

    def paste(strip: Pixels, margin: float) -> tuple[Pixels, Mask]:
        edge = round(margin)
        changed, mask = strip.copy(), np.zeros(strip.shape[:2], np.float32)
        size = strip.shape[1] - 2 * edge, strip.shape[0] - 2 * edge
        changed[edge:-edge, edge:-edge] = cv2.resize(face, size, interpolation=cv2.INTER_AREA)
        mask[edge:-edge, edge:-edge] = 1
        return changed, mask

    return edit_strip(of.pixels, of.boxes["portrait"], paste, margin=0.05)


def vary_features(face: Pixels, chance: Random) -> Pixels:
    """Move the features of a drawn face, so that two faces differ like those of people.

    All drawn faces have their features at nearly the same places.
    """
    height, width = face.shape[:2]
    moves = np.random.default_rng(chance.getrandbits(32)).normal(0, 1, (2, *FEATURES))
    across, down = (
        cv2.resize(each, (width, height), interpolation=cv2.INTER_CUBIC) * FEATURE_SPREAD * width
        for each in moves
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = cv2.remap(
        face,
        (x + across).astype(np.float32),
        (y + down).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8)


def edit_strip(pixels: Pixels, corners: Corners, change: Change, margin: float = MARGIN) -> Pixels:
    """Change a box of an image as if it were horizontal, and nothing around it."""
    wide, high = _measure(corners)
    edge = max(2.0, margin * high)
    size = round(wide + 2 * edge), round(high + 2 * edge)
    target = [(edge, edge), (edge + wide, edge), (edge + wide, edge + high), (edge, edge + high)]
    there = cv2.getPerspectiveTransform(np.array(corners, np.float32), np.array(target, np.float32))
    strip = cv2.warpPerspective(pixels, there, size, borderMode=cv2.BORDER_REPLICATE)
    changed, mask = change(np.asarray(strip, np.uint8), edge)
    whole = pixels.shape[1], pixels.shape[0]
    back = cv2.warpPerspective(changed, np.linalg.inv(there), whole).astype(np.float32)
    cover = cv2.warpPerspective(mask, np.linalg.inv(there), whole)[..., None]
    return np.asarray(np.clip(back * cover + pixels * (1 - cover) + 0.5, 0, 255), np.uint8)


def _measure(corners: Corners) -> tuple[float, float]:
    """Return width and height of a box."""
    first, second, _, last = (np.array(each) for each in corners)
    return float(np.linalg.norm(second - first)), float(np.linalg.norm(last - first))


def find_ink(part: Pixels) -> NDArray[np.bool_]:
    """Find the pixels that are darker than the paper around them."""
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    paper, dark = np.percentile(grey, (70, 3))
    return np.asarray(grey < paper - 0.45 * (paper - dark))


def draw_letters(
    text: str, font: Font, at: tuple[float, float], shape: tuple[int, int], weight: int
) -> Mask:
    """Draw letters around the middle of their baseline, as a mask that is as soft as a capture."""
    height, width = shape
    drawn = Image.new("L", (width * LARGER, height * LARGER))
    place = at[0] * LARGER, at[1] * LARGER
    ImageDraw.Draw(drawn).text(place, text, 255, font, "ms", stroke_width=weight)
    small = np.asarray(drawn.resize((width, height), Image.Resampling.BOX), np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.6) / 255, np.float32)


def blend(paper: NDArray[np.float32], colour: NDArray[np.floating], letters: Mask) -> Pixels:
    """Print letters in one colour on paper."""
    mask = letters[..., None]
    return np.asarray(np.clip(paper * (1 - mask) + colour * mask + 0.5, 0, 255), np.uint8)
