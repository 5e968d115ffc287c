"""Barcodes that the library itself writes are read back from pictures of cards."""

import cv2
import numpy as np
import pytest
import zxingcpp
from zxingcpp import BarcodeFormat

from docverify.reading.barcodes import MAX_BARCODES, find_barcodes, read_whole
from docverify.reading.cloud.encoding import encode
from docverify.reading.cloud.page import build_page, measure_page
from docverify.reading.local import read_page
from tests.support.thoroughness import one_of_each_kind

LICENCE = (
    b"@\n\x1e\rANSI 636000100002DL00410278ZV03190008DLDAQT64235789\nDCSSAMPLE\nDDEN\nDACMICHAEL\n"
    b"DDFN\nDADJOHN\nDDGN\nDCUJR\nDCAD\nDCBK\nDCDPH\nDBD06062019\nDBB06061986\nDBA12102024\nDBC1\n"
    b"DAU068 in\nDAYBRO\nDAG2300 WEST BROAD STREET\nDAIRICHMOND\nDAJVA\nDAK232690000  \n"
    b"DCF2424244747474786102204\nDCGUSA\nDCK123456789\nDDAF\nDDB06062018\rZVZVA01\r"
)
BESIDE = (100, 110, 120)
WIDTH = 1012  # A card at 300 dots per inch.


def symbol(payload=LICENCE, kind=BarcodeFormat.PDF417, width=800):
    drawn = np.array(zxingcpp.create_barcode(payload, kind).to_image(scale=4))
    scale = width / drawn.shape[1]
    return cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def card(*symbols, width=WIDTH, contrast=1.0):
    """Draw a card with text above and symbols below each other, on a table."""
    page = np.full((638, WIDTH, 3), (225, 235, 228), np.uint8)
    for row, text in enumerate(["CLASS D under 26,001 lbs", "RESTRICTIONS corrective lenses"]):
        cv2.putText(page, text, (40, 60 + 50 * row), 0, 1, (30, 30, 30), 2)
    top = 170
    for each in symbols:
        page[top : top + each.shape[0], 100 : 100 + each.shape[1]] = each[..., None]
        top += each.shape[0] + 30
    faded = (255 - contrast * (255.0 - page)).astype(np.uint8)
    page = cv2.resize(faded, None, fx=width / WIDTH, fy=width / WIDTH, interpolation=cv2.INTER_AREA)
    border = round(0.12 * width)
    return cv2.copyMakeBorder(page, *[border] * 4, cv2.BORDER_CONSTANT, value=BESIDE)


def turned(page, degrees):
    height, width = page.shape[:2]
    rotation = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(rotation[0, 0]), abs(rotation[0, 1])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    rotation[:, 2] += (np.array(size) - (width, height)) / 2
    return cv2.warpAffine(page, rotation, size, flags=cv2.INTER_CUBIC, borderValue=BESIDE)


def as_jpeg(page, quality):
    content = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(content, cv2.IMREAD_COLOR)


def payloads(page):
    return [each.payload for each in find_barcodes(page)]


@pytest.mark.parametrize(
    "degrees",
    one_of_each_kind(
        [0, 2, 5, 10, 17, 30, 45, 60, 75, 88, 90, 135, 180, 261, 270], *(0, 10, 30, 60, 90, 180)
    ),
)
def test_a_licence_is_read_at_any_angle(degrees):
    assert payloads(turned(card(symbol()), degrees)) == [LICENCE]


@pytest.mark.parametrize("width", one_of_each_kind([500, 700, 1600, 2400], 500, 2400))
@pytest.mark.parametrize("degrees", [0, 12])
def test_a_licence_is_read_at_any_size(width, degrees):
    assert payloads(turned(card(symbol(), width=width), degrees)) == [LICENCE]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda page: as_jpeg(page, 30), id="saved badly"),
        pytest.param(lambda page: cv2.GaussianBlur(page, (0, 0), 1.35), id="blurred"),
        pytest.param(lambda page: cv2.convertScaleAbs(page, alpha=0.5), id="dark"),
        pytest.param(lambda page: cv2.resize(page, None, fx=0.6, fy=0.6), id="small"),
    ],
)
@pytest.mark.parametrize("degrees", one_of_each_kind([0, 7, 40], 7))
def test_licence_is_read_from_a_poor_image(damage, degrees):
    assert payloads(damage(turned(card(symbol()), degrees))) == [LICENCE]


@pytest.mark.parametrize("degrees", [0, 8, 33])
def test_a_faded_licence_is_read(degrees):
    assert payloads(turned(card(symbol(), contrast=0.6), degrees)) == [LICENCE]


@pytest.mark.parametrize(
    ("kind", "payload", "width"),
    [
        (BarcodeFormat.QRCode, b"https://example.org/?id=1&\xc3\xa9", 300),
        (BarcodeFormat.DataMatrix, bytes(range(60)), 300),
        (BarcodeFormat.Aztec, b"\x00\x01\xff binary", 300),
        (BarcodeFormat.Code128, b"L898902C36", 600),
        (BarcodeFormat.Code39, b"A1234567", 700),
    ],
    ids=lambda each: getattr(each, "name", None),
)
@pytest.mark.parametrize("degrees", [0, 11])
def test_other_symbologies_are_read_byte_by_byte(kind, payload, width, degrees):
    drawn = symbol(payload, kind, width)
    tall = np.repeat(drawn, 3, 0) if drawn.shape[0] < 60 else drawn

    (found,) = find_barcodes(turned(card(tall), degrees))

    assert (found.symbology, found.payload) == (kind.name, payload)


