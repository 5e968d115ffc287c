"""The memory of a run's container: how much of it the reader process may use.

Without a limit that fits, the system kills the largest process when memory runs out, and a file
that needs too much ends as a dead run instead of a verdict.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tasks.settings import Settings

MIB = 1024 * 1024
RUN_MEMORY = 512 * MIB
"""Bytes for the process of the run itself, next to its reader: Prefect, boto3, the file."""
LEAST_MEMORY = 512 * MIB
"""Bytes that a reader needs at least."""
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
UNLIMITED = 2**60  # Version 1 of cgroups writes a very large number.


def find_reader_memory(container_bytes: int) -> int:
    """Return how many bytes a reader may use in a container of this size.

    Raise ValueError if the container is too small for a run and its reader.
    """
    found = container_bytes - RUN_MEMORY
    if found < LEAST_MEMORY:
        least = (RUN_MEMORY + LEAST_MEMORY) // MIB
        raise ValueError(f"a run and its reader need at least {least} MiB")
    return found


def read_container_memory(files: tuple[Path, ...] = CGROUP_LIMITS) -> int | None:
    """Read how many bytes this container may use; None if nothing limits it."""
    for file in files:
        with suppress(OSError, ValueError):  # "max": without a limit.
            limit = int(file.read_text())
            return limit if limit < UNLIMITED else None
    return None


def explain_misfit(settings: Settings, container_bytes: int | None) -> str:
    """Return why the reader's memory does not fit into the container; empty if it does."""
    if container_bytes is None:
        return ""
    try:
        most = find_reader_memory(container_bytes)
    except ValueError as error:
        return f"the container has {container_bytes // MIB} MiB: {error}"
    if 0 < settings.reader_memory <= most:
        return ""
    return (
        f"the reader may use more memory than the container has: set DOCVERIFY_READER_MEMORY to "
        f"{most} at most, or give the container more"
    )
