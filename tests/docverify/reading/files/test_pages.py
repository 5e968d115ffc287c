"""From the bytes of a file to the pictures of its pages, within limits."""

import struct
import zlib
from base64 import a85encode
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

from docverify.errors import UnreadableFile
from docverify.reading.files.image import TIFF_KIND
from docverify.reading.files.pages import (
    MAX_SIDE,
    Image,
    Limits,
    detect_format,
    read_pages,
    too_large,
)
from tests.support.files import file, locked_pdf, packed_tiff, pdf, picture
from tests.support.hostile import (
    HOSTILE,
    Hostile,
    page_of,
    page_with_image,
    stream,
    tiff,
    written_pdf,
    zeros,
)
from tests.support.thoroughness import examples

SPECIMENS = Path(__file__).parents[4] / "specimens"
ORIENTATION = 0x0112
HEIF = Path(__file__).parents[3] / "support" / "heif"
READ_HERE = [each for each in HOSTILE if each.code != "reader-crashed"]
PNG, JPEG = file(picture()), file(picture(), "JPEG")
HEIC = (HEIF / "plain.heic").read_bytes()


def pages(content: bytes, **limits: int) -> list[Image]:
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
        pytest.param(file(picture(), "TIFF"), "TIFF", id="TIFF"),
        pytest.param(file(picture(), "WEBP"), "WEBP", id="WebP"),
        pytest.param(HEIC, "HEIF", id="HEIC"),
        pytest.param(HEIC.replace(b"ftypheic", b"ftypmif1"), "HEIF", id="HEIF"),
        pytest.param(pdf(), "PDF", id="PDF"),
        pytest.param(b"\xef\xbb\xbf\r\n" + pdf(), "PDF", id="PDF after something else"),
    ],
)
def test_first_bytes_decide_the_format_of_a_file(content: bytes, name: str):
    assert detect_format(content) == name


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "empty-file", id="no byte"),
        pytest.param(b"Dear Sir or Madam", "unknown-format", id="text"),
        pytest.param(file(picture(), "GIF"), "unknown-format", id="GIF"),
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
def test_refusal_names_the_reason(content: bytes, expected: str):
    assert code(content) == expected


@pytest.mark.parametrize("hostile", READ_HERE, ids=lambda each: each.name)
def test_a_hostile_file_is_refused_or_read(hostile: Hostile):
    content = hostile.make()
    if hostile.code is None:
        assert pages(content)
    else:
        assert code(content) == hostile.code


def test_limits_are_the_last_values_that_are_accepted():
    size = {"max_bytes": len(PNG), "max_pixels": 400 * 80}

    assert [page.shape for page in pages(PNG, **size)] == [(80, 400, 3)]
    assert code(PNG, **size | {"max_bytes": len(PNG) - 1}) == "file-too-large"
    assert code(PNG, **size | {"max_pixels": 400 * 80 - 1}) == "too-many-pixels"
    assert len(pages(pdf(["[0 0 9 9]"] * 3), max_pages=3)) == 3
    assert code(pdf(["[0 0 9 9]"] * 3), max_pages=2) == "too-many-pages"


def test_refusal_of_a_large_file_names_the_limit():
    assert str(too_large(Limits())) == "the file is over 20 MB; upload a smaller one"
    assert "over 0.5 MB" in str(too_large(Limits(max_bytes=500_000)))


@pytest.mark.parametrize("box", ["[0 0 0 0]", "[0 0 0 9]", "[9 9 0 0]", "(none)", "[0 0 1e40 1]"])
def test_a_page_without_a_size_gets_one(box: str):
    (page,) = pages(pdf([box]))

    assert min(page.shape) > 0


def test_a_pdf_is_read_page_by_page_at_the_resolution_of_the_limits():
    first, second = pages(pdf(["[0 0 720 360]", "[0 0 360 720]"]), pdf_dpi=180)

    assert (first.shape, second.shape) == ((900, 1800, 3), (1800, 900, 3))
    assert np.all(first == 255)


@pytest.mark.parametrize(
    ("points", "pixels"),
    [
        pytest.param((243, 153), (1600, 1007), id="card: more, as its print is as small"),
        pytest.param((612, 792), (1700, 2200), id="letter: 200 dpi"),
        pytest.param((30, 20), (250, 167), id="stamp: no more than 600 dpi"),
        pytest.param((4000, 3000), (5164, 3873), id="poster: as much as is drawn"),
    ],
)
def test_page_without_an_image_is_drawn_at_a_legible_resolution(points, pixels):
    (page,) = pages(pdf([f"[0 0 {points[0]} {points[1]}]"]))

    assert page.shape[1::-1] == pytest.approx(pixels, abs=1)


