"""The flow through Prefect's engine: real server, real PostgreSQL, moto for S3."""

import json
import re
from datetime import date
from pathlib import Path
from urllib.parse import unquote_plus
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import func, select

from docverify.checks import CODES
from docverify.page import Engine
from docverify.policy import POLICIES, STANDARD
from docverify.verdict import judge
from flows import document_verification as document_verification_module
from flows.document_verification import document_verification
from tasks.errors import Fault
from tasks.ocr import process_image_with_ocr
from tasks.publishing import publish
from tasks.record.claims import claim_document
from tasks.record.failures import list_failures
from tasks.record.tables import applicants, documents, failures, outbox, verdicts
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload, retrieve_file_from_s3, s3
from tests.support.polling import eventually
from tests.support.readings import TODAY, page, reading
from tests.support.vision_server import CANARY, KEY, Failure, annotation, vision_server

SPECIMENS = Path(__file__).parents[2] / "specimens"


@pytest.fixture(autouse=True)
def _servers(prefect_server, database):
    """Every run uses the real server and the record."""


def run(bucket, key, **parameters):
    return document_verification(
        bucket=bucket, key=key, policy="demonstration", return_state=True, **parameters
    )


def run_id(state) -> UUID:
    return state.state_details.flow_run_id


def listed(kind: str, state) -> list[dict]:
    """Return what the server has stored about this run: `artifacts` or `task_runs`."""
    criteria = {"flow_runs": {"id": {"any_": [str(run_id(state))]}}}
    with get_client(sync_client=True) as client:
        return client.request("POST", f"/{kind}/filter", json=criteria).json()


def artifact_of(state) -> str:
    (artifact,) = listed("artifacts", state)
    return artifact["data"]


DRAWN = re.compile(r"[0-9a-f-]{32,}|\d\.\d+")
"""Identifiers, digests and fractions of seconds, which may contain any four digits."""


def flow_run_of(state) -> FlowRun:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id(state))


def tries_of(state, task: str) -> int:
    """Return how often a task of the run was tried; its end reaches the server a little later."""

    def tries() -> int:
        runs = [each for each in listed("task_runs", state) if each["name"].startswith(task)]
        return sum(each["run_count"] for each in runs if each["state_type"] == "FAILED")

    return eventually(tries)


def verdicts_of(database, key) -> list[str]:
    query = select(verdicts.c.outcome).join_from(verdicts, documents)
    with database.connect() as connection:
        return list(connection.scalars(query.where(documents.c.key == key)))


def documents_in(database) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(documents)).scalar_one()


@pytest.mark.parametrize(
    ("specimen", "name"),
    [
        ("passport.jpg", "Verified"),
        ("passport-expired.jpg", "Rejected"),
        pytest.param("passport-blurred.jpg", "Resubmit", marks=pytest.mark.slow),
    ],
)
def test_a_run_ends_completed_in_a_state_named_by_its_outcome(
    specimen, name, bucket, put_specimen, database
):
    key = put_specimen(specimen)

    state = run(bucket, key)

    assert (state.type.value, state.name) == ("COMPLETED", name)
    assert state.message.startswith(f"{name}: of ")
    assert verdicts_of(database, key) == [name.lower()]


def test_a_specimen_is_rejected_by_the_standard_policy(bucket, put_specimen):
    key = put_specimen("passport.jpg")

    state = document_verification(bucket=bucket, key=key, return_state=True)

    assert state.name == "Rejected"
    assert "known_specimen" in state.message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "empty-file", id="an empty file"),
        pytest.param(b"%PDF-1.7\n", "corrupt-file", id="a PDF without a body"),
        pytest.param(b"just text", "unknown-format", id="a text file named .jpg"),
        pytest.param(b"\xff\xd8\xff\xe0 torn", "corrupt-file", id="a truncated JPEG"),
    ],
)
def test_an_unreadable_file_gets_a_recorded_verdict(content, code, bucket, put, database):
    key = f"inbox/{uuid4()}.jpg"
    put(key, content)

    state = run(bucket, key)

    assert (state.name, code) == ("Resubmit", code)
    assert verdicts_of(database, key) == ["resubmit"]
    assert artifact_of(state).count(code) == 1


def test_a_file_over_the_limit_gets_a_recorded_verdict(bucket, put, database, monkeypatch):
    put("inbox/over.jpg", b"\xff\xd8\xff" + bytes(100))
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "50")

    state = run(bucket, "inbox/over.jpg")

    assert state.name == "Resubmit"
    assert "file-too-large" in artifact_of(state)
    assert verdicts_of(database, "inbox/over.jpg") == ["resubmit"]


