"""Pages of a PDF: their size, their resolution, and what is drawn on them."""

from base64 import a85encode

import numpy as np
import PIL.Image
import pytest

from tests.support.files import file, pdf
from tests.support.pages import code, pages
from tests.support.pdf_files import page_of, page_with_image, stream, written_pdf, zeros


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
