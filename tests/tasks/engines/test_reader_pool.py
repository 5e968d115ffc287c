"""The reader process: what a file does there affects the result of that file only."""

import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.processes import cpu_of, cpu_of_family
from docverify.errors import UnreadableFile
from docverify.page import Engine, Reading
from docverify.reading import local
from docverify.reading.cloud.encoding import EncodedPage, encode_pages
from docverify.reading.cloud.page import Rotation, TextPlace, measure_page
from docverify.reading.files.limits import Limits
from docverify.reading.files.provenance import read_provenance
from tasks.engines import reader_pool, reader_process
from tasks.engines.reader_memory import MIB, explain_misfit, read_container_memory
from tasks.errors import Defect, Fault, ReaderKilled, SetupError
from tasks.settings import read_settings
from tests.support.files import file, picture
from tests.support.hostile import HOSTILE, OF_EACH_CODE, Hostile, good
from tests.support.image_files import HEIF, jpeg_of_scans
from tests.support.polling import eventually
from tests.support.reader_calls import ROOT, code, pool, read, waiting, words, worker_of
from tests.support.reader_ends import readers_here, readers_that_end, resident
from tests.support.thoroughness import one_of_each_kind

PASSPORT = (ROOT / "specimens/passport.jpg").read_bytes()
SMALL_MEMORY = 420_000_000
LOADED = 120_000_000 // os.sysconf("SC_PAGESIZE")


@cache
def passport_read_here() -> Reading:
    """Return what this process reads on the passport."""
    return local.read(PASSPORT)


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", str(SMALL_MEMORY))
    yield
    pool().end()


@pytest.mark.parametrize(
    "hostile", one_of_each_kind(HOSTILE, *OF_EACH_CODE), ids=lambda each: each.name
)
def test_every_hostile_file_ends_as_its_result_and_the_next_one_is_read(
    hostile: Hostile, request: pytest.FixtureRequest
):
    if hostile.code == "reader-crashed":
        request.getfixturevalue("small_memory")
    content, before = hostile.make(), cpu_of_family(os.getpid())

    reading = read(content)

    assert code(reading) == hostile.code
    assert cpu_of_family(os.getpid()) - before < 20
    assert words(read(good())) == ["HELLO 12345"]


@pytest.mark.parametrize("engine", list(Engine))
def test_a_refusal_is_the_same_for_every_engine(engine: Engine):
    reading = read(b"Dear Sir or Madam", engine)

    assert (reading.engine, code(reading), reading.pages) == (engine, "unknown-format", ())
    assert "upload" in reading.refusal.message


def test_the_reader_process_reads_the_same_as_this_process():
    assert read(PASSPORT) == passport_read_here()


def test_the_reader_process_encodes_the_same_pages():
    scan = (ROOT / "specimens/passport-scan.pdf").read_bytes()

    for content, is_original in ((PASSPORT, True), (scan, False)):
        assert reader_pool.encode(content, read_settings()) == reader_pool.Encoded(
            encode_pages(content, Limits()), is_original, read_provenance(content)
        )


LEVEL = TextPlace(Rotation(1.0, 0.0, 1000, 700), ((10.0, 10.0), (900.0, 10.0), (900.0, 600.0)))


def test_the_reader_process_measures_the_same():
    (page,) = encode_pages(PASSPORT, Limits())
    line = ((60.0, 44.0), (700.0, 44.0), (700.0, 80.0), (60.0, 80.0))
    rotation = Rotation(0.9998, 0.02, page.width, page.height)
    place = TextPlace(rotation, LEVEL.corners, (line, (line[0],) * 4))

    for each in (place, replace(place, corners=())):
        assert reader_pool.look(page, each, read_settings()) == measure_page(page, each)


def test_this_process_decodes_no_page_for_a_cloud_engine(monkeypatch):
    """Its pixels are untrusted: only a process of its own may decode them."""
    (page,) = encode_pages(PASSPORT, Limits())
    seen = measure_page(page, LEVEL)
    for module, name in ((cv2, "imdecode"), (Image, "open")):
        monkeypatch.setattr(module, name, None)

    assert reader_pool.look(page, LEVEL, read_settings()) == seen


