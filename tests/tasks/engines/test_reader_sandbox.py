"""A reader process that a file has taken over: it tries everything, and gets nothing."""

import logging
import os
import platform
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docverify.reading import sandbox
from docverify.reading.files.limits import Limits
from tasks.engines import reader_process
from tasks.engines.reader_process import ReaderProcess

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="the attempts are those of Linux on x86-64",
)

ROOT = Path(__file__).parents[3]
HOSTILE = ("-m", "tests.support.hostile_reader")
MEMORY = 1_000_000_000
SECONDS = 60
OF_THE_PARENT = (
    *("read the parent's environment", "read the parent's memory", "read the parent's open files"),
    *("trace the parent", "copy the parent's memory"),
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a reader another user")


@contextmanager
def hostile_reader(*refused: str) -> Iterator[ReaderProcess]:
    """Start a reader that was taken over, on a platform that refuses these protections."""
    reader = ReaderProcess("read", MEMORY, (*HOSTILE, *refused))
    yield reader
    reader.end()


def attack(what: bytes, folder: Path, *refused: str) -> dict[str, str]:
    """Let such a reader try all or only the parent; return each attempt with the error it got."""
    file = folder / "file"
    file.write_bytes(b"of the test")
    folder.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server, hostile_reader(*refused) as reader:
        port = server.getsockname()[1]
        request = {"parent": os.getpid(), "port": port, "file": str(file)}
        response = reader.request(what, Limits(), SECONDS, request)
    assert [each.read_bytes() for each in folder.iterdir()] == [b"of the test"]
    return response["refused"]


def test_every_attempt_of_a_reader_that_was_taken_over_is_refused(tmp_path: Path):
    tried = attack(b"everything", tmp_path)

    assert len(tried) > 50
    assert [name for name, error in tried.items() if error != "EPERM"] == []


def test_without_the_filter_the_parent_is_hidden_all_the_same(tmp_path: Path):
    tried = attack(b"parent", tmp_path, "system calls")

    assert [name for name in OF_THE_PARENT if not tried[name]] == []


@as_root
def test_without_the_filter_the_reader_of_root_has_another_user_and_no_network(tmp_path: Path):
    tried = attack(b"parent", tmp_path, "system calls")

    assert [name for name, error in tried.items() if not error] == []


def test_a_reader_starts_without_secrets_and_open_files(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary@h/d")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    with hostile_reader() as reader:
        start = reader.request(b"start", Limits(), SECONDS, {"parent": 0, "file": ""})

    own = {"PYTHONPATH", "OMP_NUM_THREADS", "LC_CTYPE", *reader_process.ENVIRONMENT}
    assert start["environment"].keys() <= own
    assert start["environment"]["PYTHONPATH"] == str(ROOT), "it imports the same docverify"
    assert "canary" not in str(start)
    assert {each.partition(":")[0] for each in start["files"]} == {"/dev/null", "pipe"}


@as_root
def test_threads_of_the_reader_of_root_are_limited():
    with hostile_reader() as reader:
        request = {"parent": 0, "file": ""}
        started = reader.request(b"threads", Limits(), SECONDS, request)["started"]

    assert started < sandbox.MAX_TASKS


def test_refused_protections_are_logged_once(caplog: pytest.LogCaptureFixture):
    reader_process.warn_of_refused.cache_clear()
    for _ in range(2):
        with hostile_reader("network", "user"):
            pass

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "network, user" in record.getMessage()


def test_a_reader_with_all_protections_logs_nothing(caplog: pytest.LogCaptureFixture):
    with hostile_reader():
        pass

    assert caplog.records == []
