"""The local engine on the specimens, which it reads once, and on pictures drawn here."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL import ImageDraw

from docverify.documents.printed_fields import find_printed_fields
from docverify.page import Engine, MrzReading, Page, Reading, Refusal
from docverify.policy import DEMONSTRATION, STANDARD
from docverify.reading.detection import find_text
from docverify.reading.files.pages import Image, Limits, read_pages
from docverify.reading.local import (
    MAX_LINES,
    MAX_TEXT,
    choose_lines,
    read,
    read_documents,
    read_page,
)
from docverify.reading.mrz.search import find_mrz
from docverify.reading.quads import Quad
from docverify.verdict import Outcome, judge
from tests.support.files import as_picture, drawn, locked_pdf, pdf, picture
from tests.support.thoroughness import one_of_each_kind

SPECIMENS = Path(__file__).parents[3] / "specimens"
TRUTH: dict[str, dict[str, Any]] = json.loads((SPECIMENS / "truth.json").read_text("utf-8"))
VERDICTS: dict[str, dict[str, Any]] = json.loads((SPECIMENS / "verdicts.json").read_text("utf-8"))
ILLEGIBLE = "passport-blurred.jpg"
LEGIBLE = [name for name, each in TRUTH.items() if each["mrz"] and name != ILLEGIBLE]
OF_EACH_KIND = ("passport.jpg", "identity-card.png")
SOME = one_of_each_kind(LEGIBLE, *OF_EACH_KIND)
TODAY = date(2026, 11, 23)


@cache
def specimen(name: str) -> Reading:
    return read((SPECIMENS / name).read_bytes())


def page_of(name: str) -> Page:
    """Return the page that carries the MRZ: the identity card shows its other side as well."""
    return max(specimen(name).pages, key=lambda page: page.mrz is not None)


def mrz_of(name: str) -> MrzReading:
    mrz = page_of(name).mrz
    assert mrz is not None
    return mrz


def pixels(name: str) -> Image:
    (page,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return page


@pytest.mark.parametrize("name", SOME)
def test_every_character_of_a_legible_mrz_is_read(name: str):
    assert list(mrz_of(name).lines) == TRUTH[name]["mrz"]


@pytest.mark.parametrize("name", SOME)
def test_every_character_of_a_legible_mrz_is_certain(name: str):
    confidences = [each for row in mrz_of(name).confidences for each in row]

    assert [len(row) for row in mrz_of(name).confidences] == list(map(len, mrz_of(name).lines))
    assert STANDARD.min_confidence <= min(confidences)
    assert max(confidences) <= 1.0


@pytest.mark.parametrize(
    "name", one_of_each_kind(TRUTH, *OF_EACH_KIND, ILLEGIBLE, "no-document.jpg", "corrupt.jpg")
)
def test_demonstration_policy_gives_the_expected_verdict(name: str):
    verdict = judge(specimen(name), today=TODAY, policy=DEMONSTRATION)

    assert {"outcome": verdict.outcome, "reasons": list(verdict.reasons)} == VERDICTS[name]


@pytest.mark.parametrize("name", SOME)
def test_standard_policy_rejects_every_legible_specimen(name: str):
    verdict = judge(specimen(name), today=TODAY, policy=STANDARD)

    assert verdict.outcome is Outcome.REJECTED
    assert "known_specimen" in verdict.reasons


@pytest.mark.parametrize("name", SOME)
def test_page_is_upright_and_contains_everything_that_was_read(name: str):
    page = page_of(name)
    middles = [
        ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        for box in (line.box for line in page.lines)
    ]

    assert len(page.lines) >= 9
    assert [m for m in middles if not (0 < m[0] < page.width and 0 < m[1] < page.height)] == []
    assert [line.box.top for line in page.lines] == sorted(line.box.top for line in page.lines)
    # Labels and values are wider than high only when they stand upright.
    wide = [line for line in page.lines if line.box.right - line.box.left > line.box.height]
    assert len(wide) > 0.8 * len(page.lines)


@pytest.mark.parametrize("name", [ILLEGIBLE, "no-document.jpg"])
def test_a_page_without_a_legible_mrz_has_none(name: str):
    assert page_of(name).mrz is None


def test_page_without_an_mrz_is_still_read():
    text = " ".join(line.text for line in page_of("no-document.jpg").lines)

    assert len(text) > 100


def test_a_broken_file_gives_a_refusal_and_no_page():
    reading = specimen("corrupt.jpg")

    assert (reading.engine, reading.pages) == (Engine.LOCAL, ())
    assert isinstance(reading.refusal, Refusal)
    assert reading.refusal.code == "corrupt-file"


def mrz_in(picture: Image) -> tuple[str, ...] | None:
    mrz = find_mrz(picture, find_text(picture))
    return mrz.reading.lines if mrz else None


TURNS = [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE]


@pytest.mark.parametrize(
    ("name", "rotation"),
    [
        pytest.param("visa-small.png", TURNS[0], id="visa, 90"),
        pytest.param("visa-small.png", TURNS[2], id="visa, 270", marks=pytest.mark.slow),
        pytest.param("identity-card.png", TURNS[1], id="identity card, 180"),
    ],
)
def test_mrz_is_found_in_any_rotation(name: str, rotation: int):
    assert mrz_in(cv2.rotate(pixels(name), rotation)) == mrz_of(name).lines


def test_mrz_is_found_on_a_skewed_page():
    image = PIL.Image.fromarray(pixels("passport.jpg")).rotate(
        15, PIL.Image.Resampling.BICUBIC, expand=True, fillcolor=(90, 90, 90)
    )

    assert mrz_in(np.ascontiguousarray(np.asarray(image))) == mrz_of("passport.jpg").lines


def test_upside_down_page_is_read_like_the_upright_one():
    upright = page_of("visa-small.png")
    turned = read_page(cv2.rotate(pixels("visa-small.png"), cv2.ROTATE_180))
    texts = {line.text for line in upright.lines}

    assert turned.mrz is not None
    assert upright.mrz is not None
    assert turned.mrz.lines == upright.mrz.lines
    assert len(texts & {line.text for line in turned.lines}) > 0.8 * len(texts)


def test_a_document_that_is_small_on_its_page_is_cut_out():
    sheet = pixels("passport-scan.pdf")

    assert page_of("passport-scan.pdf").height < 0.5 * sheet.shape[0]


def test_both_sides_of_a_card_in_one_image_are_two_pages():
    front, back = sorted(specimen("identity-card.png").pages, key=lambda page: page.mrz is not None)

    assert front.mrz is None
    assert "IDENTITY CARD" in " ".join(line.text for line in front.lines).upper()
    assert back.mrz is not None
    assert any("Authority" in line.text for line in back.lines)
    assert not any("Authority" in line.text for line in front.lines)


def on_a_desk(picture: Image, width: int) -> Image:
    border = max(40, width - picture.shape[1])
    return cv2.copyMakeBorder(
        picture, 40, 40, 40, border, cv2.BORDER_CONSTANT, value=(90, 110, 120)
    )


@pytest.mark.slow  # test_bad_images.py has one of this kind.
def test_two_documents_in_one_image_are_two_pages():
    first, second = pixels("passport.jpg"), pixels("visa-small.png")
    width = max(first.shape[1], second.shape[1]) + 40
    desk = np.concatenate([on_a_desk(first, width), on_a_desk(second, width)])
    mrzs = {page.mrz.lines for page in read_documents(desk) if page.mrz}

    assert mrzs == {mrz_of("passport.jpg").lines, mrz_of("visa-small.png").lines}


@pytest.mark.parametrize("name", [each for each in SOME if each != "identity-card.png"])
def test_one_document_is_never_two_pages(name: str):
    assert len(specimen(name).pages) == 1


def test_tallest_lines_of_a_dense_page_are_read():
    small = [f"{number:03} small print" for number in range(MAX_LINES + 10)]
    rows = np.concatenate(
        [drawn("LARGE PRINT", size=(700, 120))]
        + [
            cv2.resize(drawn(each, size=(700, 60)), (700, 24), interpolation=cv2.INTER_AREA)
            for each in small
        ]
    )
    page = read_page(rows)

    assert len(page.lines) <= MAX_LINES
    assert any("LARGE" in line.text for line in page.lines)


def line(length: float, height: float) -> Quad:
    """Return the box of a horizontal line."""
    return np.array([[0, 0], [length, 0], [length, height], [0, height]], np.float32)


def test_of_a_page_of_prose_a_few_long_lines_are_read():
    """Each is as long as the network takes: all lines together would take half a minute."""
    assert len(choose_lines([line(1000, 10)] * MAX_LINES)) == MAX_TEXT / 100
    assert len(choose_lines([line(80, 10)] * MAX_LINES)) == MAX_LINES


def test_lines_across_the_others_count_by_their_length():
    """They are turned before they are read, and are then as long as the others."""
    assert len(choose_lines([line(10, 1000)] * MAX_LINES)) == MAX_TEXT / 100
    assert len(choose_lines([line(10, 80)] * MAX_LINES)) == MAX_LINES


@pytest.mark.parametrize("turn", one_of_each_kind(TURNS[::2], TURNS[2]))
def test_text_up_or_down_the_page_is_read_as_text_across(turn: int):
    page = pixels("passport.jpg")
    word = np.full((70, 330, 3), 245, np.uint8)
    cv2.putText(word, "CANCELLED", (12, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.7, (30, 20, 60), 4)
    high, wide = 330, 70
    place = page[300 : 300 + high, page.shape[1] // 2 : page.shape[1] // 2 + wide]
    place[:] = cv2.rotate(word, turn)

    shown = read_page(page)

    assert [line.text for line in shown.lines if line.across] == ["CANCELLED"]
    assert shown.mrz is not None


def test_small_document_on_a_desk_is_read_at_a_higher_resolution():
    sheet = pixels("passport-scan.pdf")
    far = cv2.copyMakeBorder(sheet, 900, 900, 900, 900, cv2.BORDER_CONSTANT, value=(20, 40, 30))
    page = read_page(cv2.resize(far, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA))

    assert page.mrz is not None
    assert page.mrz.lines == mrz_of("passport-scan.pdf").lines


def worse(kind: str) -> Image:
    good = pixels("visa-small.png")
    if kind == "tiny":
        return cv2.resize(good, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    if kind == "shaken":
        return cv2.filter2D(good, -1, np.full((1, 15), 1 / 15, np.float32))
    covered = good.copy()
    height, width = good.shape[:2]
    covered[int(0.8 * height) :, int(0.3 * width) : int(0.32 * width)] = 200
    return covered


@pytest.mark.parametrize("kind", one_of_each_kind(["tiny", "shaken", "covered"], "tiny", "covered"))
def test_misread_mrz_is_never_certain(kind: str):
    picture = worse(kind)
    mrz = find_mrz(picture, find_text(picture))
    right = mrz is not None and list(mrz.reading.lines) == TRUTH["visa-small.png"]["mrz"]
    least = min(min(row) for row in mrz.reading.confidences) if mrz else 0.0

    assert right or least < STANDARD.min_confidence


def test_half_of_an_mrz_is_not_an_mrz():
    page = pixels("visa-small.png")
    half = np.ascontiguousarray(page[:, : page.shape[1] // 2])

    assert mrz_in(half) is None


@pytest.mark.parametrize(
    "rotation", one_of_each_kind([None, *TURNS], None, TURNS[0]), ids=["0", "90", "180", "270"]
)
def test_printed_text_without_an_mrz_is_read_in_any_rotation(rotation: int | None):
    upright = drawn("Surname MERIDIAN", "Given names LOUISE ANN")
    page = read_page(upright if rotation is None else cv2.rotate(upright, rotation))

    assert [line.text for line in page.lines] == ["Surname MERIDIAN", "Given names LOUISE ANN"]
    assert page.width > page.height


def seen_from_the_side(page: Image, near: float) -> Image:
    """Take a photo for which the right edge is that much shorter than the left one."""
    height, width = page.shape[:2]
    edge, cut = 0.1 * width, 0.5 * near * height
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    slanted = corners + np.array([[0, 0], [0, cut], [0, -cut], [0, 0]], np.float32) + edge
    size = (round(width + 2 * edge), round(height + 2 * edge))
    way = cv2.getPerspectiveTransform(corners, slanted.astype(np.float32))
    photo: Image = cv2.warpPerspective(page, way, size, borderValue=(90, 90, 90))
    return photo


@pytest.mark.parametrize(
    "name", one_of_each_kind(["identity-card-td2.jpg", "passport.jpg"], "passport.jpg")
)
@pytest.mark.parametrize("near", one_of_each_kind([-0.4, 0.4], 0.4))
def test_labels_find_their_values_from_any_perspective(name: str, near: float):
    page = read_page(seen_from_the_side(pixels(name), near))

    said, shown = (find_printed_fields(each.lines) for each in (page_of(name), page))
    assert {name: value.text for name, value in shown.items()} == {
        name: value.text for name, value in said.items()
    }


@pytest.mark.parametrize(
    "text", ["<" * 30, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", "| | | | | | | | | |"]
)
def test_single_line_is_not_an_mrz(text: str):
    assert mrz_in(drawn(text)) is None


def test_two_lines_too_far_apart_are_not_an_mrz():
    passport = TRUTH["passport.jpg"]["mrz"]
    near = drawn(*passport, size=(1700, 600))
    far = drawn(passport[0], *[""] * 5, passport[1], size=(1700, 600))

    assert mrz_in(near) is not None
    assert mrz_in(far) is None


@pytest.mark.parametrize(
    "size",
    [(1, 1), (2, 1), (31, 31), (33, 20), (1, 3000), (3000, 1), (5, 4000), (29_999, 8), (8, 29_999)],
    ids=str,
)
@pytest.mark.parametrize("content", ["white", "noise", "text"])
def test_image_of_any_shape_can_be_read(size: tuple[int, int], content: str):
    width, height = size
    pages = {
        "white": np.full((height, width, 3), 255, np.uint8),
        "noise": np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8),
        "text": as_picture(picture("HELLO " * 9, size)),
    }
    found = read_page(pages[content])

    assert found.mrz is None
    assert np.isfinite(found.quality.sharpness)
    assert [line for line in found.lines if not 0 <= line.confidence <= 1] == []


def test_text_that_is_cut_by_the_edge_is_read_up_to_the_edge():
    image = PIL.Image.new("RGB", (300, 60), "white")
    ImageDraw.Draw(image).text((-30, -12), "MERIDIANMERIDIANMERIDIAN", fill="black", font_size=60)
    page = read_page(as_picture(image))

    assert [line.text for line in page.lines if "MERID" in line.text or "RIDIAN" in line.text] != []


def test_a_white_page_has_no_text_and_no_sharpness():
    page = read_page(np.full((300, 400, 3), 255, np.uint8))

    assert (page.lines, page.mrz, page.quality.sharpness) == ((), None, 0.0)
    assert (page.width, page.height) == (400, 300)


def test_blurred_text_is_less_sharp():
    sharp, blurred = drawn("MERIDIAN"), cv2.GaussianBlur(drawn("MERIDIAN"), (0, 0), 4)

    assert read_page(blurred).quality.sharpness < 0.1 * read_page(sharp).quality.sharpness


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "empty-file", id="empty"),
        pytest.param(b"Dear Sir or Madam", "unknown-format", id="text"),
        pytest.param(locked_pdf(), "encrypted-file", id="locked"),
        pytest.param(pdf(["[0 0 9 9]"] * 11), "too-many-pages", id="too many pages"),
    ],
)
def test_unreadable_file_gives_a_refusal_with_advice(content: bytes, code: str):
    reading = read(content)

    assert reading.refusal is not None
    assert reading.refusal.code == code
    assert len(reading.refusal.message) > 20
    assert reading.pages == ()
