"""Photos of drawn lines: worn ink on paper, skewed, lit, blurred and saved."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.lines import LEFT, PITCH, Drawn, Grey

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """Where on the canvas each pixel of a photo is, and the middle row of it at other places."""

    u: Grey
    v: Grey
    centre: float
    reach: float
    keystone: float

    def along(self, at: Grey) -> Grey:
        """Return where on the canvas places along the line are: -1 is left, 1 is right."""
        return self.centre + self.reach * (at + self.keystone * at**2 / 2)


def look_at(random: Generator, drawn: Drawn, size: tuple[int, int], pitch: float) -> Look:
    """Build a slightly skewed view of the canvas; the page may be bent."""
    height, width = size
    zoom = PITCH / pitch * np.array([1.0, random.uniform(0.88, 1.12)])
    tilt, lean = random.normal(0, 0.012), random.normal(0, 0.05)
    bend = random.normal(0, 0.10) * (random.random() < 0.3)  # pitches, at either end
    keystone = random.normal(0, 0.02)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x - width / 2) / (width / 2)
    offset = random.normal(0, 0.14) * pitch
    reach = zoom[0] * (width / 2)
    span = drawn.middles[-1] - drawn.middles[0] + PITCH
    room = max(0.25, (2 * reach - span) / PITCH)
    centre = LEFT * PITCH - random.uniform(0.2, room) * PITCH + reach
    down = (y - height / 2) * (1 + keystone * across) - offset
    down -= tilt * (x - width / 2) + bend * pitch * across**2
    u = centre + reach * (across + keystone * across**2 / 2) + lean * zoom[1] * down
    v = drawn.middle + zoom[1] * down
    return Look(u.astype(np.float32), v.astype(np.float32), centre, reach, keystone)


def photo_of(random: Generator, drawn: Drawn, ink: Grey, look: Look, pitch: float) -> Bytes:
    """Print the ink on paper, and take a photo of it."""
    seen = cv2.remap(
        *(ink, look.u, look.v, cv2.INTER_LINEAR),
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    brightness = 255 - 195 * random.random() ** 1.6
    contrast = brightness * random.uniform(0.4, 0.95)
    paper = brightness + _paper(random, seen.shape, pitch, contrast)
    picture = paper + (random.uniform(0.85, 1.0) * brightness - contrast - paper) * seen
    _cross(random, picture, pitch)
    if random.random() < 0.2:  # the edge of the page, and what lies behind it
        room = random.uniform(0.8, 3.0) * PITCH
        beyond = (look.u < drawn.middles[0] - room) | (look.u > drawn.middles[-1] + room)
        picture[beyond] = random.uniform(0, 255)
    picture = _blurred(random, picture, pitch)
    return _coded(random, _lit(random, picture, pitch, contrast).astype(np.uint8))


def worn(random: Generator, ink: Grey) -> Grey:
    """Make strokes thinner or bolder, and let ink flake off."""
    sharpness = random.uniform(1.5, 4.0)
    threshold = random.uniform(0.22, 0.62)
    ink = cv2.GaussianBlur(ink, (0, 0), random.uniform(0.8, 1.6))  # type: ignore[assignment]
    ink = np.clip((ink - threshold) * sharpness + 0.5, 0, 1)
    if random.random() < 0.25:
        size = (max(2, ink.shape[1] // int(random.integers(2, 9))), ink.shape[0] // 3)
        flakes = random.random(size[::-1]).astype(np.float32)
        flakes = cv2.resize(flakes, ink.shape[1::-1], interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
        ink = ink * np.clip(1.3 - random.uniform(0.3, 1.0) * flakes, 0, 1)
    return np.asarray(ink, np.float32)


def _paper(random: Generator, size: tuple[int, int], pitch: float, contrast: float) -> Grey:
    """Make paper with shade, stains and a guilloche."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / pitch
    paper = np.zeros((height, width), np.float32)
    paper += random.uniform(-6, 6) * (x - x.mean()) + random.uniform(-12, 12) * (y - y.mean())
    if random.random() < 0.6:
        stains = random.normal(0, contrast * random.uniform(0.01, 0.1), (3, max(3, width // 24)))
        paper += cv2.resize(
            stains.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    for _ in range(int(random.integers(0, 4))):
        angle, waves = random.uniform(0, np.pi), random.uniform(0.3, 3.0)
        bend = random.uniform(0, 1.5) * np.sin(random.uniform(0.2, 1.5) * x + random.uniform(0, 6))
        phase = waves * 2 * np.pi * (x * np.cos(angle) + (y + bend) * np.sin(angle))
        wave = np.sin(phase + random.uniform(0, 6))
        if random.random() < 0.5:
            wave = (wave > random.uniform(0.3, 0.9)).astype(np.float32)
        paper -= contrast * 0.35 * random.random() ** 1.5 * wave
    return np.asarray(paper, np.float32)


def _cross(random: Generator, picture: Grey, pitch: float) -> None:
    """Let strokes run over the line, such as of a stamp or a signature."""
    if random.random() > 0.12:
        return
    size = np.array(picture.shape[::-1])
    for _ in range(int(random.integers(1, 4))):
        x, y = (int(each) for each in random.uniform(0, 1, 2) * size)
        wide, high = (max(1, int(each * pitch)) for each in random.uniform((1, 0), (9, 3)))
        turn, start = random.uniform(0, 360, 2)
        thick = max(1, round(random.uniform(0.05, 0.3) * pitch))
        colour = random.uniform(0, 200)
        cv2.ellipse(picture, (x, y), (wide, high), turn, start, start + 180, colour, thick)


def _lit(random: Generator, picture: Grey, pitch: float, contrast: float) -> Grey:
    """Add the shadow of a hand, glare, and noise."""
    height, width = picture.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if random.random() < 0.15:
        edge = random.uniform(0, width)
        slope = random.uniform(-1, 1)
        shade = 0.5 + 0.5 * np.tanh((x + slope * y - edge) / random.uniform(1, 3 * pitch))
        picture = picture * (1 - random.uniform(0.1, 0.6) * shade)
    if random.random() < 0.2:
        across = (x / pitch - random.uniform(0, width / pitch)) / random.uniform(1, 12)
        down = (y / pitch - random.uniform(-1, 3)) / random.uniform(1, 5)
        light = np.exp(-(across**2) - down**2)
        picture = np.clip(picture, 0, 255) + random.uniform(60, 200) * light
    if random.random() < 0.7:
        grain = contrast * 0.15 * random.random() ** 2 + random.uniform(0, 2)
        picture = picture + random.normal(0, grain, picture.shape)
    return np.asarray(np.clip(picture, 0, 255), np.float32)


def _blurred(random: Generator, picture: Grey, pitch: float) -> Grey:
    sigma = pitch * 0.25 * random.random() ** 2.5
    if sigma > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)  # type: ignore[assignment]
    if random.random() < 0.2:
        size = max(3, round(random.uniform(0.1, 0.5) * pitch)) | 1
        kernel = np.zeros((size, size), np.float32)
        angle = random.uniform(0, np.pi)
        reach = np.array([np.cos(angle), np.sin(angle)]) * (size // 2)
        start, stop = size // 2 - reach, size // 2 + reach
        cv2.line(kernel, tuple(map(round, start)), tuple(map(round, stop)), 1.0)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())  # type: ignore[assignment]
    return np.asarray(picture, np.float32)


def _coded(random: Generator, picture: Bytes) -> Bytes:
    if random.random() < 0.25:
        return picture
    quality = int(random.integers(20, 95))
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
