"""Images are read as a viewer shows them: ICC profiles applied, nothing hidden by transparency."""

import struct

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from PIL import ImageCms

from docverify.errors import UnreadableFile
from docverify.reading.files.pages import Limits, read_pages
from tests.support.files import file, picture

D50 = (0.9642, 1.0, 0.8249)
SRGB_D50 = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139))
DARK, PALE = 40, 200
LEVELS = np.tile(np.array([0, DARK, PALE, 255], np.uint8), (8, 2))


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(each * 65536)) for each in values)


def curve(points):
    return b"curv\0\0\0\0" + struct.pack(">I", len(points)) + np.array(points, ">u2").tobytes()


def profile(space, tags, connection=b"XYZ "):
    """Write an ICC profile of version 2 for input devices."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += padded
    head = bytearray(128)
    head[0:4] = struct.pack(">I", start + len(body))
    head[8:12], head[12:16], head[16:20], head[20:24] = b"\2\x20\0\0", b"prtr", space, connection
    head[36:40] = b"acsp"
    head[68:80] = xyz(D50)[8:]
    return bytes(head) + table + body


def rgb_profile(points):
    tags = {b"wtpt": xyz(D50)}
    for letter, primary in zip("rgb", SRGB_D50, strict=True):
        tags |= {f"{letter}XYZ".encode(): xyz(primary), f"{letter}TRC".encode(): curve(points)}
    return profile(b"RGB ", tags)


def grey_profile(points):
    return profile(b"GRAY", {b"wtpt": xyz(D50), b"kTRC": curve(points)})


def cmyk_profile():
    """Write a profile with no ink as black and full ink as white, the reverse of ordinary CMYK."""
    corners = np.zeros((16, 3), np.uint8)
    corners[:, 0] = [255 * (each == 15) for each in range(16)]
    corners[:, 1:] = 128
    identity = np.arange(256, dtype=np.uint8).tobytes()
    matrix = b"".join(struct.pack(">i", 65536 * (at % 4 == 0)) for at in range(9))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix
    table += identity * 4 + corners.tobytes() + identity * 3
    return profile(b"CMYK", {b"wtpt": xyz(D50), b"A2B0": table}, b"Lab ")


WHITE_FROM_PALE_ON = [0, 20_000, 65_535, 65_535, 65_535]
"""A curve that shows everything from half grey on as white."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def page_of(content):
    (page,) = read_pages(content, Limits())
    return page


@pytest.mark.parametrize(
    ("mode", "icc"),
    [
        ("RGB", rgb_profile(WHITE_FROM_PALE_ON)),
        ("L", grey_profile(WHITE_FROM_PALE_ON)),
        ("LA", grey_profile(WHITE_FROM_PALE_ON)),
        ("RGBA", rgb_profile(WHITE_FROM_PALE_ON)),
        ("P", rgb_profile(WHITE_FROM_PALE_ON)),
    ],
)
def test_pale_ink_that_a_profile_shows_white_is_read_as_white(mode, icc):
    image = PIL.Image.fromarray(LEVELS).convert(mode)

    page = page_of(file(image, icc_profile=icc))

    assert page[0, 2].min() >= 253
    assert page[0, 1].max() < 150


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP"])
def test_the_profile_of_every_format_is_applied(kind):
    flat = PIL.Image.new("RGB", (64, 64), (PALE, PALE, PALE))

    page = page_of(file(flat, kind, icc_profile=rgb_profile(WHITE_FROM_PALE_ON)))

    assert page.min() >= 250


def test_a_cmyk_image_is_shown_by_its_profile():
    inks = PIL.Image.new("CMYK", (16, 16), (255, 255, 255, 255))

    assert page_of(file(inks, "TIFF")).max() < 50
    assert page_of(file(inks, "TIFF", icc_profile=cmyk_profile())).min() > 240


@pytest.mark.parametrize(
    "icc",
    [
        pytest.param(b"x" * 200, id="not a profile"),
        pytest.param(rgb_profile(WHITE_FROM_PALE_ON)[:300], id="truncated"),
        pytest.param(grey_profile(WHITE_FROM_PALE_ON), id="for grey images"),
        pytest.param(cmyk_profile(), id="for CMYK images"),
        pytest.param(rgb_profile(WHITE_FROM_PALE_ON) + bytes(4_000_000), id="too large"),
        pytest.param(SRGB, id="sRGB"),
    ],
)
def test_a_profile_that_is_unusable_or_srgb_changes_nothing(icc):
    image = PIL.Image.fromarray(LEVELS).convert("RGB")

    page = page_of(file(image, "TIFF", icc_profile=icc))

    assert np.array_equal(page, np.asarray(image)[:, :, ::-1])