WRONG_PLACES = pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"key": "inbox/missing.jpg"}, "has no object of this key"),
        ({"key": "inbox/missing.jpg", "version_id": "none-such"}, "of this version"),
        ({"key": "elsewhere/a.jpg"}, "DOCVERIFY_ALLOWED_UPLOADS"),
        ({"bucket": "someone-elses", "key": "inbox/a.jpg"}, "DOCVERIFY_ALLOWED_UPLOADS"),
        ({"key": ""}, "the parameter key is empty"),
    ],
)


@WRONG_PLACES
def test_a_mistyped_parameter_is_a_result_that_names_it(parameters, message, bucket, database):
    """A person typed it: no one is alerted, and nothing is parked."""
    before, parked = documents_in(database), list_failures()

    state = run(**({"bucket": bucket} | parameters))

    assert (state.type.value, state.name) == ("COMPLETED", "Invalid")
    assert message in state.message
    assert documents_in(database) == before
    assert list_failures() == parked


@WRONG_PLACES
def test_a_notified_upload_that_cannot_be_retrieved_fails_the_run(parameters, message, bucket):
    state = run(**({"bucket": bucket, "url_encoded": True} | parameters))

    assert state.type.value == "FAILED"
    assert message in state.message


@pytest.mark.parametrize("by", [{}, {"url_encoded": True}], ids=["by hand", "notified"])
def test_folder_of_a_console_is_ignored_with_the_reason(bucket, put, database, by):
    before, key = documents_in(database), f"inbox/{uuid4()}/"
    put(key, b"")

    state = run(bucket, key, **by)

    assert (state.name, state.type.value) == ("Ignored", "COMPLETED")
    assert "only shows a folder in the console" in state.message
    assert documents_in(database) == before
    assert [each for each in list_failures() if each.key == key] == []


def test_notified_key_without_a_bucket_is_of_the_only_allowed_one(bucket, put, database):
    key = f"inbox/{uuid4()}"
    put(key, b"not an image")

    assert run("", key, url_encoded=True).name == "Resubmit"
    assert verdicts_of(database, key) == ["resubmit"]


