"""The processor time of the reader: a page may take a third of that of its file."""

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from docverify.errors import UnreadableFile
from docverify.reading.processor_time import PAGE_SHARE
from tasks.engines import reader_pool
from tasks.settings import Settings, read_settings
from tests.support.hostile import COSTLY, Hostile, good
from tests.support.thoroughness import one_of_each_kind

ROOT = Path(__file__).parents[3]
MOST_WORK = 30.0  # seconds of processor time for the costliest file of one page
FILE_SECONDS = 6.0
START_SECONDS = 3.0


def children_seconds() -> float:
    """Return the processor time of the readers that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DOCVERIFY_READER_TIMEOUT", str(FILE_SECONDS))
    return read_settings()


def test_by_default_a_page_takes_at_most_half_a_minute():
    assert Settings().reader_timeout * PAGE_SHARE < MOST_WORK


@pytest.mark.parametrize("costly", one_of_each_kind(COSTLY, COSTLY[0]), ids=lambda each: each.name)
def test_a_page_that_is_costly_to_draw_is_refused_after_its_share(
    costly: Hostile, settings: Settings
):
    reader_pool.readers("read", settings.reader_memory).end()
    before = children_seconds()

    with pytest.raises(UnreadableFile) as refused:
        reader_pool.read(costly.make(), settings)

    assert refused.value.code == costly.code
    assert children_seconds() - before < FILE_SECONDS * PAGE_SHARE + 1 + START_SECONDS
    assert reader_pool.read(good(), Settings()).pages  # A busy machine takes long by the clock.


BUSY = """
import sys
from docverify.reading.processor_time import limit_pages, limit_time, measure_used

def work(seconds):
    end = measure_used() + seconds
    while measure_used() < end:
        pass

pages, of_page, of_file, limit = map(float, sys.argv[1:])
limit_time(of_file)
for _ in limit_pages(iter(range(int(pages))), limit):
    work(of_page)
"""


@pytest.mark.parametrize(
    ("pages", "of_page", "of_file", "limit", "ended"),
    [
        pytest.param(3, 0.5, 9, 4, False, id="each page within its limit", marks=pytest.mark.slow),
        pytest.param(1, 2.5, 9, 1, True, id="a page over its limit"),
        pytest.param(9, 0.5, 2, 1, True, id="the file over its limit"),
        pytest.param(3, 1.7, 20, 2, True, id="costly pages that share one budget"),
    ],
)
def test_both_limits_of_processor_time_hold(
    pages: int, of_page: float, of_file: float, limit: float, ended: bool
):
    numbers = map(str, (pages, of_page, of_file, limit))

    done = subprocess.run([sys.executable, "-c", BUSY, *numbers], cwd=ROOT, check=False)

    assert done.returncode == (-signal.SIGXCPU if ended else 0)
