"""Image files: from their bytes to upright images."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ExifTags

from docverify.errors import UnreadableFile
from docverify.reading.files.colors import apply_profile, lay_on_paper, transparent
from docverify.reading.files.deep_tiff import (
    SAMPLES_OF_12_BITS,
    WHITE_IS_ZERO,
    decode_page,
    open_deep_tiff,
    reduce_samples,
    unsupported_colours,
)
from docverify.reading.files.formats import animated
from docverify.reading.files.limits import Limits, check_size, too_many_pages

Image = NDArray[np.uint8]
"""Rows, columns, and blue, green and red from 0 to 255, as the networks expect them."""

DAMAGE = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, struct.error),
    *(AttributeError, ArithmeticError, RuntimeError),
)
"""Exceptions that Pillow and libheif raise for damaged files."""

TURNS = {  # Turns that make an image upright, by its EXIF orientation.
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
SIXTEEN_BITS = {"I;16", "I;16L", "I;16B"}
COLOURS = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"} | SIXTEEN_BITS
WITHOUT_ALPHA = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}
"""The colour space that a profile must have, by the mode of the image; RGB for all others."""

TIFF_KIND, TIFF_TILE_WIDTH, TIFF_TILE_HEIGHT = 254, 322, 323
PNG_BITS = 24  # where the bits of a sample are in the first chunk of a PNG
TIFF_BITS, TIFF_PHOTOMETRIC = 258, 262
TIFF_REDUCED_OR_MASK = 0b101
WEBP_ANIMATED = 0x02


def read_images(content: bytes, name: str, limits: Limits) -> Iterator[Image]:
    """Yield the images of a file of this format, turned as its metadata says.

    Raise UnreadableFile with the code corrupt-file, too-many-pixels, too-many-pages,
    animated-picture, unsupported-colours or transparent.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of damage that it can repair.
            for image in open_images(content, name, limits):
                yield np.ascontiguousarray(np.asarray(convert_to_rgb(image))[:, :, ::-1])
    except PIL.Image.DecompressionBombError:
        check_size(float("inf"), 1, limits)
    except DAMAGE:
        raise UnreadableFile("corrupt-file", "the image is damaged; upload it again") from None


def open_images(content: bytes, name: str, limits: Limits) -> Iterator[PIL.Image.Image]:
    """Yield the decoded images of a file of this format."""
    match name:
        case "HEIF":
            yield open_heif(content, limits)
        case "TIFF":
            yield from open_tiff(content, limits)
        case _:
            if name == "WEBP":
                check_webp(content, limits)
            yield open_single(content, name, limits)


def open_single(content: bytes, name: str, limits: Limits) -> PIL.Image.Image:
    """Decode a file with one image."""
    image = PIL.Image.open(io.BytesIO(content), formats=[name])
    check_size(image.width, image.height, limits)
    if name != "JPEG" and getattr(image, "is_animated", False):
        raise animated()  # Further images of a JPEG are previews and depth maps.
    image.load()
    is_deep = name == "PNG" and content[PNG_BITS] == 16
    whole = restore_samples(image, content) if is_deep and is_reduced(image) else image
    return turn_upright(whole)


def is_reduced(image: PIL.Image.Image) -> bool:
    """Return whether samples of 12 bits lost their lower bits, because Pillow keeps 8 of 16."""
    extrema = image.getextrema() if image.mode == "RGB" else ()
    return bool(extrema) and max(most for _, most in extrema) <= SAMPLES_OF_12_BITS >> 8  # type: ignore[misc]


def restore_samples(image: PIL.Image.Image, content: bytes, number: int = 0) -> PIL.Image.Image:
    """Decode a page with samples of 12 bits in 16 again; its metadata is that of `image`."""
    restored = PIL.Image.fromarray(decode_page(content, number, 16))
    restored.info = image.info
    return restored