def test_notified_key_without_a_bucket_is_ignored_if_several_are_allowed(bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_ALLOWED_UPLOADS", "one,two")

    state = run("", "inbox/a", url_encoded=True)

    assert state.name == "Ignored"
    assert "DOCVERIFY_ALLOWED_UPLOADS allows 2" in state.message


def test_the_form_has_no_parameter_for_machines():
    form = document_verification.parameters.model_dump()["properties"]

    assert list(form) == ["bucket", "key", "version_id", "engine", "policy"]
    assert [name for name, field in form.items() if not field.get("description")] == []


def test_a_run_shows_the_document_and_its_outcome(bucket, put, database):
    put("inbox/anna/scan 1.jpg", b"no image")

    state = run(bucket, "inbox/anna/scan 1.jpg")

    (shown,) = listed("flow_runs", state)
    assert (shown["name"], shown["tags"]) == ("↻ scan 1.jpg", ["resubmit", "unknown"])
    (artifact,) = listed("artifacts", state)
    assert artifact["description"].startswith("↻ Resubmit, document ")
    assert artifact["description"].endswith(": documents/inbox/anna/scan 1.jpg")


def test_a_database_that_is_down_is_retried_and_then_fails_the_run(bucket, put, monkeypatch):
    put("inbox/down.jpg", b"text")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@127.0.0.1:9/d")

    state = run(bucket, "inbox/down.jpg")

    assert state.type.value == "FAILED"
    assert "nothing listens at the host and port of DATABASE_URL" in state.message
    assert tries_of(state, "claim_document") == claim_document.retries, "the first has no task run"


def test_a_wrong_setting_is_not_retried(bucket, put, monkeypatch):
    put("inbox/setting.jpg", b"text")
    monkeypatch.setenv("DATABASE_URL", "nonsense")

    state = run(bucket, "inbox/setting.jpg")

    assert "DATABASE_URL is not a URL" in state.message
    assert tries_of(state, "claim_document") == 1


def test_a_second_run_shows_what_the_first_recorded(bucket, put_specimen, database):
    key = put_specimen("corrupt.jpg", "inbox/twice.jpg")

    first, second = run(bucket, key), run(bucket, key)

    assert (second.name, second.message) == (first.name, first.message)
    assert verdicts_of(database, key) == ["resubmit"]
    assert artifact_of(second).startswith("Recorded before: ")


def test_a_run_under_a_weaker_policy_ends_in_the_state_of_the_verdict_that_stays(
    bucket, put_specimen, database
):
    key = put_specimen("passport.jpg")
    strict = document_verification(bucket=bucket, key=key, policy="strict", return_state=True)

    weaker = run(bucket, key)

    assert (strict.name, weaker.name) == ("Rejected", "Rejected")
    assert weaker.message.startswith("Verified: of ")
    assert "Recorded, but the rejection under strict 2 stays (verdict " in weaker.message
    assert verdicts_of(database, key) == ["rejected", "verified"]
    assert "**Recorded, but the rejection under strict 2 stays" in artifact_of(weaker)
    with database.connect() as connection:
        events = connection.scalars(
            select(verdicts.c.outcome)
            .join_from(verdicts, documents)
            .where(documents.c.key == key, verdicts.c.overruled_by_id.is_(None))
        ).all()
    assert events == ["rejected"]


def test_a_policy_that_is_not_allowed_ends_the_run_before_the_document_is_retrieved(
    bucket, put_specimen, database, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_POLICIES_ALLOWED", "!demonstration")
    key = put_specimen("passport.jpg")

    state = run(bucket, key)

    assert state.name == "Invalid"
    assert "policy demonstration is not allowed here: choose one of " in state.message
    assert verdicts_of(database, key) == []
    assert listed("task_runs", state) == []


def untold(key: str):
    told = outbox.join(verdicts).join(documents)
    return select(func.count()).select_from(told).where(documents.c.key == key)


def test_a_published_verdict_is_not_in_the_outbox(database):
    key = f"inbox/{uuid4()}"
    file, read = File(b"x", uuid4().hex, 1, "v1", None), reading(page())
    verdict = judge(read, today=TODAY, policy=STANDARD)
    record = write_to_database.fn(Upload("bucket", key), file, read, verdict, None)
    with database.connect() as connection:
        assert connection.scalar(untold(key)) == 1

    @flow(persist_result=False)
    def publish_patiently() -> None:
        publish(record, verdict, send_seconds=600)  # A busy machine may need long.

    publish_patiently()

    with database.connect() as connection:
        assert connection.scalar(untold(key)) == 0


def test_a_verdict_that_cannot_be_published_is_valid_and_not_a_failure(
    bucket, put_specimen, database, monkeypatch
):
    monkeypatch.setattr("tasks.publishing.ARTIFACT", "No Key That Prefect Takes")
    once = document_verification_module.publish.with_options(retries=0)
    monkeypatch.setattr(document_verification_module, "publish", once)
    key = put_specimen("no-document.jpg")

    state = run(bucket, key)

    assert (state.type, state.name) == ("COMPLETED", "Resubmit")
    assert verdicts_of(database, key) == ["resubmit"]
    with database.connect() as connection:
        failed = select(func.count()).select_from(failures).filter_by(key=key)
        assert connection.scalar(failed) == 0
        assert connection.scalar(untold(key)) == 1
    assert {each["state_name"] for each in listed("task_runs", state)} == {"Completed", "Failed"}


def test_every_further_object_of_a_notification_gets_a_run_of_its_own(bucket, put, database):
    for name in ("one", "two", "thr%C3%A9e+x"):
        put(f"inbox/{unquote_plus(name)}.jpg", name.encode())

    state = run(
        bucket,
        "inbox%2Fone.jpg",
        url_encoded=True,
        more=[
            {"bucket": bucket, "key": "inbox/two.jpg", "version_id": "", "etag": ""},
            {"bucket": bucket, "key": "inbox/missing.jpg", "version_id": ""},
            {"bucket": bucket},
            {"bucket": bucket, "key": "inbox/thr%C3%A9e+x.jpg"},
        ],
    )

    assert state.name == "Resubmit"
    for key in ("inbox/one.jpg", "inbox/two.jpg", "inbox/thrée x.jpg"):
        assert verdicts_of(database, key) == ["resubmit"]


def test_an_invalid_further_object_gets_one_run_that_fails(bucket, put):
    put("inbox/alone.jpg", b"x")

    state = run(bucket, "inbox/alone.jpg", more="not a list")

    children = [each for each in listed("task_runs", state) if each["name"].startswith("document")]
    assert [each["state_type"] for each in children] == ["FAILED"]


def test_the_artifact_has_the_decision_in_one_line_then_the_table(bucket, put_specimen):
    page = artifact_of(run(bucket, put_specimen("passport-altered.jpg"))).splitlines()

    assert page[0].startswith(f"**Rejected: of {len(CODES)} checks ")
    assert " passed, 2 failed, " in page[0]
    assert "| `viz_mrz_match_birth_date` | ✗ failed | printed value and MRZ differ |" in page


@pytest.mark.parametrize("goes_wrong", [False, True], ids=["a verdict", "a failed run"])
def test_nothing_that_prefect_stores_shows_the_holder(
    goes_wrong, bucket, put_specimen, prefect_server, monkeypatch
):
    truth = json.loads((SPECIMENS / "truth.json").read_text())["passport-altered.jpg"]
    fields = ("surname", "given_names", "document_number", "birth_date")
    secrets = [*(truth["printed"][field] for field in fields), *truth["mrz"], "14 JUL 1994"]
    if goes_wrong:
        monkeypatch.setenv("DATABASE_URL", "postgresql://u:geheim@canary:42geheim@127.0.0.1:9/d")
        secrets += ["geheim", "canary"]

    state = run(bucket, put_specimen("passport-altered.jpg"))

    assert state.is_failed() is goes_wrong
    kept = json.dumps([flow_run_of(state).model_dump(mode="json"), *kept_of(state)])
    files = [file.read_bytes() for file in prefect_server.home.rglob("*") if file.is_file()]
    assert [each for each in secrets if each in kept] == []
    assert [each for each in secrets for file in files if each.encode() in file] == []


def test_the_declared_applicant_is_recorded_and_shown_nowhere(bucket, database):
    key = f"inbox/{uuid4()}.jpg"
    said = {"applicant-name": "Zacharias Canary", "applicant-birth-date": "1931-07-08"}
    s3().put_object(Bucket=bucket, Key=key, Body=b"no picture", Metadata=said)

    state = run(bucket, key)

    query = select(applicants.c.name, applicants.c.birth_date).join_from(applicants, documents)
    with database.connect() as connection:
        row = connection.execute(query.where(documents.c.key == key)).one()
    assert tuple(row) == ("Zacharias Canary", date(1931, 7, 8))
    kept = json.dumps([flow_run_of(state).model_dump(mode="json"), *kept_of(state)])
    shown = DRAWN.sub("", kept)
    assert "Resubmit" in shown
    assert [each for each in ("Canary", "1931") if each in shown] == []


def test_an_own_policy_is_chosen_by_its_name(bucket, put, tmp_path, database, monkeypatch):
    own = {"name": "chosen-by-name", "version": "3", "extends": "strict"}
    (tmp_path / "chosen-by-name.json").write_text(json.dumps(own))
    monkeypatch.setenv("DOCVERIFY_POLICIES", str(tmp_path))
    put("inbox/own.jpg", b"no picture")

    state = document_verification(
        bucket=bucket, key="inbox/own.jpg", policy="chosen-by-name", return_state=True
    )

    assert state.name == "Resubmit"
    query = select(verdicts.c.policy_version).filter_by(policy_name="chosen-by-name")
    with database.connect() as connection:
        assert connection.execute(query).scalar_one().startswith("3+")


ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


@pytest.fixture(name="vision")
def _vision(monkeypatch):
    with vision_server() as server:
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", server.url)
        monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
        server.answers = [annotation([((60, 600), ZONE[0]), ((60, 640), ZONE[1])])]
        yield server


def test_a_busy_cloud_engine_is_retried(bucket, put_specimen, database, vision):
    vision.failures = [Failure(503), Failure(429)]
    key = put_specimen("passport.jpg")

    state = run(bucket, key, engine="google-vision")

    assert state.type.value == "COMPLETED"
    assert len(vision.paths) == 3
    with database.connect() as connection:
        query = select(verdicts.c.engine).join_from(verdicts, documents)
        assert list(connection.scalars(query.where(documents.c.key == key))) == ["google-vision"]


def test_a_cloud_engine_that_stays_down_fails_the_run_and_records_nothing(
    bucket, put_specimen, database, vision
):
    vision.failures = [Failure(503)] * 9
    key = put_specimen("passport.jpg")

    state = run(bucket, key, engine="google-vision")

    assert (state.type.value, state.message) == ("FAILED", "Cloud Vision refuses for now (503)")
    assert len(vision.paths) == 1 + process_image_with_ocr.retries
    assert verdicts_of(database, key) == []


def test_credentials_that_a_cloud_engine_refuses_are_not_retried(
    bucket, put_specimen, vision, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", "canary-key")

    state = run(bucket, put_specimen("passport.jpg"), engine="google-vision")

    assert "set a valid DOCVERIFY_GOOGLE_API_KEY" in state.message
    assert len(vision.paths) == 1


def test_nothing_that_is_sent_to_a_cloud_engine_is_shown(bucket, put_specimen, vision, caplog):
    vision.failures = [Failure(503)]

    state = run(bucket, put_specimen("passport.jpg", "inbox/cloud.jpg"), engine="google-vision")

    shown = "\n".join((artifact_of(state), str(flow_run_of(state)), caplog.text))
    secrets = [KEY, CANARY, "ERIKSSON", "L898902C3"]
    assert [secret for secret in secrets if secret in shown] == []


def kept_of(state) -> list[list[dict]]:
    """Return artifacts, task runs, log lines and events of the run, once the last has arrived."""
    of_run = f"prefect.flow-run.{run_id(state)}"
    with get_client(sync_client=True) as client:

        def filtered(kind: str, criteria: dict) -> list[dict]:
            answer = client.request("POST", f"/{kind}/filter", json=criteria).json()
            return answer["events"] if kind == "events" else answer

        logs = {"logs": {"flow_run_id": {"any_": [str(run_id(state))]}}}
        events = {"filter": {"any_resource": {"id": [of_run]}}, "limit": 50}
        return [
            listed("artifacts", state),
            eventually(lambda: listed("task_runs", state)),
            eventually(lambda: filtered("logs", logs)),
            eventually(lambda: filtered("events", events)),
        ]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"policy": "generous"}, "this policy does not exist: choose one of"),
        (
            {"engine": "guess"},
            "choose one of local, google-vision, textract",
        ),
    ],
)
def test_an_unknown_choice_is_a_result_that_names_it(parameters, message, bucket):
    state = document_verification(
        **({"bucket": bucket, "key": "inbox/a.jpg"} | parameters), return_state=True
    )

    assert state.name == "Invalid"
    assert message in state.message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"key": "inbox/" + "k" * 9000}, "longer than 1024 bytes", id="key"),
        pytest.param({"policy": "p" * 5000}, "this policy does not exist", id="policy"),
        pytest.param({"policy": ["p"]}, "this policy does not exist", id="no text"),
        pytest.param({"engine": "e" * 5000}, "this engine does not exist", id="engine"),
    ],
)
def test_a_parameter_of_any_length_is_a_recorded_refusal(parameters, message, bucket):
    """Without a limit, the index of the table cannot hold it, and nothing is recorded."""
    before = {each.id for each in list_failures()}
    key = f"inbox/{uuid4()}"

    state = document_verification(
        **({"bucket": bucket, "key": key, "etag": "e"} | parameters), return_state=True
    )

    (recorded,) = (each for each in list_failures() if each.id not in before)
    assert state.type.value == "FAILED"
    assert message in state.message
    assert (recorded.fault, recorded.reason) == (Fault.SETUP, state.message)
    assert recorded.parked_at is not None


def test_an_s3_that_does_not_answer_is_retried(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    s3.cache_clear()
    try:
        state = run(bucket, "inbox/a.jpg")
    finally:
        s3.cache_clear()

    assert "S3 does not answer" in state.message
    assert tries_of(state, "retrieve_file_from_s3") == 1 + retrieve_file_from_s3.retries


def test_a_verdict_has_one_event_however_often_it_is_sent(bucket, put_specimen):
    key = put_specimen("corrupt.jpg")
    states = [run(bucket, key), run(bucket, key)]

    def told() -> set[str]:
        found = set()
        for state in states:
            *_, events = kept_of(state)
            found |= {each["id"] for each in events if each["event"] == "document.resubmit"}
        return found

    assert len(eventually(told)) == 1


def test_the_form_for_manual_runs_explains_every_parameter():
    schema = document_verification.parameters.model_dump()
    fields = schema["properties"]

    assert schema["required"] == ["bucket", "key"]
    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert fields["policy"]["enum"] == list(POLICIES)
    assert fields["engine"]["enum"] == [engine.value for engine in Engine]