@pytest.mark.usefixtures("small_memory")
def test_a_page_that_floods_memory_when_it_is_measured_is_refused():
    content = cv2.imencode(".jpg", np.zeros((12_000, 12_000, 3), np.uint8))[1].tobytes()

    with pytest.raises(UnreadableFile) as raised:
        reader_pool.look(EncodedPage(content, 12_000, 12_000), LEVEL, read_settings())

    assert raised.value.code == "reader-out-of-memory"


def test_an_invalid_page_is_not_measured():
    """An encoder that was taken over could send it: this process does not decode it."""
    with pytest.raises(Defect, match="report this as a bug"):
        reader_pool.look(EncodedPage(b"no JPEG", 9, 9), LEVEL, read_settings())


@pytest.mark.slow
def test_a_passport_from_an_iphone_is_read():
    lines = read((HEIF / "passport.heic").read_bytes()).pages[0].mrz.lines
    same = passport_read_here().pages[0].mrz.lines

    assert [line[:5] for line in lines] == [line[:5] for line in same]


def test_a_file_that_crashes_a_decoder_is_refused_and_the_next_one_is_read():
    """Random damage found it: pi_heif 1.4 ends with SIGSEGV when it opens it."""
    reading = read((HEIF / "crash.heic").read_bytes())

    assert code(reading) in {"reader-crashed", "corrupt-file"}
    assert words(read(good())) == ["HELLO 12345"]


def test_a_reader_is_started_once_for_many_files():
    pids = {waiting().process.pid for _ in range(3) if read(good())}

    assert len(pids) == 1


@pytest.fixture
def all_freed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let malloc return every large block at once, so that resident memory is memory in use."""
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "131072")
    monkeypatch.setattr(
        reader_process, "ENVIRONMENT", (*reader_process.ENVIRONMENT, "MALLOC_MMAP_THRESHOLD_")
    )
    pool().end()
    yield
    pool().end()


@pytest.mark.slow
@pytest.mark.usefixtures("all_freed")
def test_a_reader_does_not_grow_with_the_files_that_it_reads():
    """One page of this file takes four megabytes, so keeping one would be visible."""
    pages = [resident(waiting().process.pid) for _ in range(8) if read(PASSPORT)]

    assert min(pages) > LOADED
    assert max(pages[3:]) < min(pages[:3]) + 4_000_000 // os.sysconf("SC_PAGESIZE")


@pytest.mark.slow
def test_a_reader_that_was_killed_once_is_not_the_fault_of_its_file():
    """The kernel does the same when the machine runs out of memory."""
    killed = worker_of(waiting())
    idle = cpu_of(killed)

    def kill_once_it_reads() -> None:
        eventually(lambda: cpu_of(killed) > idle)
        os.kill(killed, signal.SIGKILL)

    with ThreadPoolExecutor(1) as threads:
        kill = threads.submit(kill_once_it_reads)
        reading = read(PASSPORT)
        kill.result()

    assert reading == passport_read_here()
    assert killed not in readers_here()


def test_a_file_that_ends_two_readers_is_refused_and_the_next_one_is_read():
    with readers_that_end(signal.SIGSEGV):
        reading = read(PASSPORT)

    assert code(reading) == "reader-crashed"
    assert words(read(good())) == ["HELLO 12345"]


def test_readers_that_the_system_kills_are_tried_again_by_another_run():
    with readers_that_end(signal.SIGKILL), pytest.raises(ReaderKilled, match="memory") as caught:
        read(PASSPORT)

    assert (caught.value.fault, caught.value.code) == (Fault.DIED, "reader-killed")
    assert words(read(good())) == ["HELLO 12345"]


def test_readers_that_the_system_kills_at_their_start_are_tried_again_by_another_run(monkeypatch):
    pool().end()
    program = ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    start = partial(reader_process.ReaderProcess, program=program)
    monkeypatch.setattr(reader_pool, "ReaderProcess", start)

    with pytest.raises(ReaderKilled, match="memory"):
        read(good())


@pytest.mark.parametrize(
    ("name", "defect"),
    [
        pytest.param("load_job", "RuntimeError in <string>, line 6", id="loading"),
        pytest.param("end_with_input", "RuntimeError in <string>, line 6", id="a file's process"),
        pytest.param("take_streams", "exit code 1", id="before it can report"),
    ],
)
def test_a_reader_that_does_not_start_names_its_exception(name, defect, monkeypatch):
    pool().end()
    start = partial(reader_process.ReaderProcess, program=("-c", FAILING.format(name)))
    monkeypatch.setattr(reader_pool, "ReaderProcess", start)

    with pytest.raises(SetupError, match=re.escape(f"does not start ({defect})")):
        read(good())


FAILING = """
import sys
from docverify.reading import process

