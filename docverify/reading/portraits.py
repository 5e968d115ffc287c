"""Portrait search on the upright page: CenterFace, the box of each face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from docverify.page import Box, Portrait
from docverify.reading.files.pages import Image
from docverify.reading.models import face_detector

SIDE = 640  # pixels of the longer side of the network's input
STRIDE = 32  # The network halves its input five times.
CELL = 4  # pixels of the input for each cell of the network's map
MIN_CONFIDENCE = 0.3  # small or printed faces; pages without one stay below 0.12
MAX_OVERLAP = 0.3  # intersection over union from which two boxes are of one face
MAX_PORTRAITS = 8

Matrix = NDArray[np.float64]
Map = NDArray[np.float32]


@dataclass(frozen=True)
class Face:
    """A face on the upright page.

    Attributes:
        portrait: its box and confidence.
        landmarks: eyes, nose and corners of the mouth, a point (x, y) each, in pixels of the page.
    """

    portrait: Portrait
    landmarks: Matrix


def find_portraits(image: Image, transform: Matrix, size: tuple[int, int]) -> tuple[Portrait, ...]:
    """Find the boxes of the faces on the upright page, as `find_faces` does."""
    return tuple(each.portrait for each in find_faces(image, transform, size))


def find_faces(image: Image, transform: Matrix, size: tuple[int, int]) -> tuple[Face, ...]:
    """Find the faces on the upright page, the largest first.

    `transform` (3 x 3) leads from the image to the page, whose width and height are `size`.
    Faces of less than about 3 % of the page's longer side are not found.
    """
    seen, scale = reduce_page(image, transform, size)
    faces = [enlarge_face(each, 1 / scale) for each in detect_faces(seen)]
    return tuple(sorted(faces, key=lambda each: -measure_area(each.portrait.box))[:MAX_PORTRAITS])


def detect_faces(seen: cv2.typing.MatLike) -> list[Face]:
    """Find the faces in an image whose sides are multiples of STRIDE."""
    values = seen[:, :, ::-1].astype(np.float32).transpose(2, 0, 1)[None]
    session = face_detector()
    found = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(values)})
    heat, sizes, offsets, landmarks = (each[0] for each in found)
    return [
        Face(Portrait(Box(*edges.tolist()), confidence), points)
        for edges, confidence, points in decode_faces(heat[0], sizes, offsets, landmarks)
    ]


def enlarge_face(face: Face, scale: NDArray[np.float64]) -> Face:
    """Return a face of a reduced page on the page itself; `scale` is that across and down."""
    box = face.portrait.box
    edges = np.array([box.left, box.top, box.right, box.bottom]) * np.tile(scale, 2)
    portrait = Portrait(Box(*edges.tolist()), face.portrait.confidence)
    return Face(portrait, face.landmarks * scale)


def reduce_page(
    image: Image, transform: Matrix, size: tuple[int, int]
) -> tuple[cv2.typing.MatLike, NDArray[np.float64]]:
    """Return the upright page in the size of the network's input, and its scale across and down."""
    ratio = min(1.0, SIDE / max(size))
    target = [max(STRIDE, round(each * ratio / STRIDE) * STRIDE) for each in size]
    scale = np.array(target) / size
    height, width = image.shape[:2]
    # Warping does not average pixels: the image is reduced first.
    reduced = [max(1, round(each * ratio)) for each in (width, height)]
    small = cv2.resize(image, reduced, interpolation=cv2.INTER_AREA) if ratio < 1 else image
    enlarge = np.diag([width / small.shape[1], height / small.shape[0], 1.0])
    moved = np.diag([*scale, 1.0]) @ transform @ enlarge
    return cv2.warpPerspective(small, moved, target, borderMode=cv2.BORDER_REPLICATE), scale


def decode_faces(
    heat: Map, sizes: Map, offsets: Map, landmarks: Map
) -> list[tuple[NDArray[np.float64], float, Matrix]]:
    """Return the left, top, right and bottom edges of each face, its confidence and landmarks."""
    rows, columns = np.where(heat > MIN_CONFIDENCE)
    if not rows.size:
        return []
    confidences = heat[rows, columns].astype(float)
    high, wide = np.exp(sizes[:, rows, columns].astype(float)) * CELL
    down, right = offsets[:, rows, columns].astype(float)
    left = (columns + right + 0.5) * CELL - wide / 2
    top = (rows + down + 0.5) * CELL - high / 2
    boxes = np.stack([left, top, wide, high], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), confidences.tolist(), MIN_CONFIDENCE, MAX_OVERLAP)
    edges = np.stack([left, top, left + wide, top + high], axis=1)
    most = np.tile([heat.shape[1] * CELL, heat.shape[0] * CELL], 2)
    places = landmarks[:, rows, columns].astype(float).reshape(-1, 2, rows.size)
    points = np.stack([left + places[:, 1] * wide, top + places[:, 0] * high], axis=-1)
    return [(edges[each].clip(0, most), float(confidences[each]), points[:, each]) for each in kept]


def measure_area(box: Box) -> float:
    """Return the area of a box in square pixels."""
    return (box.right - box.left) * (box.bottom - box.top)
