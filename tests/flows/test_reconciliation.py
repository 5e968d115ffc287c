"""Reconciliation: an object in the bucket without a verdict gets one run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Crashed, Running

from flows.reconciliation import reconciliation
from tasks.bucket_comparison import KeyRange, compare
from tasks.errors import SetupError
from tasks.publishing import publish_event, wait_for_events
from tasks.reconciliation import tidy_runs
from tasks.record.failures import record_failure
from tasks.s3 import Upload
from tests.support.artifacts import read_table
from tests.support.events import send_heartbeats
from tests.support.polling import eventually
from tests.support.reconciliation_runs import deployment_without_worker, record, run

pytestmark = pytest.mark.usefixtures("prefect_server", "database", "bucket")


@pytest.fixture(name="deployment", scope="module")
def _deployment(prefect_server):
    """A deployment without a worker: its runs stay scheduled."""
    with deployment_without_worker() as deployment_id:
        yield deployment_id


def told_of(document_id: int) -> list[dict]:
    resource = {"id": [f"document.{document_id}"]}
    body = {"filter": {"any_resource": resource}, "limit": 50}
    with get_client(sync_client=True) as client:
        events: list[dict] = client.request("POST", "/events/filter", json=body).json()["events"]
    return events


def run_ids(state) -> list[str]:
    return [row["run"].rpartition("/")[2] for row in read_table(state, "reconciliation-missed")]


def test_a_parked_upload_is_counted_and_not_started(put, place, deployment):
    version = put(place + "a", b"x")
    fault = SetupError("mend it")
    record_failure(Upload("documents", place + "a", version), "local", "standard", fault, None)

    assert run(place).message == "1 uploads: 0 recorded, 0 missed, 1 parked."


def test_an_invalid_bucket_name_fails_the_run_without_a_retry(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "A B")

    with pytest.raises(SetupError, match="check the bucket and the version id") as caught:
        list(compare(KeyRange("A B")))

    assert caught.value.code == "ParamValidationError"
    state = reconciliation(bucket="A B", dry_run=True, return_state=True)
    assert state.is_failed()
    assert state.message == str(caught.value)


def test_a_missing_bucket_fails_the_run_and_is_named(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "not-there")
    state = reconciliation(bucket="not-there", dry_run=True, return_state=True)
    assert state.is_failed()
    assert "not-there may not be listed (NoSuchBucket)" in state.message


def test_missed_upload_is_started_once(put, place, deployment):
    version = put(place + "a", b"x")

    first, second = run(place), run(place)

    assert first.message == "1 uploads: 0 recorded, 1 missed (1 started)."
    assert second.message == "1 uploads: 0 recorded, 1 missed (1 under way)."
    assert run_ids(first) == run_ids(second)
    with get_client(sync_client=True) as client:
        started = client.read_flow_run(run_ids(first)[0])
    assert started.parameters == {
        "bucket": "documents",
        "key": place + "a",
        "version_id": version,
        "etag": "9dd4e461268c8034f5c8564e155c67a6",
    }


def test_an_upload_whose_run_was_started_by_the_automation_is_under_way(put, place, deployment):
    version = put(place + "a b", b"x")
    parameters = {"bucket": "documents", "key": place + "a+b", "url_encoded": True}
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(
            deployment, parameters=parameters | {"version_id": version}
        )

    assert "1 missed (1 under way)" in run(place).message


def test_a_cause_is_reported_once_with_its_number(place, deployment):
    code = uuid4().hex
    for number in range(12):
        upload = Upload("documents", f"{place}{number}", "v")
        record_failure(upload, "local", "standard", SetupError("turn it on", code), None)

    run(place)

    events = eventually(lambda: causes_told(code))
    (event,) = events
    assert event["payload"]["uploads"] == event["payload"]["parked"] == 12
    assert event["payload"]["reason"] == "turn it on"
    assert event["resource"]["prefect.resource.id"] == f"docverify.failures.setup-{code}.10"


def causes_told(code: str) -> list[dict]:
    body = {"filter": {"event": {"name": ["uploads.failed"]}}, "limit": 50}
    with get_client(sync_client=True) as client:
        events = client.request("POST", "/events/filter", json=body).json()["events"]
    return [each for each in events if each["payload"]["cause"] == f"setup-{code}"]


def test_a_recent_upload_is_not_started(put, place, deployment):
    put(place + "a", b"x")

    state = run(place, grace_minutes=20)

    assert state.message == "1 uploads: 0 recorded, 0 missed."
    counts = {row["uploads"]: row["count"] for row in read_table(state, "reconciliation")}
    assert counts == {"recorded": 0, "missed": 0, "young": 1}


def test_an_upload_before_the_day_is_counted_and_not_started(put, place, deployment):
    put(place + "a", b"x")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()

    assert "0 missed." in run(place, since=tomorrow).message


def test_no_more_runs_than_the_limit_are_started_and_the_rest_follows(put, place, deployment):
    for key in "abc":
        put(place + key, b"x")

    assert "3 missed (2 started, 1 waiting)" in run(place, limit=2).message
    assert "3 missed (1 started, 2 under way)" in run(place, limit=2).message


def test_a_dry_run_starts_nothing(put, place):
    put(place + "a", b"x")

    assert "1 missed (1 waiting)" in run(place, dry_run=True).message


def test_an_event_that_its_run_did_not_send_is_sent_once(put, place):
    record(place + "a", put(place + "a", b"x"))

    assert run(place, grace_minutes=20).message == "1 uploads: 1 recorded, 0 missed."
    assert run(place, dry_run=True).message == "1 uploads: 1 recorded, 0 missed."
    assert run(place).message == "1 uploads: 1 recorded, 0 missed, 1 published late."
    assert run(place).message == "1 uploads: 1 recorded, 0 missed."


def test_an_event_that_is_sent_late_equals_the_one_of_its_run(put, place):
    verdict = record(place + "a", put(place + "a", b"x"))
    run(place)

    (event,) = eventually(lambda: told_of(verdict.document_id))
    assert event["event"] == f"document.{verdict.outcome}"
    assert event["payload"]["verdict_id"] == verdict.verdict_id


def test_a_verdict_that_stayed_in_the_outbox_has_one_event(put, place):
    """Its run died in between: sent again, the event has the same id."""
    verdict = record(place + "a", put(place + "a", b"x"))
    publish_event(verdict)
    (first,) = eventually(lambda: told_of(verdict.document_id))

    assert "1 published late" in run(place).message
    publish_event(replace(verdict, document_id=-verdict.verdict_id))  # the next event that arrives
    wait_for_events(5)

    assert [each["id"] for each in told_of(verdict.document_id)] == [first["id"]]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"limit": -1}, "limit"),
        ({"grace_minutes": True}, "grace_minutes"),
        ({"grace_minutes": 10**15}, "grace_minutes"),
        ({"since": "x"}, "since"),
        ({"since": "2026-11-30T01:00:00+05:00"}, "since"),
    ],
)
def test_a_wrong_parameter_is_named(place, wrong, named):
    state = run(place, **wrong)
    assert state.name == "Invalid"
    assert f"the parameter {named}" in state.message


@pytest.fixture(name="other")
def _other(prefect_server):
    """A run of the deployment of reconciliation, as another worker executes it."""
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("reconciliation")
        deployment = client.create_deployment(flow_id, "reconciliation-deployment")
        run = client.create_flow_run_from_deployment(deployment).id
        client.set_flow_run_state(run, Running(), force=True)
        yield run
        client.delete_deployment(deployment)


def test_second_reconciliation_leaves_the_work_to_the_first(put, place, deployment, other):
    put(place + "a", b"x")

    assert f"Another reconciliation is running ({other})" in run(place).message
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(other, Crashed(), force=True)
    assert "1 missed (1 started)" in run(place).message


def test_reconciliation_that_died_does_not_keep_the_next_one_out(other):
    now = datetime.now(UTC)
    send_heartbeats(uuid4(), now + timedelta(hours=3))  # A later run reached Prefect.

    tidying = tidy_runs.fn(now + timedelta(hours=7), create_run())

    assert other in [each.run_id for each in tidying.stale]
    assert tidying.other is None


def create_run() -> UUID:
    """Return the id of a run that has not started."""
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name("reconciliation")
        body = {"flow_id": str(flow_id), "state": {"type": "SCHEDULED"}}
        return UUID(client.request("POST", "/flow_runs/", json=body).json()["id"])


def test_no_key_is_shown(put, place, deployment):
    put(place + "anna-schmidt", b"x")

    state = run(place)

    shown = str(read_table(state, "reconciliation")) + str(
        read_table(state, "reconciliation-missed")
    )
    assert "anna" not in shown + state.message
