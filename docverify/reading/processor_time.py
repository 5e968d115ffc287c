"""Limits of processor time, at which the system ends the reader process (SIGXCPU)."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator

from docverify.reading.files.pages import Image

DRAWING_SHARE = 1 / 3
"""Share of a file's time that drawing all its pages may take; ten pages of a scan need a tenth."""


def limit_time(seconds: float) -> None:
    """Let the system end this process after `seconds` more of processor time.

    The hard limit is a second later, and nothing in this process can raise it, not even a file that
    has taken the process over.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    set_end(measure_used() + seconds, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    last = soft + 1 if hard == resource.RLIM_INFINITY else min(soft + 1, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, last))


def limit_drawing(images: Iterator[Image], seconds: float) -> Iterator[Image]:
    """Yield images, and let the system end this process if drawing them takes over `seconds`.

    This is the time for all images together. The caller's work on an image, before it takes the
    next one, counts only towards the limit of the whole file, which always applies.
    """
    of_file, _ = resource.getrlimit(resource.RLIMIT_CPU)
    left = seconds
    while True:
        begun = measure_used()
        set_end(begun + left, of_file)
        image = next(images, None)
        set_end(math.inf, of_file)
        if image is None:
            return
        left = max(0.0, left - (measure_used() - begun))
        yield image


def set_end(end: float, latest: int) -> None:
    """Let the system end this process at `end`, in seconds of its processor time, or `latest`.

    The system counts whole seconds: a limit within the current second ends with that second.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if math.isinf(end):
        soft = latest
    else:
        soft = max(math.floor(end), math.ceil(measure_used()))
        soft = soft if latest == resource.RLIM_INFINITY else min(soft, latest)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def measure_used() -> float:
    """Return the processor time that this process has used, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
