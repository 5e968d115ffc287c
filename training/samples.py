"""What the network learns from: strips of photos, and what each step along them shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from docverify.reading.recognition import STRIP_HEIGHT, remove_shading
from training.lines import BLANK, PITCH, Classes, Drawn, Grey, draw_line
from training.photos import Bytes, look_at, photo_of, worn

HEIGHT, WIDTH = 32, 320  # what the network sees
STEP = 4
IGNORED = -100
INK, GAP = 0.28, 0.36  # pitches from a character's middle: surely it, surely between two


@dataclass(frozen=True)
class Sample:
    """A strip, the class of each step along it, and the classes of its characters."""

    strip: Bytes
    steps: Classes
    text: Classes


def draw_sample(random: Generator) -> Sample:
    """Draw one strip, as it would be cut out of a photo."""
    strip_pitch = random.uniform(10.5, 23.0)  # of the network's pixels
    pitch = float(np.exp(random.uniform(np.log(6.5), np.log(34.0))))  # of the photo's pixels
    scale = strip_pitch / pitch
    length = int(max(3, min(28, WIDTH / strip_pitch - random.uniform(0.4, 3.0))))
    drawn = draw_line(random, length)
    ink = worn(random, drawn.ink)
    if pitch < 0.8 * PITCH:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.4 * PITCH / pitch), np.float32)
    size = (round(HEIGHT / scale), round(WIDTH / scale))
    look = look_at(random, drawn, size, pitch)
    strip = _strip(random, photo_of(random, drawn, ink, look, pitch))
    at = (np.arange(WIDTH // STEP) + 0.5) * STEP / WIDTH * 2 - 1
    first, last = look.u[size[0] // 2, [0, -1]]
    inside = (drawn.middles > first) & (drawn.middles < last)
    return Sample(strip, _steps(drawn, look.along(at)), drawn.labels[inside])


def _steps(drawn: Drawn, at: Grey) -> Classes:
    """Return the character that each step shows, a blank, or IGNORED between the two."""
    away = np.abs(at[:, None] - drawn.middles[None])
    nearest = away.argmin(1)
    room = np.full(1, PITCH, np.float32)
    if len(drawn.middles) > 1:
        room = np.minimum(np.gradient(drawn.middles), 1.2 * PITCH)
    distance = away.min(1) / room[nearest]
    steps = np.where(distance < INK, drawn.labels[nearest], IGNORED)
    return np.asarray(np.where(distance > GAP, BLANK, steps), np.int64)


def _strip(random: Generator, photo: Bytes) -> Bytes:
    """Cut the strip out as the project does, sometimes without its shade."""
    way = cv2.INTER_AREA if photo.shape[0] > STRIP_HEIGHT else cv2.INTER_CUBIC
    strip = cv2.resize(photo, (WIDTH * STRIP_HEIGHT // HEIGHT, STRIP_HEIGHT), interpolation=way)
    if random.random() < 0.2:
        colour = cv2.cvtColor(strip, cv2.COLOR_GRAY2BGR)
        strip = remove_shading(np.asarray(colour, np.uint8))[..., 0]
    strip = cv2.resize(strip, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(strip, np.uint8)
