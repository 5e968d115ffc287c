"""The reader process, in which untrusted files are decoded and read.

What a file does there, it does to that process alone: a crash, a hang or a flood of memory ends as
a refusal of that file, and the next one gets a new process. What comes back is read as untrusted
data. The process keeps accidents and bombs in; it is no sandbox against a program that takes it
over, for it runs as the same user.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import IO, Any, Literal, TypeVar, cast

import docverify
from docverify.errors import UnreadableFile
from docverify.page import Engine, Provenance, Reading, Refusal
from docverify.reading import wire
from docverify.reading.cloud.encoding import MAX_BYTES, EncodedPage
from docverify.reading.cloud.page import PageMeasurements, TextPlace
from docverify.reading.files.limits import Limits, too_large
from tasks.errors import Defect, SetupError
from tasks.settings import Settings

Job = Literal["read", "encode"]
Answer = Mapping[str, Any]
"""What a reader said of a file, and the pages that followed under the key `parts`."""

Pipes = tuple[IO[bytes], IO[bytes]]
Value = TypeVar("Value")

NOTHING: Mapping[str, object] = MappingProxyType({})
TRIES = 2
START_SECONDS = 60
GONE_SECONDS = 0.5
CLOCK = 2  # A busy machine needs that many seconds for one second of work.
MAX_ANSWER = 64_000_000
DEFECT = re.compile(r"\w{1,80} in [\w.<> -]{1,80}, line \d{1,9}", re.ASCII)
ONE_AT_A_TIME = threading.Lock()
ENVIRONMENT = ("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
"""What a reader gets of our environment: where the interpreter's libraries are, and no secret."""


@dataclass(frozen=True)
class Size:
    """Of a page that a reader encoded, in pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Encoded:
    """The pages of a file for an engine elsewhere, and what the file says of its making.

    `is_original` tells whether the file itself is a JPEG of the size and way up of its first page.
    """

    pages: tuple[EncodedPage, ...]
    is_original: bool
    provenance: Provenance


class ReaderFailed(Exception):
    """A reader ended, or answered with nonsense, before its file was done."""


class ReaderTimeout(Exception):
    """A reader was ended because its file took too long."""


class ReaderOutOfMemory(Exception):
    """A reader was refused the memory that its file asked for."""


class Reader:
    """A reader process that has started; it serves one caller at a time."""

    def __init__(self, job: Job, memory: int) -> None:
        """Start the process and wait until it is ready; raises SetupError when it can't be."""
        self.process = _started(job, memory)
        # Popen makes both, for both are pipes.
        self.stdin, self.stdout = cast("Pipes", (self.process.stdin, self.process.stdout))
        try:
            with _Deadline(self.process, START_SECONDS):
                self._receive(0)
        except (ReaderFailed, ReaderTimeout):
            self.end()
            raise SetupError(
                f"the reader process does not start (exit code {self.process.returncode}): check "
                "that docverify is installed with all it needs, and DOCVERIFY_READER_MEMORY"
            ) from None
        except BaseException:
            self.end()
            raise

    def ask(
        self, content: bytes, limits: Limits, seconds: float, more: Mapping[str, object] = NOTHING
    ) -> Answer:
        """Return the answer for one file, of which more is said in what goes before it.

        Raises ReaderFailed or ReaderTimeout; the reader can't be asked again after any exception.
        """
        number = token_hex(8)
        head = {"number": number, "limits": asdict(limits), "seconds": seconds, **more}
        with _Deadline(self.process, CLOCK * seconds):
            self._send(json.dumps(head).encode())
            self._send(content)
            try:
                answer = dict(wire.parse(self._receive(MAX_ANSWER)))
            except wire.MalformedReading:
                raise ReaderFailed from None
            if answer.get("number") != number:  # It would be the answer for another file.
                raise ReaderFailed
            pages = answer.get("pages")
            count = len(pages) if isinstance(pages, list) else 0
            if count > limits.max_pages:
                raise ReaderFailed
            answer["parts"] = [self._receive(MAX_BYTES) for _ in range(count)]
        return answer

    def is_running(self) -> bool:
        """Tell whether the process still waits for a file."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.stdin, self.stdout):
            with suppress(OSError):  # What was not sent yet never will be.
                pipe.close()

    def _send(self, message: bytes) -> None:
        try:
            self.stdin.write(len(message).to_bytes(4, "big"))
            self.stdin.write(message)
            self.stdin.flush()
        except OSError:
            raise ReaderFailed from None

    def _receive(self, most: int) -> bytes:
        head = self.stdout.read(4)
        length = int.from_bytes(head, "big")
        if len(head) < 4 or length > most:
            raise ReaderFailed
        message = self.stdout.read(length)
        if len(message) < length:
            raise ReaderFailed
        return message


class _Deadline:
    """Ends a process that is not done in time, and says so."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.passed = False
        self.process = process
        self.timer = threading.Timer(seconds, self._pass)
        self.timer.daemon = True

    def _pass(self) -> None:
        self.passed = True
        self.process.kill()

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.timer.cancel()
        failed = kind is not None and issubclass(kind, ReaderFailed)
        if (self.passed and kind is None) or (
            failed and (self.passed or self._has_worked_enough())
        ):
            raise ReaderTimeout from None

    def _has_worked_enough(self) -> bool:
        """Tell whether the system ended the process at its limit of work."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GONE_SECONDS)
        return self.process.returncode == -signal.SIGXCPU


class Readers:
    """The readers of one job that wait for a file: each caller gets one of its own.

    So several threads read at once, and none waits for another's file. No more of them are kept
    than there are processors.
    """

    def __init__(self, job: Job, memory: int) -> None:
        """Keep none yet: the first file starts the first."""
        self.job: Job = job
        self.memory = memory
        self.waiting: list[Reader] = []
        self.lock = threading.Lock()
        atexit.register(self.end)

    def ask(
        self,
        content: bytes,
        settings: Settings,
        understood: Callable[[Answer], Value],
        more: Mapping[str, object] = NOTHING,
    ) -> Value:
        """Let a waiting reader, or a new one, answer for a file; only a sound one is kept."""
        reader = self._waiting() or Reader(self.job, self.memory)
        try:
            limits, seconds = settings.limits(), settings.reader_timeout
            value = understood(reader.ask(content, limits, seconds, more))
        except UnreadableFile:
            self._keep(reader)
            raise
        except BaseException:
            reader.end()
            raise
        self._keep(reader)
        return value

    def end(self) -> None:
        """End those that wait."""
        while reader := self._waiting(running=False):
            reader.end()

    def _waiting(self, *, running: bool = True) -> Reader | None:
        """Take one that waits; one that ended by itself meanwhile is no file's fault."""
        with self.lock:
            while self.waiting:
                reader = self.waiting.pop()
                if not running or reader.is_running():
                    return reader
                reader.end()
        return None

    def _keep(self, reader: Reader) -> None:
        with self.lock:
            if len(self.waiting) < (os.cpu_count() or 1):
                self.waiting.append(reader)
                return
        reader.end()


