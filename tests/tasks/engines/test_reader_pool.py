"""The reader process: what a file does there affects the result of that file only."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.processes import cpu_of, cpu_of_family
from docverify.errors import UnreadableFile
from docverify.page import Engine, Reading, SecondReading
from docverify.reading import local, wire
from docverify.reading.cloud.encoding import EncodedPage, encode_pages
from docverify.reading.cloud.page import Rotation, TextPlace, measure_page
from docverify.reading.files.limits import Limits
from docverify.reading.files.provenance import read_provenance
from tasks.engines import reader_pool, reader_process
from tasks.engines.reader_pool import readers
from tasks.errors import Defect, SetupError
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File
from tasks.settings import read_settings
from tests.support.files import file, picture
from tests.support.hostile import HEIF, HOSTILE, Hostile, good, jpeg_of_scans
from tests.support.polling import eventually
from tests.support.thoroughness import one_of_each_kind

ROOT = Path(__file__).parents[3]
PASSPORT = (ROOT / "specimens/passport.jpg").read_bytes()
SMALL_MEMORY = 420_000_000
LOADED = 120_000_000 // os.sysconf("SC_PAGESIZE")
FRESH = 190_000_000 // os.sysconf("SC_PAGESIZE")


def read(content: bytes, engine: Engine = Engine.LOCAL) -> Reading:
    return process_image_with_ocr.fn(File(content, "", len(content), ""), engine)


def code(reading: Reading) -> str | None:
    return reading.refusal and reading.refusal.code


@cache
def passport_read_here() -> Reading:
    """Return what this process reads on the passport."""
    return local.read(PASSPORT)


def words(reading: Reading) -> list[str]:
    return [line.text for page in reading.pages for line in page.lines]


def pool() -> reader_pool.ReaderPool:
    return readers("read", read_settings().reader_memory)


def waiting() -> reader_process.ReaderProcess:
    """Return the reader that gets the next file."""
    if not pool().waiting:
        read(good())
    return pool().waiting[-1]


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", str(SMALL_MEMORY))
    yield
    pool().end()


OF_EACH_CODE = tuple({each.code: each for each in HOSTILE}.values())


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


def children() -> set[int]:
    found = Path("/proc/self/task").glob("*/children")
    return {int(pid) for each in found for pid in each.read_text().split()}


@contextmanager
def repeatedly(what: Callable[[], None], *, every: float) -> Iterator[None]:
    """Repeat an action while a block runs."""
    done = threading.Event()

    def loop() -> None:
        while not done.wait(every):
            what()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_reader_that_was_killed_once_is_not_the_fault_of_its_file():
    """The kernel does the same when the machine runs out of memory."""
    killed = waiting().process.pid
    idle = cpu_of(killed)

    def kill_once_it_reads() -> None:
        eventually(lambda: cpu_of(killed) > idle)
        os.kill(killed, signal.SIGKILL)

    with ThreadPoolExecutor(1) as threads:
        kill = threads.submit(kill_once_it_reads)
        reading = read(PASSPORT)
        kill.result()

    assert reading == passport_read_here()
    assert killed not in children()


def test_a_file_that_ends_two_readers_is_refused_and_the_next_one_is_read():
    before = children() - {waiting().process.pid}

    def kill() -> None:
        for pid in children() - before:
            if resident(pid) > FRESH:
                os.kill(pid, signal.SIGKILL)

    with repeatedly(kill, every=0.02):
        reading = read(PASSPORT)

    assert code(reading) == "reader-crashed"
    assert words(read(good())) == ["HELLO 12345"]


def resident(pid: int) -> int:
    """Return the memory pages of a reader: more than FRESH once it reads."""
    try:
        if b"docverify.reading" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0  # It is still a copy of this process.
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


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
    stopped = waiting().process.pid
    os.kill(stopped, signal.SIGSTOP)

    assert code(read(PASSPORT * 2)) == "reader-timeout"
    assert stopped not in children()


@pytest.mark.usefixtures("small_memory")
def test_a_page_that_takes_too_much_memory_is_refused():
    large = file(picture(size=(7000, 7000)), "JPEG")

    assert code(read(large)) == "reader-out-of-memory"
    assert words(read(good())) == ["HELLO 12345"]


@pytest.mark.parametrize("memory", ["1000000", "100000000"])
def test_a_reader_that_cannot_start_is_not_the_fault_of_a_file(
    memory: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", memory)

    with pytest.raises(SetupError, match="DOCVERIFY_READER_MEMORY"):
        read(good())


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


ANOTHERS = framed(
    json.dumps({"number": "0", "reading": wire.write(Reading(Engine.LOCAL))}).encode()
)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\xff" * 64, id="too long"),
        pytest.param(framed(b"what a library prints"), id="not JSON"),
        pytest.param(framed(b"[]"), id="not an object"),
        pytest.param(framed(b"{}"), id="nothing"),
        pytest.param(ANOTHERS, id="the reading of another file"),
    ],
)
def test_invalid_response_of_a_reader_is_rejected(garbage: bytes):
    """It is received before the response, as if one of its libraries had written it."""
    asked = waiting()
    with asked.stdout:
        asked.stdout = io.BytesIO(garbage)

        reading = read(good())

    assert words(reading) == ["HELLO 12345"]
    assert asked.process.returncode == -signal.SIGKILL, "and it is asked no more"


NUMBERED = [
    pytest.param({}, id="nothing"),
    pytest.param({"reading": 7}, id="a reading that is not text"),
    pytest.param({"reading": "{}"}, id="an empty reading"),
    pytest.param({"refusal": {"code": 1}}, id="an incomplete refusal"),
    pytest.param(
        {"reading": wire.write(Reading(Engine.TEXTRACT))}, id="a reading of another engine"
    ),
    pytest.param(
        {"reading": wire.write(Reading(Engine.LOCAL, second=SecondReading(Engine.TEXTRACT)))},
        id="a reading with a second engine",
    ),
    pytest.param({"pages": [{}] * 11}, id="too many pages"),
]


@contextmanager
def other_reader(answer: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process respond instead of a reader, as a reader that was taken over would."""
    code = f"import json; ANSWER = {answer!r}" + OTHER_READER
    asked = waiting()
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    own = (asked.process, asked.stdin, asked.stdout)
    asked.process, asked.stdin, asked.stdout = other, other.stdin, other.stdout
    yield other
    asked.process, asked.stdin, asked.stdout = own
    asked.end()


