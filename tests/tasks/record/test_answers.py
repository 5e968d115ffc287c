"""A database that is silent ends a step by its limit, and a signal ends the wait for it."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from prefect.utilities.timeout import timeout
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tasks.errors import WorldError
from tasks.record.connection import connect, transaction
from tests.support.polling import PATIENCE, eventually
from tests.support.proxy import Fault, Moment, proxy

MUCH_LONGER = 20  # seconds more than a limit: the machine may be busy
SILENT_URL = "postgresql://u:p@127.0.0.1:{}/d?connect_timeout={}"


@pytest.fixture(name="silent_port")
def _silent_port():
    """A port of which the kernel accepts connections, and nobody answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


def seconds_until(error, call):
    start = time.monotonic()
    with pytest.raises(error):
        call()
    return time.monotonic() - start


def use_record():
    with transaction() as connection:
        connection.execute(text("SELECT 1"))


def test_server_that_accepts_and_never_answers_is_given_up(silent_port, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", SILENT_URL.format(silent_port, 1))

    start = time.monotonic()
    with pytest.raises(WorldError, match="does not answer") as caught:
        use_record()

    assert caught.value.code == "no-answer"
    assert 1 <= time.monotonic() - start < 1 + MUCH_LONGER


def test_the_next_host_is_used_when_the_first_is_silent(silent_port, database):
    hosts = {"host": [f"127.0.0.1:{silent_port}", f"127.0.0.1:{database.url.port}"]}
    url = database.url._replace(host=None, port=None).update_query_dict(
        hosts | {"connect_timeout": "1"}
    )

    with connect(url.render_as_string(hide_password=False)).connect() as connection:
        assert connection.scalar(text("SELECT 42")) == 42


def test_silent_backend_is_given_up_in_the_middle_of_a_statement(database):
    engine = connect(str(url_of(database)), statement_seconds=1)
    with engine.connect() as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
        with stopped(process):
            start = time.monotonic()
            with pytest.raises(OperationalError, match="no answer within 6 s"):
                connection.execute(text("SELECT 1"))

            assert 6 <= time.monotonic() - start < 6 + MUCH_LONGER
    with engine.connect() as connection:  # A new connection has a backend of its own.
        assert connection.scalar(text("SELECT 1")) == 1


def test_lost_answer_to_a_commit_is_given_up(database):
    moment = Moment(Fault.STALL_ANSWER, (b"COMMIT",))
    with proxy(database.url.port, moment) as port:
        engine = connect(str(url_of(database, port)), statement_seconds=1)

        with (
            pytest.raises(OperationalError, match="no answer within"),
            engine.begin() as connection,
        ):
            connection.execute(text("SELECT 1"))


def connect_with_timeout(url):
    with timeout(seconds=1):  # as Prefect ends a task
        connect(url).connect()


def test_timeout_of_prefect_ends_the_wait(silent_port):
    url = SILENT_URL.format(silent_port, 60)

    assert seconds_until(TimeoutError, lambda: connect_with_timeout(url)) < 1 + MUCH_LONGER


def test_timeout_of_prefect_ends_the_wait_in_a_thread(silent_port):
    url = SILENT_URL.format(silent_port, 60)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(seconds_until, TimeoutError, lambda: connect_with_timeout(url))

        assert taken.result(PATIENCE) < 1 + MUCH_LONGER


@pytest.mark.parametrize("where", ["connection", "statement"])
def test_signal_ends_the_wait_at_once(where, silent_port, database):
    script = textwrap.dedent(
        """
        import os, signal, sys
        from tasks.record.connection import connect
        def end(*_): raise SystemExit(3)
        signal.signal(signal.SIGTERM, end)
        url, where = sys.argv[1:]
        if where == "statement":
            with connect(url).connect() as connection:
                print(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar(), flush=True)
                connection.exec_driver_sql("SELECT pg_sleep(25)")
        print("connecting", flush=True)
        connect(url).connect()
        """
    )
    urls = {
        "connection": SILENT_URL.format(silent_port, 60),
        "statement": str(url_of(database)),
    }
    with subprocess.Popen(
        [sys.executable, "-c", script, urls[where], where], stdout=subprocess.PIPE
    ) as process:
        told = process.stdout.readline()
        if where == "statement":
            eventually(lambda: is_sleeping(database, int(told)))
        else:
            eventually(lambda: is_connected_to(silent_port))
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 3
        assert time.monotonic() - start < MUCH_LONGER


def is_sleeping(database, process):
    query = text("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = :pid")
    with database.connect() as connection:
        return connection.scalar(query, {"pid": process})


def is_connected_to(port):
    """Return whether some process has a TCP connection to a port of this machine."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


def url_of(database, port=None):
    url = database.url.set(port=port or database.url.port)
    return url.render_as_string(hide_password=False)


@contextmanager
def stopped(process):
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)
