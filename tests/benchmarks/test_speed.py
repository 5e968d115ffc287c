"""The stopwatch of the stages, the quantiles, and the slope of a process's memory."""

import gc
from pathlib import Path
from time import process_time

import pytest

from benchmarks.speed import (
    NETWORKS,
    STAGES,
    WATCHED,
    WHOLE,
    Stopwatch,
    _watched,
    quantiles,
    slope,
)
from docverify.reading import local

SPECIMEN = Path(__file__).parents[2] / "specimens" / "passport.jpg"


class Clock:
    """A clock that only work moves."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> float:
        return self.seconds

    def work(self, seconds: int) -> None:
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_stage_within_another_is_not_counted_twice(clock):
    watch = Stopwatch(clock)
    inner = watch.timed("inner", lambda: clock.work(5))

    def outer():
        inner()
        clock.work(2)

    watch.timed("outer", outer)()

    assert watch.seconds == {"inner": 5, "outer": 2}


def test_time_of_a_generator_is_counted(clock):
    watch = Stopwatch(clock)

    def pages():
        clock.work(3)
        yield "page"

    assert list(watch.timed("gate", pages)()) == ["page"]
    assert watch.seconds == {"gate": 3}


def test_time_of_a_failed_stage_is_counted(clock):
    watch = Stopwatch(clock)

    def failing():
        clock.work(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watch.timed("stage", failing)()
    assert watch.seconds == {"stage": 2}


@pytest.mark.slow
def test_measuring_covers_every_stage_and_does_not_change_the_reading():
    names = [name for each in STAGES.values() for name in each]
    own = [[getattr(module, name, None) for name in names] for module in WATCHED]
    watch, content = Stopwatch(), SPECIMEN.read_bytes()
    before = local.read(content)  # The first reading loads the networks.
    gc.disable()  # A collection of garbage may fall between two stages.
    try:
        start = process_time()
        with _watched(watch):
            reading = local.read(content)
        whole = process_time() - start
    finally:
        gc.enable()

    assert reading == before
    assert [[getattr(module, name, None) for name in names] for module in WATCHED] == own
    assert 0.9 * whole <= sum(watch.seconds.values()) <= whole
    assert set(watch.seconds) == set(STAGES)
    assert not {WHOLE, NETWORKS} & set(STAGES)


@pytest.mark.parametrize("grown", [0.0, 3.0, -2.0])
def test_slope_is_the_memory_that_each_document_leaves_allocated(grown):
    seen = [(number, 250.0 + grown * number / 1024) for number in range(50, 1001, 50)]

    assert slope([(0, 9000.0), *seen]) == pytest.approx(grown)


def test_the_95th_percentile_of_twenty_is_the_last_and_of_a_hundred_the_96th():
    assert quantiles(range(1, 21)) == (10.5, 20)
    assert quantiles(range(1, 101)) == (50.5, 96)
