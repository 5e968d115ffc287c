"""`docverify evaluate`, from a folder of labelled documents to its report."""

import json
from datetime import date
from pathlib import Path

import pytest

from cli import evaluate
from cli.__main__ import main
from docverify.evaluation.truth import Truth, TruthError
from tasks.settings import read_settings
from tests.support.pdf_files import form_that_draws_itself

SPECIMENS = Path(__file__).parents[2] / "specimens"
TRUTHS = json.loads((SPECIMENS / "truth.json").read_text("utf-8"))
NAMES = ("passport.jpg", "passport-wrong-check-digit.jpg")


def put(folder, *names):
    for name in names:
        (folder / name).write_bytes((SPECIMENS / name).read_bytes())


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    put(folder, *NAMES)
    (folder / "broken.png").write_bytes(b"no picture")
    labels = {name: TRUTHS[name] for name in NAMES} | {"broken.png": {"legible": False}}
    labels[NAMES[1]] = labels[NAMES[1]] | {"attack": "wrong check digit"}
    (folder / "truth.json").write_text(json.dumps(labels), "utf-8")
    return folder


@pytest.fixture(scope="module", name="report")
def _report(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    command = [str(folder), "--policy", "demonstration", "--policy", "standard"]
    command += ["--report", str(out / "a.md"), "--json", str(out / "a.json")]
    code = main(["evaluate", *command, "--today", "2026-11-23"])
    return code, (out / "a.md").read_text("utf-8"), json.loads((out / "a.json").read_text())


def table(facts, title):
    return next(each["rows"] for each in facts["tables"] if each["title"] == title)


@pytest.mark.slow
def test_a_folder_becomes_a_report(report):
    code, text, facts = report
    rows = table(facts, "Outcomes under the policy demonstration")

    assert code == 0
    assert text.startswith("# Evaluation of 3 documents\n")
    assert [row["class"] for row in rows] == [
        *("genuine: all", "illegible: all", "attack: wrong check digit"),
    ]
    assert [rows[0]["verified"], rows[1]["resubmit"], rows[2]["rejected"]] == [1, 1, 1]
    assert [row["policy"] for row in table(facts, "Decisions")] == ["demonstration", "standard"]
    assert table(facts, "The MRZ by kind")[-1]["exact in every character"]["hits"] == 2


def test_a_report_contains_no_personal_data(report):
    values = [
        value
        for name in NAMES
        for value in (*TRUTHS[name]["printed"].values(), *TRUTHS[name]["mrz"])
        if len(value) > 1
    ]

    assert [value for value in values if value in report[1] or value in json.dumps(report[2])] == []


def test_labels_can_be_next_to_each_file_or_in_a_table(tmp_path):
    put(tmp_path, "passport.jpg", "visa.jpg")
    (tmp_path / "passport.jpg.json").write_text('{"kind": "TD3"}')
    (tmp_path / "visa.json").write_text('{"kind": "MRV-A"}')
    beside = evaluate.find_documents(tmp_path)
    (tmp_path / "truth.csv").write_text("file,kind\npassport.jpg,TD3\nvisa.jpg,MRV-A\n")

    assert list(beside.values()) == [Truth(kind="TD3"), Truth(kind="MRV-A")]
    assert evaluate.find_documents(tmp_path) == beside


@pytest.mark.parametrize(
    ("names", "labels", "said"),
    [
        pytest.param(("visa.jpg",), "file\n", "1 files without labels: visa.jpg", id="label"),
        pytest.param((), "file\na.jpg\n", "1 files with labels do not exist: a.jpg", id="file"),
        pytest.param((), "file\n", "no documents in", id="nothing"),
        pytest.param((), "file,shoe\n", "unknown: shoe", id="column"),
    ],
)
def test_labels_that_do_not_match_the_folder_are_reported(tmp_path, capsys, names, labels, said):
    put(tmp_path, *names)
    (tmp_path / "truth.csv").write_text(labels)

    assert main(["evaluate", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_a_missing_folder_is_reported(tmp_path, capsys):
    assert main(["evaluate", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"docverify: {tmp_path}/none: No such file or directory\n"


def test_labels_in_another_encoding_are_refused(tmp_path):
    put(tmp_path, "visa.jpg")
    (tmp_path / "visa.json").write_bytes("{'é'}".encode("latin-1"))

    with pytest.raises(TruthError, match=r"visa\.json: must be written in UTF-8"):
        evaluate.find_documents(tmp_path)


def test_one_file_that_cannot_be_opened_does_not_stop_the_others(tmp_path, capsys):
    put(tmp_path, "corrupt.jpg")
    documents = {tmp_path / "gone.jpg": Truth(), tmp_path / "corrupt.jpg": Truth()}

    gone, corrupt = evaluate.evaluate(
        documents, ["standard"], read_settings(), today=date(2026, 1, 1)
    )

    assert gone.failure == "FileNotFoundError"
    assert corrupt.outcomes["standard"] == "resubmit"
    assert "documents" in capsys.readouterr().err


@pytest.mark.slow
def test_a_file_that_ends_its_reader_does_not_stop_the_others(tmp_path, monkeypatch):
    """The reader has too little memory for a PDF form that draws itself without end."""
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", "420000000")
    put(tmp_path, "corrupt.jpg")
    (tmp_path / "bomb.pdf").write_bytes(form_that_draws_itself())
    documents = {tmp_path / "bomb.pdf": Truth(), tmp_path / "corrupt.jpg": Truth()}

    found = evaluate.evaluate(
        documents, ["standard"], read_settings(), today=date(2026, 1, 1), jobs=2
    )

    assert [each.outcomes["standard"] for each in found] == ["resubmit", "resubmit"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--jobs", "0", "--jobs: must be a whole number, at least 1"),
        ("--jobs", "two", "--jobs: must be a whole number, at least 1"),
        ("--today", "1.2.2026", "--today: must be a date as YYYY-MM-DD"),
        ("--report", "missing/a.md", "--report: missing/a.md cannot be written: check its folder"),
        ("--json", ".", "--json: . is a folder"),
    ],
)
def test_an_option_that_cannot_be_used_is_explained_before_anything_is_read(
    option, value, message, capsys
):
    with pytest.raises(SystemExit):
        main(["evaluate", ".", option, value])

    assert f"argument {message}" in capsys.readouterr().err


def test_without_a_file_for_the_report_it_is_printed(folder, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    (tmp_path / "broken.json").write_text("{}")

    assert main(["evaluate", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("# Evaluation of 1 documents")
