"""The performance page: built from stored results, each table with its command."""

import pytest

from benchmarks import cost, performance, prefect_page, results, warm, warm_page
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
    "metered": {
        "run": {"requests": 14, "connections": 2, "lines": 4, "events": 16},
        "chunk_of_one": {"requests": 14, "connections": 2, "lines": 4, "events": 16},
        "chunk": {"requests": 20, "connections": 2, "lines": 7, "events": 22},
        "in_chunk": 4,
        "warm": {"requests": 12.5, "connections": 0.5, "lines": 5.0, "events": 16.0},
    },
    "warm": {
        "documents": 12,
        "rounds": [
            {
                warm.BARE: {"clock": 1.0, "cpu": 1.0},
                warm.WARM: {"clock": 2.0, "cpu": 1.2, "alone": [3.0, 5.0, 4.0]},
                warm.COLD: {"clock": 6.0, "cpu": 5.0, "alone": [9.0]},
            }
        ],
    },
    "warm_memory": {"resident": [(50, 300), (200, 309), (1000, 309.5)]},
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
        "processor time of a whole document compared with its networks alone": "1.40",
        "12-megapixel photo, read and decided, p95": "1.50 s",
        "throughput of two processes compared with one": (
            "1.60 by processor time, 1.60 by wall clock"
        ),
        "memory over 400 documents": "+0.5 KB per document",
        "time that the pipeline adds in a backfill": "+20 % of processor time, +20 % by wall clock",
        "time that the pipeline adds to a single warm run": (
            "0.60 s by wall clock, 0.30 s of processor time"
        ),
        "requests to Prefect's API per document": "14",
        "log lines per document": "4",
        "documents a minute, warm processes compared with a process for each run": "3.00 times",
        "processor time of a warm document compared with reading": "1.20 times",
        "memory of a warm process over 1000 runs": "+0.6 KB per run",
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
        events_run=16,
        events_chunk=2,
    )
    assert "## Cost and time on ECS" in performance.build_page()


def test_chunk_has_one_run_and_costs_little_for_each_further_document():
    ways = prefect_page.list_ways(MEASURED["metered"])

    assert prefect_page.count(1, prefect_page.CHUNKED, ways) == (14, 20)
    assert prefect_page.count(200, prefect_page.CHUNKED, ways) == (14 + 199 * 2, 20 + 199 * 3)
    assert prefect_page.count(10, prefect_page.WARM, ways) == (125, 210)


def test_events_count_towards_the_limit_of_log_lines():
    store(*MEASURED)
    found, plan = cost.measured(), cost.Plan(1000)

    limits = dict(cost.compute_limits(plan, found, cost.values()))

    wanted = 60 * 1000 * (4 + 16) / cost.values()["pro_lines"]
    assert limits["Prefect log lines and events"] == pytest.approx(wanted)


def test_warm_containers_grow_with_the_documents():
    seconds = 2.0
    month = cost.HOURS_OF_MONTH * cost.HOUR * warm_page.USED / seconds

    assert warm_page.count_workers(1, seconds) == 1
    assert warm_page.count_workers(int(3.5 * month), seconds) == 4


def test_a_result_without_events_is_still_shown():
    store("service")

    assert "connections for events" in performance.build_page()


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