@pytest.mark.parametrize("answer", NUMBERED)
def test_malformed_response_of_a_reader_is_rejected(answer: dict[str, object]):
    with other_reader(answer) as other:
        reading = read(good())

    assert words(reading) == ["HELLO 12345"]
    assert other.returncode == -signal.SIGKILL, "and it is asked no more"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ValueError in zone.py, line 3", "ValueError in zone.py, line 3: report this as a bug"),
        ("canary\n canary", "the reader: report this as a bug"),
    ],
)
def test_a_defect_of_the_reader_is_not_the_fault_of_its_file(said: str, shown: str):
    with other_reader({"defect": said}), pytest.raises(Defect) as error:
        read(good())

    assert str(error.value) == shown


OTHER_READER = """
import sys, time
def receive():
    return sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big"))
number = json.loads(receive())["number"]
receive()
answer = json.dumps({"number": number, **ANSWER}).encode()
sys.stdout.buffer.write(len(answer).to_bytes(4, "big") + answer)
sys.stdout.buffer.flush()
time.sleep(99)
"""


def test_a_reader_has_only_the_rights_that_it_needs():
    place = Path(f"/proc/{waiting().process.pid}")
    limits = (place / "limits").read_text()

    assert "NoNewPrivs:\t1" in (place / "status").read_text()
    for limit, value in (("core file size", 0), ("file size", 0), ("data size", 2_000_000_000)):
        (line,) = (each for each in limits.splitlines() if each.startswith(f"Max {limit}"))
        assert line.split()[-3:-1] == [str(value)] * 2


SPAWNING = """
import sys, threading, time
from pathlib import Path
from tasks.engines import reader_pool
from tasks.settings import read_settings
settings = read_settings()
reader_pool.read(Path(sys.argv[1]).read_bytes(), settings)
print(reader_pool.readers("read", settings.reader_memory).waiting[0].process.pid, flush=True)
reader_pool.read(Path(sys.argv[2]).read_bytes(), settings)
"""


@pytest.mark.parametrize("busy", [False, True], ids=["waiting", "busy"])
def test_a_reader_ends_with_the_process_that_started_it(busy: bool, tmp_path: Path):
    quick, slow = tmp_path / "quick", tmp_path / "slow"
    quick.write_bytes(b"")
    slow.write_bytes(jpeg_of_scans(9000, 4000) if busy else b"")
    parent = subprocess.Popen(
        [sys.executable, "-c", SPAWNING, str(quick), str(slow)], cwd=ROOT, stdout=subprocess.PIPE
    )
    child = int(parent.stdout.readline())
    if busy:
        idle = cpu_of(child)
        eventually(lambda: cpu_of(child) > idle)
        parent.kill()
    parent.wait()
    parent.stdout.close()

    eventually(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_threads_read_at_the_same_time_each_with_its_own_reader():
    texts = [f"NUMBER {number}{number}{number}" for number in range(6)]
    contents = [file(picture(text)) for text in texts]

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(read, contents))

    assert [words(each) for each in found] == [[text] for text in texts]
    assert len(pool().waiting) <= os.cpu_count()


def test_a_file_over_the_size_limit_is_not_sent_to_a_reader(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCVERIFY_MAX_BYTES", "10")

    with pytest.raises(UnreadableFile) as error:
        reader_pool.read(good(), read_settings())

    assert error.value.code == "file-too-large"


def test_every_refusal_code_is_documented():
    sources = [*(ROOT / "docverify/reading").rglob("*.py"), ROOT / "tasks/engines/reader_pool.py"]
    raised = {
        found
        for each in sources
        for found in re.findall(r'UnreadableFile\(\s*"([a-z-]+)"', each.read_text())
    }
    _, refusals = (ROOT / "docs/files.md").read_text().split("## Refusals")
    explained = re.findall(r"^\| `([a-z-]+)` \|", refusals, re.M)

    assert {each.code for each in HOSTILE} - {None} <= raised
    assert sorted(explained) == sorted(raised)
