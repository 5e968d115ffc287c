"""Databases that are silent, read-only or crowded: each upload still gets exactly one verdict."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import text

from benchmarks.metered import scheduled_run
from deploy.local.postgres_server import run_postgres
from flows.document_verification import document_verification
from tasks.migrations import migrate
from tasks.record.connection import connect
from tests.support.polling import PATIENCE, eventually
from tests.support.processes import deliver
from tests.support.proxy import Fault, Moment, proxy

ANYTHING, VERDICT = b"", b"INSERT INTO verdicts"
TOO_LARGE = bytes(100)
"""Decided without being read, with DOCVERIFY_MAX_BYTES below."""
STOP_SECONDS = 20  # ECS and systemd wait longer before they kill


@pytest.fixture(autouse=True)
def _servers(prefect_server, database, bucket, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "99")


@pytest.fixture(name="key")
def _key(put) -> str:
    key = f"inbox/{uuid4()}"
    put(key, TOO_LARGE)
    return key


def run(bucket, key):
    return document_verification(bucket=bucket, key=key, return_state=True)


def url_of(database, port, **query):
    url = database.url.set(port=port).update_query_dict(query)
    return url.render_as_string(hide_password=False)


def test_database_that_accepts_a_connection_and_never_answers(
    bucket, key, database, settled, monkeypatch
):
    moment = Moment(Fault.STALL, (ANYTHING,))  # the first connection only
    with proxy(database.url.port, moment) as port:
        monkeypatch.setenv("DATABASE_URL", url_of(database, port, connect_timeout="1"))
        state = run(bucket, key)

    assert moment.reached.is_set()
    assert state.name == "Resubmit"
    settled("database accepts a connection and never answers", key, tries=1)


def test_first_of_two_hosts_that_never_answers(bucket, key, database, settled, monkeypatch):
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        hosts = [f"127.0.0.1:{port}" for port in (silent.getsockname()[1], database.url.port)]
        url = database.url._replace(host=None, port=None)
        url = url.update_query_dict({"host": hosts, "connect_timeout": "1"})
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        state = run(bucket, key)

    assert state.name == "Resubmit"
    settled("first host of the database never answers", key, tries=1)


@pytest.mark.slow
def test_statement_that_is_never_answered(bucket, key, database, settled, monkeypatch):
    moment = Moment(Fault.STALL_ANSWER, (VERDICT,))
    with proxy(database.url.port, moment) as port:
        monkeypatch.setenv("DATABASE_URL", url_of(database, port))
        state = run(bucket, key)

    assert moment.reached.is_set()
    assert state.name == "Resubmit"
    settled("database never answers the insert of the verdict", key, tries=1)


def test_server_that_is_read_only_after_a_failover(bucket, key, settled, monkeypatch):
    with run_postgres() as url:
        record = connect(url)
        migrate(record)
        set_read_only(record, "on")
        monkeypatch.setenv("DATABASE_URL", url)
        promoted = threading.Timer(1, set_read_only, (record, "off"))
        promoted.start()
        state = run(bucket, key)
        promoted.join(PATIENCE)

        assert state.name == "Resubmit"
        settled("database read-only for a second, as a standby is", key, tries=1, record=record)


def set_read_only(record, value):
    with record.begin() as connection:
        connection.execute(text("SET LOCAL transaction_read_only = off"))
        change = f"ALTER DATABASE postgres SET default_transaction_read_only = {value}"
        connection.execute(text(change))


@pytest.mark.slow
def test_more_runs_than_connections(bucket, put, settled, monkeypatch):
    prefix, uploads = f"inbox/{uuid4()}/", 200
    for number in range(uploads):
        put(f"{prefix}{number}", TOO_LARGE)
    with run_postgres() as url:
        record = connect(url)
        migrate(record)
        monkeypatch.setenv("DATABASE_URL", url)
        with ThreadPoolExecutor(uploads) as threads:
            keys = [f"{prefix}{number}" for number in range(uploads)]
            list(threads.map(lambda key: deliver(bucket, key), keys))

        settled(
            "200 uploads at once at a database with 100 connections",
            prefix,
            tries=200,
            uploads=uploads,
            record=record,
        )


@pytest.mark.slow
def test_sigterm_while_the_database_is_silent(bucket, key, database, settled, monkeypatch):
    run_id = scheduled_run(document_verification, {"bucket": bucket, "key": key})
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = silent.getsockname()[1]
        environment = {**os.environ, "DATABASE_URL": url_of(database, port, connect_timeout="300")}
        command = [sys.executable, "-m", "prefect", "flow-run", "execute", str(run_id)]
        with subprocess.Popen(command, env=environment) as process:
            accepted, _ = silent.accept()  # It waits for the database now.
            with accepted:
                start = time.monotonic()
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE)

    assert time.monotonic() - start < STOP_SECONDS
    with get_client(sync_client=True) as client:
        eventually(lambda: client.read_flow_run(run_id).state.is_final())
    assert run(bucket, key).name == "Resubmit"
    settled("SIGTERM while the database never answers", key, tries=2)
