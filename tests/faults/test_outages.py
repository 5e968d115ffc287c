"""Outages: a short one costs retries, a long one parks the upload."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus
from uuid import uuid4

import pytest
import requests
from sqlalchemy import text, update

from deploy.local.child_server import LOOPBACK
from deploy.local.postgres_server import run_postgres, server_account
from flows.document_verification import document_verification
from flows.retry_parked import retry_parked
from tasks.migrations import migrate
from tasks.record.connection import connect
from tasks.record.failures import WORLD_DEADLINE, list_failures
from tasks.record.tables import failures
from tasks.s3 import retrieve_file_from_s3, s3
from tests.support.aws_calls import without_pauses_of_boto
from tests.support.http_server import Request, Response, http_server
from tests.support.polling import PATIENCE
from tests.support.proxy import Fault, Moment, proxy
from tests.support.vision_server import KEY, Failure, annotation, vision_server

VERDICT = b"INSERT INTO verdicts"
OF_A_CONNECTION = {"content-length", "connection", "transfer-encoding"}


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")


@pytest.fixture(name="key")
def _key(put) -> str:
    key = f"inbox/{uuid4()}"
    put(key, bytes(100))
    return key


def run(bucket, key, **parameters):
    return document_verification(bucket=bucket, key=key, return_state=True, **parameters)


def failure_of(key):
    (found,) = (each for each in list_failures() if each.key == key)
    return found


def restart(url: str) -> None:
    """Stop a server without notice and start it again, as a crash does."""
    with connect(url).connect() as connection:
        data = Path(connection.scalar(text("SHOW data_directory")))
        process = connection.scalar(text("SELECT pg_read_file('postmaster.pid')")).split()[0]
    account = server_account()
    program = Path(f"/proc/{process}/exe").resolve().with_name("pg_ctl")
    log = data.parent / "restarted.log"
    subprocess.run(
        [program, "-D", data, "-m", "immediate", "-w", "-l", log, "restart"],
        check=True,
        user=account.user,
        group=account.group,
        extra_groups=None if account.user is None else [],
        stdout=subprocess.DEVNULL,
        cwd="/",
    )


def test_run_survives_a_restart_of_the_database(bucket, key, settled, monkeypatch):
    moment = Moment(Fault.STALL, (VERDICT,))
    with run_postgres() as url:
        migrate(connect(url))
        with proxy(connect(url).url.port, moment) as port:
            proxied = connect(url).url.set(port=port).render_as_string(hide_password=False)
            monkeypatch.setenv("DATABASE_URL", proxied)
            states = []
            thread = threading.Thread(target=lambda: states.append(run(bucket, key)))
            thread.start()
            assert moment.reached.wait(PATIENCE)
            restart(url)
            moment.go_on.set()
            thread.join(PATIENCE)
        assert states[0].name == "Resubmit"
        settled("database restarted in the middle of a run", key, tries=1, record=connect(url))


@pytest.mark.parametrize(
    ("what", "texts"),
    [("claim", (b"INSERT INTO claims", b"COMMIT")), ("verdict", (VERDICT, b"COMMIT"))],
)
def test_lost_response_to_a_commit_does_not_double_the_verdict(
    what, texts, bucket, key, database, settled, monkeypatch
):
    moment = Moment(Fault.LOSE_ANSWER, texts)
    with proxy(database.url.port, moment) as port:
        url = database.url.set(port=port).render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", url)
        state = run(bucket, key)

    assert moment.reached.is_set()
    assert state.name == "Resubmit"
    settled(f"answer to the commit of the {what} lost", key, tries=1)


@contextmanager
def refusing_s3(status: int, code: str, times: int) -> Iterator[None]:
    """Refuse the first requests to S3, as AWS does."""
    behind, left = os.environ["AWS_ENDPOINT_URL"], [times]

    def answer(request: Request) -> Response:
        if left[0] > 0:
            left[0] -= 1
            body = f"<Error><Code>{code}</Code><Message>wait</Message></Error>".encode()
            return Response(status, body, {"Content-Type": "application/xml"})
        headers = {name: each for name, each in request.headers.items() if name != "Host"}
        found = requests.get(behind + request.path, headers=headers, timeout=PATIENCE)
        kept = {k: v for k, v in found.headers.items() if k.lower() not in OF_A_CONNECTION}
        return Response(found.status_code, found.content, kept)

    with http_server(answer) as port, pytest.MonkeyPatch.context() as changed:
        changed.setenv("AWS_ENDPOINT_URL", f"http://{LOOPBACK}:{port}")
        s3.cache_clear()
        try:
            yield
        finally:
            s3.cache_clear()


@pytest.mark.parametrize(
    ("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (400, "RequestTimeout")]
)
def test_temporary_refusal_of_s3_is_retried(status, code, bucket, key, settled):
    with refusing_s3(status, code, times=4):
        state = run(bucket, key)

    assert state.name == "Resubmit"
    settled(f"S3 answers {status} {code} four times", key, tries=1)


def test_an_upload_that_the_world_keeps_refusing_is_tried_for_days_and_then_parked(
    bucket, key, settled, monkeypatch, database
):
    monkeypatch.setattr(retrieve_file_from_s3, "retries", 0)
    with without_pauses_of_boto(), refusing_s3(503, "SlowDown", times=10**6):
        for tries in range(1, 5):
            assert run(bucket, key).type.value == "FAILED"
            failure = failure_of(key)
            assert (failure.fault, failure.code, failure.tries) == ("world", "SlowDown", tries)
            assert not failure.parked_at
        with database.begin() as connection:
            ago = datetime.now(UTC) - WORLD_DEADLINE
            connection.execute(update(failures).filter_by(key=key).values(cause_since=ago))
        run(bucket, key)
        assert failure_of(key).parked_at

    state = retry_parked(prefix=key, return_state=True)

    assert state.message == "Retried 1 upload: 1 succeeded, 0 failed again."
    assert [each for each in list_failures() if each.key == key] == []
    settled("S3 down for three days, then retry-parked", key, tries=6)


@pytest.mark.parametrize(
    ("what", "failure"),
    [
        ("OCR answers 429 twice", Failure(429)),
        pytest.param(
            *("OCR slower than its timeout, twice", Failure(200, stalls=True)),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_busy_or_slow_engine_is_retried(what, failure, bucket, put_specimen, settled, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "20000000")
    monkeypatch.setenv("DOCVERIFY_CLOUD_TIMEOUT", "10")  # A busy machine answers in time.
    key = put_specimen("passport.jpg")
    with vision_server() as vision:
        monkeypatch.setenv("DOCVERIFY_GOOGLE_URL", vision.url)
        monkeypatch.setenv("DOCVERIFY_GOOGLE_API_KEY", KEY)
        vision.answers = [annotation([((60, 600), "SPECIMEN")])]
        vision.failures = [failure] * 2
        state = run(bucket, key, engine="google-vision")

        assert (state.type.value, len(vision.paths)) == ("COMPLETED", 3)
    settled(what, key, tries=1)


def test_a_deleted_upload_is_parked_at_once(bucket, key, database):
    s3().delete_object(Bucket=bucket, Key=key)

    run(bucket, quote_plus(key), url_encoded=True)

    failure = failure_of(key)
    assert (failure.fault, failure.code, failure.tries) == ("setup", "NoSuchKey", 1)
    assert failure.parked_at
    assert key not in failure.reason
