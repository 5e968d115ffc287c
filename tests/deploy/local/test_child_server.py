"""Rules of all embedded servers: they end with this process, and report why they failed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from deploy.local.aws_server import aws
from deploy.local.child_server import (
    LOOPBACK,
    ServerNotStarted,
    end_on_signals,
    free_port,
    hold_signals,
    run_server,
)
from tests.support.polling import PATIENCE, eventually

# A shell starts a background job with SIGINT ignored, and nohup with SIGHUP; a terminal neither.
HOLDING_SERVERS = """
import signal
import sys
from pathlib import Path
from deploy.local.aws_server import aws
from deploy.local.postgres_server import run_postgres
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
with run_postgres() as url, aws() as server:
    print(url, server.port, flush=True)
    sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((LOOPBACK, port)) == 0


def data_directory(url: str) -> Path:
    connection = psycopg2.connect(url)
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchone()
    connection.close()
    return Path(folder)


def test_server_that_exits_is_reported_with_its_log(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('the port is cursed')"]
    health = f"{LOOPBACK}:{free_port()}/"

    with (
        pytest.raises(ServerNotStarted, match="exited with 1:\nthe port is cursed"),
        run_server(command, health=health, environment={}, folder=tmp_path),
    ):
        pass


def test_server_ends_with_its_block():
    with aws() as server:
        assert listens(server.port)

    assert not listens(server.port)


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([signal.SIGTERM], id="SIGTERM", marks=pytest.mark.slow),
        pytest.param([signal.SIGHUP], id="terminal closed", marks=pytest.mark.slow),
        pytest.param([signal.SIGINT, signal.SIGINT], id="impatient Ctrl-C"),
    ],
)
def test_signal_to_the_parent_leaves_no_process_and_no_data(signals):
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLDING_SERVERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )
    url, port = parent.stdout.readline().split()
    data = data_directory(url)
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    assert listens(int(port))

    for number in signals:
        parent.send_signal(number)
    parent.communicate(timeout=PATIENCE)

    assert parent.returncode != 0
    # PostgreSQL removes its pid file, which pg_ctl waits for, a moment before it exits.
    eventually(lambda: not is_alive(postmaster))
    eventually(lambda: not listens(int(port)))
    assert not data.parent.exists()


INTERRUPTED = """
from contextlib import contextmanager
from deploy.local import child_server
from deploy.local.aws_server import aws

@contextmanager
def interrupt():
    raise KeyboardInterrupt
    yield

with aws() as server:
    print(server.port, flush=True)
    child_server.hold_signals = interrupt
"""


def test_signal_just_before_the_clean_up_leaves_no_process(tmp_path):
    program = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(tmp_path)},
        timeout=PATIENCE,
        check=False,
    )

    assert "KeyboardInterrupt" in program.stderr
    assert not listens(int(program.stdout))
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("at", [1, 2], ids=["before it masks", "once it has masked"])
def test_signal_during_masking_waits_for_the_block(at, monkeypatch):
    """CPython handles pending signals at the end of pthread_sigmask, and raises from there."""
    mask, calls = signal.pthread_sigmask, []

    def raising(how, signals):
        answer = mask(how, signals)
        calls.append(how)
        if len(calls) == at:
            raise KeyboardInterrupt
        return answer

    before, done = mask(signal.SIG_BLOCK, ()), []
    monkeypatch.setattr(signal, "pthread_sigmask", raising)
    with pytest.raises(KeyboardInterrupt), hold_signals():
        done.append(mask(signal.SIG_BLOCK, ()))

    assert done == [before | {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}]
    assert mask(signal.SIG_BLOCK, ()) == before


@pytest.fixture(params=[signal.SIGTERM, signal.SIGHUP])
def number(request) -> Iterator[signal.Signals]:
    found = signal.getsignal(request.param)
    yield request.param
    signal.signal(request.param, found)


def test_nested_blocks_restore_the_signal_handlers(number):
    signal.signal(number, signal.SIG_DFL)

    with end_on_signals(), end_on_signals():
        assert signal.getsignal(number) is signal.default_int_handler
    assert signal.getsignal(number) is signal.SIG_DFL


def test_existing_handler_is_kept(number):
    signal.signal(number, signal.SIG_IGN)

    with end_on_signals():
        assert signal.getsignal(number) is signal.SIG_IGN
