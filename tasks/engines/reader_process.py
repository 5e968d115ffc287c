"""The reader process, in which untrusted files are decoded and read, and the protocol with it.

A file can affect only that process: a crash, a hang or excessive memory ends as a refusal of that
file. Responses are parsed as untrusted data. A file that takes the process over is in the sandbox
of docverify.reading.sandbox, and finds no secret there.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import IO, Any, Literal, cast

import docverify
from docverify.reading import sandbox, wire
from docverify.reading.cloud.encoding import MAX_BYTES
from docverify.reading.files.limits import Limits
from tasks.engines.reading_bounds import MAX_PAGES
from tasks.errors import SetupError

Job = Literal["read", "encode"]
Response = Mapping[str, Any]
"""The JSON object that a reader sends for a file; `parts` are the pages that follow it."""

Pipes = tuple[IO[bytes], IO[bytes]]

NOTHING: Mapping[str, object] = MappingProxyType({})
START_SECONDS = 60
NEXT_SECONDS = 10
EXIT_SECONDS = 0.5
CLOCK_FACTOR = 4  # On a busy machine, a second of processor time may take four seconds.
MAX_READY_BYTES = 1_000
MAX_RESPONSE_BYTES = 8_000_000
ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
"""The variables that a reader inherits: the paths of the interpreter's libraries, but no secret."""
PROGRAM = ("-m", "docverify.reading.process")
DEFECT = re.compile(r"\w{1,80} in [\w.<> -]{1,80}, line \d{1,9}", re.ASCII)

logger = logging.getLogger("docverify.reader")


class ReaderFailed(Exception):
    """A reader ended, or sent an invalid response, before its file was done.

    Attributes:
        seconds: How long the reader had the file, in elapsed time; 0 if it had none.
        defect: The exception at its start and the place of it, if it reported one.
    """

    seconds: float = 0.0

    def __init__(self, defect: str = "") -> None:
        """Take the exception at the start of the reader."""
        super().__init__(defect)
        self.defect = defect


class ReaderKilledBySystem(ReaderFailed):
    """The system killed a reader before its file was done, as it does when memory is short."""


class ReaderTimeout(Exception):
    """A reader was ended because its file took too long."""


class ReaderProcess:
    """A reader that has started; it serves one caller at a time, each file in a new process.

    Attributes:
        process: The process that forks those of the files.
        started: A pipe with a byte for each process of a file; only `process` writes to it.
    """

    def __init__(self, job: Job, memory: int, program: Sequence[str] = PROGRAM) -> None:
        """Start the process and wait until it is ready.

        Raise SetupError if it does not start, ReaderKilledBySystem if the system kills it first.
        """
        self.process, self.started = start_process(job, memory, program)
        # Popen creates both, because both are pipes.
        self.stdin, self.stdout = cast("Pipes", (self.process.stdin, self.process.stdout))
        try:
            refused = self.wait_for_next(START_SECONDS)
        except ReaderKilledBySystem:
            self.end()
            raise
        except (ReaderFailed, ReaderTimeout, wire.MalformedReading) as error:
            self.end()
            defect = error.defect if isinstance(error, ReaderFailed) else ""
            cause = defect or f"exit code {self.process.returncode}"
            raise SetupError(
                f"the reader process does not start ({cause}): check "
                "that docverify is installed with its dependencies, and DOCVERIFY_READER_MEMORY"
            ) from None
        except BaseException:
            self.end()
            raise
        warn_of_refused(refused)

    def request(
        self, content: bytes, limits: Limits, seconds: float, more: Mapping[str, object] = NOTHING
    ) -> Response:
        """Send a file, and return the response; `more` is sent with the limits.

        Raise ReaderFailed or ReaderTimeout. After any exception the reader must be ended.
        """
        number = token_hex(8)
        head = {"number": number, "limits": asdict(limits), "seconds": seconds, **more}
        with Deadline(self.process, CLOCK_FACTOR * seconds):
            self.send(json.dumps(head).encode())
            self.send(content)
            try:
                response = dict(wire.parse(self.receive(MAX_RESPONSE_BYTES)))
            except wire.MalformedReading:
                raise ReaderFailed from None
            if response.get("number") != number:  # It would be the response to another file.
                raise ReaderFailed
            count = count_parts(response, more)
            response["parts"] = [self.receive(MAX_BYTES) for _ in range(count)]
        return response

    def wait_for_next(self, seconds: float) -> tuple[str, ...]:
        """Wait for the process of the next file; return the protections that the platform refused.

        Its predecessor has ended by then, regardless of its file. Raise ReaderFailed, ReaderTimeout
        or MalformedReading.
        """
        with Deadline(self.process, seconds):
            is_started = bool(self.started.read(1))
            ready = wire.parse(self.receive(MAX_READY_BYTES))
            if not is_started or "defect" in ready:
                raise ReaderFailed(name_defect(ready))
            return wire.parse_form(tuple[str, ...], ready.get("refused"), "refused")

    def is_renewed(self) -> bool:
        """Return whether a new process is ready for the next file."""
        try:
            self.wait_for_next(NEXT_SECONDS)
        except (ReaderFailed, ReaderTimeout, wire.MalformedReading):
            return False
        return True

    def is_running(self) -> bool:
        """Return whether the process still waits for a file."""
        return self.process.poll() is None

    def end(self) -> None:
        """Kill the process and that of its file, in any state."""
        kill_group(self.process)
        self.process.wait()
        for pipe in (self.stdin, self.stdout, self.started):
            with suppress(OSError):  # Unsent data is lost.
                pipe.close()

    def send(self, message: bytes) -> None:
        """Send a message, after its length in four bytes."""
        try:
            self.stdin.write(len(message).to_bytes(4, "big"))
            self.stdin.write(message)
            self.stdin.flush()
        except OSError:
            raise ReaderFailed from None

    def receive(self, max_bytes: int) -> bytes:
        """Receive a message; raise ReaderFailed if it is longer or incomplete."""
        head = self.stdout.read(4)
        length = int.from_bytes(head, "big")
        if len(head) < 4 or length > max_bytes:
            raise ReaderFailed
        message = self.stdout.read(length)
        if len(message) < length:
            raise ReaderFailed
        return message


