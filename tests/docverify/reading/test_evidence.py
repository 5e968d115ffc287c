"""Image evidence of drawn documents, before and after an edit of the captured image."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from docverify.page import Box, Portrait, PortraitPair
from docverify.policy import STANDARD
from docverify.reading.background import find_smooth_line
from docverify.reading.faint_portraits import search_next_to
from docverify.reading.files.pages import Limits, read_pages
from docverify.reading.local import read_documents
from docverify.reading.mrz.odd_characters import measure_distance
from docverify.reading.portrait_comparison import (
    FACE,
    Head,
    choose_pair,
    compare_portraits,
    correlate,
)
from docverify.reading.portraits import Face, find_faces, find_portraits
from docverify.reading.rectification import Rectification
from specimens.lettering import load_sans

SPECIMENS = Path(__file__).parents[3] / "specimens"


def pixels(name):
    (image,) = read_pages((SPECIMENS / name).read_bytes(), Limits())
    return image


def messaged(image):
    """Save an image as a messenger does."""
    scale = min(1.0, 1600 / max(image.shape))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], 1)


CORNERS = [(0, 0), (300, 0), (300, 30), (0, 30)]


@cache
def passport():
    return pixels("passport.jpg")


@cache
def passport_page():
    (page,) = read_documents(passport())
    return page


def upright():
    return Rectification(np.eye(3)[:2], np.eye(3), passport().shape[1], passport().shape[0])


def evidence_of(image):
    (page,) = read_documents(image)
    return page.evidence


def cut(image, box: Box):
    left, top, right, bottom = map(round, (box.left, box.top, box.right, box.bottom))
    return image[top:bottom, left:right]


def with_mrz_in_sans() -> np.ndarray:
    """Set the MRZ in another typeface, each character where it was."""
    image = passport().copy()
    area = cut(image, passport_page().mrz.box)
    area[:] = np.median(area, axis=(0, 1))
    drawn = Image.fromarray(image)
    draw, pitch = ImageDraw.Draw(drawn), passport_page().mrz.pitch
    for row, text in enumerate(passport_page().mrz.lines):
        y = passport_page().mrz.box.bottom - (1 - row) * 2.5 * pitch - 0.3 * pitch
        for place, character in enumerate(text):
            x = passport_page().mrz.box.left + (place + 0.6) * pitch
            draw.text((x, y), character, (20, 20, 20), load_sans(1.35 * pitch), "ms")
    return np.asarray(drawn)


def with_other_portrait() -> np.ndarray:
    """Paste the face of another holder over the large portrait."""
    other = pixels("identity-card-td2.jpg")
    height, width = other.shape[:2]
    (theirs, *_) = find_portraits(other, np.eye(3), (width, height))
    image = passport().copy()
    face = cut(image, passport_page().portraits[0].box)
    face[:] = cv2.resize(cut(other, theirs.box), face.shape[1::-1])
    return image


def with_line_painted_over() -> tuple[np.ndarray, Box]:
    """Paint over the background of the widest line with one colour, and keep its ink."""
    image = passport().copy()
    boxes = [each.box for each in passport_page().lines]
    box = max(boxes, key=lambda box: box.right - box.left)
    area = cut(image, box)
    paper = np.percentile(area, 70, axis=(0, 1))
    dark = area.mean(axis=2, keepdims=True) < 0.6 * paper.mean()
    area[:] = np.where(dark, area, paper)
    return image, box


def test_genuine_document_has_no_sign_of_an_edit():
    found = passport_page().evidence

    assert found.mrz.distance < 0.5 * STANDARD.max_mrz_typeface_distance
    assert found.mrz.odd_shape.amount < 0.5 * STANDARD.max_mrz_character_distance
    assert found.mrz.odd_offset.amount < STANDARD.max_mrz_character_offset
    assert found.mrz.odd_like.amount < STANDARD.max_mrz_character_difference
    assert found.portraits.similarity > STANDARD.min_portrait_similarity
    assert found.background.loss < STANDARD.max_background_loss


@pytest.mark.parametrize(
    "save", [pytest.param(np.copy, id="first", marks=pytest.mark.slow), messaged]
)
def test_mrz_in_another_typeface_is_far_from_ocrb(save):
    assert evidence_of(save(with_mrz_in_sans())).mrz.distance > STANDARD.max_mrz_typeface_distance


def test_blur_of_all_characters_is_not_another_typeface():
    """In another typeface, some letters look like OCR-B and others do not."""
    blurred, mixed = np.full(60, 0.87), np.repeat([0.97, 0.87], 30)

    assert measure_distance(blurred) < STANDARD.max_mrz_typeface_distance
    assert measure_distance(mixed) > STANDARD.max_mrz_typeface_distance


def test_other_portrait_is_less_like_the_small_one():
    """Drawn faces of two holders are more alike than photos of two people."""
    found = evidence_of(messaged(with_other_portrait()))

    assert found.portraits.similarity < passport_page().evidence.portraits.similarity - 0.15


def from_the_side(image):
    """Photograph a page from the left, so that the characters of its MRZ lean."""
    height, width = image.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners * 0.8 + 0.1 * np.array([width, height], np.float32)
    moved[0] += (0.16 * width, 0.04 * height)
    there = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    return cv2.warpPerspective(image, there, (width, height), borderValue=(90, 90, 90))


def with_figure_drawn_again() -> np.ndarray:
    """Move a figure of the MRZ that occurs elsewhere by a tenth of its width, and lighten it."""
    image, box, pitch = passport().copy(), passport_page().mrz.box, passport_page().mrz.pitch
    text = passport_page().mrz.lines[1]
    place = next(at for at, each in enumerate(text) if each.isdigit() and text.count(each) > 2)
    left = round(box.left + place * pitch)
    area = image[round(box.bottom - 1.7 * pitch) : round(box.bottom), left : left + round(pitch)]
    moved = np.roll(area, (round(0.1 * pitch), round(0.1 * pitch)), axis=(0, 1))
    area[:] = cv2.addWeighted(moved, 0.85, np.full_like(moved, 255), 0.15, 0)
    return image


def with_print_over_the_small_portrait() -> np.ndarray:
    """Print values over the small portrait."""
    image = passport().copy()
    box = passport_page().evidence.portraits.small
    drawn = Image.fromarray(image)
    height = box.bottom - box.top
    for share in (0.35, 0.95):
        at = (round(box.left - height), round(box.top + share * height))
        ImageDraw.Draw(drawn).text(at, "12 08 1988  NORTH QUAY", (30, 30, 30), load_sans(20), "ls")
    return np.asarray(drawn)


@pytest.mark.slow
def test_characters_that_lean_are_still_ocrb():
    found = evidence_of(from_the_side(passport())).mrz

    assert found.distance < 0.7 * STANDARD.max_mrz_typeface_distance
    assert found.odd_like.amount < STANDARD.max_mrz_character_difference


@pytest.mark.parametrize(
    "save", [pytest.param(np.copy, id="first"), pytest.param(messaged, marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_figure_that_was_drawn_again_is_not_like_the_same_figure_elsewhere(save):
    found = evidence_of(save(with_figure_drawn_again())).mrz.odd_like

    assert found.amount > STANDARD.max_mrz_character_difference
    assert passport_page().mrz.lines[1][found.place].isdigit()
    assert found.line == 1


@pytest.mark.slow
def test_small_portrait_is_compared_without_the_print_that_crosses_it():
    found = evidence_of(with_print_over_the_small_portrait()).portraits

    assert found.similarity > STANDARD.min_portrait_similarity


def test_head_that_is_filled_nearly_everywhere_gives_a_finite_correlation():
    noise = np.random.default_rng(4).normal(size=(104, 88)).astype(np.float32)
    covered = np.zeros_like(noise)
    covered[40, 40] = 1

    found = correlate(Head(noise, None), Head(noise, covered), FACE)

    assert found.min() >= -1
    assert found.max() <= 1


def with_lines_over_the_small_portrait() -> np.ndarray:
    """Print the wavy lines of a background darker over the small portrait."""
    image = passport().copy()
    box = passport_page().evidence.portraits.small
    area = cut(image, Box(box.left - 40, box.top - 60, box.right + 40, box.bottom + 60))
    y, x = np.mgrid[: area.shape[0], : area.shape[1]]
    lines = (y + 4 * np.sin(x / 9)) % 9 < 2
    area[lines] = np.maximum(area[lines].astype(int) - 60, 0)
    return image


def quads_of_page() -> list[np.ndarray]:
    boxes = [each.box for each in passport_page().lines]
    return [
        np.array(
            [(b.left, b.top), (b.right, b.top), (b.right, b.bottom), (b.left, b.bottom)], np.float32
        )
        for b in boxes
    ]


def test_small_portrait_is_found_under_the_lines_of_the_background():
    image = with_lines_over_the_small_portrait()
    large, *_ = find_faces(image, np.eye(3), image.shape[1::-1])
    free = search_next_to(image, large.portrait.box, quads_of_page(), upright())

    assert not free.faces
    found = compare_portraits(image, [large], quads_of_page(), upright())
    assert found.similarity > STANDARD.min_portrait_similarity


LARGE = Box(0, 0, 100, 130)


def pair(left: float, height: float, similarity: float) -> PortraitPair:
    return PortraitPair(LARGE, Box(left, 0, left + 0.8 * height, height), similarity)


def test_second_portrait_of_another_person_is_not_hidden_by_a_third_one():
    same, other = pair(300, 50, 0.9), pair(500, 38, 0.4)

    assert choose_pair([same, other]) == other
    assert choose_pair([other, same]) == other


def test_portrait_that_is_found_twice_counts_where_it_is_most_similar():
    near, worse = pair(300, 50, 0.9), pair(303, 52, 0.5)

    assert choose_pair([worse, near]) == near


def test_small_person_in_the_background_is_not_compared_where_a_larger_portrait_agrees():
    ghost, drawn = pair(300, 60, 0.9), pair(500, 30, 0.3)

    assert choose_pair([drawn, ghost]) == ghost


def test_page_without_pairs_has_no_pair_to_compare():
    assert choose_pair([]) is None


def test_emblem_is_not_compared_with_the_portrait():
    """A round emblem with rays looks like a face on the whole page, and not in a close-up."""
    image = np.full((800, 1200, 3), 225, np.uint8)
    (theirs, *_) = find_portraits(passport(), np.eye(3), passport().shape[1::-1])
    large = theirs.box
    grown = Box(large.left - 40, large.top - 60, large.right + 40, large.bottom + 60)
    portrait = cut(passport(), grown)
    image[100 : 100 + portrait.shape[0], 60 : 60 + portrait.shape[1]] = portrait
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        tip = (int(900 + 70 * np.cos(angle)), int(300 + 70 * np.sin(angle)))
        cv2.line(image, (900, 300), tip, (60, 60, 60), 5)
    cv2.circle(image, (900, 300), 80, (90, 120, 90), 6)
    faces = find_faces(image, np.eye(3), (1200, 800))
    landmarks = np.add(faces[0].landmarks, (750, 150))
    emblem = Face(Portrait(Box(850, 240, 950, 360), 0.6), landmarks)
    level = Rectification(np.eye(3)[:2], np.eye(3), 1200, 800)

    assert compare_portraits(image, [faces[0], emblem], (), level) is None


def test_line_that_was_painted_over_is_smoother_than_the_others():
    image, painted = with_line_painted_over()
    found = evidence_of(image).background

    assert found.loss > STANDARD.max_background_loss
    assert found.box.top == pytest.approx(painted.top, abs=0.5 * painted.height)
    assert found.box.left == pytest.approx(painted.left, abs=painted.height)


def test_lines_outside_the_image_have_no_background():
    outside = [np.array(CORNERS, np.float32) + 5000 + 40 * row for row in range(6)]

    assert find_smooth_line(passport(), outside, [], upright()) is None


def test_background_of_a_large_image_is_as_smooth_as_that_of_a_small_one():
    large = cv2.resize(passport(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    tripled = [3 * each for each in quads_of_page()]
    found = find_smooth_line(large, tripled, [], upright())

    assert found.loss < STANDARD.max_background_loss


@pytest.mark.slow
def test_light_print_on_a_dark_band_is_not_taken_for_an_edit():
    """What is lighter than the band is print, and smooth in every document."""
    image = passport().copy()
    band = np.full((140, image.shape[1], 3), (90.0, 70.0, 80.0))
    cv2.putText(band, "MIRELAND", (60, 105), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (250,) * 3, 10)
    paper = band < 200
    band += np.random.default_rng(1).normal(0, 5, band.shape) * paper
    image[40:180] = band

    assert evidence_of(image).background.loss < STANDARD.max_background_loss


def with_lamp_over(box: Box, spread: float) -> np.ndarray:
    """Reflect a lamp on a line: paper turns white, ink does not. `spread` is in line heights."""
    image = passport().copy()
    margin = spread * box.height
    lit = Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
    area = cut(image, lit)
    paper = area.mean(axis=2, keepdims=True) > 150
    area[:] = np.where(paper, 255, area)
    return image


def test_line_in_the_reflection_of_a_lamp_is_not_taken_for_an_edit():
    _, box = with_line_painted_over()
    found = find_smooth_line(with_lamp_over(box, 1.5), quads_of_page(), [], upright())

    assert found.loss < STANDARD.max_background_loss


def test_line_that_was_painted_white_is_smoother_than_the_others():
    _, box = with_line_painted_over()
    found = find_smooth_line(with_lamp_over(box, 0.0), quads_of_page(), [], upright())

    assert found.loss > STANDARD.max_background_loss


def test_line_of_few_pixels_needs_a_larger_change():
    """Compression keeps or loses the texture of a block, and a short line has few of them."""
    first = np.array(CORNERS, np.float32)
    lines = [np.add(first, (40, 60 + 90 * row)) for row in range(6)]
    grain = np.random.default_rng(1).normal(0, 6, (600, 420, 1))
    image = np.repeat(np.clip(200 + grain, 0, 255).astype(np.uint8), 3, axis=2)
    image[60:90, 40:340] = 200
    short = [lines[0] * (0.3, 1) + (28, 0), *lines[1:]]
    short = [each.astype(np.float32) for each in short]

    whole = find_smooth_line(image, lines, [], upright())
    assert find_smooth_line(image, short, [], upright()).loss < whole.loss
