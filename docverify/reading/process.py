"""The reader: reads untrusted files, each in its own process, and responds in a plain format.

`tasks.engines.reader_process` starts `python -m docverify.reading.process JOB MEMORY STARTED`. JOB
is `read` (the engine `local`) or `encode` (pages for a cloud engine); MEMORY is its limit in bytes,
0 for no limit; STARTED is the number of a pipe. A message is its length in 4 bytes, then its
content.

The first process loads what the job needs, and sees no file. It forks a process that gives up
memory and time, enters its sandbox, serves one file and ends; then it forks the next one. So a file
that takes over its process gets neither the files nor the responses of others. For each new process
it writes a byte to STARTED, which the others cannot write to.

stdin, for each file: a message with its number and limits as JSON, then one with its bytes.
stdout, for each file: a message as JSON when its process is ready, with the protections that the
platform refused, or the place of an exception at its start; then a response as JSON with the file's
number, which `encode` follows with one message for each page. An `encode` process also measures a
page after an engine has found its text: the request then has the position of the text as `look`. A
`read` process encodes the upright pages for a person if the request has `display`, renders crops of
them if it has `crops`, and signs portraits if it has `sign_portraits`.

All end when the process that started the first one does.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import cv2

from docverify.comparisons import PlacedCrop
from docverify.errors import UnreadableFile
from docverify.page import Refusal
from docverify.reading import local, models, sandbox, wire
from docverify.reading.cloud.encoding import EncodedPage, encode_pages, is_same_jpeg
from docverify.reading.cloud.page import TextPlace, measure_page
from docverify.reading.display import display_crops, display_pages
from docverify.reading.files.decoders import load_decoders
from docverify.reading.files.limits import Limits
from docverify.reading.files.pages import Watch
from docverify.reading.files.provenance import read_provenance
from docverify.reading.processor_time import DRAWING_SHARE, limit_drawing, limit_time

#: A response: its JSON, and the messages that follow it.
Response = tuple[Mapping[str, object], Sequence[bytes]]
Request = Mapping[str, Any]
Serve = Callable[[bytes, Request], Response]

NO_MEMORY = -4  # OpenCV's code
NO_FILE = 3
"""Exit code of a process whose input ended before a file came."""


def main(arguments: Sequence[str]) -> None:
    """Serve each file in a new process, until the input ends or a process fails."""
    job, memory, started = arguments
    source, sink = take_streams()
    with report_failure(sink):
        limit_resources(int(memory))
        serve = load_job(job)
        sandbox.is_done(sandbox.hide_memory)
        gc.freeze()  # What is loaded stays shared by all processes.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # It is meant for the process of the file.
        serve_all(serve, source, sink, int(started))


def serve_all(serve: Serve, source: BinaryIO, sink: BinaryIO, started: int) -> NoReturn:
    """Serve each file in a new process, until one of them fails."""
    while True:
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(started)
            serve_one(serve, source, sink)
        os.write(started, b"\0")
        _, status = os.waitpid(process, 0)
        if status:
            end_alike(os.waitstatus_to_exitcode(status))


@contextmanager
def report_failure(sink: BinaryIO) -> Iterator[None]:
    """Send the place of an exception that is not about a file, and end this process."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (a start may fail for any reason)
        send(sink, json.dumps({"defect": locate(error)}).encode())
        os._exit(1)


def serve_one(serve: Serve, source: BinaryIO, sink: BinaryIO) -> NoReturn:
    """Enter the sandbox, serve one file, and end this process."""
    refused = sandbox.enter()
    end_with_input(source)  # A thread that started before would keep the network.
    send(sink, json.dumps({"refused": refused}).encode())
    head, content = receive(source), receive(source)
    if head is None or content is None:
        os._exit(NO_FILE)
    request = json.loads(head)
    limit_time(request["seconds"])
    response, parts = respond(serve, content, request)
    send(sink, json.dumps({"number": request["number"], **response}).encode())
    for part in parts:
        send(sink, part)
    os._exit(0)


def end_alike(code: int) -> NoReturn:
    """End in the same way as the process of a file: with its exit code, or by its signal."""
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def load_job(job: str) -> Serve:
    """Load what the job needs, because the sandbox opens no file, and return its function."""
    load_decoders()
    if job == "encode":
        models.face_detector()
        return encode_or_measure
    models.load()
    return read_or_display