@pytest.mark.parametrize(
    ("width", "points", "drawn"),
    [
        pytest.param(3000, (200, 100), 1667, id="no more than 600 dpi"),
        pytest.param(2400, (576, 288), 2400, id="at its own"),
        pytest.param(300, (576, 288), 1600, id="at the least, when it has less"),
        pytest.param(4000, (4000, 2000), 6325, id="photo in a page of its pixels as points"),
    ],
)
def test_scanned_page_is_drawn_at_the_resolution_of_its_image(width, points, drawn):
    image = PIL.Image.effect_noise((width, width // 2), 50)
    (page,) = pages(scan(image, points))

    assert page.shape[1] == pytest.approx(drawn, abs=1)


def scan(image: PIL.Image.Image, points: tuple[float, float], rotate: int = 0) -> bytes:
    """Write a PDF of one page that a picture covers."""
    size = b"/Width %d/Height %d/Filter/DCTDecode" % image.size
    box, fill = (b"%g %g" % points, b"q %g 0 0 %g 0 0 cm /I Do Q" % points)
    content = page_with_image(size, file(image.convert("L"), "JPEG"))
    content = content.replace(b"0 0 200 100]", b"0 0 " + box + b"]/Rotate %d" % rotate)
    return content.replace(b"q 200 0 0 100 0 0 cm /I Do Q", fill)


@pytest.mark.parametrize(
    ("rotate", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))]
)
def test_pdf_page_is_rotated_by_its_attribute(rotate: int, corner: tuple[int, int]):
    image = PIL.Image.new("L", (640, 320), 255)
    image.paste(0, (0, 0, 160, 160))
    (page,) = pages(scan(image, (200, 100), rotate))

    assert (page.shape[0] < page.shape[1]) == (rotate in (0, 180))
    assert page[corner][0] < 128
    assert np.mean(page < 128) == pytest.approx(1 / 8, abs=0.01)


def test_what_was_filled_into_a_form_is_drawn():
    measure_page = stream(b"/Type/XObject/Subtype/Form/BBox[0 0 100 50]", b"0 g 0 0 100 50 re f")
    widget = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(n)/V(x)/Rect[0 0 100 50]/F 4/AP<</N 5 0 R>>>>"
    content = written_pdf(
        (
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Annots[4 0 R]>>",
            widget,
            measure_page,
        )
    )
    (page,) = pages(content)

    assert np.mean(page[:, :, 0] < 128) == pytest.approx(1 / 4, abs=0.02)


def test_text_of_a_pdf_is_drawn():
    font = b"/Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
    text = stream(b"", b"BT /F 40 Tf 10 30 Td (HELLO) Tj ET")
    (page,) = pages(page_of(text, resources=font))

    assert np.mean(page < 128) > 0.02


def test_every_page_of_a_tiff_is_read_except_previews():
    first, second = PIL.Image.new("L", (60, 40), 10), PIL.Image.new("L", (30, 20), 20)
    preview = {TIFF_KIND: 1}
    found = pages(file(first, "TIFF", save_all=True, append_images=[second]))

    assert [(page.shape[:2], page[0, 0, 0]) for page in found] == [((40, 60), 10), ((20, 30), 20)]
    assert len(pages(tiff({}, preview, {}))) == 2


def test_all_pages_together_have_a_limit():
    content = file(GREY, "TIFF", save_all=True, append_images=[GREY, GREY])

    assert len(pages(content, max_total_pixels=3 * 400 * 80)) == 3
    assert code(content, max_total_pixels=3 * 400 * 80 - 1) == "too-many-pixels"
    assert len(pages(content, max_pages=3)) == 3
    assert code(content, max_pages=2) == "too-many-pages"


def test_what_a_pdf_unpacks_to_has_a_limit():
    content = page_of(stream(b"/Filter/FlateDecode", zeros(1)))

    assert len(pages(content, max_unpacked=1 << 20)) == 1
    assert code(content, max_unpacked=(1 << 20) - 1) == "unpacks-too-large"


def test_data_that_only_looks_compressed_is_accepted():
    content = page_of(stream(b"", b"x\x9c" + b"no data"), stream(b"", b"x\x9c\x00"))

    assert len(pages(content, max_unpacked=0)) == 1


def test_compression_below_a_text_encoding_is_accepted():
    """As in [/ASCII85Decode /FlateDecode], which ReportLab writes, and of a JPEG."""
    text = a85encode(zeros(1), adobe=False) + b"~>"
    content = page_of(stream(b"/Filter[/ASCII85Decode/FlateDecode]", text))

    assert len(pages(content)) == 1


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


def answered(content: bytes, **limits: int) -> bool:
    """Return whether a file gives images or a refusal, and nothing else."""
    try:
        found = pages(content, **limits)
    except UnreadableFile:
        return True
    return all(page.dtype == np.uint8 and page.shape[2] == 3 and page.size for page in found)


EXIF = PIL.Image.Exif()
EXIF[ORIENTATION] = 6
EXIF[0x010E] = "description"
EXIF.get_ifd(0x8769)[0x9003] = "2026:11:23"
SMALL = PIL.Image.new("RGB", (24, 16), "white")
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
    file(SMALL, "TIFF", exif=EXIF),
    file(SMALL, "TIFF", compression="tiff_lzw", save_all=True, append_images=[SMALL]),
    file(SMALL.convert("1"), "TIFF", compression="group4"),
    file(SMALL, "TIFF", compression="jpeg"),
    file(SMALL, "WEBP", exif=EXIF),
    file(SMALL.convert("RGBA"), "WEBP", lossless=True),
]  # No HEIC: some damaged ones crash libheif's binding, which the reader process is for.
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
def test_damaged_file_gives_pages_or_a_refusal(content: bytes, changes):
    assert answered(changed(content, changes), pdf_dpi=20)


MAGIC = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1", b"II*\0\x08\0\0\0", b"MM\0*"]


@given(st.sampled_from([*MAGIC, b"RIFF\xff\0\0\0WEBPVP8X"]), st.binary())
def test_any_bytes_give_images_or_a_refusal(magic: bytes, content: bytes):
    assert answered(magic + content)


@pytest.mark.parametrize("name", ["passport.jpg", "visa-small.png", "passport-scan.pdf"])
@examples(30)
@given(changes=CHANGES)
def test_damaged_specimen_gives_pages_or_a_refusal(name: str, changes):
    content = (SPECIMENS / name).read_bytes()

    assert answered(changed(content, changes), max_pixels=3_000_000, pdf_dpi=20)
