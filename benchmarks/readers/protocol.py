"""Protocol of a reader: it reads one path per line and writes one line of JSON per image."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Answer = Mapping[str, object]
"""`lines` of the MRZ, and further figures of the reader."""


def answer(read: Callable[[str], Answer]) -> None:
    """Read every image that standard input names, and print its result and cost."""
    for path in map(str.strip, sys.stdin):
        cpu = _cpu_seconds()
        try:
            found = dict(read(path))
        except Exception as error:  # noqa: BLE001 (whatever a peer raises: the image counts as unread)
            found = {"lines": [], "error": type(error).__name__}
        costs = {"cpu": _cpu_seconds() - cpu, "peak_mb": _peak_mb()}
        print(json.dumps(found | costs), flush=True)


def select_mrz_lines(text: str) -> Sequence[str]:
    """Return the lines of an MRZ, without blanks and without short lines of noise."""
    lines = ["".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if len(line) >= 25]


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)  # Tesseract runs as a child.
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    # Not ru_maxrss for this process, because it starts at the peak of the parent process.
    status = Path("/proc/self/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
