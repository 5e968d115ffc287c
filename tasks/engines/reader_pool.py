"""The pool of reader processes, which the local engine and the cloud engines use.

A reader that fails is ended, and the next file gets a new one.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

from docverify.comparisons import PlacedCrop
from docverify.errors import UnreadableFile
from docverify.page import Engine, Provenance, Reading, Refusal
from docverify.reading import wire
from docverify.reading.cloud.encoding import EncodedPage
from docverify.reading.cloud.page import PageMeasurements, TextPlace
from docverify.reading.files.limits import Limits, too_large
from tasks.engines.reader_process import (
    NOTHING,
    Job,
    ReaderFailed,
    ReaderKilledBySystem,
    ReaderProcess,
    ReaderTimeout,
    Response,
    name_defect,
)
from tasks.engines.reading_bounds import is_within_bounds
from tasks.errors import Defect, ReaderKilled
from tasks.settings import Settings

Value = TypeVar("Value")

MAX_TRIES = 2
JPEG = b"\xff\xd8\xff"
PNG = b"\x89PNG"
CREATION = threading.Lock()
CRASH, KILLED, TIMEOUT, MEMORY = CAUSES = ("crash", "killed", "timeout", "memory")
FAILURES: Counter[str] = Counter()
"""Readers of this process that failed, by cause; the warm worker counts them."""


@dataclass(frozen=True)
class Size:
    """Size in pixels of a page that a reader encoded."""

    width: int
    height: int


@dataclass(frozen=True)
class Encoded:
    """The pages of a file, encoded for a cloud engine.

    Attributes:
        pages: The pages, upright.
        is_original: Whether the file itself is a JPEG with the size and orientation of its first
            page.
        provenance: The origin of the file, according to its metadata.
    """

    pages: tuple[EncodedPage, ...]
    is_original: bool
    provenance: Provenance


class ReaderOutOfMemory(Exception):
    """A file needed more memory than a reader may use."""


class ReaderPool:
    """The idle readers of one job; each caller gets its own reader.

    So several threads read at the same time. At most one idle reader per processor is kept.
    """

    def __init__(self, job: Job, memory: int) -> None:
        """Start no reader yet: the first file starts the first one."""
        self.job: Job = job
        self.memory = memory
        self.waiting: list[ReaderProcess] = []
        self.lock = threading.Lock()
        atexit.register(self.end)

    def process(
        self,
        content: bytes,
        limits: Limits,
        seconds: float,
        parse: Callable[[Response], Value],
        more: Mapping[str, object] = NOTHING,
    ) -> Value:
        """Have an idle or a new reader process a file within `seconds`, and parse its response.

        The reader is kept unless it failed or its response was invalid.
        """
        reader = self.take_idle() or ReaderProcess(self.job, self.memory)
        begun = time.monotonic()
        try:
            value = parse(reader.request(content, limits, seconds, more))
        except UnreadableFile:
            self.put_back(reader)
            raise
        except (ReaderFailed, wire.MalformedReading) as error:
            reader.end()
            failed = error if isinstance(error, ReaderFailed) else ReaderFailed()
            failed.seconds = time.monotonic() - begun
            raise failed from None
        except BaseException:
            reader.end()
            raise
        self.put_back(reader)
        return value

    def take_idle(self) -> ReaderProcess | None:
        """Take an idle reader; readers that ended while idle do not count against a file."""
        with self.lock:
            while self.waiting:
                reader = self.waiting.pop()
                if reader.is_running():
                    return reader
                reader.end()
        return None

    def put_back(self, reader: ReaderProcess) -> None:
        """Keep a reader for the next file, or end it if there are enough or it has failed."""
        is_renewed = reader.is_renewed()
        with self.lock:
            if is_renewed and len(self.waiting) < (os.cpu_count() or 1):
                self.waiting.append(reader)
                return
        reader.end()

    def end(self) -> None:
        """End the idle readers."""
        with self.lock:
            while self.waiting:
                self.waiting.pop().end()


def readers(job: Job, memory: int) -> ReaderPool:
    """Return the pool of a job; the first caller creates it."""
    with CREATION:
        return _readers(job, memory)


_readers = cache(ReaderPool)


def read(content: bytes, settings: Settings) -> Reading:
    """Read a file with the engine `local`, in its own process.

    Raise UnreadableFile if the file is too large or if its reader failed, ReaderKilled if the
    system killed the reader, SetupError if no reader starts, Defect if the reader has a bug.
    """
    _check_size(content, settings)
    more = {"sign_portraits": True} if settings.compare_portraits else NOTHING
    return _run("read", content, settings, parse_reading, more)


def read_or_refuse(content: bytes, settings: Settings) -> Reading:
    """Read a file as `read` does; the reading of an unreadable file has the reason."""
    try:
        return read(content, settings)
    except UnreadableFile as error:
        return Reading(Engine.LOCAL, refusal=Refusal(error.code, str(error)))


def encode(content: bytes, settings: Settings) -> Encoded:
    """Encode the pages of a file in its own process.

    Raise the errors of `read`, and UnreadableFile if the file is refused.
    """
    _check_size(content, settings)
    return _run("encode", content, settings, parse_pages)


def look(page: EncodedPage, place: TextPlace, settings: Settings) -> PageMeasurements:
    """Measure an encoded page where a cloud engine found text, in its own process.

    Its pixels come from an untrusted file. Raise the errors of `read`.
    """
    return _run("encode", page.content, settings, parse_look, {"look": wire.build_form(place)})


def display(content: bytes, settings: Settings) -> tuple[EncodedPage, ...]:
    """Encode the upright pages of a file for a person, in its own process.

    Raise the errors of `read`, and UnreadableFile if the file is refused.
    """
    _check_size(content, settings)
    return _run("read", content, settings, parse_displayed_pages, {"display": True})


def display_crops(
    content: bytes, wanted: Sequence[PlacedCrop], settings: Settings
) -> tuple[bytes, ...]:
    """Render crops of the upright pages of a file as PNG, in its own process.

    Raise the errors of `read`, and UnreadableFile if the file is refused.
    """
    _check_size(content, settings)
    more = {"crops": wire.build_form(wanted)}
    return _run("read", content, settings, partial(parse_crops, len(wanted)), more)


def _check_size(content: bytes, settings: Settings) -> None:
    if len(content) > settings.max_bytes:
        raise too_large(settings.limits())


def _run(
    job: Job,
    content: bytes,
    settings: Settings,
    parse: Callable[[Response], Value],
    more: Mapping[str, object] = NOTHING,
) -> Value:
    """Have a reader process a file; if it fails, try again, because the machine may be the cause.

    The tries share the time of the file.
    """
    pool, left = readers(job, settings.reader_memory), settings.reader_timeout
    was_killed = False
    for _ in range(MAX_TRIES):
        try:
            return pool.process(content, settings.limits(), left, parse, more)
        except ReaderFailed as failed:
            was_killed = isinstance(failed, ReaderKilledBySystem)
            FAILURES[KILLED if was_killed else CRASH] += 1
            left -= failed.seconds
            if left <= 0:
                break
        except ReaderTimeout:
            FAILURES[TIMEOUT] += 1
            raise UnreadableFile(
                "reader-timeout",
                f"reading the file takes more than {settings.reader_timeout:g} seconds, or drawing "
                "its pages more than a third of that; upload fewer pages, or a plain scan of them",
            ) from None
        except ReaderOutOfMemory:
            FAILURES[MEMORY] += 1
            raise UnreadableFile(
                "reader-out-of-memory",
                "reading the file takes more memory than it may; upload a smaller image",
            ) from None
    if was_killed:
        raise ReaderKilled(
            "the system killed the process that read the document, as it does when memory runs "
            "out: give the container more memory, or lower DOCVERIFY_READER_MEMORY",
            "reader-killed",
        )
    raise UnreadableFile(
        "reader-crashed", "the file crashes the reader; upload a new photo or scan"
    )


def parse_reading(response: Response) -> Reading:
    """Parse a reading; refuse one of another engine, and one with more than the engine can read."""
    check_response(response)
    reading = wire.read(wire.parse_form(str, response.get("reading"), "reading"))
    if reading.engine is not Engine.LOCAL or reading.second:
        raise wire.MalformedReading("reading: is another engine's")
    if not is_within_bounds(reading):
        raise wire.MalformedReading("reading: has more than the engine can read")
    return reading


def parse_look(response: Response) -> PageMeasurements:
    """Parse the measurements of a page."""
    check_response(response)
    return wire.parse_form(PageMeasurements, response.get("look"), "look")


def parse_pages(response: Response) -> Encoded:
    """Parse the pages that a reader encoded."""
    check_response(response)
    sizes = wire.parse_form(tuple[Size, ...], response.get("pages"), "pages")
    same = wire.parse_form(bool, response.get("same"), "same")
    parts = response["parts"]
    if not parts or len(parts) != len(sizes):
        raise ReaderFailed
    both = zip(sizes, parts, strict=True)
    return Encoded(
        pages=tuple(EncodedPage(part, size.width, size.height) for size, part in both),
        is_original=same,
        provenance=wire.parse_form(Provenance, response.get("provenance"), "provenance"),
    )


def parse_displayed_pages(response: Response) -> tuple[EncodedPage, ...]:
    """Parse the pages that a reader encoded for a person; each must be a JPEG."""
    check_response(response)
    sizes = wire.parse_form(tuple[Size, ...], response.get("pages"), "pages")
    parts = response["parts"]
    if len(parts) != len(sizes) or not all(part.startswith(JPEG) for part in parts):
        raise ReaderFailed
    both = zip(sizes, parts, strict=True)
    return tuple(EncodedPage(part, size.width, size.height) for size, part in both)


def parse_crops(number: int, response: Response) -> tuple[bytes, ...]:
    """Parse the crops that a reader rendered; each must be a PNG, or empty."""
    check_response(response)
    parts = tuple(response["parts"])
    if len(parts) != number or not all(each.startswith(PNG) for each in parts if each):
        raise ReaderFailed
    return parts


def check_response(response: Response) -> None:
    """Raise the error that a response reports, if the file could not be read."""
    if "refusal" in response:
        refusal = wire.parse_form(Refusal, response["refusal"], "refusal")
        raise UnreadableFile(refusal.code, refusal.message)
    if "out_of_memory" in response:
        raise ReaderOutOfMemory
    if "defect" in response:
        raise Defect(f"{name_defect(response) or 'the reader'}: report this as a bug")
