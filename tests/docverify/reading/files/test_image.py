"""Pages of an image file: colours, depths and compressions, rotation, and its metadata."""

import struct

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

from tests.support.files import file, packed_tiff, picture
from tests.support.image_files import HEIF
from tests.support.pages import code, pages

ORIENTATION = 0x0112
HEIC = (HEIF / "plain.heic").read_bytes()


def test_a_heic_is_turned_once():
    """Its EXIF says to turn it by 90 degrees as well, which was done to the stored picture."""
    (page,) = pages((HEIF / "turned.heic").read_bytes())
    (plain,) = pages(HEIC)

    assert np.array_equal(page < 128, plain[::-1, ::-1] < 128)
    assert plain[:16, :16].max() < 128


def test_primary_image_of_a_heic_is_read():
    (page,) = pages((HEIF / "two.heic").read_bytes())
    (plain,) = pages(HEIC)

    assert np.array_equal(page < 128, plain < 128)


def test_colours_come_blue_first():
    (page,) = pages(file(PIL.Image.new("RGB", (2, 2), (255, 128, 0))))

    assert page[0, 0].tolist() == [0, 128, 255]


GREY = picture()
INK = GREY.point(lambda value: 255 - value)
TRANSPARENT = PIL.Image.new("RGBA", GREY.size, (0, 0, 0, 0))


TRANSPARENT.paste((0, 0, 0, 255), mask=INK)


STENCIL = PIL.Image.fromarray((np.asarray(GREY) < 128).astype(np.uint8), "P")


STENCIL.putpalette(bytes(6))  # Paper and ink have the same colour: only one can be seen through.


SIXTEEN = PIL.Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)
FAX = GREY.convert("1", dither=PIL.Image.Dither.NONE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(file(GREY), id="grey"),
        pytest.param(file(GREY.convert("RGB")), id="colour"),
        pytest.param(file(GREY.convert("1", dither=PIL.Image.Dither.NONE)), id="black and white"),
        pytest.param(file(GREY.convert("P")), id="palette"),
        pytest.param(file(SIXTEEN), id="16 bits"),
        pytest.param(file(GREY, "TIFF"), id="TIFF"),
        pytest.param(file(GREY.convert("RGB"), "TIFF", compression="tiff_lzw"), id="TIFF of LZW"),
        pytest.param(file(FAX, "TIFF", compression="group4"), id="fax, G4"),
        pytest.param(file(FAX, "TIFF", compression="group3"), id="fax, G3"),
        pytest.param(file(FAX, "TIFF", tiffinfo={262: 0}), id="fax, white is zero"),
        pytest.param(file(SIXTEEN, "TIFF"), id="TIFF of 16 bits"),
        pytest.param(file(GREY.convert("CMYK"), "TIFF"), id="CMYK TIFF"),
        pytest.param(file(GREY.convert("RGB"), "WEBP", lossless=True), id="WebP, lossless"),
        pytest.param(file(GREY.convert("RGB"), "WEBP", quality=100), id="WebP"),
        pytest.param(file(GREY, "JPEG", quality=100), id="grey JPEG"),
        pytest.param(file(GREY.convert("CMYK"), "JPEG", quality=100), id="CMYK JPEG"),
        pytest.param(file(GREY, "JPEG", quality=100, progressive=True), id="progressive JPEG"),
        pytest.param(file(GREY.convert("RGB"), "MPO", quality=100), id="multi-picture JPEG"),
    ],
)
def test_every_image_mode_and_compression_gives_the_same_page(content: bytes):
    (page,) = pages(content)
    black = np.asarray(GREY) < 128

    assert page.dtype == np.uint8
    assert page.shape == (80, 400, 3)
    assert np.mean((page[:, :, 1] < 128) != black) < 0.001


def test_sixteen_bits_keep_their_shades():
    shades = np.array([[0, 1000, 30_000, 65_535]], np.uint16)
    (page,) = pages(file(PIL.Image.fromarray(shades)))

    assert page[0, :, 0].tolist() == [0, 3, 117, 255]


WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2


