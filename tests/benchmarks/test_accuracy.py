"""The page about accuracy: its figures from hand-made measurements."""

import json
from dataclasses import replace

import pytest

from benchmarks import accuracy, results
from docverify.evaluation.metrics import Hit, Measurement, MrzScore, Share
from docverify.verdict import Outcome

EXACT, WRONG = MrzScore(True, 88, 88), MrzScore(False, 80, 88)


def one(outcome, capture="scan", attack="", mrz=EXACT, *, legible=True):
    decided = {"standard": outcome}
    return Measurement("TD3", capture, attack, legible, mrz, outcomes=decided)


FOUND = [
    one(Outcome.VERIFIED),
    one(Outcome.REJECTED, "PDF"),
    one(Outcome.VERIFIED, "photo, blur", mrz=WRONG),
    one(Outcome.REFERRED, "photo"),
    one(Outcome.RESUBMIT, "photo, glare on zone or barcode", mrz=WRONG, legible=False),
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


KEPT = {"version": "9", "seed": 7, "measured_on": "2026-11-23"}


def test_the_page_says_what_it_was_measured_on_and_how_to_repeat_it(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "HISTORY", tmp_path / "history.json")

    text = accuracy.page(FOUND, accuracy._history(FOUND, ["standard"], KEPT), KEPT)

    assert text.startswith("# Accuracy on synthetic documents\n")
    assert "python -m benchmarks.accuracy --documents 8 --seed 7" in text
    assert "Pipeline version 9" in text
    assert "4 are genuine and legible, 1 genuine and" in text


def test_a_release_that_is_measured_again_replaces_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(accuracy, "HISTORY", tmp_path / "history.json")

    first = accuracy._history(FOUND, ["standard"], KEPT)
    accuracy.HISTORY.write_text(json.dumps(first), "utf-8")

    assert accuracy._history(FOUND, ["standard"], KEPT) == first
    assert len(accuracy._history(FOUND, ["standard"], KEPT | {"version": "10"})) == 2


def test_a_history_that_was_changed_by_hand_is_told():
    entry = {"version": "1", "measured_on": "", "seed": 1, "documents": 1, "decisions": None}

    with pytest.raises(TypeError, match="by hand"):
        accuracy.page(FOUND, [entry], KEPT)


def test_what_is_kept_of_a_document_is_read_as_it_was():
    fields = {("mrz", "sex"): Hit.RIGHT, ("viz", "given_names"): Hit.MISSING}
    reasons = {"standard": ("image_blur", "image_glare")}
    full = replace(FOUND[0], fields=fields, reasons=reasons, payload=Hit.WRONG)

    for each in (*FOUND, full):
        kept = json.loads(json.dumps(accuracy.row_of(each)))

        assert accuracy.measurement_of(kept) == each


def test_the_page_is_written_from_what_was_kept(tmp_path, monkeypatch):
    for name in ("PAGE", "HISTORY", "PLOT", "CONFUSION"):
        suffix = getattr(accuracy, name).suffix
        monkeypatch.setattr(accuracy, name, tmp_path / f"{name}{suffix}")
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(accuracy, "README", tmp_path / "README.md")
    accuracy.README.write_text(
        "Before.\n<!-- accuracy -->\nold\n<!-- end of accuracy -->\nAfter.\n"
    )
    results.keep("accuracy", {"seed": 7, "found": [accuracy.row_of(each) for each in FOUND]})

    accuracy.write_page()

    said = accuracy.README.read_text()
    assert said.startswith("Before.\n<!-- accuracy -->\nOn 8 **synthetic** documents")
    assert said.endswith("<!-- end of accuracy -->\nAfter.\n")
    assert "old" not in said
    assert "## Confusion under the policy standard" in accuracy.PAGE.read_text()
    assert accuracy.CONFUSION.exists()
    assert json.loads(accuracy.HISTORY.read_text())[0]["seed"] == 7


def test_a_run_goes_on_where_it_was_stopped_with_the_same_seed_and_version(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    rows = [accuracy.row_of(each) for each in FOUND]
    results.keep("accuracy", {"seed": 7, "found": rows})

    assert [accuracy.measurement_of(row) for row in accuracy.known(7)] == FOUND
    assert accuracy.known(8) == []

    results.keep("accuracy", {"seed": 7, "found": rows, "version": "another"})

    assert accuracy.known(7) == []


def test_every_document_of_the_confusion_table_is_counted_once_by_what_it_is():
    rows = {row[0]: row[1:] for row in accuracy.confusion(FOUND, "standard").rows}

    assert rows == {
        "genuine, legible": (4, Share(2, 4), Share(1, 4), Share(0, 4), Share(1, 4)),
        "genuine, beyond legibility": (1, Share(0, 1), Share(0, 1), Share(1, 1), Share(0, 1)),
        "attack that the data could show": (2, Share(1, 2), Share(0, 2), Share(0, 2), Share(1, 2)),
        "attack that the picture could show": (
            *(1, Share(1, 1), Share(0, 1), Share(0, 1), Share(0, 1)),
        ),
    }


def test_a_class_that_always_has_one_outcome_fills_its_square_of_the_confusion_plot():
    picture = accuracy.confusion_plot(FOUND)
    colours = {colour for _, colour in picture.getcolors(1 << 20)}

    assert accuracy.COLOURS[Outcome.RESUBMIT] in colours
    assert accuracy.COLOURS[Outcome.REFERRED] not in colours


def test_the_plot_has_a_bar_for_each_class_in_the_colours_of_its_outcomes():
    picture = accuracy.plot(FOUND)
    colours = {colour for _, colour in picture.getcolors(1 << 20)}

    assert {accuracy.COLOURS[outcome] for outcome in Outcome} <= colours
    assert picture.height == (8 + 2) * accuracy.ROW + 2 * accuracy.EDGE


def test_a_page_without_a_place_for_what_was_measured_is_told(tmp_path):
    (tmp_path / "README.md").write_text("Nothing.\n")

    with pytest.raises(ValueError, match=r"README.md has no place for accuracy"):
        results.write_block(tmp_path / "README.md", "accuracy", "text")
