"""From the bytes of a file to the pictures of its pages, within limits."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from docverify.errors import UnreadableFile
from docverify.reading.pages import MAX_SIDE, Limits, Picture, file_format, read_pages, too_large
from tests.docverify.files import file, locked_pdf, pdf, picture

SPECIMENS = Path(__file__).parents[2] / "specimens"
ORIENTATION = 0x0112
PNG, JPEG = file(picture()), file(picture(), "JPEG")


def pages(content: bytes, **limits: int) -> list[Picture]:
    return list(read_pages(content, Limits(**limits)))


def code(content: bytes, **limits: int) -> str:
    with pytest.raises(UnreadableFile) as error:
        pages(content, **limits)
    return error.value.code


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """Give a PNG that promises a size and has no pixel."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(JPEG, "JPEG", id="JPEG"),
        pytest.param(PNG, "PNG", id="PNG"),
        pytest.param(pdf(), "PDF", id="PDF"),
        pytest.param(b"\xef\xbb\xbf\r\n" + pdf(), "PDF", id="PDF after something else"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, name: str):
    assert file_format(content) == name


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "empty-file", id="no byte"),
        pytest.param(b"Dear Sir or Madam", "unknown-format", id="text"),
        pytest.param(file(picture(), "GIF"), "unknown-format", id="GIF"),
        pytest.param(file(picture(), "TIFF"), "unknown-format", id="TIFF"),
        pytest.param(b" " * 1024 + pdf(), "unknown-format", id="PDF after a kilobyte"),
        pytest.param(JPEG[:3], "corrupt-file", id="JPEG of three bytes"),
        pytest.param(JPEG[: len(JPEG) // 2], "corrupt-file", id="half a JPEG"),
        pytest.param(PNG[: len(PNG) // 2], "corrupt-file", id="half a PNG"),
        pytest.param(PNG[:8], "corrupt-file", id="PNG of eight bytes"),
        pytest.param(png_header(0, 9), "corrupt-file", id="PNG without a column"),
        pytest.param(png_header(9, 9), "corrupt-file", id="PNG without a pixel"),
        pytest.param(b"\xff\xd8\xff" + PNG, "corrupt-file", id="PNG that begins as JPEG"),
        pytest.param(b"%PDF-1.4", "corrupt-file", id="PDF of its header"),
        pytest.param(pdf()[:90], "corrupt-file", id="half a PDF"),
        pytest.param(pdf(()), "corrupt-file", id="PDF without a page"),
        pytest.param(
            pdf().replace(b"3 0 obj", b"9 0 obj"), "corrupt-file", id="PDF page that is lost"
        ),
        pytest.param(locked_pdf(), "encrypted-file", id="PDF with a password"),
        pytest.param(locked_pdf("Unknown"), "encrypted-file", id="PDF with an unknown lock"),
        pytest.param(pdf(["[0 0 9 9]"] * 11), "too-many-pages", id="PDF of eleven pages"),
        pytest.param(pdf(["[0 0 14400 14400]"]), "too-many-pixels", id="PDF of five metres"),
        pytest.param(pdf(["[0 0 14400 1]"]), "too-many-pixels", id="PDF like a thread"),
        pytest.param(png_header(10_000, 10_000), "too-many-pixels", id="PNG of 100 megapixels"),
        pytest.param(png_header(20_000, 20_000), "too-many-pixels", id="PNG of 400 megapixels"),
        pytest.param(png_header(MAX_SIDE + 1, 1), "too-many-pixels", id="PNG like a thread"),
        pytest.param(png_header(MAX_SIDE, 1), "corrupt-file", id="PNG as long as can be"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, expected: str):
    assert code(content) == expected


def test_limits_are_the_last_values_that_are_accepted():
    size = {"max_bytes": len(PNG), "max_pixels": 400 * 80}

    assert [page.shape for page in pages(PNG, **size)] == [(80, 400, 3)]
    assert code(PNG, **size | {"max_bytes": len(PNG) - 1}) == "file-too-large"
    assert code(PNG, **size | {"max_pixels": 400 * 80 - 1}) == "too-many-pixels"
    assert len(pages(pdf(["[0 0 9 9]"] * 3), max_pages=3)) == 3
    assert code(pdf(["[0 0 9 9]"] * 3), max_pages=2) == "too-many-pages"


def test_a_file_over_the_limit_of_bytes_is_told_the_limit():
    assert str(too_large(Limits())) == "the file is over 20 MB; upload a smaller one"


@pytest.mark.parametrize("box", ["[0 0 0 0]", "[0 0 0 9]", "[9 9 0 0]", "(none)", "[0 0 1e40 1]"])
def test_a_page_without_a_size_gets_one(box: str):
    (page,) = pages(pdf([box]))

    assert min(page.shape) > 0


def test_a_pdf_is_read_page_by_page_at_the_resolution_of_the_limits():
    first, second = pages(pdf(["[0 0 72 36]", "[0 0 36 72]"]), pdf_dpi=100)

    assert (first.shape, second.shape) == ((50, 100, 3), (100, 50, 3))
    assert np.all(first == 255)


def test_colours_come_blue_first():
    (page,) = pages(file(Image.new("RGB", (2, 2), (255, 128, 0))))

    assert page[0, 0].tolist() == [0, 128, 255]


GREY = picture()
INK = GREY.point(lambda value: 255 - value)
TRANSPARENT = Image.new("RGBA", GREY.size, (0, 0, 0, 0))
TRANSPARENT.paste((0, 0, 0, 255), mask=INK)
STENCIL = Image.fromarray((np.asarray(GREY) < 128).astype(np.uint8), "P")
STENCIL.putpalette(bytes(6))  # Paper and ink have the same colour: only one can be seen through.
ANIMATED = file(GREY.convert("RGB"), save_all=True, append_images=[Image.new("RGB", GREY.size)])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(file(GREY), id="grey"),
        pytest.param(file(GREY.convert("RGB")), id="colour"),
        pytest.param(file(GREY.convert("1", dither=Image.Dither.NONE)), id="black and white"),
        pytest.param(file(GREY.convert("P")), id="palette"),
        pytest.param(file(STENCIL, transparency=0), id="palette with a transparent colour"),
        pytest.param(file(STENCIL, transparency=b"\x00\xff"), id="palette with alpha"),
        pytest.param(file(Image.fromarray(np.asarray(GREY).astype(np.uint16) * 257)), id="16 bits"),
        pytest.param(file(TRANSPARENT), id="black on nothing"),
        pytest.param(file(TRANSPARENT.convert("LA")), id="grey on nothing"),
        pytest.param(ANIMATED, id="animated"),
        pytest.param(file(GREY, "JPEG", quality=100), id="grey JPEG"),
        pytest.param(file(GREY.convert("CMYK"), "JPEG", quality=100), id="CMYK JPEG"),
        pytest.param(file(GREY, "JPEG", quality=100, progressive=True), id="progressive JPEG"),
        pytest.param(file(GREY.convert("RGB"), "MPO", quality=100), id="multi-picture JPEG"),
    ],
)
def test_every_kind_of_picture_shows_the_same(content: bytes):
    (page,) = pages(content)
    black = np.asarray(GREY) < 128

    assert page.dtype == np.uint8
    assert page.shape == (80, 400, 3)
    assert np.array_equal(page[:, :, 1] < 128, black)


def test_sixteen_bits_keep_their_shades():
    shades = np.array([[0, 1000, 30_000, 65_535]], np.uint16)
    (page,) = pages(file(Image.fromarray(shades)))

    assert page[0, :, 0].tolist() == [0, 3, 117, 255]


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        *[(1, "top left"), (2, "top right"), (3, "bottom right"), (4, "bottom left")],
        *[(5, "top left"), (6, "top right"), (7, "bottom right"), (8, "bottom left")],
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_turned_as_its_metadata_says(kind: str, orientation: int, corner: str):
    """The stored picture is black in the corner at the top left."""
    image = Image.new("L", (64, 32), 255)
    image.paste(0, (0, 0, 16, 16))
    exif = Image.Exif()
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
def test_damaged_metadata_does_not_spoil_a_whole_picture(kind: str, exif: bytes):
    (page,) = pages(file(picture(), kind, exif=exif))

    assert page.shape == (80, 400, 3)


def test_texts_in_a_picture_do_not_matter():
    info = PngInfo()
    info.add_text("Comment", "x" * 5000, zip=True)
    (page,) = pages(file(picture(), pnginfo=info))

    assert page.shape == (80, 400, 3)


def answered(content: bytes, **limits: int) -> bool:
    """Tell whether a file gives pictures or a refusal, and nothing else."""
    try:
        found = pages(content, **limits)
    except UnreadableFile:
        return True
    return all(page.dtype == np.uint8 and page.shape[2] == 3 and page.size for page in found)


EXIF = Image.Exif()
EXIF[ORIENTATION] = 6
EXIF[0x010E] = "description"
EXIF.get_ifd(0x8769)[0x9003] = "2026:11:23"
SMALL = Image.new("RGB", (24, 16), "white")
FILES = [
    file(SMALL, "JPEG", exif=EXIF.tobytes(), dpi=(300, 300)),
    file(SMALL, "JPEG", exif=EXIF.tobytes(), progressive=True, icc_profile=b"x" * 99),
    file(SMALL.convert("CMYK"), "JPEG"),
    file(SMALL, "MPO", save_all=True, append_images=[SMALL], exif=EXIF.tobytes()),
    file(SMALL, exif=EXIF.tobytes()),
    file(SMALL.convert("P"), transparency=bytes(9)),
    file(SMALL, save_all=True, append_images=[SMALL]),
    pdf(["[0 0 30 20]", "[0 0 20 30]"]),
    locked_pdf(),
]
CHANGES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([0, 1, 3]), st.binary(max_size=4)),
    min_size=1,
    max_size=6,
)


