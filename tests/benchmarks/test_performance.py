"""The page of speed and cost: written from what is kept, each table with its command."""

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


def keep(*names):
    for name in names:
        results.keep(name, MEASURED[name] | {"command": f"python -m the.{name}"})


def test_every_table_names_the_command_that_measured_it():
    keep(*MEASURED)

    page = performance.page()

    assert all(f"`python -m the.{name}`" in page for name in MEASURED)


def test_every_target_is_held_against_what_was_measured():
    keep(*MEASURED)

    assert {row[0]: row[2] for row in performance.targets().rows} == {
        "whole document to the networks alone, processor time": "1.40",
        "photo of 12 megapixels, read and judged, p95": "1.50 s",
        "two processes to one": "1.60 by processor time, 1.60 by the clock",
        "memory over 400 documents": "+0.5 KB a document",
        "backfill over the bare loop": "+20 % of processor, +20 % by the clock",
        "a single warm run over the bare reading": "0.60 s by the clock, 0.30 s of processor",
        "requests to Prefect's API for a document": "14",
        "log lines for a document": "4",
    }


def test_the_cost_rests_on_what_was_measured():
    keep(*MEASURED)

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
    assert "## Cost and time on ECS" in performance.page()


def test_what_was_not_measured_yet_is_left_out():
    keep("start")

    page = performance.page()

    assert "## Cold start" in page
    assert "## Cost and time on ECS" not in page


def test_what_is_kept_tells_when_and_on_what():
    keep("start")

    kept = results.kept("start")

    assert kept["measured_on"]
    assert "cores" in kept["machine"]
    assert results.kept("never run") == {}