def fail(*_):
    raise RuntimeError("canary")

process.{} = fail
process.main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("container", "reader", "misfit"),
    [
        (None, 2_000_000_000, ""),
        (4096, 2_000_000_000, ""),
        (2048, 1_610_612_736, ""),
        (2048, 1_610_612_737, "DOCVERIFY_READER_MEMORY to 1610612736 at most"),
        (2048, 0, "DOCVERIFY_READER_MEMORY to 1610612736 at most"),
        (512, 1, "the container has 512 MiB: a run and its reader need at least 1024 MiB"),
    ],
)
def test_reader_memory_that_does_not_fit_into_the_container_is_reported(
    container, reader, misfit, monkeypatch
):
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", str(reader))

    found = explain_misfit(read_settings(), container and container * MIB)

    assert misfit in found
    assert bool(misfit) is bool(found)


def test_limit_of_the_container_is_read_from_either_version_of_cgroups(tmp_path):
    limit = tmp_path / "memory.max"

    for text, found in (("2147483648\n", 2**31), ("max\n", None), (str(2**63 - 4096), None)):
        limit.write_text(text)
        assert read_container_memory((tmp_path / "missing", limit)) == found


class FailingPool:
    """A pool whose readers crash after some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.given: list[float] = []

    def process(self, content: bytes, limits: Limits, left: float, *_: object) -> Reading:
        self.given.append(left)
        failed = reader_process.ReaderFailed()
        failed.seconds = self.seconds
        raise failed


@pytest.mark.parametrize(("seconds", "given"), [(5.0, [30.0, 25.0]), (31.0, [30.0])])
def test_the_second_try_of_a_file_gets_only_the_time_that_the_first_one_left(
    seconds: float, given: list[float], monkeypatch: pytest.MonkeyPatch
):
    failing = FailingPool(seconds)
    monkeypatch.setattr(reader_pool, "readers", lambda *_: failing)

    assert code(read(good())) == "reader-crashed"
    assert failing.given == given


def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch):
    content, before = jpeg_of_scans(3000, 4000), cpu_of_family(os.getpid())

    with monkeypatch.context() as impatient:
        impatient.setenv("DOCVERIFY_READER_TIMEOUT", "1.5")
        reading = read(content)

    assert code(reading) == "reader-timeout"
    assert "1.5 seconds" in reading.refusal.message
    assert cpu_of_family(os.getpid()) - before < 15
    assert words(read(good())) == ["HELLO 12345"]


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCVERIFY_READER_TIMEOUT", "1")
    stopped = worker_of(waiting())
    os.kill(stopped, signal.SIGSTOP)

    assert code(read(PASSPORT * 2)) == "reader-timeout"
    assert stopped not in readers_here()


@pytest.mark.usefixtures("small_memory")
def test_a_page_that_takes_too_much_memory_is_refused():
    large = file(picture(size=(7000, 7000)), "JPEG")

    assert code(read(large)) == "reader-out-of-memory"
    assert words(read(good())) == ["HELLO 12345"]