def changed(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Replace some bytes at places by others; a PNG gets right checksums again."""
    for place, length, new in changes:
        content = content[:place] + new + content[place + length :]
    return content if content[:4] != b"\x89PNG" else checked(content)


def checked(content: bytes) -> bytes:
    done, rest = content[:8], content[8:]
    while len(rest) > 12:
        length = int.from_bytes(rest[:4], "big")
        done += chunk(rest[4:8], rest[8 : 8 + length])
        rest = rest[12 + length :]
    return done + rest


@given(st.sampled_from(FILES), CHANGES)
@example(FILES[0], [(20, 3, b"\xff\xff\xff\xff")])
def test_a_damaged_file_gives_pictures_or_a_refusal(content: bytes, changes):
    assert answered(changed(content, changes), pdf_dpi=20)


@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"]), st.binary())
def test_any_bytes_give_pictures_or_a_refusal(magic: bytes, content: bytes):
    assert answered(magic + content)


@pytest.mark.parametrize("name", ["passport.jpg", "visa-small.png", "passport-scan.pdf"])
@settings(max_examples=30)
@given(changes=CHANGES)
def test_a_damaged_specimen_gives_pictures_or_a_refusal(name: str, changes):
    content = (SPECIMENS / name).read_bytes()

    assert answered(changed(content, changes), max_pixels=3_000_000, pdf_dpi=20)