INK = picture().point(lambda value: 255 - value)
BLACK_ON_NOTHING = PIL.Image.new("RGBA", INK.size, (0, 0, 0, 0))
BLACK_ON_NOTHING.paste((0, 0, 0, 255), mask=INK)
STENCIL = PIL.Image.fromarray((np.asarray(INK) > 127).astype(np.uint8), "P")
STENCIL.putpalette(bytes(6))
HALF_INK = picture().convert("RGB")
HALF_INK.putalpha(INK.point(lambda value: 255 - value // 2))
SIXTEEN = PIL.Image.fromarray(np.asarray(INK).astype(np.uint16) * 257)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(file(BLACK_ON_NOTHING), id="black on nothing"),
        pytest.param(file(BLACK_ON_NOTHING.convert("LA")), id="grey on nothing"),
        pytest.param(file(BLACK_ON_NOTHING, "TIFF"), id="TIFF"),
        pytest.param(file(BLACK_ON_NOTHING, "WEBP", lossless=True), id="WebP"),
        pytest.param(file(STENCIL, transparency=0), id="palette with a transparent color"),
        pytest.param(file(STENCIL, transparency=b"\x00\xff"), id="palette with alpha"),
        pytest.param(file(HALF_INK), id="half transparent ink"),
        pytest.param(file(INK, transparency=255), id="grey with a transparent level"),
        pytest.param(file(INK.convert("RGB"), transparency=(0, 0, 0)), id="transparent color"),
        pytest.param(file(SIXTEEN, transparency=257), id="16 bits with a transparent level"),
        pytest.param(file(PIL.Image.new("RGBA", (40, 40), (0, 0, 0, 0))), id="nothing at all"),
    ],
)
def test_an_image_that_looks_different_on_another_background_is_refused(content):
    with pytest.raises(UnreadableFile) as caught:
        page_of(content)

    assert caught.value.code == "transparent"


def card_on_nothing(radius):
    """Draw text on a white card with round corners, and nothing around it."""
    image = PIL.Image.new("RGBA", (420, 280), (0, 0, 0, 0))
    mask = PIL.Image.new("L", (1680, 1120), 0)
    PIL.ImageDraw.Draw(mask).rounded_rectangle((40, 40, 1600, 1080), 4 * radius, fill=255)
    card = PIL.Image.new("RGB", image.size, "white")
    card.paste(picture(size=(300, 80)), (40, 60))
    image.paste(card, mask=mask.resize(image.size))
    return image


@pytest.mark.parametrize("radius", [0, 30, 90])
def test_a_card_cut_out_of_its_background_is_read_on_white(radius):
    page = page_of(file(card_on_nothing(radius)))

    assert page[0, 0].tolist() == [255, 255, 255]
    assert page[60:140].min() == 0


def test_caption_below_a_cut_out_card_is_left_out():
    image = card_on_nothing(30)
    taller = PIL.Image.new("RGBA", (420, 340), (0, 0, 0, 0))
    taller.paste(image)
    drawing = PIL.ImageDraw.Draw(taller)
    drawing.text((40, 300), "VALUES BELOW THE CARD", fill=(0, 0, 0, 255))
    drawing.line((60, 250, 60, 300), fill=(255, 0, 0, 255), width=2)

    page = page_of(file(taller))

    assert page[:280].min() == 0
    assert page[290:].min() == 255


def test_both_sides_of_a_card_on_nothing_are_read():
    side = card_on_nothing(30)
    both = PIL.Image.new("RGBA", (420, 560), (0, 0, 0, 0))
    both.paste(side)
    both.paste(side, (0, 280))

    page = page_of(file(both))

    assert np.array_equal(page[:280], page[280:])
    assert page[:280].min() == 0


def test_card_with_a_transparent_hole_is_refused():
    image = card_on_nothing(30)
    image.paste((0, 0, 0, 0), (100, 150, 200, 170))

    with pytest.raises(UnreadableFile):
        page_of(file(image))


def test_barely_transparent_pixels_are_read_on_white():
    image = picture().convert("RGB")
    image.putalpha(250)

    assert page_of(file(image))[0, 0].tolist() == [255, 255, 255]
