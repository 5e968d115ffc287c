"""What a process that runs has cost so far, as the kernel tells it (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_of(process: int) -> float:
    """Return the seconds of processor time of a process so far."""
    return _seconds(_fields(process)[11:13])


def cpu_of_family(process: int) -> float:
    """Return the seconds of a process so far, of its descendants, and of those that have ended."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [child for each in threads for child in each.read_text().split()]
    return _seconds(_fields(process)[11:15]) + sum(cpu_of_family(int(each)) for each in children)


def parent_of(process: int) -> int:
    """Return the process that started another."""
    return int(_fields(process)[1])


def _fields(process: int) -> list[str]:
    """Return what stands behind the name: from the state, the third field, on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _seconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def megabytes(process: int, name: str) -> float:
    """Return the memory of a process: VmRSS is what it has now, VmHWM the most it ever had."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
