"""Colours as a viewer shows them: ICC profiles applied, transparency on white paper."""

from __future__ import annotations

import io
from functools import cache

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms

from docverify.errors import UnreadableFile

MAX_PROFILE_BYTES = 4_000_000  # Profiles for print on paper have up to 3 MB.
GRID = 9  # levels of each channel on which a profile is tried
SAME = 3  # of 255: less is invisible
PROFILE_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Colour space of a profile (ICC.1, 7.2.6) to the mode of the images that it describes."""

VISIBLE = 12  # of 255 levels between the image on white and on black
EDGE = 4  # pixels: how far antialiasing reaches into the outline
AROUND = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
MIN_PATCH = 25  # pixels
MIN_DOCUMENT = 0.05  # of the image: anything smaller is a caption and not a side of a document


def apply_profile(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """Convert an image to sRGB if its ICC profile is a different one; otherwise return the image.

    A profile that is broken, too large or made for another kind of image is ignored, as viewers do.
    An image of the mode RGB may be changed in place.
    """
    if not profile or len(profile) > MAX_PROFILE_BYTES:
        return image
    try:
        return convert_to_srgb(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def convert_to_srgb(image: PIL.Image.Image, profile: ImageCms.ImageCmsProfile) -> PIL.Image.Image:
    """Return an image in sRGB; keep it if the profile does not describe or change it."""
    if image.mode != PROFILE_MODES.get(profile.profile.xcolor_space):
        return image
    transform = ImageCms.buildTransform(profile, _srgb(), image.mode, "RGB")
    if image.mode != "CMYK" and keeps_colors(transform, image.mode):
        return image
    # Three bytes per pixel are replaced by three others, so a large image is not kept twice.
    shown = ImageCms.applyTransform(image, transform, inPlace=image.mode == "RGB")
    return shown or image


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def keeps_colors(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Return whether a transformation changes no color by more than SAME levels."""
    levels = np.linspace(0, 255, GRID if mode == "RGB" else 256).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3)
    patches = PIL.Image.fromarray(grid if mode == "RGB" else levels[None])
    shown = ImageCms.applyTransform(patches, transform)
    if shown is None:
        return True
    change = np.asarray(shown, np.int16) - np.asarray(patches.convert("RGB"), np.int16)
    return int(np.abs(change).max()) <= SAME


def lay_on_paper(colors: PIL.Image.Image, alpha: PIL.Image.Image) -> PIL.Image.Image:
    """Return an RGB image on white paper; raise UnreadableFile if it looks different on black.

    Transparency outside the outlines of the documents, such as around their round corners, does not
    count. Content there, such as a caption, is left out.
    """
    opacity = np.asarray(alpha)
    if int(opacity.min()) < 255 - VISIBLE:
        documents = find_documents(opacity >= VISIBLE)
        see_through = sum(
            int((find_outline(each) & (opacity < 255 - VISIBLE)).sum()) for each in documents
        )
        if see_through >= MIN_PATCH or not documents:
            raise transparent()
        near = cv2.dilate(np.any(documents, axis=0).astype(np.uint8), AROUND)
        alpha = PIL.Image.fromarray(opacity * near)
    paper = PIL.Image.new("RGB", colors.size, "white")
    paper.paste(colors, mask=alpha)
    return paper


def find_documents(shown: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return the connected visible areas that are as large as a side of a document.

    Strokes of letters and lines that touch a document do not belong to it.
    """
    without_strokes = cv2.morphologyEx(shown.astype(np.uint8), cv2.MORPH_OPEN, AROUND)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(without_strokes)
    large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= MIN_DOCUMENT * shown.size) + 1
    return [labels == each for each in large]


def transparent() -> UnreadableFile:
    """Return the error for an image that looks different on another background."""
    return UnreadableFile(
        "transparent",
        "parts of the image are transparent, so that it looks different on another background;"
        " save it without transparency, for example as a JPEG",
    )


def find_outline(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the convex outline of the visible area, without its edge."""
    rows = np.flatnonzero(shown.any(axis=1))
    first = shown[rows].argmax(axis=1)
    last = shown.shape[1] - 1 - shown[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.stack([first, rows], 1), np.stack([last, rows], 1)])
    mask = np.zeros(shown.shape, np.uint8)
    if rows.size:
        cv2.fillConvexPoly(mask, cv2.convexHull(ends.astype(np.int32)), 1)
    return cv2.erode(mask, AROUND, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(bool)
