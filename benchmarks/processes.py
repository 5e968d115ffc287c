"""Processor time and memory of running processes, from the kernel (proc(5))."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.environments import ROOT

END_SECONDS = 120


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[int]:
    """Run a program in the clone; yield the id of its process, and end it with SIGTERM."""
    process = subprocess.Popen([sys.executable, *command], env=environment, cwd=ROOT)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def cpu_of(process: int) -> float:
    """Return the seconds of processor time of a process so far."""
    return _seconds(_fields(process)[11:13])


def cpu_of_family(process: int) -> float:
    """Return the seconds of a process so far, of its descendants, and of those that have ended."""
    of_children = 0.0
    for each in children_of(process):
        with suppress(
            FileNotFoundError, ProcessLookupError
        ):  # In that case, its parent has its seconds.
            of_children += cpu_of_family(each)
    return of_children + _seconds(_fields(process)[11:15])


def children_of(process: int) -> list[int]:
    """Return the processes started by a process that are still running."""
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # The thread has ended.
            found += map(int, thread.read_text().split())
    return found


def descendants(process: int) -> list[int]:
    """Return the children of a process and all their descendants."""
    return [each for child in children_of(process) for each in (child, *descendants(child))]


def parent_of(process: int) -> int:
    """Return the process that started another."""
    return int(_fields(process)[1])


def _fields(process: int) -> list[str]:
    """Return the fields after the name, from the third one, the state, on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _seconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def megabytes(process: int, name: str) -> float:
    """Return the memory of a process in MB: VmRSS is the current, VmHWM the peak value."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
