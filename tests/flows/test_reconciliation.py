"""Reconciliation: an object in the bucket without a verdict gets one run."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import boto3
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.states import Cancelling, Crashed, Running
from prefect.utilities.callables import parameter_schema
from sqlalchemy import func, update

from docverify.policy import STANDARD
from docverify.verdict import judge
from flows.reconciliation import reconciliation
from tasks.bucket_comparison import PAGE_ROWS, KeyRange, UploadState, compare, places_to_compare
from tasks.errors import SetupError, WorldError
from tasks.flow_runs import RunStart
from tasks.publishing import publish_event, wait_for_events
from tasks.reconciliation import Window, reconcile, tidy_runs
from tasks.record.failures import WORLD_DEADLINE, list_failures, record_failure
from tasks.record.tables import failures
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.polling import eventually
from tests.support.readings import TODAY, page, reading

RIGHT = reading(page())
VERDICT = judge(RIGHT, today=TODAY, policy=STANDARD, applicant=None)
KEYS = ["a", "a b+c", "a!", "a/b", "ab", "B", "ž", "旅券", "\U0001f4a0", "z\uffee"]


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket):
    """Every run uses the real server, the bucket and the record."""


@pytest.fixture(name="place")
def _place() -> str:
    return f"inbox/{uuid4()}/"


@pytest.fixture(name="deployment", scope="module")
def _deployment(prefect_server):
    """A deployment without a worker: its runs stay scheduled."""

    @flow(name="document-verification")
    def verification(bucket: str, key: str, version_id: str = "", etag: str = "") -> None: ...

    with get_client(sync_client=True) as client:
        flow_id = client.create_flow_from_name(verification.name)
        deployment_id = client.create_deployment(
            flow_id,
            "document-verification-deployment",
            parameter_openapi_schema=parameter_schema(verification).model_dump_for_openapi(),
        )
        yield deployment_id
        client.delete_deployment(deployment_id)


def record(key: str, version_id: str, bucket: str = "documents"):
    file = File(b"x", uuid4().hex, 1, version_id, None)
    return write_to_database.fn(Upload(bucket, key), file, RIGHT, VERDICT, None)


def found(place: str, page_rows: int = PAGE_ROWS, **limits) -> list[tuple[str, str | None]]:
    return [
        (each.state, each.version and each.version.key.removeprefix(place))
        for each in compare(KeyRange("documents", place, **limits), page_rows)
    ]


def run(place: str, **parameters):
    return reconciliation(
        **({"bucket": "documents", "prefix": place, "grace_minutes": 0} | parameters),
        return_state=True,
    )


def table_of(state, key: str) -> list[dict]:
    criteria = {
        "flow_runs": {"id": {"any_": [str(state.state_details.flow_run_id)]}},
        "artifacts": {"key": {"any_": [key]}},
    }
    with get_client(sync_client=True) as client:
        (artifact,) = client.request("POST", "/artifacts/filter", json=criteria).json()
    return json.loads(artifact["data"])


def told_of(document_id: int) -> list[dict]:
    resource = {"id": [f"document.{document_id}"]}
    body = {"filter": {"any_resource": resource}, "limit": 50}
    with get_client(sync_client=True) as client:
        events: list[dict] = client.request("POST", "/events/filter", json=body).json()["events"]
    return events


def run_ids(state) -> list[str]:
    return [row["run"].rpartition("/")[2] for row in table_of(state, "reconciliation-missed")]


def test_bucket_and_record_are_compared_in_the_same_order(put, place):
    for number, key in enumerate(KEYS):
        version = put(place + key, b"x")
        if number % 2:
            record(place + key, version)

    assert found(place, page_rows=3) == sorted(
        [
            (UploadState.RECORDED if n % 2 else UploadState.MISSED, key)
            for n, key in enumerate(KEYS)
        ],
        key=lambda each: each[1].encode(),
    )


def test_each_version_of_a_key_is_a_document_of_its_own(put, place):
    record(place + "a", put(place + "a", b"1"))
    put(place + "a", b"2")

    assert sorted(found(place)) == [(UploadState.MISSED, "a"), (UploadState.RECORDED, "a")]


def test_folders_are_not_uploads(put, place):
    put(place, b"")
    put(place + "sub/", b"")
    put(place + "odd/", b"a document")

    assert found(place) == [(UploadState.MISSED, "odd/")]


def test_a_deleted_upload_is_withdrawn_and_a_later_one_is_not(put, place):
    put(place + "a", b"1")
    boto3.client("s3").delete_object(Bucket="documents", Key=place + "a")
    assert found(place) == [(UploadState.WITHDRAWN, "a")]


def test_a_recorded_document_that_is_no_longer_in_the_bucket_is_counted(place):
    record(place + "a", "v1")

    assert found(place) == [(UploadState.GONE, None)]


def test_a_parked_upload_is_counted_and_not_started(put, place, deployment):
    version = put(place + "a", b"x")
    fault = SetupError("mend it")
    record_failure(Upload("documents", place + "a", version), "local", "standard", fault, None)

    assert run(place).message == "1 uploads: 0 recorded, 0 missed, 1 parked."


def test_only_the_chosen_range_of_keys_is_compared(put, place):
    for key in KEYS:
        put(place + key, b"x")
    ordered = sorted(KEYS, key=str.encode)

    part = found(place, after=place + ordered[2], until=place + ordered[5])

    assert [key for _, key in part] == ordered[3:6]


def test_without_versions_an_object_put_later_is_another_document(place, monkeypatch):
    bucket = f"plain-{uuid4()}"
    s3 = boto3.client("s3")
    where = {"LocationConstraint": s3.meta.region_name}
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    for key in ("old", "replaced"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
        record(key, "", bucket)
    (old, replaced) = compare(KeyRange(bucket))
    assert old.state == replaced.state == UploadState.RECORDED

    moment = datetime.now(UTC)
    while datetime.now(UTC) < moment + timedelta(seconds=1.1):  # S3 tells whole seconds.
        pass
    s3.put_object(Bucket=bucket, Key="replaced", Body=b"2")

    assert [each.state for each in compare(KeyRange(bucket))] == [
        UploadState.RECORDED,
        UploadState.MISSED,
    ]


def test_all_allowed_places_are_compared_if_none_is_named(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one/inbox/, two")
    assert places_to_compare() == [KeyRange("one", "inbox/"), KeyRange("two")]
    assert places_to_compare("two", "x") == [KeyRange("two", "x")]
    assert places_to_compare("one", "inbox/x") == [KeyRange("one", "inbox/x")]
    assert places_to_compare("one") == [KeyRange("one", "inbox/")]
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "")
    with pytest.raises(SetupError, match="name a bucket"):
        places_to_compare()


@pytest.mark.parametrize(("bucket", "prefix"), [("three", ""), ("one", "outbox/"), ("on", "")])
def test_a_place_that_is_not_allowed_is_refused(bucket, prefix, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one/inbox/, two")

    with pytest.raises(SetupError, match="add BUCKET or BUCKET/PREFIX to DOCVERIFY_ALLOWED"):
        places_to_compare(bucket, prefix)


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


def reconcile_at(place: str, now: datetime):
    """Reconcile as at another time."""
    return reconcile.fn(KeyRange("documents", place), Window(None, datetime.now(UTC), 10, now))


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


def test_a_recent_upload_is_not_started(put, place, deployment):
    put(place + "a", b"x")

    state = run(place, grace_minutes=20)

    assert state.message == "1 uploads: 0 recorded, 0 missed."
    counts = {row["uploads"]: row["count"] for row in table_of(state, "reconciliation")}
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
    tidying = tidy_runs.fn(datetime.now(UTC) + timedelta(hours=7), create_run())

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

    shown = str(table_of(state, "reconciliation")) + str(table_of(state, "reconciliation-missed"))
    assert "anna" not in shown + state.message
