"""Finding and reading the MRZ on lines drawn with its own typeface."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from docverify.policy import STANDARD
from docverify.reading.detection import find_text
from docverify.reading.files.pages import Image
from docverify.reading.mrz.explanation import LocatedMrz, doubt_differences
from docverify.reading.mrz.recognisers import recognise_any_print
from docverify.reading.mrz.search import find_mrz
from docverify.reading.quads import Quad
from docverify.reading.recognition import cut_strip, fit_to_ink, remove_shading
from tests.support.mrz_images import LEFT, PITCH, STEP, TOP, page, quad
from tests.support.thoroughness import one_of_each_kind

TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
UNKNOWN = ("XQ123ABC456DEF7890GHI<<<<<<<<<<<<<<<", "12AB<<34CD56EFG<<<7H8J9K<<<<<<<<<<<1")


def mrz_in(image: Image, quads: list[Quad] | None = None) -> LocatedMrz:
    mrz = find_mrz(image, find_text(image) if quads is None else quads)
    assert mrz is not None
    return mrz


def least(mrz: LocatedMrz) -> float:
    return min(map(min, mrz.reading.confidences))


@pytest.mark.parametrize("lines", [TD1, TD2, TD3], ids=["TD1", "TD2", "TD3"])
def test_a_clear_mrz_is_read_and_certain(lines: tuple[str, ...]):
    mrz = mrz_in(page(*lines))

    assert mrz.reading.lines == lines
    assert mrz.reading.constrained
    assert mrz.is_certain
    assert least(mrz) >= STANDARD.min_confidence


def test_the_pitch_is_the_distance_between_two_characters():
    assert mrz_in(page(*TD3)).reading.pitch == pytest.approx(PITCH, rel=0.03)


@pytest.mark.parametrize(
    "quads",
    [
        pytest.param([quad(0, 0, 20), quad(1, 0, 44)], id="a line without its fillers"),
        pytest.param([quad(0, 0, 17), quad(0, 20, 44), quad(1, 0, 44)], id="a line in two"),
        pytest.param([quad(0, 0, 44), quad(1, 12, 30)], id="only the middle of a line"),
        pytest.param([quad(0, 8, 38), quad(1, 9, 36)], id="no line whole"),
        pytest.param([quad(0, 0, 44), quad(1, 0, 44), quad(0, 4, 9)], id="a piece twice"),
    ],
)
def test_mrz_is_read_completely_from_incomplete_boxes(quads: list[Quad]):
    assert mrz_in(page(*TD3), quads).reading.lines == TD3


def test_a_clear_mrz_needs_the_network_for_ocr_b_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("docverify.reading.mrz.search.recognise_any_print", None)

    assert mrz_in(page(*TD3)).reading.lines == TD3


def test_an_mrz_whose_check_digits_do_not_hold_is_read_by_the_other_network_too(
    monkeypatch: pytest.MonkeyPatch,
):
    wrong = (TD3[0], TD3[1].replace("C36UTO", "C37UTO"))
    asked = []
    monkeypatch.setattr(
        "docverify.reading.mrz.search.recognise_any_print",
        lambda strip: asked.append(strip.shape) or recognise_any_print(strip),
    )

    assert mrz_in(page(*wrong)).reading.lines == wrong
    assert asked


def otherwise(mrz: LocatedMrz, line: int, text: str) -> LocatedMrz:
    lines = list(mrz.reading.lines)
    lines[line] = text
    return replace(mrz, reading=replace(mrz.reading, lines=tuple(lines)))


def test_only_characters_that_the_networks_read_differently_are_doubtful():
    mrz = mrz_in(page(*TD3))
    confidences = doubt_differences(mrz, otherwise(mrz, 0, TD3[0].replace("ANNA", "ANMA"))).reading
    low = [
        (row, column)
        for row, line in enumerate(confidences.confidences)
        for column, sure in enumerate(line)
        if sure < STANDARD.min_confidence
    ]

    assert low == [(0, TD3[0].index("ANNA") + 2)]
    assert confidences.lines == mrz.reading.lines


def test_reading_that_no_layout_explains_casts_no_doubt():
    mrz = mrz_in(page(*TD3))
    unclear = replace(otherwise(mrz, 0, "P" * 44), decoded=[replace(mrz.decoded[0], loss=90.0)])

    assert doubt_differences(mrz, unclear) == mrz
    assert doubt_differences(mrz, mrz_in(page(*TD2))) == mrz


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(TD1, id="TD1"),
        pytest.param(TD2, id="TD2", marks=pytest.mark.slow),
        pytest.param(TD3, id="TD3"),
    ],
)
@pytest.mark.parametrize("share", one_of_each_kind([0.7, 0.5], 0.5))
def test_an_mrz_photographed_from_far_below_is_read(lines: tuple[str, ...], share: float):
    """Such a photo shows it lower than it is printed."""
    low = cv2.resize(page(*lines), None, fx=1.0, fy=share, interpolation=cv2.INTER_AREA)

    assert mrz_in(low).reading.lines == lines


def test_lines_of_no_format_are_read_freely_and_marked():
    mrz = mrz_in(page(*UNKNOWN))

    assert not mrz.reading.constrained
    assert not mrz.is_certain
    assert mrz.reading.lines == UNKNOWN


def test_two_lines_of_capitals_and_digits_without_fillers_are_not_an_mrz():
    image = page("ORDER12345678INVOICE87654321TOTAL123", "CUSTOMER55512300STREETNAME987654XYZ1")

    assert find_mrz(image, find_text(image)) is None


def test_rows_of_a_licence_in_capitals_are_not_an_mrz():
    rows = (
        "COMMERCIALDRIVERLICENSE",
        "3DOB07-21-19864AISS12-13-2025",
        "07-21-1986-12-13-20254BEXP",
    )
    image = page(*(row.ljust(30, "0") for row in rows))

    assert find_mrz(image, find_text(image)) is None


@pytest.mark.parametrize("lines", [TD1, TD2, TD3], ids=["TD1", "TD2", "TD3"])
def test_neighbouring_text_is_not_a_line_of_the_mrz(lines: tuple[str, ...]):
    above = "REPUBLIC OF UTOPIA MINISTRY"

    assert mrz_in(page(above, *lines)).reading.lines == lines


def test_glare_over_an_mrz_is_removed_or_makes_it_uncertain():
    image = page(*TD3).astype(np.float32)
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    spot = np.exp(-(((x - 600) / 150) ** 2) - ((y - 120) / 150) ** 2)
    mrz = mrz_in(np.clip(image + 190 * spot[..., None], 0, 255).astype(np.uint8))

    assert mrz.reading.lines == TD3 or least(mrz) < STANDARD.min_confidence


def test_a_covered_character_is_not_certain():
    image = page(*TD3)
    column = LEFT + PITCH * 6
    image[TOP + STEP : TOP + STEP + 40, column + 9 : column + 20] = (235, 240, 238)
    mrz = find_mrz(image, find_text(image))

    assert mrz is None or mrz.reading.lines == TD3 or least(mrz) < STANDARD.min_confidence


def test_a_strip_without_shade_is_white_with_dark_ink():
    shaded = (page(*TD3) * np.linspace(0.3, 1, 1000)[None, :, None]).astype(np.uint8)
    strip = remove_shading(cut_strip(shaded, quad(1, 0, 44)))
    halves = [float(np.median(half)) for half in np.array_split(strip, 2, axis=1)]

    assert strip.shape == cut_strip(shaded, quad(1, 0, 44)).shape
    assert min(halves) > 230
    assert strip.min() < 40


@pytest.mark.parametrize("moved", [-5, 0, 5])
def test_line_is_moved_to_its_ink(moved: int):
    place = quad(1, 0, 44)
    found = fit_to_ink(page(*TD3), place + np.float32([0, moved]), PITCH)

    assert found.mean(0) == pytest.approx(fit_to_ink(page(*TD3), place, PITCH).mean(0), abs=2)


def test_line_is_rotated_to_the_direction_of_its_ink():
    rotation = cv2.getRotationMatrix2D((500, 130), -0.8, 1.0)
    image = cv2.warpAffine(page(*TD3), rotation, (1000, 260), borderValue=(235, 240, 238))
    found = fit_to_ink(np.ascontiguousarray(image), quad(1, 0, 44), PITCH)
    along = found[1] - found[0]

    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(0.8, abs=0.25)
