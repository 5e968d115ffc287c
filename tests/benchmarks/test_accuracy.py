"""The page about accuracy: its figures from hand-made measurements."""

import json

import pytest

from benchmarks import accuracy
from docverify.evaluation import Measurement, Share, ZoneScore
from docverify.verdict import Outcome

EXACT, WRONG = ZoneScore(True, 88, 88), ZoneScore(False, 80, 88)


def one(outcome, capture="scan", attack="", zone=EXACT, *, legible=True):
    decided = {"standard": outcome}
    return Measurement("TD3", capture, attack, legible, zone, outcomes=decided)


FOUND = [
    one(Outcome.VERIFIED),
    one(Outcome.REJECTED, "PDF"),
    one(Outcome.VERIFIED, "photo, blur", zone=WRONG),
    one(Outcome.REFERRED, "photo"),
    one(Outcome.RESUBMIT, "photo, glare on zone or barcode", zone=WRONG, legible=False),
    one(Outcome.REJECTED, attack="expired"),
    one(Outcome.VERIFIED, attack="wrong check digit"),
    one(Outcome.VERIFIED, attack="replaced portrait"),
]


def measured(table):
    return {row[0]: row[-1] for row in table.rows}


def test_each_target_is_held_against_what_it_is_about():
    assert list(measured(accuracy.targets(FOUND)).values()) == [
        Share(5, 5),  # zones of scans and PDF, attacks too
        Share(1, 2),  # zones of legible photos
        Share(1, 7),  # the misread zone that was verified
        Share(1, 4),  # genuine, rejected
        Share(0, 1),  # beyond legibility, verified
        Share(1, 1),  # and asked for again
        Share(1, 2),  # a portrait is nothing that the data show
    ]


def test_the_page_says_what_it_was_measured_on_and_how_to_repeat_it(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "HISTORY", tmp_path / "history.json")

    text = accuracy.page(FOUND, accuracy._history(FOUND, ["standard"], 7), 7)

    assert text.startswith("# Accuracy on synthetic documents\n")
    assert "python -m benchmarks.accuracy --documents 8 --seed 7" in text
    assert "4 are genuine and legible, 1 genuine and" in text


def test_a_release_that_is_measured_again_replaces_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "HISTORY", tmp_path / "history.json")

    first = accuracy._history(FOUND, ["standard"], 1)
    accuracy.HISTORY.write_text(json.dumps(first), "utf-8")

    assert accuracy._history(FOUND, ["standard"], 1) == first
    assert len(accuracy._history(FOUND, ["standard"], 2)) == 2


def test_a_history_that_was_changed_by_hand_is_told():
    entry = {"version": "1", "measured_on": "", "documents": 1, "decisions": None}

    with pytest.raises(TypeError, match="by hand"):
        accuracy.page(FOUND, [entry], 1)


def test_the_plot_has_a_bar_for_each_class_in_the_colours_of_its_outcomes():
    picture = accuracy.plot(FOUND)
    colours = {colour for _, colour in picture.getcolors(1 << 20)}

    assert {accuracy.COLOURS[outcome] for outcome in Outcome} <= colours
    assert picture.height == (8 + 2) * accuracy.ROW + 2 * accuracy.EDGE
