"""From the bytes of a file to the pictures of its pages, within limits."""

import struct

import PIL.Image
import pytest

from docverify.reading.files.image import TIFF_KIND
from docverify.reading.files.pages import MAX_SIDE, Limits, detect_format, too_large
from tests.support.files import file, locked_pdf, pdf, picture
from tests.support.hostile import HOSTILE, OF_EACH_CODE, Hostile
from tests.support.image_files import HEIF, chunk, tiff
from tests.support.pages import code, pages
from tests.support.thoroughness import one_of_each_kind

READ_HERE = [each for each in HOSTILE if each.code != "reader-crashed"]
PNG, JPEG = file(picture()), file(picture(), "JPEG")
HEIC = (HEIF / "plain.heic").read_bytes()


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


@pytest.mark.parametrize(
    "hostile", one_of_each_kind(READ_HERE, *OF_EACH_CODE), ids=lambda each: each.name
)
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


GREY = picture()