def test_several_barcodes_are_each_read_once():
    text = symbol(b"L898902C36", BarcodeFormat.Code128, 600)

    found = find_barcodes(turned(card(symbol(width=700), text[:120]), 9))

    assert {each.symbology for each in found} == {"PDF417", "Code128"}
    assert len(found) == 2


def test_no_more_barcodes_are_kept_than_the_limit():
    small = symbol(b"1", BarcodeFormat.QRCode, 100)
    page = np.full((700, 700), 255, np.uint8)
    for number in range(16):
        top, left = 40 + 160 * (number // 4), 40 + 160 * (number % 4)
        page[top : top + small.shape[0], left : left + small.shape[1]] = symbol(
            str(number).encode(), BarcodeFormat.QRCode, 100
        )[: small.shape[0]]

    assert len(find_barcodes(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR))) == MAX_BARCODES


def test_repr_of_barcode_does_not_contain_its_payload():
    (found,) = find_barcodes(card(symbol()))

    assert "SAMPLE" not in repr(found)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (40, 40)], ids=str)
def test_noise_of_any_shape_is_not_a_barcode(size):
    noise = np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8)

    assert find_barcodes(noise) == []


def test_stripes_without_a_symbol_are_not_a_barcode():
    page = np.full((600, 900, 3), 230, np.uint8)
    page[150:400, 100:800:12] = page[150:400, 101:800:12] = page[150:400, 102:800:12] = 20

    assert payloads(page) == payloads(turned(page, 20)) == []


@pytest.mark.parametrize("degrees", one_of_each_kind([0, 6, 180], 6))
def test_the_box_is_in_the_upright_page_for_every_engine(degrees):
    """The symbol is 800 pixels wide, below the text on the card."""
    image = turned(card(symbol()), degrees)

    local = read_page(image)

    (barcode,) = local.barcodes
    assert (barcode.symbology, barcode.payload) == ("PDF417", LICENCE)
    assert barcode.box.top > max(line.box.bottom for line in local.lines if "lenses" in line.text)
    assert barcode.box.right - barcode.box.left == pytest.approx(symbol().shape[1], rel=0.1)
    assert 0 <= barcode.box.left < barcode.box.right <= local.width
    assert 0 <= barcode.box.top < barcode.box.bottom <= local.height


def test_the_box_follows_when_a_small_document_is_cut_out():
    table = np.full((2400, 3000, 3), 90, np.uint8)
    page = card(symbol())
    table[900 : 900 + page.shape[0], 300 : 300 + page.shape[1]] = page

    found = read_page(table)

    (barcode,) = found.barcodes
    assert found.width < 2000
    assert 0 <= barcode.box.left < barcode.box.right <= found.width
    assert 0 <= barcode.box.top < barcode.box.bottom <= found.height


def test_cloud_engine_gets_the_same_barcodes():
    (barcode,) = build_page([], encode(card(symbol())), measure_page).barcodes

    left, top = 100 + 0.12 * WIDTH, 170 + 0.12 * WIDTH
    assert (barcode.symbology, barcode.payload) == ("PDF417", LICENCE)
    assert (barcode.box.left, barcode.box.top) == pytest.approx((left, top), abs=25)


def seen_from_the_side(page, lean, degrees):
    """Lower the right side by `lean` of the height, narrow the lower one, and turn all."""
    height, width = page.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moves = np.array([(0, 0), (0, lean * height), (-lean * width / 2, 0), (0, 0)])
    moved = (corners + moves - (width / 2, height / 2)) @ turn
    moved -= moved.min(0) - 60
    size = tuple(int(each) for each in moved.max(0) + 60)
    view = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    return cv2.warpPerspective(page, view, size, flags=cv2.INTER_AREA, borderValue=BESIDE)


@pytest.mark.parametrize("lean", [0.2, 0.25])
@pytest.mark.parametrize("degrees", one_of_each_kind([0, 22, 200], 22))
def test_barcode_seen_from_the_side_is_read_where_it_is(lean, degrees):
    page = seen_from_the_side(card(symbol()), lean, degrees)
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)

    (found,) = find_barcodes(page)

    assert read_whole(grey) == []
    assert found.payload == LICENCE
    assert cv2.contourArea(found.corners) > 0.05 * page.shape[0] * page.shape[1]
    assert min(found.corners.min(0)) >= 0


def test_shadow_over_half_of_a_barcode_seen_from_the_side_does_not_hide_it():
    page = seen_from_the_side(card(symbol()), 0.2, 5)
    page[:, page.shape[1] // 2 :] = page[:, page.shape[1] // 2 :] * 0.35

    assert payloads(page) == [LICENCE]
