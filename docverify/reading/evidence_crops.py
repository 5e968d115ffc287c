"""Enlarged crops of image evidence for a reviewer: what failed, and what to compare it with.

They show values of the holder, so only the review desk may show them.
"""

from __future__ import annotations

import cv2
import numpy as np

from docverify.checks.image_evidence import Sign, find_odd_characters, find_sign
from docverify.page import Box, Page
from docverify.policy import Policy
from docverify.reading.files.pages import Image
from docverify.reading.mrz.shapes import CELL, Style, draw_shape

HEIGHT = 240  # pixels of an enlarged crop
MAX_WIDTH = 1600
MARGIN = 0.5  # heights around a box
LIGHTEST, DARKEST = 98, 2  # per cent of the pixels, when the contrast is stretched


def render_evidence(upright: Image, page: Page, code: str, policy: Policy) -> tuple[bytes, ...]:
    """Render what a failed check of image evidence is about, as PNG.

    `upright` is the upright page, on which the boxes of `page` are; it may have another size. The
    first crop is of the image. The second one is what it should look like: the same characters in
    OCR-B, the other portrait, or the crop itself with its contrast stretched. Empty if the check
    did not fail on this page.
    """
    sign = find_sign(code, page, policy)
    if not isinstance(sign, Sign) or sign.holds:
        return ()
    crops = [crop_around(upright, page, box) for box in sign.boxes]
    if code in ("mrz_typeface", "mrz_character_shape"):
        crops = [crops[0], draw_expected(page, code, policy)] if crops else []
    elif code == "background_erased":
        crops.append(stretch_contrast(crops[0]))
    return tuple(encode(enlarge(each)) for each in crops)


def crop_around(upright: Image, page: Page, box: Box) -> Image:
    """Cut out a box with a margin."""
    scale = np.array([upright.shape[1] / page.width, upright.shape[0] / page.height])
    margin = MARGIN * box.height
    start = np.array([box.left - margin, box.top - margin]) * scale
    stop = np.array([box.right + margin, box.bottom + margin]) * scale
    left, top = np.maximum(start, 0).astype(int)
    right, bottom = np.minimum(np.ceil(stop), upright.shape[1::-1]).astype(int)
    part = upright[top:bottom, left:right]
    return part if part.size else upright[:1, :1]


def draw_expected(page: Page, code: str, policy: Policy) -> Image:
    """Draw in OCR-B what the MRZ says, or the characters around the first one that differs."""
    if page.mrz is None or page.evidence is None or page.evidence.mrz is None:
        return np.full((*reversed(CELL), 3), 255, np.uint8)
    rows = page.mrz.lines
    if code == "mrz_character_shape":
        (odd, _), *_ = find_odd_characters(page.evidence.mrz, policy)
        rows = (rows[odd.line][max(0, odd.place - 1) : odd.place + 2],)
    width = max(map(len, rows))
    drawn = [
        np.hstack([draw_shape(each, Style(blur=0.6)) for each in row.ljust(width, "<")])
        for row in rows
    ]
    grey = np.asarray(255 - np.vstack(drawn), np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)


def stretch_contrast(part: Image) -> Image:
    """Stretch the contrast so that a lost texture is seen."""
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(np.float32)
    paper = np.median(grey)
    low, high = np.percentile(grey[grey > 0.8 * paper], (DARKEST, LIGHTEST))
    levels = np.clip((grey - low) * 255 / max(high - low, 1), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(levels, cv2.COLOR_GRAY2BGR), np.uint8)


def enlarge(part: Image) -> Image:
    """Resize a crop to HEIGHT, or to MAX_WIDTH if it would be wider."""
    scale = min(HEIGHT / part.shape[0], MAX_WIDTH / part.shape[1])
    size = [max(1, round(each * scale)) for each in part.shape[1::-1]]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def encode(part: Image) -> bytes:
    """Write an image as PNG."""
    _, content = cv2.imencode(".png", part)
    return content.tobytes()
