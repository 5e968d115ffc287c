"""The flow through Prefect's engine: real server, real PostgreSQL, moto for S3."""

import json
import re
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from prefect import flow
from sqlalchemy import func, select

from docverify.checks import CODES
from docverify.policy import STANDARD
from docverify.verdict import judge
from flows import document_verification as document_verification_module
from flows.document_verification import document_verification
from tasks.publishing import publish
from tasks.record.tables import applicants, documents, failures, outbox, verdicts
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload, s3
from tests.support.polling import eventually
from tests.support.readings import TODAY, page, reading
from tests.support.verification_runs import (
    artifact_of,
    flow_run_of,
    kept_of,
    listed,
    run,
    verdicts_of,
)

SPECIMENS = Path(__file__).parents[2] / "specimens"
pytestmark = pytest.mark.usefixtures("prefect_server", "database")

DRAWN = re.compile(r"[0-9a-f-]{32,}|\d\.\d+")
"""Identifiers, digests and fractions of seconds, which may contain any four digits."""


@pytest.mark.parametrize(
    ("specimen", "name"),
    [
        ("passport.jpg", "Verified"),
        pytest.param("passport-expired.jpg", "Rejected", marks=pytest.mark.slow),
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


def test_a_run_shows_the_document_and_its_outcome(bucket, put, database):
    put("inbox/anna/scan 1.jpg", b"no image")

    state = run(bucket, "inbox/anna/scan 1.jpg")

    (shown,) = listed("flow_runs", state)
    assert (shown["name"], shown["tags"]) == ("↻ scan 1.jpg", ["resubmit", "unknown"])
    (artifact,) = listed("artifacts", state)
    assert artifact["description"].startswith("↻ Resubmit, document ")
    assert artifact["description"].endswith(": documents/inbox/anna/scan 1.jpg")


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


def find_task_states(state) -> set[str]:
    return {each["state_name"] for each in listed("task_runs", state)}


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
    eventually(lambda: find_task_states(state), {"Completed", "Failed"}.__eq__)


@pytest.fixture(name="altered", scope="module")
def _altered(prefect_server, database, bucket):
    """Return the last state of a run on an altered passport."""
    key = f"inbox/{uuid4()}.jpg"
    s3().put_object(Bucket=bucket, Key=key, Body=(SPECIMENS / "passport-altered.jpg").read_bytes())
    return run(bucket, key)


def test_the_artifact_has_the_decision_in_one_line_then_the_table(altered):
    page = artifact_of(altered).splitlines()

    assert page[0].startswith(f"**Rejected: of {len(CODES)} checks ")
    assert " passed, 2 failed, " in page[0]
    assert "| `viz_mrz_match_birth_date` | ✗ failed | printed value and MRZ differ |" in page


@pytest.mark.parametrize("goes_wrong", [False, True], ids=["a verdict", "a failed run"])
def test_nothing_that_prefect_stores_shows_the_holder(
    goes_wrong, altered, bucket, put_specimen, prefect_server, monkeypatch
):
    truth = json.loads((SPECIMENS / "truth.json").read_text())["passport-altered.jpg"]
    fields = ("surname", "given_names", "document_number", "birth_date")
    secrets = [*(truth["printed"][field] for field in fields), *truth["mrz"], "14 JUL 1994"]
    if goes_wrong:
        monkeypatch.setenv("DATABASE_URL", "postgresql://u:geheim@canary:42geheim@127.0.0.1:9/d")
        secrets += ["geheim", "canary"]

    state = run(bucket, put_specimen("passport-altered.jpg")) if goes_wrong else altered

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
