"""The reader process: reads untrusted files one by one and answers in a plain format.

`tasks.engines.reader_pool` starts it as `python -m docverify.reading.process JOB MEMORY`. JOB is
`read` (the engine `local`) or `encode` (pages for a cloud engine); MEMORY is its limit in bytes,
0 for none. Each message on stdin is 4 bytes of length and the content: for every file its number
and limits as JSON, then its bytes. Messages on stdout have the same form: an empty one when the
process is ready, then for every file an answer as JSON with the file's number, which for `encode`
is followed by one message for each page. An `encode` process also measures a page once an engine
has reported where its text is: the JSON then has that place as `look`.

It gives up rights, memory and time before it sees a file, and ends with the process at the other
end of its input.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import select
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import cv2

from docverify.errors import UnreadableFile
from docverify.page import Refusal
from docverify.reading import local, models, wire
from docverify.reading.cloud.encoding import EncodedPage, encode_pages, is_same_jpeg
from docverify.reading.cloud.page import TextPlace, measure_page
from docverify.reading.files.limits import Limits
from docverify.reading.files.provenance import read_provenance

Answer = tuple[Mapping[str, object], Sequence[bytes]]
Request = Mapping[str, Any]
Serve = Callable[[bytes, Request], Answer]

PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
NO_MEMORY = -4  # OpenCV's code


def main(arguments: Sequence[str]) -> None:
    """Serve one file after another until the input ends."""
    job, memory = arguments
    source, sink = _own_streams()
    _end_with(source)
    _give_up_rights(int(memory))
    serve = _ready(job)
    _send(sink, b"")
    while (head := _receive(source)) is not None and (content := _receive(source)) is not None:
        request = json.loads(head)
        _limit_time(request["seconds"])
        answer, parts = _answered(serve, content, request)
        _send(sink, json.dumps({"number": request["number"], **answer}).encode())
        for part in parts:
            _send(sink, part)


def _ready(job: str) -> Serve:
    """Load what the job needs, so that the first file does not pay for it."""
    if job == "encode":
        return _encode_or_look
    models.load()
    return _read


def _read(content: bytes, request: Request) -> Answer:
    return {"reading": wire.write(local.read(content, Limits(**request["limits"])))}, ()


def _encode_or_look(content: bytes, request: Request) -> Answer:
    return _look(content, request) if "look" in request else _encode(content, request)


def _look(content: bytes, request: Request) -> Answer:
    place = wire.value_of(TextPlace, request["look"], "look")
    page = EncodedPage(content, place.rotation.width, place.rotation.height)
    return {"look": wire.plain(measure_page(page, place))}, ()


def _encode(content: bytes, request: Request) -> Answer:
    pages = encode_pages(content, Limits(**request["limits"]))
    sizes = [{"width": page.width, "height": page.height} for page in pages]
    same = is_same_jpeg(content, pages[0])
    made = asdict(read_provenance(content))
    parts = [page.content for page in pages]
    return {"pages": sizes, "same": same, "provenance": made}, parts


def _answered(serve: Serve, content: bytes, request: Request) -> Answer:
    """Answer with what was read, why it could not be, or where this program is wrong."""
    try:
        return serve(content, request)
    except UnreadableFile as error:
        return {"refusal": asdict(Refusal(error.code, str(error)))}, ()
    except Exception as error:  # noqa: BLE001 (its message may hold a value: only its place is told)
        if _is_for_memory(error):
            return {"out_of_memory": True}, ()
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"in {Path(last.filename).name}, line {last.lineno}"
        return {"defect": f"{type(error).__name__} {place}"}, ()


def _is_for_memory(error: Exception) -> bool:
    """Tell whether memory was refused, as each of the libraries says it."""
    if isinstance(error, cv2.error):
        return error.code == NO_MEMORY
    return isinstance(error, MemoryError) or "alloc" in str(error)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take input and output for ourselves: what a library prints must not get among the answers."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    return source, sink


def _end_with(source: BinaryIO) -> None:
    """End as soon as nobody can write to the input any more, even in the middle of a file."""
    poll = select.poll()
    poll.register(source, 0)  # POLLHUP is always told.

    def wait() -> None:
        poll.poll()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _give_up_rights(memory: int) -> None:
    """Write no file and no core, get no further right, and no more memory than given."""
    sys.dont_write_bytecode = True
    cv2.setNumThreads(1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if memory:
        _limit(resource.RLIMIT_DATA, memory)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _limit(what: int, most: int) -> None:
    """Set a limit for good, but not above one that is set already."""
    _, hard = resource.getrlimit(what)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))


def _limit_time(seconds: float) -> None:
    """Let the system end us (SIGXCPU) after so much work on one file."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or until < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _receive(source: BinaryIO) -> bytes | None:
    length = source.read(4)
    return source.read(int.from_bytes(length, "big")) if length else None


def _send(sink: BinaryIO, message: bytes) -> None:
    sink.write(len(message).to_bytes(4, "big"))
    sink.write(message)
    sink.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
