"""Verification while the database, S3 or a cloud engine does not answer or refuses."""

import pytest
from sqlalchemy import select

from tasks.ocr import process_image_with_ocr
from tasks.record.claims import claim_document
from tasks.record.tables import documents, verdicts
from tasks.s3 import retrieve_file_from_s3, s3
from tests.support.aws_calls import without_pauses_of_boto
from tests.support.verification_runs import artifact_of, flow_run_of, run, tries_of, verdicts_of
from tests.support.vision_server import CANARY, KEY, Failure, annotation, vision_server

pytestmark = pytest.mark.usefixtures("prefect_server", "database")


def test_a_database_that_is_down_is_retried_and_then_fails_the_run(bucket, put, monkeypatch):
    put("inbox/down.jpg", b"text")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@127.0.0.1:9/d")

    state = run(bucket, "inbox/down.jpg")

    assert state.type.value == "FAILED"
    assert "nothing listens on the host and port of DATABASE_URL" in state.message
    assert tries_of(state, "claim_document") == claim_document.retries, "the first has no task run"


def test_a_wrong_setting_is_not_retried(bucket, put, monkeypatch):
    put("inbox/setting.jpg", b"text")
    monkeypatch.setenv("DATABASE_URL", "nonsense")

    state = run(bucket, "inbox/setting.jpg")

    assert "DATABASE_URL is not a URL" in state.message
    assert tries_of(state, "claim_document") == 1


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

    assert (state.type.value, state.message) == (
        "FAILED",
        "Cloud Vision refuses the request for now (503)",
    )
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


def test_an_s3_that_does_not_answer_is_retried(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    s3.cache_clear()
    try:
        with without_pauses_of_boto():
            state = run(bucket, "inbox/a.jpg")
    finally:
        s3.cache_clear()

    assert "S3 does not answer" in state.message
    assert tries_of(state, "retrieve_file_from_s3") == 1 + retrieve_file_from_s3.retries
