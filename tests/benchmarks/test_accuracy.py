"""The accuracy page, from measurements made by hand."""

import json
from dataclasses import replace

import pytest

from benchmarks import accuracy, accuracy_plots, results
from benchmarks.accuracy_groups import split_visas
from benchmarks.accuracy_page import (
    build_classes,
    build_confusion,
    build_error_rates,
    build_headline,
    build_page,
    build_targets,
    extend_history,
)
from benchmarks.accuracy_readings import (
    GENUINE,
    Planned,
    find_reading,
    plan_documents,
    read_documents,
)
from benchmarks.corpus.attacks import ATTACKS, FORGERIES
from benchmarks.corpus.controls import CONTROLS
from docverify.evaluation.metrics import Hit, Measurement, MrzScore, Share
from docverify.reading import wire
from docverify.verdict import Outcome
from tests.support import readings as support

EXACT, WRONG = MrzScore(True, 88, 88), MrzScore(False, 80, 88)


def one(outcome, capture="scan", attack="", mrz=EXACT, *, legible=True):
    decided = {"standard": outcome}
    return Measurement("TD3", capture, attack, legible, mrz, outcomes=decided)


FOUND = [
    one(Outcome.VERIFIED),
    one(Outcome.REJECTED, "PDF"),
    one(Outcome.VERIFIED, "photo, blur", mrz=WRONG),
    one(Outcome.REFERRED, "photo"),
    one(Outcome.RESUBMIT, "photo, glare on the MRZ or barcode", mrz=WRONG, legible=False),
    one(Outcome.REJECTED, attack="expired"),
    one(Outcome.VERIFIED, attack="wrong check digit"),
    one(Outcome.VERIFIED, attack="replaced portrait"),
]


def measured(table):
    return {row[0]: row[-1] for row in table.rows}


def test_each_target_counts_its_own_documents():
    assert list(measured(build_targets(FOUND)).values()) == [
        Share(2, 2),  # MRZs of genuine scans and PDF
        Share(1, 2),  # MRZs of legible photos
        Share(1, 7),  # the misread MRZ that was verified
        Share(1, 4),  # genuine, rejected
        Share(0, 1),  # illegible, verified
        Share(1, 1),  # illegible, resubmit
        Share(2, 4),  # genuine, verified
        Share(1, 2),  # the data do not reveal a replaced portrait
    ]


STORED = {"version": "9", "seed": 7, "measured_on": "2026-11-23"}


def test_page_names_its_documents_and_the_command_that_repeats_it():
    text = build_page(FOUND, extend_history([], FOUND, STORED), STORED)

    assert text.startswith("# Accuracy on synthetic documents\n")
    assert "python -m benchmarks.accuracy --documents 8 --seed 7" in text
    assert "Pipeline version 9" in text
    assert "4 genuine and legible, 1 genuine but illegible" in text


def test_visas_without_a_passport_are_counted_apart():
    visas = [replace(one(Outcome.RESUBMIT), kind="MRV-A"), replace(FOUND[0], kind="MRV-B")]
    others, apart = split_visas([*FOUND, *visas])
    text = build_page(others, extend_history([], others, STORED), STORED, visas=apart)

    assert (others, apart) == (FOUND, visas)
    assert "of 2 further documents, all visas,\n1 were not verified" in text


def test_second_measurement_of_a_release_replaces_the_first():
    first = extend_history([], FOUND, STORED)
    stored = json.loads(json.dumps(first))

    assert extend_history(stored, FOUND, STORED) == first
    assert len(extend_history(stored, FOUND, STORED | {"version": "10"})) == 2


def test_history_edited_by_hand_is_rejected():
    entry = {"version": "1", "measured_on": "", "seed": 1, "documents": 1, "decisions": None}

    with pytest.raises(TypeError, match="by hand"):
        build_page(FOUND, [entry], STORED)


def test_stored_measurement_is_parsed_unchanged():
    fields = {("mrz", "sex"): Hit.RIGHT, ("viz", "given_names"): Hit.MISSING}
    reasons = {"standard": ("image_blur", "image_glare")}
    full = replace(FOUND[0], fields=fields, reasons=reasons, payload=Hit.WRONG)

    for each in (*FOUND, full):
        kept = json.loads(json.dumps(accuracy.build_row(each)))

        assert accuracy.parse_row(kept) == each


