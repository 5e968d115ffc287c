"""Servers as child processes: each ends with the block that started it."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

LOOPBACK = "127.0.0.1"

START_SECONDS = 300  # A busy machine takes minutes.
STOP_SECONDS = 10
# A closed terminal sends SIGHUP only to this process: servers have their own sessions.
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class ServerNotStarted(Exception):
    """An embedded server did not start; the message ends with the last lines of its log."""


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def log_tail(log: Path, lines: int = 20) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def end_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM and SIGHUP too, so that every block stops its server.

    A handler that is already set stays; `nohup` sets one.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    handled = [
        number
        for number in ENDING_SIGNALS
        if in_main_thread and signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in handled:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def hold_signals() -> Iterator[None]:
    """Delay signals until the block is done: a second Ctrl-C must not interrupt a clean-up."""
    before, early = block_signals(())
    _, late = block_signals({signal.SIGINT, *ENDING_SIGNALS})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if interrupt := late or early:
        raise interrupt


def block_signals(
    signals: Iterable[signal.Signals],
) -> tuple[set[int | signal.Signals], KeyboardInterrupt | None]:
    """Block the signals; return the previous mask, and the interrupt of a signal that just arrived.

    Python handles pending signals after it has set a mask, and raises from that call.
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
def clean_up(action: Callable[[], object]) -> Iterator[None]:
    """Run an action at the end of the block, and let no second signal interrupt it.

    A signal may still arrive between the block and the action: then it runs when Python exits.
    """
    atexit.register(action)
    try:
        yield
    finally:
        with hold_signals():
            action()
            atexit.unregister(action)


@contextmanager
def temporary_folder(name: str, parent: Path | None = None) -> Iterator[Path]:
    """Create a folder, and remove it with its content at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix=f"docverify-{name}-", dir=parent))
    with clean_up(partial(shutil.rmtree, folder, ignore_errors=True)):
        yield folder


@contextmanager
def run_server(
    command: Sequence[str], *, health: str, environment: Mapping[str, str], folder: Path
) -> Iterator[None]:
    """Run a server in the folder until the block ends.

    The block starts when the server answers with 200 at `health`, a `host:port/path`.
    """
    log = folder / "server.log"
    with end_on_signals():
        process = start_process(command, environment, log)
        with clean_up(partial(stop_process, process)):
            wait_until_healthy(process, health, log)
            yield


def start_process(
    command: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start a server in the folder of its log."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell.
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own session: Ctrl-C reaches only us, and we stop the servers in the right order.
            start_new_session=True,
        )


def wait_until_healthy(process: subprocess.Popen[bytes], health: str, log: Path) -> None:
    """Wait until the server answers; raise ServerNotStarted if it exits or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(health):
        if process.poll() is not None:
            raise ServerNotStarted(f"{health} exited with {process.returncode}:\n{log_tail(log)}")
        if time.monotonic() > deadline:
            raise ServerNotStarted(
                f"{health} did not answer in {START_SECONDS} s:\n{log_tail(log)}"
            )
        time.sleep(0.05)


def answers(health: str) -> bool:
    """Return whether a server answers with 200 at `host:port/path`."""
    address, _, path = health.partition("/")
    with closing(HTTPConnection(address, timeout=5)) as connection:
        try:
            connection.request("GET", f"/{path}")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Stop a server, then kill the rest of its process group."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
