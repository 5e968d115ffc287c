"""Uploads whose runs never reach the record, and runs that no longer run."""

from datetime import UTC, datetime, timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Cancelling, Crashed, Running
from sqlalchemy import func, update

from flows.reconciliation import reconciliation
from tasks.bucket_comparison import KeyRange, compare
from tasks.errors import WorldError
from tasks.flow_runs import RunStart
from tasks.reconciliation import WAITING, Window, reconcile, tidy_runs
from tasks.record.failures import WORLD_DEADLINE, list_failures, record_failure
from tasks.record.tables import failures
from tasks.s3 import Upload
from tests.support.reconciliation_runs import deployment_without_worker, run

pytestmark = pytest.mark.usefixtures("prefect_server", "database", "bucket")


@pytest.fixture(name="deployment", scope="module")
def _deployment(prefect_server):
    """A deployment without a worker: its runs stay scheduled."""
    with deployment_without_worker() as deployment_id:
        yield deployment_id


def reconcile_at(place: str, now: datetime):
    """Reconcile as at another time."""
    window = Window(None, datetime.now(UTC), 10, now)
    return reconcile.fn(KeyRange("documents", place), window, set())


def failure_of(key: str):
    return next((each for each in list_failures() if each.key == key), None)


def test_an_upload_whose_runs_never_reach_the_record_is_started_again_after_pauses(
    put, place, deployment
):
    put(place + "a", b"x")
    now, seen = datetime.now(UTC), []
    with get_client(sync_client=True) as client:
        for tries in range(1, 4):
            (missed,) = reconcile_at(place, now).missed
            assert missed.start is RunStart.STARTED
            seen.append(missed.run_id)
            client.set_flow_run_state(missed.run_id, Crashed(), force=True)
            assert reconcile_at(place, now).counts[RunStart.PAUSED] == 1
            failure = failure_of(place + "a")
            assert (failure.code, failure.tries, failure.parked_at) == ("no-run", tries, None)
            # It is counted once, and the pause is over for the schedule of retries first.
            assert reconcile_at(place, failure.retry_at).counts[RunStart.PAUSED] == 1
            assert failure_of(place + "a").tries == tries
            now = failure.retry_at + timedelta(hours=1)

    assert len(set(seen)) == 3
    assert (failure.policy_name, failure.engine) == ("standard", "local")


def test_runs_that_an_earlier_try_started_count_for_the_limit(put, place, deployment):
    put(place + "a", b"x")
    put(place + "b", b"y")
    window, started = Window(None, datetime.now(UTC), limit=1), set()

    tries = [reconcile.fn(KeyRange("documents", place), window, started) for _ in range(2)]

    for each in tries:
        assert (each.counts[RunStart.STARTED], each.counts[WAITING]) == (1, 1)
    assert tries[0].missed[0].run_id == tries[1].missed[0].run_id
    assert started == {tries[0].missed[0].run_id}


def test_a_failure_that_its_run_recorded_is_not_counted_again(put, place, deployment):
    version = put(place + "a", b"x")
    (missed,) = reconcile_at(place, datetime.now(UTC)).missed
    upload = missed.version.upload("documents")
    record_failure(upload, "local", "standard", WorldError("w", "SlowDown"), missed.run_id)
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(missed.run_id, Crashed(), force=True)

    due = failure_of(place + "a").retry_at + timedelta(hours=1)

    assert reconcile_at(place, due).counts[RunStart.STARTED] == 1
    assert (failure_of(place + "a").tries, upload.version_id) == (1, version)


def test_an_upload_whose_runs_never_reach_the_record_for_days_is_parked(
    put, place, deployment, database
):
    put(place + "a", b"x")
    with get_client(sync_client=True) as client:
        for minutes in (0, 80):
            (missed,) = reconcile_at(place, datetime.now(UTC) + timedelta(minutes=minutes)).missed
            assert missed.start is RunStart.STARTED
            client.set_flow_run_state(missed.run_id, Crashed(), force=True)
            with database.begin() as connection:
                ours = update(failures).filter_by(key=place + "a")
                connection.execute(ours.values(cause_since=func.now() - WORLD_DEADLINE))
            reconcile_at(place, datetime.now(UTC) + timedelta(minutes=minutes))

    failure = failure_of(place + "a")
    assert failure.parked_at
    assert "check the worker" in failure.reason
    assert run(place).message == "1 uploads: 0 recorded, 0 missed, 1 parked."


def test_an_upload_that_waits_for_its_next_try_is_not_started(put, place, deployment, database):
    version = put(place + "a", b"x")
    upload = Upload("documents", place + "a", version)
    record_failure(upload, "local", "standard", WorldError("w", "SlowDown"), None)
    (found,) = compare(KeyRange("documents", place))
    assert found.wait.retry_at > datetime.now(UTC)

    before = reconcile_at(place, found.wait.retry_at + timedelta(minutes=59))
    after = reconcile_at(place, found.wait.retry_at + timedelta(minutes=61))

    assert before.counts[RunStart.PAUSED] == 1
    assert after.counts[RunStart.STARTED] == 1


def test_a_bucket_that_cannot_be_listed_does_not_keep_stale_runs(monkeypatch, deployment):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "not-there")
    with get_client(sync_client=True) as client:
        parameters = {"bucket": "documents", "key": "inbox/a"}
        late = client.create_flow_run_from_deployment(deployment, parameters=parameters)
        client.set_flow_run_state(late.id, Running(), force=True)
        client.set_flow_run_state(late.id, Cancelling(), force=True)
        tidying = tidy_runs.fn(datetime.now(UTC) + timedelta(minutes=16))

    assert late.id in [each.run_id for each in tidying.stale]
    assert reconciliation(bucket="not-there", return_state=True).is_failed()