def count_parts(response: Response, more: Mapping[str, object]) -> int:
    """Return how many messages follow a response; raise ReaderFailed if they are too many."""
    crops = more.get("crops")
    name, most = ("crops", len(crops)) if isinstance(crops, list) else ("pages", MAX_PAGES)
    listed = response.get(name)
    count = len(listed) if isinstance(listed, list) else 0
    if count > most:
        raise ReaderFailed
    return count


def name_defect(response: Response) -> str:
    """Return the exception that a reader reports; empty if it is not in the expected form."""
    defect = str(response.get("defect", ""))
    return defect if DEFECT.fullmatch(defect) else ""


class Deadline:
    """A context that kills a process after some seconds, and raises ReaderTimeout."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Take the process and the seconds; the time starts when the context is entered."""
        self.is_over = False
        self.process = process
        self.timer = threading.Timer(seconds, self.kill)
        self.timer.daemon = True

    def kill(self) -> None:
        """Kill the process, because its time limit has passed."""
        self.is_over = True
        kill_group(self.process)

    def __enter__(self) -> None:
        """Start the time."""
        self.timer.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raise ReaderTimeout if the process failed, or has just finished, after its time."""
        self.timer.cancel()
        if kind is None:
            is_timeout = self.is_over
        else:
            failed = issubclass(kind, ReaderFailed)
            is_timeout = failed and (self.is_over or self.reached_processor_limit())
        if is_timeout:
            raise ReaderTimeout from None
        if kind is not None and issubclass(kind, ReaderFailed) and self.was_killed():
            raise ReaderKilledBySystem from None

    def was_killed(self) -> bool:
        """Return whether something else killed the process; we kill it only at its time limit."""
        return self.process.returncode == -signal.SIGKILL

    def reached_processor_limit(self) -> bool:
        """Return whether the system ended the process at its limit of processor time."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(EXIT_SECONDS)
        return self.process.returncode == -signal.SIGXCPU


def start_process(
    job: Job, memory: int, program: Sequence[str]
) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    """Start the interpreter with the reader's program, and hide our secrets from it.

    Return the process, and the pipe with a byte for each process that it forks.
    """
    sandbox.is_done(sandbox.hide_memory)
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    root = str(Path(docverify.__file__).parents[1])
    started, own_end = os.pipe()
    try:
        process = subprocess.Popen(  # noqa: S603 (our own program, and numbers)
            [sys.executable, "-s", "-P", *program, job, str(memory), str(own_end)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # A library might quote what it reads.
            cwd="/",
            env=environment | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
            start_new_session=True,
            pass_fds=(own_end,),
        )
    except OSError as error:
        os.close(started)
        raise SetupError(f"the system starts no reader process ({error.strerror})") from None
    finally:
        os.close(own_end)
    return process, os.fdopen(started, "rb", buffering=0)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and that of its file, unless they have ended.

    The process of the file gets a signal first, so that the other one collects its exit code; an
    orphan would stay a zombie if nothing collects it. A file that has taken over its process may
    ignore the signal.
    """
    if process.poll() is None:
        send_to_group(process, signal.SIGTERM)
        try:
            process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            send_to_group(process, signal.SIGKILL)
            process.kill()


def send_to_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process whose end was not collected, and to those that it forked."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@cache
def warn_of_refused(protections: tuple[str, ...]) -> None:
    """Log once which protections of the reader the platform refuses."""
    if protections:
        logger.warning(
            "The platform refuses these protections of the reader process: %s. "
            "Files are read without them; docs/files.md describes each.",
            ", ".join(protections),
        )
