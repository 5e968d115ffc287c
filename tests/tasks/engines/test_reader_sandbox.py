"""A reader process that a file has taken over: it tries everything, and gets nothing."""

import logging
import os
import platform
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from docverify.reading import sandbox
from docverify.reading.files.limits import Limits
from tasks.engines import reader_process
from tasks.engines.reader_process import Job, ReaderProcess, ReaderTimeout
from tests.support.polling import eventually
from tests.support.reader_calls import children_of, is_alive, worker_of

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
    """Let such a reader try all or only the parent; return each attempt with the error it got.

    Its parent is the run that started the reader, and then the process that forked it.
    """
    file = folder / "file"
    file.write_bytes(b"of the test")
    folder.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server, hostile_reader(*refused) as reader:
        tried = {}
        for name, parent in (("run", os.getpid()), ("first process", reader.process.pid)):
            port = server.getsockname()[1]
            request = {"parent": parent, "port": port, "file": str(file)}
            response = reader.request(what, Limits(), SECONDS, request)
            tried |= {f"{each} ({name})": error for each, error in response["refused"].items()}
            assert reader.is_renewed()
    assert [each.read_bytes() for each in folder.iterdir()] == [b"of the test"]
    return tried


def test_every_attempt_of_a_reader_that_was_taken_over_is_refused(tmp_path: Path):
    tried = attack(b"everything", tmp_path)

    assert len(tried) > 100
    assert [name for name, error in tried.items() if error != "EPERM"] == []


def test_without_the_filter_the_parent_is_hidden_all_the_same(tmp_path: Path):
    tried = attack(b"parent", tmp_path, "system calls")

    assert [name for name in tried if name.startswith(OF_THE_PARENT) and not tried[name]] == []


@as_root
def test_without_the_filter_the_reader_of_root_has_another_user_and_no_network(tmp_path: Path):
    tried = attack(b"parent", tmp_path, "system calls")

    assert [name for name, error in tried.items() if not error] == []


def test_a_file_finds_nothing_of_an_earlier_one():
    """A process that was taken over ends with its file, and sees and answers no other."""
    request = {"parent": 0, "file": ""}
    answers = []
    with hostile_reader() as reader:
        for _ in range(2):
            answers.append(reader.request(b"stay", Limits(), SECONDS, request))
            assert reader.is_renewed()

    assert [each["seen"] for each in answers] == [0, 0]
    assert len({reader.process.pid, *(each["process"] for each in answers)}) == 3
    assert not any(Path(f"/proc/{each['process']}").exists() for each in answers)


@pytest.mark.parametrize("job", ["read", "encode"])
def test_the_process_of_a_file_has_a_filter_and_that_before_it_has_no_file(job: Job):
    reader = ReaderProcess(job, MEMORY)
    try:
        (child,) = children_of(reader.process.pid)
        status = Path(f"/proc/{child}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status
        first = Path(f"/proc/{reader.process.pid}/status").read_text()
        assert "Threads:\t1\n" in first, "a fork copies only one thread"
    finally:
        reader.end()

    assert reader.process.returncode in {-signal.SIGTERM, -signal.SIGKILL}
    eventually(lambda: not is_alive(child))


def test_a_file_that_ignores_its_end_is_killed():
    with hostile_reader() as reader:
        child = worker_of(reader)
        with pytest.raises(ReaderTimeout):
            reader.request(b"ignore", Limits(), 0.3, {"parent": 0, "file": ""})

    assert reader.process.returncode == -signal.SIGKILL
    eventually(lambda: not is_alive(child))


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
