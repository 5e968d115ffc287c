"""Documents that only the image reveals: drawn alike each time, and counted by check."""

from random import Random

import cv2
import numpy as np
import pytest

from benchmarks.corpus.captured_edits import (
    Captured,
    copy_figures,
    paste_portrait,
    redraw_figures,
    rewrite_line,
)
from benchmarks.corpus.evidence_samples import CLASSES, draw_sample
from benchmarks.corpus.recompression import WAYS, send_by_messenger
from benchmarks.evidence import CODES, choose_forms, count_failures
from benchmarks.evidence_page import build_tables
from docverify.checks import Status
from docverify.evaluation.tables import render_table
from tests.support.thoroughness import one_of_each_kind

BOXES = {
    "mrz_0": [[50.0, 500], [950, 500], [950, 520], [50, 520]],
    "mrz_1": [[50.0, 550], [950, 550], [950, 570], [50, 570]],
    "surname": [[300.0, 100], [600, 100], [600, 130], [300, 130]],
    "portrait": [[40.0, 100], [240, 100], [240, 360], [40, 360]],
}
TEXT = "0123456789" * 4 + "1234"


def captured() -> Captured:
    pixels = np.random.default_rng(5).integers(180, 240, (640, 1000, 3), np.uint8)
    for name, corners in BOXES.items():
        if name.startswith("mrz"):
            for place, each in enumerate(TEXT):
                at = (int(corners[0][0] + place * 900 / 44), int(corners[2][1]))
                cv2.putText(pixels, each, at, cv2.FONT_HERSHEY_PLAIN, 1.5, (20, 20, 20), 2)
    return Captured(pixels, BOXES, (TEXT, TEXT))


@pytest.mark.parametrize(
    ("edit", "name"),
    [
        (redraw_figures, "mrz_1"),
        (copy_figures, "mrz_1"),
        (rewrite_line, "surname"),
        (paste_portrait, "portrait"),
    ],
)
def test_edit_changes_its_own_box_and_nothing_around_it(edit, name):
    before = captured()
    chance = Random(2)  # noqa: S311 (made-up data, not a secret)
    changed = (edit(before, chance) != before.pixels).any(2)

    (left, top), _, (right, bottom), _ = BOXES[name]
    reach = 20
    inside = np.zeros(changed.shape, bool)
    inside[int(top) - reach : int(bottom) + reach, int(left) - reach : int(right) + reach] = True
    assert changed[inside].any()
    assert not changed[~inside].any()


@pytest.mark.parametrize(
    "name",
    one_of_each_kind(
        ["genuine, two portraits", "MRZ in another typeface"], "MRZ in another typeface"
    ),
)
@pytest.mark.slow
def test_document_depends_only_on_seed_class_and_number(name):
    assert draw_sample(3, name, 1) == draw_sample(3, name, 1)
    assert draw_sample(3, name, 1) != draw_sample(4, name, 1)


@pytest.mark.parametrize("name", WAYS)
def test_way_of_sending_keeps_a_smaller_image(name):
    content = cv2.imencode(".jpg", np.full((1500, 2400, 3), 200, np.uint8))[1].tobytes()
    sent = [WAYS[name](content, Random(4)) for _ in range(2)]  # noqa: S311 (made-up data)
    image = cv2.imdecode(np.frombuffer(sent[0], np.uint8), 1)

    assert sent[0] == sent[1]
    assert max(image.shape) <= 1600
    assert np.median(image) == pytest.approx(200, abs=3)


def test_the_first_documents_are_also_sent_the_longer_ways_in_turn():
    forms = [form for number in range(8) for form in choose_forms(number, 4)]

    assert [forms.count(each) for each in WAYS] == [8, 2, 2]
    assert list(choose_forms(0, 0)) == ["as saved", "sent by a messenger"]


def test_messenger_sends_at_most_1600_pixels():
    content = cv2.imencode(".jpg", np.full((1200, 2400, 3), 200, np.uint8))[1].tobytes()
    sent = cv2.imdecode(np.frombuffer(send_by_messenger(content), np.uint8), 1)

    assert sent.shape[:2] == (800, 1600)


def test_each_edit_has_the_check_that_should_find_it():
    assert {of.code for of in CLASSES.values()} == {*CODES, ""}


def test_failures_are_counted_by_check_and_by_document():
    passed = dict.fromkeys(CODES, Status.PASSED)
    two = passed | dict.fromkeys(CODES[:2], Status.FAILED)
    unknown = passed | {CODES[3]: Status.NOT_PERFORMED}
    counted = count_failures([passed, two, unknown])

    assert counted["documents"] == 3
    assert list(counted["failed"].values()) == [1, 1, 0, 0]
    assert list(counted["performed"].values()) == [3, 3, 3, 2]
    assert counted["any"] == 1


def test_the_page_shows_each_class_before_and_after_the_messenger():
    (drawn, *specimens) = map(render_table, build_tables())

    for name in CLASSES:
        assert f"{name} | as saved" in drawn
        assert f"{name} | sent by a messenger" in drawn
    assert "| all genuine | as saved" in drawn
    assert all("failed, of all" in each for each in specimens)