def read_or_display(content: bytes, request: Request) -> Response:
    """Read a file, or encode its upright pages or crops of them for a person."""
    if "crops" in request:
        return render_crops(content, request)
    return display_file(content, request) if "display" in request else read_file(content, request)


def read_file(content: bytes, request: Request) -> Response:
    """Read a file with the engine `local`."""
    reading = local.read(
        content,
        Limits(**request["limits"]),
        watch_pages(request),
        sign_portraits=request.get("sign_portraits") is True,
    )
    return {"reading": wire.write(reading)}, ()


def display_file(content: bytes, request: Request) -> Response:
    """Encode the pages of a file as they were read, for a person."""
    pages = display_pages(content, Limits(**request["limits"]), watch_pages(request))
    sizes = [{"width": page.width, "height": page.height} for page in pages]
    return {"pages": sizes}, [page.content for page in pages]


def render_crops(content: bytes, request: Request) -> Response:
    """Render crops of the upright pages, for a person."""
    wanted = wire.parse_form(tuple[PlacedCrop, ...], request["crops"], "crops")
    crops = display_crops(content, wanted, Limits(**request["limits"]), watch_pages(request))
    return {"crops": [each.page for each in wanted]}, crops


def encode_or_measure(content: bytes, request: Request) -> Response:
    """Encode the pages of a file, or measure a page whose text was found."""
    if "look" not in request:
        return encode_file(content, request)
    place = wire.parse_form(TextPlace, request["look"], "look")
    page = EncodedPage(content, place.rotation.width, place.rotation.height)
    return {"look": wire.build_form(measure_page(page, place))}, ()


def encode_file(content: bytes, request: Request) -> Response:
    """Encode the pages of a file for a cloud engine."""
    pages = encode_pages(content, Limits(**request["limits"]), watch_pages(request))
    response = {
        "pages": [{"width": page.width, "height": page.height} for page in pages],
        "same": is_same_jpeg(content, pages[0]),
        "provenance": asdict(read_provenance(content)),
    }
    return response, [page.content for page in pages]


def watch_pages(request: Request) -> Watch:
    """Return a function that limits the time for drawing the pages."""
    return partial(limit_drawing, seconds=request["seconds"] * DRAWING_SHARE)


def respond(serve: Serve, content: bytes, request: Request) -> Response:
    """Return the result, the reason why the file cannot be read, or the place of a defect here."""
    try:
        return serve(content, request)
    except UnreadableFile as error:
        return {"refusal": asdict(Refusal(error.code, str(error)))}, ()
    except Exception as error:  # noqa: BLE001 (its message may hold a value: report only its place)
        if is_out_of_memory(error):
            return {"out_of_memory": True}, ()
        return {"defect": locate(error)}, ()


def locate(error: Exception) -> str:
    """Return the type and the place of an exception, without its message."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(frame.f_code.co_filename).name}, line {line}"


def is_out_of_memory(error: Exception) -> bool:
    """Return whether a library could not get memory; each reports that in its own way."""
    if isinstance(error, cv2.error):
        return error.code == NO_MEMORY
    return isinstance(error, MemoryError) or "alloc" in str(error)


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take over stdin and stdout, so that output of a library does not mix with the responses."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    return source, sink


def end_with_input(source: BinaryIO) -> None:
    """End the process when its input is closed, even in the middle of a file."""
    poll = select.poll()
    poll.register(source, 0)  # POLLHUP is always reported.

    def wait() -> None:
        poll.poll()
        os._exit(NO_FILE)

    threading.Thread(target=wait, daemon=True).start()


def limit_resources(memory: int) -> None:
    """Give up writing files and core dumps, and limit the memory to `memory` bytes."""
    sys.dont_write_bytecode = True
    cv2.setNumThreads(1)
    sandbox.set_limit(resource.RLIMIT_CORE, 0)
    sandbox.set_limit(resource.RLIMIT_FSIZE, 0)
    if memory:
        sandbox.set_limit(resource.RLIMIT_DATA, memory)


def receive(source: BinaryIO) -> bytes | None:
    """Receive a message; None at the end of the input."""
    length = source.read(4)
    return source.read(int.from_bytes(length, "big")) if length else None


def send(sink: BinaryIO, message: bytes) -> None:
    """Send a message."""
    sink.write(len(message).to_bytes(4, "big"))
    sink.write(message)
    sink.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
