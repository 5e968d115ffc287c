"""What a reader process responds is checked, and what it may do is limited."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.processes import cpu_of
from docverify.errors import UnreadableFile
from docverify.page import (
    Barcode,
    Box,
    Engine,
    Line,
    MrzReading,
    Page,
    Quality,
    Reading,
    SecondReading,
)
from docverify.reading import wire
from tasks.engines import reader_pool
from tasks.engines.reading_bounds import is_within_bounds
from tasks.errors import Defect, SetupError
from tasks.settings import read_settings
from tests.support.files import file, picture
from tests.support.hostile import HOSTILE, good
from tests.support.image_files import jpeg_of_scans
from tests.support.polling import eventually
from tests.support.reader_calls import (
    ROOT,
    children_of,
    is_alive,
    pool,
    read,
    waiting,
    words,
    worker_of,
)
from tests.support.thoroughness import one_of_each_kind


@pytest.mark.parametrize("memory", one_of_each_kind(["1000000", "100000000"], "100000000"))
def test_a_reader_that_cannot_start_is_not_the_fault_of_a_file(
    memory: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCVERIFY_READER_MEMORY", memory)

    with pytest.raises(SetupError, match="DOCVERIFY_READER_MEMORY"):
        read(good())


ENDED = {-signal.SIGTERM, -signal.SIGKILL}  # The second one if it did not end at once.
BOX = Box(0.0, 0.0, 1.0, 1.0)
MRZ = MrzReading(("A" * 44,) * 2, ((1.0,) * 44,) * 2, ("A" * 44,) * 2, 9.0)
PAGE = Page(900, 600, (), None, Quality(**dict.fromkeys(Quality.__dataclass_fields__, 0.0)))


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(replace(PAGE, lines=(Line("x", 1.0, BOX),) * 201), id="lines"),
        pytest.param(replace(PAGE, other_mrzs=(MRZ,) * 8), id="MRZs"),
        pytest.param(replace(PAGE, barcodes=(Barcode("QR", b"x", BOX),) * 9), id="barcodes"),
        pytest.param(replace(PAGE, barcodes=(Barcode("QR", bytes(4097), BOX),)), id="payload"),
        pytest.param(replace(PAGE, fingerprint=1 << 64), id="a hash that no table stores"),
        pytest.param(replace(PAGE, width=0), id="no width"),
    ],
)
def test_a_page_with_more_than_the_engine_can_read_is_rejected(page: Page):
    """A reader that was taken over could keep the run busy with it, which has no limit of time."""
    assert is_within_bounds(Reading(Engine.LOCAL, (PAGE,)))
    assert not is_within_bounds(Reading(Engine.LOCAL, (PAGE, page)))


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


ANOTHERS = framed(
    json.dumps({"number": "0", "reading": wire.write(Reading(Engine.LOCAL))}).encode()
)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\xff" * 64, id="too long"),
        pytest.param(framed(b"what a library prints"), id="not JSON", marks=pytest.mark.slow),
        pytest.param(framed(b"[]"), id="not an object", marks=pytest.mark.slow),
        pytest.param(framed(b"{}"), id="nothing", marks=pytest.mark.slow),
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
    assert asked.process.returncode in ENDED, "and it is asked no more"


TOO_LONG = Reading(Engine.LOCAL, (replace(PAGE, lines=(Line("x" * 20_001, 1.0, BOX),)),))
NUMBERED = {
    "nothing": {},
    "a reading that is not text": {"reading": 7},
    "an empty reading": {"reading": "{}"},
    "an incomplete refusal": {"refusal": {"code": 1}},
    "a reading of another engine": {"reading": wire.write(Reading(Engine.TEXTRACT))},
    "a reading with a second engine": {
        "reading": wire.write(Reading(Engine.LOCAL, second=SecondReading(Engine.TEXTRACT)))
    },
    "a reading with too much text": {"reading": wire.write(TOO_LONG)},
    "too many pages": {"pages": [{}] * 81},
}


@contextmanager
def other_reader(answer: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """Let another process respond instead of a reader, as a reader that was taken over would."""
    code = f"import json; ANSWER = {answer!r}" + OTHER_READER
    asked = waiting()
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    own = (asked.process, asked.stdin, asked.stdout)
    asked.process, asked.stdin, asked.stdout = other, other.stdin, other.stdout
    yield other
    asked.process, asked.stdin, asked.stdout = own
    asked.end()


@pytest.mark.parametrize(
    "answer",
    one_of_each_kind(NUMBERED, "an incomplete refusal", "a reading with too much text"),
)
def test_malformed_response_of_a_reader_is_rejected(answer: str):
    with other_reader(NUMBERED[answer]) as other:
        reading = read(good())

    assert words(reading) == ["HELLO 12345"]
    assert other.returncode in ENDED, "and it is asked no more"


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
    place = Path(f"/proc/{worker_of(waiting())}")
    limits = (place / "limits").read_text()

    assert "NoNewPrivs:\t1" in (place / "status").read_text()
    for limit, value in (("core file size", 0), ("file size", 0), ("data size", 2_000_000_000)):
        (line,) = (each for each in limits.splitlines() if each.startswith(f"Max {limit}"))
        assert line.split()[-3:-1] == [str(value)] * 2


SPAWNING = """
import sys, threading, time
from pathlib import Path
from tasks.engines import reader_pool
from tasks.engines.reading_bounds import is_within_bounds
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
    reader = int(parent.stdout.readline())
    (child,) = children_of(reader)
    if busy:
        idle = cpu_of(child)
        eventually(lambda: cpu_of(child) > idle)
        parent.kill()
    parent.wait()
    parent.stdout.close()

    eventually(lambda: not is_alive(child) and not is_alive(reader))


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