def check_webp(content: bytes, limits: Limits) -> None:
    """Check the size in an extended header, because Pillow reserves memory for it on opening."""
    if content[12:16] != b"VP8X":
        return
    if content[20] & WEBP_ANIMATED:
        raise animated()
    width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
    check_size(width, height, limits)


def open_tiff(content: bytes, limits: Limits) -> Iterator[PIL.Image.Image]:
    """Yield the pages of a TIFF; Pillow turns them, and ends at a loop in their chain."""
    try:
        image = PIL.Image.open(io.BytesIO(content), formats=["TIFF"])
    except PIL.UnidentifiedImageError:
        yield from open_deep_tiff(content, limits)
        return
    for count in range(limits.max_pages + 1):
        try:
            image.seek(count)
        except EOFError:
            if not count:
                raise
            return
        if count == limits.max_pages:
            raise too_many_pages(limits)
        if count and is_preview(image):
            continue
        check_size(image.width, image.height, limits)
        tags = image.tag_v2  # type: ignore[attr-defined]
        check_size(tags.get(TIFF_TILE_WIDTH, 1), tags.get(TIFF_TILE_HEIGHT, 1), limits)
        orientation = tags.get(ExifTags.Base.Orientation, 1)
        is_deep = max(tags.get(TIFF_BITS, ()), default=8) == 16
        image.load()
        if is_deep and is_reduced(image):
            yield turn(restore_samples(image, content, count), orientation)
        else:
            yield image


def is_preview(image: PIL.Image.Image) -> bool:
    """Return whether an image of a TIFF is the preview or the mask of another."""
    kind = image.tag_v2.get(TIFF_KIND, 0)  # type: ignore[attr-defined]
    return bool(kind & TIFF_REDUCED_OR_MASK)


def open_heif(content: bytes, limits: Limits) -> PIL.Image.Image:
    """Decode the primary image; libheif turns it, and its EXIF orientation is ignored."""
    import pi_heif

    pi_heif.options.DECODE_THREADS = 1
    file = pi_heif.open_heif(content)
    width, height = file.size
    check_size(width, height, limits)
    image: PIL.Image.Image = file.to_pillow()
    return image


def turn_upright(image: PIL.Image.Image) -> PIL.Image.Image:
    """Turn an image by its EXIF orientation."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except DAMAGE:
        return image  # Only the metadata is damaged.
    return turn(image, orientation)


def turn(image: PIL.Image.Image, orientation: int | None) -> PIL.Image.Image:
    """Turn an image by the number that EXIF and TIFF use for its orientation."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def convert_to_rgb(image: PIL.Image.Image) -> PIL.Image.Image:
    """Turn any kind of image into red, green and blue as a viewer shows it, on white paper."""
    if image.mode not in COLOURS:
        raise unsupported_colours()
    if "transparency" in image.info and image.mode not in ("P", "PA"):
        raise transparent()  # A color that is not shown; no camera or scanner writes it.
    is_opaque = "A" not in image.getbands() and "transparency" not in image.info
    alpha = None if is_opaque else image.convert("RGBA").getchannel("A")
    profile = image.info.get("icc_profile")
    if image.mode in SIXTEEN_BITS:  # Pillow would clip at 255.
        image = reduce_to_bytes(image)
    plain = image.convert(WITHOUT_ALPHA.get(image.mode, "RGB"))
    shown = apply_profile(plain, profile).convert("RGB")
    return lay_on_paper(shown, alpha) if alpha else shown


def reduce_to_bytes(image: PIL.Image.Image) -> PIL.Image.Image:
    """Reduce the samples of a grey image to 8 bits."""
    tags = getattr(image, "tag_v2", {})
    grey = reduce_samples(np.asarray(image), max(tags.get(TIFF_BITS, (16,))))
    is_inverted = tags.get(TIFF_PHOTOMETRIC) == WHITE_IS_ZERO
    return PIL.Image.fromarray(255 - grey if is_inverted else grey)
