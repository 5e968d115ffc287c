"""The comparison with other readers, from stored results on the same images."""

from dataclasses import asdict

from benchmarks import peers, reading, results
from benchmarks.reading import Outcome
from docverify.evaluation.metrics import Share


def one(reader, capture, exact, *, valid=True, cpu=1.0):
    image = f"{capture}.jpg"
    return Outcome(reader, image, capture, exact, 80, 88, valid, False, cpu, 100.0, 0.0)


FOUND = [
    one("fastmrz", "scan", exact=True, cpu=4.0),
    one("fastmrz", "photo", exact=False, cpu=4.0),
    one("docverify", "scan", exact=True, cpu=2.0),
    one("docverify", "photo", exact=False, valid=False, cpu=2.0),
]


def store(reader):
    own = [each for each in FOUND if each.reader == reader]
    reading._store(reader, own, {"seed": 1, "each": 1})


def test_readers_are_compared_on_the_same_images(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    store("fastmrz")
    store("docverify")

    totals, by_capture = peers.build_tables()

    assert [row[0] for row in totals.rows] == [peers.NAMES["docverify"], peers.NAMES["fastmrz"]]
    assert totals.rows[1][1:] == (
        *(Share(1, 1), Share(0, 1), Share(160, 176), Share(1, 2), "4.00", "2.00", "100"),
    )
    assert by_capture.rows == (
        ("scan", Share(1, 1), Share(1, 1)),
        ("photo", Share(0, 1), Share(0, 1)),
    )


def test_second_run_of_a_reader_replaces_only_its_own_results(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    for reader in ("fastmrz", "docverify", "fastmrz"):
        store(reader)

    assert sorted(map(str, map(asdict, reading.stored()))) == sorted(map(str, map(asdict, FOUND)))


def test_results_on_other_images_are_not_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    store("fastmrz")
    reading._store("docverify", FOUND[2:], {"seed": 2, "each": 1})

    assert {each.reader for each in reading.stored()} == {"docverify"}


def test_no_table_without_stored_results(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)

    assert list(peers.build_tables()) == []
