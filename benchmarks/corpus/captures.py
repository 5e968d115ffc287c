"""Captures: how the sides of a document become a file, and where its boxes are in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.corpus.designs import Sheet
from specimens.capture import BED, PDF_DATE
from specimens.pages import DPI
from specimens.surfaces import Surface, draw_linen, draw_wood

Pixels = NDArray[np.uint8]  # height x width x 3
Matrix = NDArray[np.float64]
Corners = list[list[float]]

GAP = 46  # pixels between two sides


@dataclass(frozen=True)
class Shot:
    """An image, and the transformation from the points of the sides to it."""

    pixels: Pixels
    view: Matrix


@dataclass(frozen=True)
class Flat:
    """The sides above each other without a background, with all their boxes."""

    image: Image.Image
    boxes: dict[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Capture:
    """A kind of capture; if the image is illegible, a new one must be requested."""

    name: str
    take: Callable[[Flat, Random], Shot]
    suffix: str = ".jpg"
    quality: int = 88
    legible: bool = True


@dataclass(frozen=True)
class File:
    """The uploaded file; each box is four corners in pixels of its first page."""

    suffix: str
    content: bytes
    boxes: dict[str, Corners]


def stack_sides(sheets: Sequence[Sheet]) -> Flat:
    """Put the sides above each other."""
    wide = max(each.image.width for each in sheets)
    high = sum(each.image.height for each in sheets) + GAP * (len(sheets) - 1)
    image, top, boxes = Image.new("RGBA", (wide, high)), 0, {}
    for each in sheets:
        image.paste(each.image, (0, top), each.image)
        for name, (x, y, right, bottom) in each.boxes.items():
            boxes[name] = x, y + top, right, bottom + top
        top += each.image.height + GAP
    return Flat(image, boxes)


def capture_sides(capture: Capture, sheets: Sequence[Sheet], chance: Random) -> File:
    """Capture all sides and write them as a file."""
    flat = stack_sides(sheets)
    shot = capture.take(flat, chance)
    boxes = {name: _map_box(box, shot.view) for name, box in flat.boxes.items()}
    return File(capture.suffix, encode(shot.pixels, capture.suffix, capture.quality), boxes)


def encode(pixels: Pixels, suffix: str, quality: int) -> bytes:
    """Write an image as JPEG, as PNG, or as the only page of a PDF."""
    image, content = Image.fromarray(pixels), BytesIO()
    if suffix == ".pdf":
        image.save(
            content, "PDF", resolution=200, quality=quality, creationDate=PDF_DATE, modDate=PDF_DATE
        )
    elif suffix == ".png":
        image.save(content, "PNG", dpi=(DPI, DPI), compress_level=3)
    else:
        image.save(content, "JPEG", quality=quality, dpi=(DPI, DPI))
    return content.getvalue()


def _map_box(box: tuple[float, float, float, float], view: Matrix) -> Corners:
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], float)
    moved = cv2.perspectiveTransform(corners, view)[0]
    return [[round(float(x), 1), round(float(y), 1)] for x, y in moved]


def _place_in(flat: Flat, scene: Surface, view: Matrix, shade: float = 0.45) -> Surface:
    """Put the sides into a scene, with a shadow below them."""
    size = scene.shape[1], scene.shape[0]
    pixels = np.asarray(flat.image, np.float32).copy()
    pixels[..., :3] *= pixels[..., 3:] / 255
    seen = cv2.warpPerspective(pixels, view, size, flags=cv2.INTER_AREA)
    cover = seen[..., 3:] / 255
    moved = cv2.warpAffine(cover, np.array([[1, 0, 8], [0, 1, 11]], np.float32), size)
    shadow = cv2.resize(
        cv2.GaussianBlur(cv2.resize(moved, None, fx=0.25, fy=0.25), (0, 0), 3), size
    )
    dark = scene * (1 - shade * shadow[..., None])
    return np.asarray(dark * (1 - cover) + seen[..., :3], np.float32)


def _to_pixels(scene: Surface) -> Pixels:
    return np.asarray(np.clip(scene + 0.5, 0, 255), np.uint8)


def _grain(chance: Random, shape: tuple[int, ...], spread: float) -> Surface:
    noise = np.random.default_rng(chance.getrandbits(32))
    return np.asarray(noise.normal(0, spread, (*shape[:2], 1)), np.float32)


def _scan(flat: Flat, chance: Random, tilt: float = 1.2) -> Shot:
    margin = chance.randrange(30, 90)
    wide, high = flat.image.width + 2 * margin, flat.image.height + 2 * margin
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), chance.uniform(-tilt, tilt), 1)
    move = np.array([[1, 0, margin], [0, 1, margin], [0, 0, 1]], float)
    view = np.vstack([turn, (0, 0, 1)]) @ move
    bed = np.full((high, wide, 3), BED, np.float32)
    scene = cv2.GaussianBlur(_place_in(flat, bed, view, 0.25), (0, 0), chance.uniform(0.4, 0.7))
    return Shot(_to_pixels(scene + _grain(chance, scene.shape, 1.2)), view)


def _rotate_shot(shot: Shot, quarters: int) -> Shot:
    """Rotate an image to the left by quarter turns."""
    pixels, view = shot.pixels, shot.view
    for _ in range(quarters):
        width = pixels.shape[1]
        pixels = np.asarray(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
        view = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1]], float) @ view
    return Shot(pixels, view)


def _scan_rotated(flat: Flat, chance: Random) -> Shot:
    return _rotate_shot(_scan(flat, chance), chance.choice((1, 2, 3)))


def _desk(chance: Random, width: int, height: int) -> Surface:
    kind, seed = chance.randrange(3), chance.getrandbits(16)
    if kind == 2:
        shade = np.array([chance.uniform(40, 200)] * 3, np.float32)
        return np.asarray(np.broadcast_to(shade, (height, width, 3)), np.float32)
    return (draw_wood, draw_linen)[kind](width, height, seed)


def _photo(
    flat: Flat, chance: Random, degrees: float = 3, lean: float = 0.035, fill: float = 0.0
) -> Shot:
    """Photograph a document on a desk, from slightly to the side."""
    fill = fill or chance.uniform(0.72, 0.9)
    long_side = max(flat.image.size) / fill
    wide, high = round(long_side), round(long_side * 0.75)
    if flat.image.height > flat.image.width:
        wide, high = high, wide
    wide = max(wide, round(flat.image.width / fill))
    high = max(high, round(flat.image.height / fill))
    view = _view(flat, chance, (wide, high), degrees, lean)
    scene = _place_in(flat, _desk(chance, wide, high), view)
    return Shot(_to_pixels(_shade_light(scene, chance) + _grain(chance, scene.shape, 2.2)), view)


def _view(flat: Flat, chance: Random, size: tuple[int, int], degrees: float, lean: float) -> Matrix:
    wide, high = flat.image.size
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    angle = np.radians(chance.uniform(-degrees, degrees))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = (corners - (wide / 2, high / 2)) @ turn
    moved += [[chance.uniform(-lean, lean) * each for each in (wide, high)] for _ in corners]
    moved *= min(1.0, *(0.97 * size[axis] / np.ptp(moved[:, axis]) for axis in (0, 1)))
    moved += (np.array(size) - moved.min(0) - moved.max(0)) / 2
    return np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), float)


def _shade_light(scene: Surface, chance: Random) -> Surface:
    """Make the light weaker towards one side, and warm or cold."""
    height, width = scene.shape[:2]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    from_x, from_y = chance.random(), chance.random()
    light = 1.03 - chance.uniform(0.1, 0.35) * ((x - from_x) ** 2 + (y - from_y) ** 2)
    warm = np.array([1.0, 1.0, chance.uniform(0.92, 1.03)], np.float32)
    return np.asarray(scene * light[..., None] * warm, np.float32)


def _photo_rotated(flat: Flat, chance: Random) -> Shot:
    return _rotate_shot(_photo(flat, chance), chance.choice((1, 2, 3)))


def _photo_skewed(flat: Flat, chance: Random) -> Shot:
    return _photo(flat, chance, degrees=22, lean=0.05, fill=0.74)


def _photo_small_in_frame(flat: Flat, chance: Random) -> Shot:
    return _photo(flat, chance, fill=0.45)


def _photo_blur(flat: Flat, chance: Random, strength: float = 1.0) -> Shot:
    shot = _photo(flat, chance)
    if chance.random() < 0.5:
        sigma = chance.uniform(1.2, 2.6) * strength
        return Shot(
            _to_pixels(cv2.GaussianBlur(shot.pixels, (0, 0), sigma).astype(np.float32)), shot.view
        )
    reach = round(chance.uniform(3, 7) * strength)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = chance.uniform(0, np.pi)
    end = round(reach * np.cos(angle)), round(reach * np.sin(angle))
    cv2.line(kernel, (reach - end[0], reach - end[1]), (reach + end[0], reach + end[1]), 1.0)
    moved = cv2.filter2D(shot.pixels.astype(np.float32), -1, kernel / kernel.sum())
    return Shot(_to_pixels(np.asarray(moved, np.float32)), shot.view)


def _photo_illegible(flat: Flat, chance: Random) -> Shot:
    return _photo_blur(flat, chance, strength=6)


def _photo_glare(flat: Flat, chance: Random, strength: float = 90) -> Shot:
    """Add glare to the upper half, or strong glare to the MRZ or barcode."""
    shot = _photo(flat, chance)
    height, width = shot.pixels.shape[:2]
    at = chance.uniform(0.3, 0.7), chance.uniform(0.2, 0.5)
    if strength > 200:
        names = [each for each in flat.boxes if each.startswith(("mrz", "barcode"))]
        corners = np.array(_map_box(flat.boxes[names[-1]], shot.view))
        at = tuple(corners.mean(0) / (width, height))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (x / width - at[0]) / 0.2, (y / height - at[1]) / 0.14
    light = strength * np.exp(-(across**2) - down**2)
    return Shot(_to_pixels(shot.pixels + light[..., None].astype(np.float32)), shot.view)


def _photo_strong_glare(flat: Flat, chance: Random) -> Shot:
    return _photo_glare(flat, chance, strength=700)


def _photo_shadow(flat: Flat, chance: Random) -> Shot:
    """Add the shadow of a hand."""
    shot = _photo(flat, chance)
    height, width = shot.pixels.shape[:2]
    shade = np.ones((height, width), np.float32)
    start = round(chance.uniform(0.2, 0.7) * width)
    lean = round(chance.uniform(-0.3, 0.3) * width)
    band = np.array([(start, 0), (width, 0), (width, height), (start + lean, height)], np.int32)
    cv2.fillPoly(shade, [band], chance.uniform(0.4, 0.6))
    small = cv2.GaussianBlur(cv2.resize(shade, None, fx=0.25, fy=0.25), (0, 0), 6)
    dimmed = shot.pixels * cv2.resize(small, (width, height))[..., None]
    return Shot(_to_pixels(np.asarray(dimmed, np.float32)), shot.view)


def _photo_small(flat: Flat, chance: Random) -> Shot:
    shot = _photo(flat, chance)
    wide = flat.image.width * abs(shot.view[0, 0])
    scale = chance.uniform(480, 680) / wide * (flat.image.width / 1476) ** 0.35
    pixels = cv2.resize(shot.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return Shot(np.asarray(pixels, np.uint8), np.diag((scale, scale, 1.0)) @ shot.view)


def _scan_on_paper(flat: Flat, chance: Random) -> Shot:
    """Scan the document in its true size on an A4 page at 200 dpi."""
    shot = _scan(flat, chance)
    scale = 200 / DPI
    small = cv2.resize(shot.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = np.full((2339, 1654, 3), 254, np.uint8)
    top, left = chance.randrange(100, 500), (1654 - small.shape[1]) // 2
    paper[top : top + small.shape[0], left : left + small.shape[1]] = small
    move = np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]], float)
    return Shot(paper, move @ shot.view)


def _photocopy(flat: Flat, chance: Random) -> Shot:
    """Make a photocopy: grey, with too much contrast, streaks and dust."""
    shot = _scan(flat, chance)
    grey = cv2.cvtColor(shot.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = (grey - 128) * chance.uniform(1.25, 1.6) + chance.uniform(125, 140)
    noise = np.random.default_rng(chance.getrandbits(32))
    for _ in range(60):
        x, y = noise.integers(0, grey.shape[1]), noise.integers(0, grey.shape[0])
        cv2.circle(grey, (int(x), int(y)), int(noise.integers(1, 3)), 40.0, -1)
    streak = int(noise.integers(0, grey.shape[1] - 3))
    grey[:, streak : streak + 2] *= 0.8
    soft = cv2.GaussianBlur(grey + _grain(chance, grey.shape, 4)[..., 0], (0, 0), 0.6)
    return Shot(_to_pixels(np.repeat(soft[..., None], 3, 2).astype(np.float32)), shot.view)


def _photo_of_screen(flat: Flat, chance: Random) -> Shot:
    """Photograph the scan on a screen, whose raster interferes with that of the camera."""
    shot = _scan(flat, chance)
    scale = chance.uniform(1.2, 1.4)
    pixels = cv2.resize(shot.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    pitch, angle = chance.uniform(2.7, 3.6), np.radians(chance.uniform(2, 9))
    y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    across = x * np.cos(angle) + y * np.sin(angle)
    down = y * np.cos(angle) - x * np.sin(angle)
    phases = np.array([0, 1, 2], np.float32) * 2 * np.pi / 3
    stripes = np.sin(2 * np.pi * across[..., None] / pitch + phases)
    lines = np.sin(2 * np.pi * down / pitch)[..., None]
    scene = pixels * (0.9 + 0.13 * stripes + 0.08 * lines)
    scene *= np.array([0.94, 0.98, 1.06], np.float32)
    view = np.diag((scale, scale, 1.0)) @ shot.view
    return Shot(_to_pixels(_shade_light(scene.astype(np.float32), chance)), view)


SCAN = Capture("scan", _scan, quality=90)
CAPTURES = (
    SCAN,
    Capture("scan, PNG", _scan, suffix=".png"),
    Capture("scan, turned", _scan_rotated, quality=90),
    Capture("PDF", _scan_on_paper, suffix=".pdf"),
    Capture("photo", _photo, quality=84),
    Capture("photo, turned", _photo_rotated, quality=84),
    Capture("photo, skewed", _photo_skewed, quality=84),
    Capture("photo, small in the frame", _photo_small_in_frame, quality=84),
    Capture("photo, blur", _photo_blur, quality=84),
    Capture("photo, glare", _photo_glare, quality=84),
    Capture("photo, shadow", _photo_shadow, quality=84),
    Capture("photo, low resolution", _photo_small, quality=84),
    Capture("photo, JPEG 30", _photo, quality=30),
    Capture("photo, strong blur", _photo_illegible, quality=84, legible=False),
    Capture("photo, glare on the MRZ or barcode", _photo_strong_glare, quality=84, legible=False),
)
PHOTO = CAPTURES[4]
PHOTOCOPY = Capture("photocopy", _photocopy, quality=85)
RECAPTURE = Capture("photo of a screen", _photo_of_screen, quality=88)
FOR_ATTACKS = (SCAN, SCAN, CAPTURES[3], PHOTO)
