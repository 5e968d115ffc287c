"""The tables of other readers: from what was kept of each, on the same pictures."""

from dataclasses import asdict

from benchmarks import peers, reading, results
from benchmarks.reading import Outcome
from docverify.evaluation.metrics import Share


def one(reader, capture, exact, *, valid=True, cpu=1.0):
    picture = f"{capture}.jpg"
    return Outcome(reader, picture, capture, exact, 80, 88, valid, False, cpu, 100.0, 0.0)


FOUND = [
    one("fastmrz", "scan", exact=True, cpu=4.0),
    one("fastmrz", "photo", exact=False, cpu=4.0),
    one("docverify", "scan", exact=True, cpu=2.0),
    one("docverify", "photo", exact=False, valid=False, cpu=2.0),
]


def keep(reader):
    own = [each for each in FOUND if each.reader == reader]
    reading._store(reader, own, {"seed": 1, "each": 1})


def test_readers_are_compared_on_the_same_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    keep("fastmrz")
    keep("docverify")

    in_all, by_capture = peers.tables()

    assert [row[0] for row in in_all.rows] == [peers.NAMES["docverify"], peers.NAMES["fastmrz"]]
    assert in_all.rows[1][1:] == (
        *(Share(1, 1), Share(0, 1), Share(160, 176), Share(1, 2), "4.00", "2.00", "100"),
    )
    assert by_capture.rows == (
        ("scan", Share(1, 1), Share(1, 1)),
        ("photo", Share(0, 1), Share(0, 1)),
    )


def test_a_reader_that_is_run_again_replaces_only_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    for reader in ("fastmrz", "docverify", "fastmrz"):
        keep(reader)

    assert sorted(map(str, map(asdict, reading.stored()))) == sorted(map(str, map(asdict, FOUND)))


def test_readers_of_other_pictures_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    keep("fastmrz")
    reading._store("docverify", FOUND[2:], {"seed": 2, "each": 1})

    assert {each.reader for each in reading.stored()} == {"docverify"}


def test_without_a_run_there_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)

    assert list(peers.tables()) == []
