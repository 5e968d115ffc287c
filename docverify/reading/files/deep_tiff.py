"""TIFF images with samples of 10 to 16 bits that Pillow cannot open: OpenCV decodes them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.TiffImagePlugin import (
    BITSPERSAMPLE,
    IMAGELENGTH,
    IMAGEWIDTH,
    PHOTOMETRIC_INTERPRETATION,
    TILELENGTH,
    TILEWIDTH,
    ImageFileDirectory_v2,
)

from docverify.errors import UnreadableFile
from docverify.reading.files.limits import Limits, check_size, too_many_pages

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2  # TIFF 6.0, section 3
DEEP = {10, 12, 14, 16}  # bits of a sample
SAMPLES_OF_12_BITS = 0x0FFF
HEADER_BYTES = 8


def open_deep_tiff(content: bytes, limits: Limits) -> Iterator[PIL.Image.Image]:
    """Yield the pages of a TIFF with deep samples, each reduced to 8 bits a sample.

    Raise UnreadableFile with the code unsupported-colours for any other TIFF, or with that of a
    limit; raise OSError for a damaged one.
    """
    for number, directory in enumerate(read_directories(content, limits)):
        check_size(directory[IMAGEWIDTH], directory[IMAGELENGTH], limits)
        check_size(directory.get(TILEWIDTH, 1), directory.get(TILELENGTH, 1), limits)
        depth = set(directory.get(BITSPERSAMPLE, ()))
        photometric = directory.get(PHOTOMETRIC_INTERPRETATION)
        if not depth <= DEEP or photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
            raise unsupported_colours()
        image = decode_page(content, number, max(depth, default=16))
        yield PIL.Image.fromarray(255 - image if photometric == WHITE_IS_ZERO else image)


def read_directories(content: bytes, limits: Limits) -> Iterator[ImageFileDirectory_v2]:
    """Yield the directory of each page; raise UnreadableFile for too many pages."""
    file, place = io.BytesIO(content), ImageFileDirectory_v2(content[:HEADER_BYTES]).next
    for _ in range(limits.max_pages):
        directory = ImageFileDirectory_v2(content[:HEADER_BYTES])
        file.seek(place)
        directory.load(file)
        yield directory
        place = directory.next
        if not place:
            return
    raise too_many_pages(limits)


def decode_page(content: bytes, number: int, bits: int) -> NDArray[np.uint8]:
    """Decode a page with samples of `bits` to grey, or to red, green and blue, from 0 to 255."""
    data = np.frombuffer(content, np.uint8)
    try:
        ok, images = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED, range=(number, number + 1))
    except cv2.error as error:
        raise OSError("OpenCV cannot decode the page") from error
    if not ok or images[0].dtype != np.uint16:
        raise OSError("OpenCV cannot decode the page")
    samples = np.asarray(images[0], np.uint16)  # OpenCV widens samples of 10 to 14 bits to 16.
    image = reduce_samples(samples) if bits == 16 else (samples >> 8).astype(np.uint8)
    return image if image.ndim == 2 else np.ascontiguousarray(image[:, :, 2::-1])


def reduce_samples(samples: NDArray[np.unsignedinteger], bits: int = 16) -> NDArray[np.uint8]:
    """Reduce samples to 8 bits.

    Scanners store 12 bits in samples of 16: an image without any larger value has 12.
    """
    if bits == 16 and int(samples.max()) <= SAMPLES_OF_12_BITS:
        bits = 12
    return (samples >> (bits - 8)).astype(np.uint8)


def unsupported_colours() -> UnreadableFile:
    """Return the error for an image whose colours cannot be read."""
    return UnreadableFile(
        "unsupported-colours",
        "the image has an unsupported colour mode; save it as an ordinary JPEG or PNG",
    )
