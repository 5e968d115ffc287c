"""Limits of processor time, at which the system ends the reader process (SIGXCPU)."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator

from docverify.reading.files.pages import Image

PAGE_SHARE = 1 / 3
"""Share of a file's time that one of its pages may take."""
USUAL_SHARE = 1 / 8
"""Share of a page's time that every page may take; a page needs 1 to 4 seconds."""


def limit_time(seconds: float) -> None:
    """Let the system end this process after `seconds` more of processor time."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    set_end(measure_used() + seconds, hard)


def limit_pages(images: Iterator[Image], seconds: float) -> Iterator[Image]:
    """Yield images, and let the system end this process if one takes more than `seconds`.

    That includes what the caller does with an image before it takes the next one. What pages take
    beyond USUAL_SHARE is taken from one budget, so that a file of many costly pages does not take
    much longer than one of a single page. The limit of the whole file still holds.
    """
    of_file, _ = resource.getrlimit(resource.RLIMIT_CPU)
    usual = seconds * USUAL_SHARE
    spare = seconds - usual
    while True:
        begun = measure_used()
        set_end(begun + usual + spare, of_file)
        try:
            image = next(images)
        except StopIteration:
            return
        yield image
        spare -= max(0.0, measure_used() - begun - usual)


def set_end(end: float, latest: int) -> None:
    """Let the system end this process at `end`, in seconds of its processor time, or `latest`."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(end) if latest == resource.RLIM_INFINITY else min(math.ceil(end), latest)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def measure_used() -> float:
    """Return the processor time that this process has used, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
