"""Enlarged crops for a reviewer: places on a page, and what they should look like.

They show the holder's data, so only the review desk may show them.
"""

from __future__ import annotations

import cv2
import numpy as np

from docverify.comparisons import Crop
from docverify.page import Box
from docverify.reading.files.pages import Image
from docverify.reading.mrz.shapes import Style, draw_shape
from docverify.reading.rectification import Rectification

HEIGHT = 240  # pixels of an enlarged crop
MAX_WIDTH = 1600
MARGIN = 0.5  # heights around a box
MAX_SIDE = 6000  # pixels of a crop before it is resized
LIGHTEST, DARKEST = 98, 2  # per cent of the pixels, when the contrast is stretched


def render_crop(image: Image, level: Rectification, crop: Crop) -> bytes:
    """Render a crop of an image as PNG; `level` is the transform to its upright page."""
    if crop.expected:
        return encode(enlarge(draw_expected(crop.expected)))
    shown = cut_out(image, level, crop.box)
    return encode(enlarge(stretch_contrast(shown) if crop.is_stretched else shown))


def cut_out(image: Image, level: Rectification, box: Box) -> Image:
    """Cut a box with a margin out of the upright page of an image; at least one pixel."""
    margin = MARGIN * box.height
    left, top = max(0, int(box.left - margin)), max(0, int(box.top - margin))
    right = min(level.width, int(np.ceil(box.right + margin)))
    bottom = min(level.height, int(np.ceil(box.bottom + margin)))
    move = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]])
    size = [min(MAX_SIDE, max(1, each)) for each in (right - left, bottom - top)]
    shown = cv2.warpPerspective(image, move @ level.transform, size, flags=cv2.INTER_LINEAR)
    return np.asarray(shown, np.uint8)


def draw_expected(rows: tuple[str, ...]) -> Image:
    """Draw lines of an MRZ in OCR-B."""
    width = max(map(len, rows))
    drawn = [
        np.hstack([draw_shape(each, Style(blur=0.6)) for each in row.ljust(width, "<")])
        for row in rows
    ]
    grey = np.asarray(255 - np.vstack(drawn), np.uint8)
    if len(rows) > 1:  # A whole MRZ gets the same margin as its place on the page.
        margin = round(MARGIN * grey.shape[0])
        grey = np.pad(grey, margin, constant_values=255)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def stretch_contrast(part: Image) -> Image:
    """Stretch the contrast so that a lost texture becomes visible."""
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(np.float32)
    paper = np.median(grey)
    low, high = np.percentile(grey[grey >= 0.8 * paper], (DARKEST, LIGHTEST))
    levels = np.clip((grey - low) * 255 / max(high - low, 1), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), np.uint8)


def enlarge(part: Image) -> Image:
    """Resize a crop to HEIGHT, or to MAX_WIDTH if it would be wider."""
    scale = min(HEIGHT / part.shape[0], MAX_WIDTH / part.shape[1])
    size = [max(1, round(each * scale)) for each in part.shape[1::-1]]
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(part, size, interpolation=method), np.uint8)


def encode(part: Image) -> bytes:
    """Write an image as PNG."""
    _, content = cv2.imencode(".png", part)
    return content.tobytes()