@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_samples_of_a_tiff_may_have_10_to_16_bits(bits: int, order: str):
    shades = np.array([[0, 1 << (bits - 2), (1 << bits) - 1]] * 2)
    colours = np.stack([shades, shades, shades[:, ::-1]], axis=-1)
    (grey,) = pages(packed_tiff(shades, bits, photometric=BLACK_IS_ZERO, order=order))
    (inverted,) = pages(packed_tiff(shades, bits, photometric=WHITE_IS_ZERO, order=order))
    (colour,) = pages(packed_tiff(colours, bits, photometric=RGB, order=order))

    assert grey[1].tolist() == [[0] * 3, [64] * 3, [255] * 3]
    assert inverted[1].tolist() == [[255] * 3, [191] * 3, [0] * 3]
    assert colour[1].tolist() == [[255, 0, 0], [64, 64, 64], [0, 255, 255]]


@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_samples_of_12_bits_may_be_stored_in_16(kind: str):
    shades = np.array([[0, 1000, 4095]], np.uint16)
    (page,) = pages(file(PIL.Image.fromarray(shades), kind))

    assert page[0, :, 0].tolist() == [0, 62, 255]


@pytest.mark.parametrize("suffix", [".tiff", ".png"])
def test_colours_of_12_bits_may_be_stored_in_16(suffix: str):
    colours = np.array([[[4095, 1000, 0], [0, 1000, 4095]]], np.uint16)
    content = cv2.imencode(suffix, colours)[1].tobytes()
    (page,) = pages(content)

    assert page[0].tolist() == [[255, 62, 0], [0, 62, 255]]


def test_dark_image_of_8_bits_stays_dark():
    (page,) = pages(file(PIL.Image.new("RGB", (2, 2), (10, 12, 14)), "PNG"))

    assert page[0, 0].tolist() == [14, 12, 10]


def test_a_deep_tiff_has_the_same_limits():
    content = packed_tiff(np.zeros((20, 30), int), 10)
    directory = struct.unpack("<I", content[4:8])[0]
    loop = content[:-4] + struct.pack("<I", directory)

    assert code(content, max_pixels=599) == "too-many-pixels"
    assert code(loop) == "corrupt-file"
    assert code(content[: directory + 20]) == "corrupt-file"


def test_a_tiff_with_an_unknown_kind_of_samples_is_refused():
    assert code(packed_tiff(np.zeros((2, 2), int), 7)) == "unsupported-colours"


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        *[(1, "top left"), (2, "top right"), (3, "bottom right"), (4, "bottom left")],
        *[(5, "top left"), (6, "top right"), (7, "bottom right"), (8, "bottom left")],
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_image_is_rotated_by_its_metadata(kind: str, orientation: int, corner: str):
    """The stored picture is black in the corner at the top left."""
    image = PIL.Image.new("L", (64, 32), 255)
    image.paste(0, (0, 0, 16, 16))
    exif = PIL.Image.Exif()
    exif[ORIENTATION] = orientation
    (page,) = pages(file(image, kind, exif=exif.tobytes()))
    row, column = corner.split()

    assert page.shape[:2] == ((32, 64) if orientation < 5 else (64, 32))
    assert page[0 if row == "top" else -1, 0 if column == "left" else -1, 0] < 128
    assert np.sum(page[:, :, 0] < 128) == 16 * 16


@pytest.mark.parametrize(
    "exif",
    [
        pytest.param(b"Exif\x00\x00", id="empty"),
        pytest.param(b"Exif\x00\x00no TIFF", id="not the format"),
        pytest.param(b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01", id="cut"),
        pytest.param(
            b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x02\x00\x00\x00\x02a\x00\x00\x00",
            id="orientation is a word",
        ),
        pytest.param(
            b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x09\x00\x00",
            id="orientation 9",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_damaged_metadata_does_not_make_an_image_unreadable(kind: str, exif: bytes):
    (page,) = pages(file(picture(), kind, exif=exif))

    assert page.shape == (80, 400, 3)


def test_text_chunks_in_an_image_are_ignored():
    info = PngInfo()
    info.add_text("Comment", "x" * 5000, zip=True)
    (page,) = pages(file(picture(), pnginfo=info))

    assert page.shape == (80, 400, 3)
