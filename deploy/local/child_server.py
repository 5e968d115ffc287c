"""A server that runs as a child of this process, and never outlives the block that started it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

LOOPBACK = "127.0.0.1"

_START_SECONDS = 120
_STOP_SECONDS = 10
# A terminal that is closed sends SIGHUP, to us alone: servers have sessions of their own.
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class ServerNotStarted(Exception):
    """An embedded server did not come up; the message ends with what it wrote last."""


def free_port() -> int:
    """Find a loopback port that nobody listens on now."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def log_tail(log: Path, lines: int = 20) -> str:
    """Return the end of a log, which says why a server died."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def end_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that every block stops its server.

    A handler that somebody set (`nohup` does) is respected.
    """
    taken = [number for number in _ENDING if _may_handle(number)]
    for number in taken:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _may_handle(number: signal.Signals) -> bool:
    in_main_thread = threading.current_thread() is threading.main_thread()
    return in_main_thread and signal.getsignal(number) is signal.SIG_DFL


@contextmanager
def hold_signals() -> Iterator[None]:
    """Hold signals back until the block is done: a second Ctrl-C must not cut a clean-up short."""
    before, early = _block(())
    _, late = _block({signal.SIGINT, *_ENDING})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if interrupt := late or early:
        raise interrupt


def _block(
    signals: Iterable[signal.Signals],
) -> tuple[set[int | signal.Signals], KeyboardInterrupt | None]:
    """Return the mask of before, and what a signal that came just then raised: it waits as well.

    Python looks for signals once it has set a mask, and raises from there.
    """
    late = None
    while True:
        try:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        except KeyboardInterrupt as error:
            late = error
        else:
            return before, late


@contextmanager
def temporary_folder(name: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder that is removed with all that the server left in it."""
    folder = Path(tempfile.mkdtemp(prefix=f"docverify-{name}-", dir=parent))
    try:
        yield folder
    finally:
        with hold_signals():
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def run_server(
    command: Sequence[str], *, health: str, environment: Mapping[str, str], folder: Path
) -> Iterator[None]:
    """Run a server in the folder from when it answers at `host:port/path` until the block ends."""
    log = folder / "server.log"
    with end_on_signals():
        process = _started(command, environment, log)
        try:
            _wait_until_healthy(process, health, log)
            yield
        finally:
            with hold_signals():
                _end(process)


def _started(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell.
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Of its own: Ctrl-C reaches us alone, and we end the server in the right order.
            start_new_session=True,
        )


def _wait_until_healthy(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(health):
        if process.poll() is not None:
            raise ServerNotStarted(f"{health} exited with {process.returncode}:\n{log_tail(log)}")
        if time.monotonic() > deadline:
            raise ServerNotStarted(
                f"{health} did not answer in {_START_SECONDS} s:\n{log_tail(log)}"
            )
        time.sleep(0.05)


def _answers(health: str) -> bool:
    address, _, path = health.partition("/")
    with closing(HTTPConnection(address, timeout=5)) as connection:
        try:
            connection.request("GET", f"/{path}")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
