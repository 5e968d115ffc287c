"""Captures: scans, photos and PDF files of a document on paper."""

from io import BytesIO
from time import gmtime

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from specimens.canvas import Mask, blur
from specimens.pages import DPI
from specimens.surfaces import Surface

Picture = Image.Image

BED = (249, 249, 247)  # the lid of a scanner
A4_MM = 210, 297
PDF_DPI = 200
PDF_DATE = gmtime(0)  # fixed, so that the file is the same each time


def scan(*sheets: Picture, margin: int = 42, tilt: float = 0.0) -> Picture:
    """Scan sheets one above the other, rotated by `tilt` degrees."""
    width = max(sheet.width for sheet in sheets) + 2 * margin
    height = sum(sheet.height + margin for sheet in sheets) + margin
    bed = Image.new("RGB", (width, height), BED)
    top = margin
    for sheet in sheets:
        _lay(bed, _tilt(sheet, tilt, margin // 2), (width // 2, top + sheet.height // 2))
        top += sheet.height + margin
    return bed


def _tilt(sheet: Picture, degrees: float, room: int) -> Picture:
    if not degrees:
        return sheet
    wide = Image.new("RGBA", (sheet.width + 2 * room, sheet.height + 2 * room), (*BED, 0))
    wide.paste(sheet, (room, room))
    return wide.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(*BED, 0))


def _lay(bed: Picture, sheet: Picture, middle: tuple[int, int]) -> None:
    x, y = middle[0] - sheet.width // 2, middle[1] - sheet.height // 2
    shadow = Image.new("L", bed.size)
    shadow.paste(sheet.getchannel("A").point(lambda alpha: alpha // 3), (x + 3, y + 4))
    bed.paste((90, 94, 100), mask=shadow.filter(ImageFilter.BoxBlur(6)))
    bed.paste(sheet, (x, y), sheet)


def soften(picture: Picture, radius: float) -> Picture:
    """Blur an image like a lens that is out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(radius))


def turn_left(picture: Picture) -> Picture:
    """Turn an image to the left by 90 degrees: text then runs from bottom to top."""
    return picture.transpose(Image.Transpose.ROTATE_90)


def photograph(sheet: Picture, desk: Surface, corners: NDArray[np.float32], seed: int) -> Picture:
    """Photograph a sheet on a desk, with its corners at the given places of the image."""
    height, width = desk.shape[:2]
    sheet_corners = np.array(
        [(0, 0), (sheet.width, 0), (sheet.width, sheet.height), (0, sheet.height)], np.float32
    )
    view = cv2.getPerspectiveTransform(sheet_corners, corners)
    flat = np.asarray(sheet, np.float32).copy()
    flat[..., :3] *= flat[..., 3:] / 255
    seen = cv2.warpPerspective(flat, view, (width, height), flags=cv2.INTER_LINEAR)
    cover = np.asarray(seen[..., 3] / 255, np.float32)
    scene = desk * (1 - 0.55 * _cast_shadow(cover)[..., None])
    scene = scene * (1 - cover[..., None]) + seen[..., :3]
    return _develop(scene, seed)


def _cast_shadow(cover: Mask) -> Mask:
    shift = np.array([[1, 0, 12], [0, 1, 18]], np.float32)
    moved = cv2.warpAffine(cover, shift, (cover.shape[1], cover.shape[0]))
    return blur(np.asarray(moved, np.float32), 14)


def _develop(scene: Surface, seed: int) -> Picture:
    """Darken the image away from the upper left, and add the noise of a small sensor."""
    height, width = scene.shape[:2]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    light = 1.01 - 0.30 * ((x - 0.3) ** 2 + (y - 0.35) ** 2)
    warm = np.array([1.01, 0.995, 0.955], np.float32)
    grain = np.random.default_rng(seed).random((height, width, 1), np.float32) * 5 - 2.5
    lit = scene * light[..., None] * warm + grain
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def encode_jpeg(picture: Picture, quality: int = 86) -> bytes:
    """Return a JPEG file."""
    content = BytesIO()
    picture.save(content, "JPEG", quality=quality, dpi=(DPI, DPI), optimize=True)
    return content.getvalue()


def encode_png(picture: Picture, colours: int = 224) -> bytes:
    """Return a PNG file with few colours, so that it is small."""
    content = BytesIO()
    few = picture.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    few.save(content, "PNG", dpi=(DPI, DPI), optimize=True)
    return content.getvalue()


def encode_pdf(sheet: Picture) -> bytes:
    """Return a PDF file: an A4 page with the sheet in its real size."""
    width, height = (round(side / 25.4 * PDF_DPI) for side in A4_MM)
    paper = Image.new("RGB", (width, height), (254, 254, 253))
    size = round(sheet.width * PDF_DPI / DPI), round(sheet.height * PDF_DPI / DPI)
    small = sheet.resize(size, Image.Resampling.LANCZOS)
    _lay(paper, small, (width // 2, height // 4))
    content = BytesIO()
    paper.save(
        content, "PDF", resolution=PDF_DPI, quality=88, creationDate=PDF_DATE, modDate=PDF_DATE
    )
    return content.getvalue()


def truncate(content: bytes, share: float) -> bytes:
    """Return only the beginning of a file, as after an interrupted upload."""
    return content[: round(len(content) * share)]
