"""Deaths: whenever a run is killed, another run finishes its document."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import func, select, update

from flows.document_verification import document_verification
from flows.reconciliation import reconciliation
from flows.retry_parked import retry_parked
from tasks.ocr import process_image_with_ocr
from tasks.reconciliation import tidy_runs
from tasks.record.claims import ClaimedElsewhere
from tasks.record.failures import list_failures
from tasks.record.tables import claims, documents, failures, verdicts
from tests.support.polling import PATIENCE, eventually
from tests.support.processes import deliver, killed, started
from tests.support.proxy import Fault, Moment, proxy
from tests.support.reader_calls import ROOT
from tests.support.reader_ends import readers_that_end
from tests.support.vision_server import KEY, Failure, annotation, vision_server

PASSPORT = ROOT / "specimens/passport.jpg"
COMMIT = b"COMMIT"
READING, VERDICT = b"INSERT INTO readings", b"INSERT INTO verdicts"
CLAIM = b"INSERT INTO claims"
IN_DATABASE = [
    ("after it was retrieved", Fault.STALL, (b"INSERT INTO documents",)),
    ("before its claim is committed", Fault.STALL, (CLAIM, COMMIT)),
    ("after it was claimed", Fault.STALL_ANSWER, (CLAIM, COMMIT)),
    ("after it was read", Fault.STALL, (READING,)),
    ("after its reading was kept", Fault.STALL_ANSWER, (READING, COMMIT)),
    ("after it was decided", Fault.STALL, (VERDICT,)),
    ("before its verdict is committed", Fault.STALL, (VERDICT, COMMIT)),
    ("after its verdict was committed", Fault.STALL_ANSWER, (VERDICT, COMMIT)),
]


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_CLAIM_WAIT", "0")


@pytest.fixture(name="key")
def _key() -> str:
    return f"inbox/{uuid4()}"


OF_EACH_FAULT = tuple({fault: (when, fault, texts) for when, fault, texts in IN_DATABASE}.values())


@pytest.fixture(name="vision")
def _vision(monkeypatch):
    with vision_server() as server:
        server.answers = [annotation([((60, 600), "SPECIMEN")])]
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", server.url)
        monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
        yield server


def time_passes(database) -> None:
    """Let all claims expire."""
    with database.begin() as connection:
        connection.execute(claims.update().values(expires_at=func.now()))


def finished(database, bucket, key, engine="local") -> None:
    """Start another run at once, and again after the claim of the dead run has expired."""
    with database.connect() as connection:
        of_key = select(claims).join(documents).where(documents.c.key == key)
        claimed = connection.execute(of_key).first() is not None
    assert isinstance(deliver(bucket, key, "", engine), ClaimedElsewhere) is claimed
    time_passes(database)
    deliver(bucket, key, "", engine)
    assert [each for each in list_failures() if each.key == key] == []


@contextmanager
def killed_at(moment: Moment, bucket, put, key, database, monkeypatch) -> Iterator[None]:
    """Kill a run at a moment of its record; the connection is open until the block ends."""
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")
    put(key, bytes(100))
    with proxy(database.url.port, moment) as port:
        url = database.url.set(port=port).render_as_string(hide_password=False)
        run = started({"DATABASE_URL": url}, bucket=bucket, key=key)
        assert moment.reached.wait(PATIENCE)
        killed(run)
        moment.drop()
        yield


@pytest.mark.parametrize(
    ("when", "fault", "texts"),
    [
        pytest.param(*each, marks=[] if each in OF_EACH_FAULT else pytest.mark.slow)
        for each in IN_DATABASE
    ],
)
def test_a_run_that_is_killed_while_recording_is_recovered(
    when, fault, texts, bucket, put, key, database, settled, monkeypatch
):
    with killed_at(Moment(fault, texts), bucket, put, key, database, monkeypatch):
        finished(database, bucket, key)

    settled(f"SIGKILL {when}", key, tries=3)


@pytest.mark.parametrize(
    ("when", "fault", "texts"),
    [each for each in IN_DATABASE if each[0] in ("after it was claimed", "after it was decided")],
)
def test_a_run_that_is_killed_is_recovered_by_maintenance_before_its_claim_expires(
    when, fault, texts, bucket, put, key, database, settled, monkeypatch
):
    with killed_at(Moment(fault, texts), bucket, put, key, database, monkeypatch):
        pass
    minutes_pass(database, key)

    tidy_runs.fn(datetime.now(UTC) + timedelta(minutes=17))

    (failure,) = (each for each in list_failures() if each.key == key)
    assert (failure.fault, failure.tries) == ("died", 1)
    minutes_pass(database, key)
    state = retry_parked(which="due", prefix=key, return_state=True)
    assert state.message == "Retried 1 upload: 1 succeeded, 0 failed again."
    settled(f"SIGKILL {when}, then only maintenance", key, tries=2)


def minutes_pass(database, key: str) -> None:
    """Let the claim of a document be some minutes old, and its next try be due."""
    ago, of_key = func.now() - timedelta(minutes=2), select(documents.c.id).filter_by(key=key)
    with database.begin() as connection:
        connection.execute(
            update(claims).where(claims.c.document_id.in_(of_key)).values(claimed_at=ago)
        )
        connection.execute(update(failures).filter_by(key=key).values(retry_at=ago))


@pytest.mark.slow
def test_an_upload_whose_readers_are_killed_is_tried_again(
    bucket, put, key, database, settled, monkeypatch
):
    monkeypatch.setattr(process_image_with_ocr, "retries", 0)
    put(key, PASSPORT.read_bytes())
    with readers_that_end(signal.SIGKILL):
        state = document_verification(bucket=bucket, key=key, return_state=True)

    assert state.is_failed()
    (failure,) = (each for each in list_failures() if each.key == key)
    assert (failure.fault, failure.code, failure.parked_at) == ("died", "reader-killed", None)
    minutes_pass(database, key)
    retried = retry_parked(which="due", prefix=key, return_state=True)
    assert retried.message == "Retried 1 upload: 1 succeeded, 0 failed again."
    settled("SIGKILL of the process that reads, twice", key, tries=2)


def told_of(document_id: int) -> list[dict]:
    body = {"filter": {"any_resource": {"id": [f"document.{document_id}"]}}, "limit": 50}
    with get_client(sync_client=True) as client:
        events: list[dict] = client.request("POST", "/events/filter", json=body).json()["events"]
    return events


def test_the_event_of_a_killed_run_is_sent_once(bucket, put, key, database, settled, monkeypatch):
    """The upload has its verdict, so reconciliation starts no other run."""
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")
    put(key, bytes(100))
    moment = Moment(Fault.STALL_ANSWER, (VERDICT, COMMIT))
    with proxy(database.url.port, moment) as port:
        url = database.url.set(port=port).render_as_string(hide_password=False)
        run = started({"DATABASE_URL": url}, bucket=bucket, key=key)
        assert moment.reached.wait(PATIENCE)
        killed(run)
        moment.drop()
    query = select(verdicts.c.document_id).join_from(verdicts, documents)
    with database.connect() as connection:
        document_id = connection.scalar(query.where(documents.c.key == key))
    assert told_of(document_id) == []

    given = {"bucket": bucket, "prefix": key, "grace_minutes": 0, "return_state": True}
    messages = [reconciliation(**given).message for _ in range(2)]

    assert ["published late" in message for message in messages] == [True, False]
    (event,) = eventually(lambda: told_of(document_id))
    assert event["event"] == "document.resubmit"
    settled("SIGKILL between verdict and event", key, tries=1)


def test_a_run_that_is_killed_before_it_retrieves_is_recovered(
    bucket, put, key, database, settled, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")
    put(key, bytes(100))
    moment = Moment(Fault.STALL, (key.encode(),))
    with proxy(urlsplit(os.environ["AWS_ENDPOINT_URL"]).port, moment) as port:
        run = started({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}, bucket=bucket, key=key)
        assert moment.reached.wait(PATIENCE)
        killed(run)
    finished(database, bucket, key)

    settled("SIGKILL before it is retrieved", key, tries=2)


def test_a_run_that_is_killed_while_it_reads_is_recovered(
    bucket, put_specimen, key, database, settled, vision
):
    vision.failures = [Failure(200, stalls=True)]
    put_specimen("passport.jpg", key)
    run = started({}, bucket=bucket, key=key, engine="google-vision")
    eventually(lambda: vision.paths)
    killed(run)
    finished(database, bucket, key, "google-vision")

    settled("SIGKILL while it is read", key, tries=3)


def test_a_run_that_is_killed_after_reading_is_not_paid_for_twice(
    bucket, put_specimen, key, database, settled, vision
):
    put_specimen("passport.jpg", key)
    moment = Moment(Fault.STALL, (VERDICT,))
    with proxy(database.url.port, moment) as port:
        url = database.url.set(port=port).render_as_string(hide_password=False)
        run = started({"DATABASE_URL": url}, bucket=bucket, key=key, engine="google-vision")
        assert moment.reached.wait(PATIENCE)
        killed(run)
        moment.drop()
        finished(database, bucket, key, "google-vision")

    assert len(vision.paths) == 1
    settled("SIGKILL after it was read: one OCR request", key, tries=3)
