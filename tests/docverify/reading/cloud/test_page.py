"""Words that an engine elsewhere read become a page like the local engine's."""

import math
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from docverify.documents.mrz import parse_mrz
from docverify.documents.printed_fields import find_printed_fields
from docverify.page import Box, FieldText, Page
from docverify.reading.cloud.encoding import encode
from docverify.reading.cloud.page import EngineWord, build_page, measure_page

SPECIMENS = Path(__file__).parents[4] / "specimens"
WIDTH, HEIGHT, SIZE, PITCH = 1000, 700, 20, 18
MRZ = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
LINES = {
    (100, 100): "Surname / Nom",
    (100, 130): "ERIKSSON",
    (100, 200): "Date of birth",
    (100, 230): "12 AUG 1974",
    (500, 260): "Sex: F",
    (60, 600): MRZ[0],
    (60, 640): MRZ[1],
}


@pytest.fixture(scope="module", name="sent")
def _sent():
    return encode(np.full((HEIGHT, WIDTH, 3), 200, np.uint8))


def words_of(text, left, top, confidence=0.96):
    words, start = [], 0
    for word in text.split(" "):
        right = left + (start + len(word)) * PITCH
        box = Box(left + start * PITCH, top, right, top + SIZE)
        corners = ((box.left, box.top), (box.right, box.top))
        corners += ((box.right, box.bottom), (box.left, box.bottom))
        words.append(EngineWord(word, (confidence,) * len(word), corners))
        start += len(word) + 1
    return words


def turned(word, degrees):
    """The word of a page that was sent turned by so much, clockwise."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = (HEIGHT / 2, WIDTH / 2) if degrees in (90, -90) else (WIDTH / 2, HEIGHT / 2)
    corners = tuple(
        (
            (x - WIDTH / 2) * cosine - (y - HEIGHT / 2) * sine + middle[0],
            (x - WIDTH / 2) * sine + (y - HEIGHT / 2) * cosine + middle[1],
        )
        for x, y in word.corners
    )
    return EngineWord(word.text, word.confidences, corners, word.blank_after)


def lines_turned(degrees):
    lines = [words_of(text, *place) for place, text in LINES.items()]
    return [[turned(word, degrees) for word in line] for line in lines]


@pytest.mark.parametrize("degrees", [0, 90, 180, -90, 5, -7])
def test_a_page_is_upright_whichever_way_it_was_sent(degrees, sent):
    size = (WIDTH, HEIGHT) if degrees in (90, -90) else (HEIGHT, WIDTH)
    sent = encode(np.full((*size, 3), 200, np.uint8))

    page = build_page(lines_turned(degrees), sent, measure_page)

    cosine, sine = (abs(each(math.radians(degrees))) for each in (math.cos, math.sin))
    turned_back = (cosine * size[1] + sine * size[0], sine * size[1] + cosine * size[0])
    assert (page.width, page.height) == tuple(round(each) for each in turned_back)
    assert [line.text for line in page.lines] == [*LINES.values()][:5]
    for line, (left, top) in zip(page.lines, LINES, strict=False):
        assert line.box.left == pytest.approx(left + (page.width - WIDTH) / 2)
        assert line.box.top == pytest.approx(top + (page.height - HEIGHT) / 2)
    assert page.mrz.lines == MRZ
    assert page.mrz.pitch == pytest.approx(PITCH)


def test_case_built_from_the_page_has_labels_values_and_mrz(sent):
    page = build_page(lines_turned(180), sent, measure_page)

    printed = find_printed_fields(page.lines)
    assert {name: value.text for name, value in printed.items()} == {
        "surname": "ERIKSSON",
        "birth_date": "12 AUG 1974",
        "sex": "F",
    }
    assert parse_mrz(page.mrz.lines).surname == "ERIKSSON"


def test_line_has_the_confidence_of_its_least_certain_letter_or_digit(sent):
    (first, second) = words_of("KIM, LEE", 10, 10)
    doubtful = EngineWord(first.text, (0.9, 0.7, 0.8, 0.1), first.corners)

    (line,) = build_page([[doubtful, second]], sent, measure_page).lines

    assert (line.text, line.confidence) == ("KIM, LEE", 0.7)


def test_words_without_a_blank_between_them_are_not_separated(sent):
    words = [
        EngineWord(w.text, w.confidences, w.corners, False) for w in words_of("Nom / Name", 9, 9)
    ]

    (line,) = build_page([words], sent, measure_page).lines

    assert line.text == "Nom/Name"


@pytest.mark.parametrize("lines", [[], [[]], [words_of(" ", 0, 0)]], ids=["none", "empty", "blank"])
def test_a_page_without_text_has_neither_lines_nor_mrz(lines, sent):
    page = build_page(lines, sent, measure_page)

    assert (page.lines, page.mrz, page.quality.sharpness) == ((), None, 0)


def test_words_without_a_position_are_kept(sent):
    """An engine may leave out coordinates; what it read is not lost."""
    word = EngineWord("HELLO", (0.9,) * 5, ((0, 0),) * 4)

    assert [line.text for line in build_page([[word]], sent, measure_page).lines] == ["HELLO"]


def test_a_page_travels_between_processes_and_shows_no_values(sent):
    fields = {"surname": FieldText("ERIKSSON", 0.99)}

    page = build_page(lines_turned(0), sent, measure_page, fields)

    assert pickle.loads(pickle.dumps(page)) == page  # noqa: S301 (our own)
    assert page.fields["surname"].text == "ERIKSSON"
    assert "ERIKSSON" not in repr(page)


def test_engines_that_do_not_return_fields_leave_them_empty():
    assert Page(1, 1, (), None, 0.0).fields == {}


OTHER = (
    "P<UTODOE<<JANE<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def test_a_second_mrz_is_read_and_is_not_printed_text(sent):
    both = {(100, 100): "Surname / Nom", (60, 300): OTHER[0], (60, 340): OTHER[1]}
    both |= {(60, 600): MRZ[0], (60, 640): MRZ[1]}
    lines = [words_of(text, *place) for place, text in both.items()]

    page = build_page(lines, sent, measure_page)

    assert {each.lines for each in (page.mrz, *page.other_mrzs)} == {MRZ, OTHER}
    assert [line.text for line in page.lines] == ["Surname / Nom"]


def test_the_ink_of_each_printed_line_is_measured():
    image = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    image[100:120:3, 100:700] = 60
    sent = encode(image)
    lines = [words_of("Surname / Nom", 100, 100), words_of("ERIKSSON", 100, 230)]

    dark, invisible = build_page(lines, sent, measure_page).lines

    assert dark.contrast > 30
    assert invisible.contrast < 3


def test_the_portraits_of_the_page_are_found():
    image = cv2.imread(str(SPECIMENS / "passport.jpg"))
    size = image.shape[1], image.shape[0]
    upside_down = np.ascontiguousarray(image[::-1, ::-1])
    words = [turned_about(word, *size) for word in words_of("PASSPORT OF UTOPIA", 300, 60)]

    page = build_page([words], encode(upside_down), measure_page)

    assert (page.width, page.height) == size
    assert page.portraits[0].box.right < page.width / 2


def turned_about(word, width, height):
    corners = tuple((width - x, height - y) for x, y in word.corners)
    return EngineWord(word.text, word.confidences, corners, word.blank_after)


def test_a_page_without_a_face_has_no_portrait(sent):
    assert build_page([], sent, measure_page).portraits == ()
