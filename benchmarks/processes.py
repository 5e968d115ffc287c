"""What a process that runs has cost so far, as the kernel tells it (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path


def cpu_of(process: int) -> float:
    """Return the seconds of processor time of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(process: int, name: str) -> float:
    """Return the memory of a process: VmRSS is what it has now, VmHWM the most it ever had."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024
