"""The processor time of the reader: one budget for a file, a third of it to draw its pages."""

import io
import resource
import signal
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

from docverify.errors import UnreadableFile
from docverify.reading.processor_time import DRAWING_SHARE
from tasks.engines import reader_pool
from tasks.settings import Settings, read_settings
from tests.support.hostile import COSTLY, LONG_TO_READ, Hostile, good
from tests.support.thoroughness import one_of_each_kind

ROOT = Path(__file__).parents[3]
MOST_WORK = 30.0  # seconds of processor time for the costliest file
FILE_SECONDS = 6.0
SHORT_FILE_SECONDS = 2.0
START_SECONDS = 3.0
LAST_SECOND = 1.0  # The system counts whole seconds.


def children_seconds() -> float:
    """Return the processor time of the readers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_refusal(costly: Hostile, settings: Settings, *others: str) -> float:
    """Let a new reader refuse a file; return the seconds of processor time that this took.

    `others` are codes that the refusal may have instead.
    """
    reader_pool.readers("read", settings.reader_memory).end()
    before = children_seconds()

    with pytest.raises(UnreadableFile) as refused:
        reader_pool.read(costly.make(), settings)

    assert refused.value.code in {costly.code, *others}
    return children_seconds() - before


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DOCVERIFY_READER_TIMEOUT", str(FILE_SECONDS))
    return read_settings()


def test_by_default_a_file_takes_at_most_half_a_minute():
    assert Settings().reader_timeout <= MOST_WORK


@pytest.mark.slow
@pytest.mark.parametrize("costly", COSTLY, ids=lambda each: each.name)
def test_a_file_that_is_costly_to_draw_is_refused_after_a_third_of_its_time(
    costly: Hostile, settings: Settings
):
    work = measure_refusal(costly, settings)

    assert work < FILE_SECONDS * DRAWING_SHARE + LAST_SECOND + START_SECONDS
    assert reader_pool.read(good(), Settings()).pages  # A busy machine takes long by the clock.


@pytest.mark.parametrize(
    "costly", one_of_each_kind(LONG_TO_READ, LONG_TO_READ[0]), ids=lambda each: each.name
)
def test_a_file_that_is_long_to_read_is_refused_after_its_time(
    costly: Hostile, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCVERIFY_READER_TIMEOUT", str(SHORT_FILE_SECONDS))

    work = measure_refusal(costly, read_settings())

    assert work < SHORT_FILE_SECONDS + LAST_SECOND + START_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("costly", [*COSTLY, *LONG_TO_READ], ids=lambda each: each.name)
def test_by_default_the_costliest_files_end_within_half_a_minute(costly: Hostile):
    others = ("reader-crashed", "reader-out-of-memory")  # Both tries share the time.

    assert measure_refusal(costly, Settings(), *others) < MOST_WORK + 2 * START_SECONDS


@pytest.mark.slow
def test_a_scan_of_ten_pages_is_read_within_its_time():
    names = ("passport", "visa", "identity-card-td2", "passport-photo", "passport-expired")
    pages = [scan_page(ROOT / f"specimens/{name}.jpg") for name in names] * 2
    content = io.BytesIO()
    pages[0].save(content, "PDF", save_all=True, append_images=pages[1:], resolution=300)

    reading = reader_pool.read(content.getvalue(), Settings())

    assert len(reading.pages) >= 10


def scan_page(photo: Path) -> PIL.Image.Image:
    """Return a page of A4, scanned at 300 dpi, with a document on it."""
    page, document = PIL.Image.new("RGB", (2480, 3508), "white"), PIL.Image.open(photo)
    width = 1800
    page.paste(document.resize((width, document.height * width // document.width)), (300, 300))
    return page


BUSY = """
import sys
from docverify.reading.processor_time import limit_drawing, limit_time, measure_used

def work(seconds):
    end = measure_used() + seconds
    while measure_used() < end:
        pass

def draw():
    for page in range(int(pages)):
        work(of_drawing)
        yield page

pages, of_drawing, of_reading, of_file, drawing = map(float, sys.argv[1:])
limit_time(of_file)
for _ in limit_drawing(draw(), drawing):
    work(of_reading)
"""


@pytest.mark.parametrize(
    ("pages", "of_drawing", "of_reading", "of_file", "drawing", "ended"),
    [
        pytest.param(2, 0.1, 0.8, 9, 1, False, id="only drawing counts for its limit"),
        pytest.param(1, 9.0, 0.0, 20, 1, True, id="a page that is costly to draw"),
        pytest.param(
            *(9, 0.6, 0.0, 20, 2, True),
            id="pages that share one limit of drawing",
            marks=pytest.mark.slow,
        ),
        pytest.param(9, 0.0, 0.3, 1, 9, True, id="pages that share the time of the file"),
    ],
)
def test_both_limits_of_processor_time_hold(
    pages: int, of_drawing: float, of_reading: float, of_file: float, drawing: float, ended: bool
):
    numbers = map(str, (pages, of_drawing, of_reading, of_file, drawing))

    done = subprocess.run([sys.executable, "-c", BUSY, *numbers], cwd=ROOT, check=False)

    assert done.returncode == (-signal.SIGXCPU if ended else 0)


STUBBORN = """
import resource, signal
from docverify.reading import sandbox
from docverify.reading.processor_time import limit_time

sandbox.enter()
limit_time(1)
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
try:
    resource.setrlimit(resource.RLIMIT_CPU, (9, 9))
except ValueError:
    while True:
        pass
"""


def test_a_process_that_ignores_its_limit_is_killed_a_second_later():
    done = subprocess.run([sys.executable, "-c", STUBBORN], cwd=ROOT, check=False)

    assert done.returncode == -signal.SIGKILL
