"""The performance page: built from stored results, each table with its command."""

import pytest

from benchmarks import cost, performance, results
from benchmarks.speed import JUDGE, NETWORKS, STAGES, WHOLE


def spent(bare, whole):
    return {
        "bare": {"clock": 2 * bare, "cpu": bare},
        "whole": {"clock": 2 * whole, "cpu": whole},
    }


SECONDS = dict.fromkeys(STAGES, 0.2) | {WHOLE: 1.4, NETWORKS: 1.0, JUDGE: 0.1}
MEASURED = {
    "stages": {"seconds": [SECONDS] * 4, "bytes": [100, 300]},
    "large": {"seconds": [SECONDS]},
    "scaling": {"rounds": [{"one_cpu": 1, "two_cpu": 1.25, "one_clock": 4, "two_clock": 2.5}]},
    "start": {
        "rounds": 1,
        "seconds": {
            "import the flow": {"cpu": 3.0, "clock": 5.0},
            "reader process, until it is ready": {"cpu": 0.5, "clock": 1.0},
        },
    },
    "memory": {"resident": [(50, 200), (200, 209), (400, 209.0976562)], "peak_mb": 250.0},
    "service": {
        "backfill": [spent(1.0, 1.2)],
        "single": [spent(1.0, 1.3)],
        "stages": {name: [0.1, 0.2] for name in performance.STAGE_WORDS},
        "metered": {
            "run": {"requests": 14, "events": 2, "lines": 4},
            "chunk": {"requests": 20, "events": 2, "lines": 7},
            "in_chunk": 4,
        },
        "record": {"a_second": 9.0, "cpu": 0.025, "bytes": 20_000.0, "writers": 8},
    },
    "chain": {"documents": 3, "seconds": {"created": {"median": "1", "95 %": "2", "last": "3"}}},
}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)


def store(*names):
    for name in names:
        results.store(name, MEASURED[name] | {"command": f"python -m the.{name}"})


def test_every_table_names_the_command_that_measured_it():
    store(*MEASURED)

    page = performance.build_page()

    assert all(f"`python -m the.{name}`" in page for name in MEASURED)


def test_every_target_is_compared_with_its_measurement():
    store(*MEASURED)

    assert {row[0]: row[2] for row in performance.build_targets().rows} == {
        "whole document compared with the networks alone, processor time": "1.40",
        "12-megapixel photo, read and decided, p95": "1.50 s",
        "throughput of two processes compared with one": (
            "1.60 by processor time, 1.60 by wall clock"
        ),
        "memory over 400 documents": "+0.5 KB per document",
        "time added by a backfill": "+20 % of processor time, +20 % by wall clock",
        "time added by a single warm run": "0.60 s by wall clock, 0.30 s of processor time",
        "requests to Prefect's API per document": "14",
        "log lines per document": "4",
    }


def test_cost_uses_the_measured_figures():
    store(*MEASURED)

    assert cost.measured() == cost.Measured(
        start_seconds=3.5,
        document_seconds=1.2,
        requests_run=14,
        requests_chunk=2,
        lines_run=4,
        lines_chunk=1,
        document_bytes=200,
        record_bytes=20_000,
        records_second=40,
    )
    assert "## Cost and time on ECS" in performance.build_page()


def test_page_leaves_out_what_was_not_measured():
    store("start")

    page = performance.build_page()

    assert "## Cold start" in page
    assert "## Cost and time on ECS" not in page


def test_stored_result_names_its_day_and_machine():
    store("start")

    stored = results.load("start")

    assert stored["measured_on"]
    assert "cores" in stored["machine"]
    assert results.load("never run") == {}