def readers(job: Job, memory: int) -> Readers:
    """Return this process's readers of a job; whichever thread asks first makes them."""
    with ONE_AT_A_TIME:
        return _readers(job, memory)


_readers = cache(Readers)


def read(content: bytes, settings: Settings) -> Reading:
    """Read a file with the engine `local`, in a process of its own.

    Raises UnreadableFile for what the file did to its reader, SetupError when no reader starts,
    Defect when the reader's program is wrong.
    """
    _check_size(content, settings)
    return _asked("read", content, settings, _reading)


def encode(content: bytes, settings: Settings) -> Encoded:
    """Encode the pages of a file in a process of its own.

    Raises as read does, and UnreadableFile for what the file is refused for.
    """
    _check_size(content, settings)
    return _asked("encode", content, settings, _pages)


def look(page: EncodedPage, place: TextPlace, settings: Settings) -> PageMeasurements:
    """Look at an encoded page, where an engine elsewhere found text, in a process of its own.

    Its pixels are those of a file that nobody trusts. Raises as read does.
    """
    return _asked("encode", page.content, settings, _look, {"look": wire.plain(place)})


def _check_size(content: bytes, settings: Settings) -> None:
    if len(content) > settings.max_bytes:
        raise too_large(settings.limits())


def _asked(
    job: Job,
    content: bytes,
    settings: Settings,
    understood: Callable[[Answer], Value],
    more: Mapping[str, object] = NOTHING,
) -> Value:
    """Ask once more when a reader fails: it may have been the machine's fault."""
    for _ in range(TRIES):
        try:
            return readers(job, settings.reader_memory).ask(content, settings, understood, more)
        except (ReaderFailed, wire.MalformedReading):
            continue
        except ReaderTimeout:
            raise UnreadableFile(
                "reader-timeout",
                f"reading the file takes over {settings.reader_timeout:g} seconds; "
                "upload fewer or smaller pages",
            ) from None
        except ReaderOutOfMemory:
            raise UnreadableFile(
                "reader-out-of-memory",
                "reading the file takes more memory than it may; upload a smaller picture",
            ) from None
    raise UnreadableFile(
        "reader-crashed", "the file crashes the reader; upload a new photo or scan"
    )


def _check(answer: Answer) -> None:
    """Raise what an answer says of a file that could not be read."""
    if "refusal" in answer:
        refusal = wire.value_of(Refusal, answer["refusal"], "refusal")
        raise UnreadableFile(refusal.code, refusal.message)
    if "out_of_memory" in answer:
        raise ReaderOutOfMemory
    if "defect" in answer:
        defect = str(answer["defect"])
        raise Defect(
            f"{defect if DEFECT.fullmatch(defect) else 'the reader'}: report this as a bug"
        )


def _reading(answer: Answer) -> Reading:
    _check(answer)
    reading = wire.read(wire.value_of(str, answer.get("reading"), "reading"))
    if reading.engine is not Engine.LOCAL or reading.second:  # It would speak for somebody else.
        raise wire.MalformedReading("reading: is another engine's")
    return reading


def _look(answer: Answer) -> PageMeasurements:
    _check(answer)
    return wire.value_of(PageMeasurements, answer.get("look"), "look")


def _pages(answer: Answer) -> Encoded:
    _check(answer)
    sizes = wire.value_of(tuple[Size, ...], answer.get("pages"), "pages")
    same = wire.value_of(bool, answer.get("same"), "same")
    parts = answer["parts"]
    if not parts or len(parts) != len(sizes):
        raise ReaderFailed
    both = zip(sizes, parts, strict=True)
    return Encoded(
        pages=tuple(EncodedPage(part, size.width, size.height) for size, part in both),
        is_original=same,
        provenance=wire.value_of(Provenance, answer.get("provenance"), "provenance"),
    )


def _started(job: Job, memory: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (our own program, and numbers)
            [sys.executable, "-s", "-P", "-m", "docverify.reading.process", job, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # A library might quote what it reads.
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise SetupError(f"the system starts no reader process ({error.strerror})") from None


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    place = Path(docverify.__file__).parents[2]
    return passed | {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1"}
