"""A slot of the warm worker whose process answers too late, or not at all."""

import asyncio
import sys
from uuid import uuid4

import pytest

from services.worker.slots import NOT_LOADED, OVERDUE, Slot

BEGUN = "print('{\"limit_seconds\": %s}', flush=True)"
ENDED = 'print(\'{"memory": 1, "reader_failures": {}}\', flush=True)'
HANG = "import time; time.sleep(600)"


async def execute(*steps: str, load_seconds: float = 60) -> tuple[int, str]:
    """Execute a run in a process with these steps; return the status and why it was killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "\n".join(["input()", *steps])),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    slot = Slot(process, process.stdin, process.stdout, {}, load_seconds=load_seconds)
    status = await slot.execute(uuid4(), overtime_seconds=0.5)
    await slot.end()
    return status, slot.hung


@pytest.mark.parametrize("limit", ["60", "null"])
def test_run_that_ends_in_time_is_not_overdue(limit):
    assert asyncio.run(execute(BEGUN % limit, ENDED)) == (0, "")


def test_run_that_does_not_begin_needs_no_limit():
    assert asyncio.run(execute(ENDED)) == (0, "")


def test_process_that_outlives_the_limit_of_its_run_is_killed():
    assert asyncio.run(execute(BEGUN % "0.1", HANG)) == (-9, OVERDUE)


def test_process_that_does_not_load_its_flow_is_killed():
    assert asyncio.run(execute(HANG, load_seconds=0.5)) == (-9, NOT_LOADED)


def test_process_that_dies_during_its_run_is_not_overdue():
    assert asyncio.run(execute(BEGUN % "60", "raise SystemExit(3)")) == (3, "")
