"""The metrics that a program shows, with a real record behind them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, text

from deploy.local.child_server import free_port
from deploy.local.isolation import ROOT
from docverify.policy import STANDARD
from docverify.verdict import Outcome
from services.metrics.collector import RecordCollector
from services.metrics.server import serving_metrics
from services.metrics.settings import MetricsSettings
from services.worker.slots import SlotPool
from services.worker.status import CRASHED, SILENT_SECONDS, WorkerCollector, WorkerStatus
from tasks.errors import Fault, WorldError
from tasks.record.claims import claim_document
from tasks.record.connection import connect
from tasks.record.failures import record_failure
from tasks.record.measurements import GROUPS, STAGES, Measurement, VerdictTally, measure_record
from tasks.record.stage_timings import StageTimer
from tasks.record.verdicts import write_to_database
from tests.support.members import login
from tests.support.verdicts import HOLDER, READING, VERDICT, an_upload


class Values(dict[frozenset[str], float]):
    """Values by the name of their metric and the values of its labels."""

    def __getitem__(self, words: tuple[str, ...]) -> float:
        return super().__getitem__(frozenset(map(str, words)))


@pytest.fixture
def record(new_record, monkeypatch):
    """An empty record, which the settings name."""
    with new_record() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield connect(url)


@contextmanager
def served(*collectors, **options) -> Iterator[str]:
    settings = MetricsSettings(port=free_port())
    with serving_metrics(*collectors, settings=settings, **options) as port:
        yield f"http://127.0.0.1:{port}"


def scrape(url: str) -> Values:
    """Return each value by its name and the values of its labels."""
    answer = httpx.get(f"{url}/metrics")
    assert answer.status_code == 200
    return Values(
        (frozenset((each.name.removeprefix("docverify_"), *each.labels.values())), each.value)
        for family in text_string_to_metric_families(answer.text)
        for each in family.samples
    )


def write_verdict() -> None:
    upload, file = an_upload()
    recorded = write_to_database.fn(upload, file, READING, VERDICT, None)
    timer = StageTimer()
    for stage in STAGES:
        timer.stop(stage)
    timer.save(recorded.document_id)


def test_empty_record_has_every_metric_with_zero(record):
    with served(RecordCollector()) as url:
        values = scrape(url)

    assert values["record_up",] == 1
    assert {values["verdicts_total", outcome] for outcome in Outcome} == {0}
    assert {values["failed_uploads", "parked", fault] for fault in Fault} == {0}
    assert values["outbox_oldest_seconds",] == values["reviews_waiting",] == 0


def test_metrics_follow_what_is_recorded(record):
    with served(RecordCollector(fresh_seconds=0)) as url:
        write_verdict()
        upload, file = an_upload()
        claim_document.fn(upload, file, READING.engine, STANDARD, uuid4())
        record_failure(upload, "local", "standard", WorldError("S3 is away"), None)

        values = scrape(url)

    assert values["verdicts_total", "rejected"] == 1
    assert values["outbox_events",] == 1
    assert values["failed_uploads", "retried", "world"] == 1
    assert values["claims", "active"] == 1
    assert values["stage_documents", "read"] == 1
    assert values["stage_seconds", "read", "0.95"] >= 0
    assert 0 <= values["last_verdict_seconds",] < 600


def test_metrics_are_right_after_a_restart(record):
    write_verdict()
    with served(RecordCollector()) as url:
        first = scrape(url)
    with served(RecordCollector()) as url:
        assert scrape(url)["verdicts_total", "rejected"] == 1 == first["verdicts_total", "rejected"]


def test_settled_verdicts_are_counted_once(record):
    tally = VerdictTally()
    write_verdict()
    with record.begin() as connection:
        connection.execute(text("SELECT set_config('docverify.maintenance', 'on', true)"))
        connection.execute(text("UPDATE verdicts SET decided_at = now() - interval '1 hour'"))
    for expected in (1, 2):
        with record.begin() as connection:
            assert tally.count(connection)["rejected"] == expected
        assert tally.last_id > 0
        write_verdict()


def test_database_that_does_not_answer_is_a_metric(record, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    with served(RecordCollector()) as url:
        assert scrape(url)["record_up",] == 0


def test_what_the_user_may_not_read_is_named(record, monkeypatch):
    desk = login(record, "docverify_desk").url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", desk)

    found = measure_record(VerdictTally())

    assert found.unmeasured == ["failures", "claims", "stages"]
    assert {each.name for each in found.measurements} >= {"verdicts_total", "reviews_waiting"}


def test_what_takes_too_long_is_named_and_the_rest_is_measured(record, monkeypatch):
    def hang(connection: Connection) -> Iterator[Measurement]:
        connection.execute(text("SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)"))
        yield from ()

    monkeypatch.setitem(GROUPS, "outbox", hang)

    found = measure_record()

    assert found.unmeasured == ["outbox"]
    assert {each.name for each in found.measurements} >= {"failed_uploads", "deliveries"}


def test_no_metric_has_a_value_of_a_person(record):
    write_verdict()
    with served(RecordCollector()) as url:
        shown = httpx.get(f"{url}/metrics").text

    assert HOLDER.surname not in shown
    assert "inbox/" not in shown


def test_number_of_series_does_not_grow_with_documents(record):
    counts = []
    for _ in range(2):
        write_verdict()
        with served(RecordCollector()) as url:
            counts.append(len(scrape(url)))

    assert counts[0] == counts[1] < 80
    assert set(GROUPS) == {"failures", "claims", "reviews", "outbox", "deliveries", "stages"}


def a_worker() -> WorkerStatus:
    return WorkerStatus("default", SlotPool(max_runs=1, max_memory=1))


class Waiting:
    """A run as a poll lists it."""

    def __init__(self, seconds: float) -> None:
        self.next_scheduled_start_time = datetime.now(UTC) - timedelta(seconds=seconds)


def test_worker_shows_its_queue_and_its_runs():
    status = a_worker()
    status.note_poll([Waiting(5), Waiting(90)])
    status.runs[CRASHED] += 1
    status.reader_failures["timeout"] += 2

    with served(WorkerCollector([status])) as url:
        values = scrape(url)

    assert values["queue_runs", "default"] == 2
    assert 90 <= values["queue_oldest_seconds", "default"] < 600
    assert values["worker_runs_total", "default", "crashed"] == 1
    assert values["reader_failures_total", "default", "timeout"] == 2
    assert values["worker_slots", "default", "busy"] == 0


def test_worker_that_does_not_poll_is_not_healthy():
    status = a_worker()
    own = WorkerCollector([status])
    with served(own, find_problem=own.find_problem) as url:
        never = httpx.get(f"{url}/health")
        status.note_poll([])
        polled = httpx.get(f"{url}/health")
        status.polled_at -= SILENT_SECONDS + 1
        silent = httpx.get(f"{url}/health")

    assert [each.status_code for each in (never, polled, silent)] == [503, 200, 503]
    assert polled.text == "ok\n"
    assert "queue default" in silent.text


def test_other_addresses_are_not_found():
    with served() as url:
        assert httpx.get(f"{url}/").status_code == 404
        assert httpx.post(f"{url}/metrics").status_code == 501


def test_without_a_port_nothing_listens():
    with serving_metrics(RecordCollector(), settings=MetricsSettings()) as port:
        assert port == 0


def test_port_that_is_taken_ends_the_program_with_the_name_of_the_setting():
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = MetricsSettings(port=other.getsockname()[1])
        with (
            pytest.raises(SystemExit, match="DOCVERIFY_METRICS_PORT"),
            serving_metrics(settings=settings),
        ):
            pass  # pragma: no cover


def test_guide_names_every_metric(record):
    """And no metric that does not exist."""
    write_verdict()
    guide = (ROOT / "docs" / "operations.md").read_text()
    named = set(re.findall(r"`docverify_(\w+)`", guide))

    with served(RecordCollector(), WorkerCollector([a_worker()])) as url:
        answer = httpx.get(f"{url}/metrics").text

    assert named == set(re.findall(r"# TYPE docverify_(\w+)", answer))