def test_page_is_written_from_stored_results(tmp_path, monkeypatch):
    for name in ("PAGE", "HISTORY", "PLOT", "CONFUSION"):
        suffix = getattr(accuracy, name).suffix
        monkeypatch.setattr(accuracy, name, tmp_path / f"{name}{suffix}")
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(accuracy, "README", tmp_path / "README.md")
    accuracy.README.write_text(
        "Before.\n<!-- accuracy -->\nold\n<!-- end of accuracy -->\nAfter.\n"
    )
    results.store("accuracy", {"seed": 7, "found": [accuracy.build_row(each) for each in FOUND]})

    accuracy.write_page()

    page = accuracy.README.read_text()
    assert page.startswith("Before.\n<!-- accuracy -->\nMeasured on 8 **synthetic** documents")
    assert page.endswith("<!-- end of accuracy -->\nAfter.\n")
    assert "old" not in page
    assert "## Confusion matrix under the policy standard" in accuracy.PAGE.read_text()
    assert accuracy.CONFUSION.exists()
    assert json.loads(accuracy.HISTORY.read_text())[0]["seed"] == 7


def test_both_errors_are_counted_apart_and_by_what_could_reveal_an_attack():
    (row,) = (each for each in build_error_rates(FOUND).rows if each[0] == "standard")

    assert row[1:] == (Share(1, 2), Share(0, 0), Share(1, 1), Share(1, 4), Share(2, 4))


def test_each_class_of_attacks_and_controls_has_a_row():
    rows = {row[0]: row[1:] for row in build_classes(FOUND).rows}

    assert rows["wrong check digit"][:2] == ("data", Share(1, 1))
    assert rows["replaced portrait"][:2] == ("image", Share(1, 1))
    assert rows["on a letter"][0] == "genuine"
    assert {each.name for each in (*ATTACKS, *CONTROLS)} == set(rows)


def test_headline_leads_with_the_attacks_that_were_verified():
    rows = [line for line in build_headline(FOUND, STORED).splitlines() if line.startswith("| ")]

    assert rows[2].startswith("| **attacks that the data reveal: verified** | 1/2 ")


def test_plan_has_every_class_from_its_start_and_each_document_once():
    planned = plan_documents(230, 25)
    start = {each.class_name for each in planned[: len(ATTACKS) + len(CONTROLS) + 10]}
    forgeries = [each for each in planned if each.class_name == FORGERIES[0].name]

    assert len(set(planned)) == len(planned)
    assert start == {each.name for each in (*ATTACKS, *CONTROLS)} | {GENUINE}
    assert len(forgeries) == 25


def test_kept_reading_is_not_read_again(tmp_path):
    one = Planned(GENUINE, 3)
    of = support.reading(support.page())
    kept = find_reading(one, 7, tmp_path)
    kept.write_text(wire.write(of))
    kept.with_suffix(".labels").write_text(json.dumps({kept.stem: {"kind": "TD3"}}))

    ((truth, found),) = read_documents([one], 7, tmp_path)

    assert truth.kind == "TD3"
    assert found == of
    assert find_reading(one, 8, tmp_path) != kept


def test_confusion_matrix_counts_each_document_once():
    rows = {row[0]: row[1:] for row in build_confusion(FOUND, "standard").rows}

    assert rows == {
        "genuine, legible": (4, Share(2, 4), Share(1, 4), Share(0, 4), Share(1, 4)),
        "genuine, illegible": (1, Share(0, 1), Share(0, 1), Share(1, 1), Share(0, 1)),
        "attack that the data could reveal": (
            2,
            Share(1, 2),
            Share(0, 2),
            Share(0, 2),
            Share(1, 2),
        ),
        "attack that the image could reveal": (
            *(1, Share(1, 1), Share(0, 1), Share(0, 1), Share(0, 1)),
        ),
    }


def test_class_with_one_outcome_fills_its_square_of_the_confusion_plot():
    image = accuracy_plots.draw_confusion(FOUND)
    colours = {colour for _, colour in image.getcolors(1 << 20)}

    assert accuracy_plots.COLOURS[Outcome.RESUBMIT] in colours
    assert accuracy_plots.COLOURS[Outcome.REFERRED] not in colours


def test_plot_has_a_bar_for_each_class_in_the_colours_of_its_outcomes():
    image = accuracy_plots.draw_outcomes(FOUND)
    colours = {colour for _, colour in image.getcolors(1 << 20)}

    assert {accuracy_plots.COLOURS[outcome] for outcome in Outcome} <= colours
    assert image.height == (8 + 2) * accuracy_plots.ROW_HEIGHT + 2 * accuracy_plots.EDGE


def test_page_without_the_marked_section_is_rejected(tmp_path):
    (tmp_path / "README.md").write_text("Nothing.\n")

    with pytest.raises(ValueError, match=r"README.md: add <!-- accuracy -->"):
        results.write_block(tmp_path / "README.md", "accuracy", "text")
