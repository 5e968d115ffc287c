"""The processes of the warm worker: each executes one flow run at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

MIB = 1024 * 1024
START_SECONDS = 120.0
GRACE_SECONDS = 30.0
LOAD_SECONDS = 900.0
"""Time to read a run and to load its flow, even while Prefect does not answer for minutes."""
OVERTIME_SECONDS = 60.0
"""Time after its limit in which Prefect ends a run that can be interrupted."""
COMMAND = ("-m", "services.worker.slot")
OVERDUE = (
    "The run did not end at its time limit, so its process was killed: it hung where Prefect could "
    "not interrupt it."
)
NOT_LOADED = (
    "The process of the run did not load its flow, and was killed: look at the imports of the flow "
    "and at Prefect's API."
)


class SlotNotStarted(RuntimeError):
    """A slot ended before it could take a run."""


@dataclass
class Slot:
    """A process that executes flow runs.

    Attributes:
        process: The process.
        requests: Its input.
        answers: Its output.
        variables: Environment variables that its runs ask for, in addition to the worker's own.
        runs: How many runs it has executed.
        memory: Peak memory in bytes; 0 before its first run.
        reader_failures: Readers that failed in its last run, by cause.
        load_seconds: How long it may take to load the flow of a run.
        flow_run_id: The run that it is executing; None while it is idle.
        cancelled: Whether it was ended because its run was cancelled.
        hung: Why the process was killed, if it did not answer in time; empty otherwise.
    """

    process: asyncio.subprocess.Process
    requests: asyncio.StreamWriter
    answers: asyncio.StreamReader
    variables: Mapping[str, str]
    runs: int = 0
    memory: int = 0
    reader_failures: Counter[str] = field(default_factory=Counter)
    load_seconds: float = LOAD_SECONDS
    flow_run_id: UUID | None = None
    cancelled: bool = False
    hung: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the process exists."""
        return self.process.returncode is None

    async def execute(self, flow_run_id: UUID, overtime_seconds: float) -> int:
        """Execute a run; return 0 if Prefect knows how it ended, otherwise the exit code.

        A process that does not load its flow in time, or does not end within `overtime_seconds`
        after the time limit of the run, is killed: it hangs where Prefect cannot interrupt it, and
        would never give the slot back.

        The exit code of a process that a signal ended is the negative number of the signal.
        """
        self.flow_run_id = flow_run_id
        try:
            answer = await self._ask(flow_run_id, overtime_seconds)
        finally:
            self.flow_run_id = None
        if not answer:
            # A process that ends before it answers has failed, regardless of its exit code.
            return await self.process.wait() or 1
        self.runs += 1
        found = json.loads(answer)
        self.memory, self.reader_failures = found["memory"], Counter(found["reader_failures"])
        return 0

    async def _ask(self, flow_run_id: UUID, overtime_seconds: float) -> bytes:
        """Send a run to the process, and wait for its answer; empty if the process has ended."""
        try:
            self.requests.write(f"{flow_run_id}\n".encode())
            await self.requests.drain()
        except ConnectionError:
            return b""
        seconds: float | None = self.load_seconds
        cause = NOT_LOADED
        try:
            while True:
                async with asyncio.timeout(seconds):
                    answer = await self.answers.readline()
                begun = json.loads(answer) if answer else {}
                if "limit_seconds" not in begun:
                    return answer
                limit, cause = begun["limit_seconds"], OVERDUE
                seconds = limit + overtime_seconds if limit else None
        except TimeoutError:
            self.hung = cause
            await self.kill()
            return b""

    async def end(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End the process after its run: close its input, and kill it if it does not end."""
        self.requests.close()
        if not await self._ends_within(grace_seconds):
            await self.stop(grace_seconds)

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """End the process during its run: SIGTERM, and SIGKILL if it does not end."""
        self._send(signal.SIGTERM)
        if not await self._ends_within(grace_seconds):
            await self.kill()

    async def kill(self) -> None:
        """Kill the process, and wait for its end."""
        self._send(signal.SIGKILL)
        await self.process.wait()

    async def _ends_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _send(self, signal_number: signal.Signals) -> None:
        if self.is_running:
            self.process.send_signal(signal_number)


@dataclass
class SlotPool:
    """The slots of a worker. Idle ones wait for the next run.

    Attributes:
        max_runs: Runs after which a slot is replaced.
        max_memory: Memory in bytes from which a slot is replaced after its run.
        idle: Slots that wait for a run.
        busy: Slots that execute one.
        started: How many slots were started.
    """

    max_runs: int
    max_memory: int
    idle: list[Slot] = field(default_factory=list)
    busy: list[Slot] = field(default_factory=list)
    started: int = 0

    async def take(self, variables: Mapping[str, str]) -> Slot:
        """Take an idle slot with these variables, or start one.

        Raise SlotNotStarted if the new process ends immediately.
        """
        for slot in [each for each in self.idle if each.is_running]:
            if slot.variables == variables:
                self.idle.remove(slot)
                break
        else:
            await self._make_room()
            slot = await start_slot(variables)
            self.started += 1
        self.busy.append(slot)
        return slot

    async def _make_room(self) -> None:
        """Remove the idle slots that have ended by themselves, and end one with other variables."""
        ended = [each for each in self.idle if not each.is_running] or self.idle[:1]
        for slot in ended:
            self.idle.remove(slot)
            await slot.end()

    async def put_back(self, slot: Slot, status: int) -> None:
        """Keep a slot for the next run; end it after a failure, many runs, or much memory."""
        self.busy.remove(slot)
        worn_out = slot.runs >= self.max_runs or slot.memory >= self.max_memory
        if status == 0 and slot.is_running and not worn_out and not slot.cancelled:
            self.idle.append(slot)
        else:
            await slot.end()

    async def end(self) -> None:
        """End all slots."""
        await asyncio.gather(*(each.end() for each in [*self.idle, *self.busy]))


async def start_slot(variables: Mapping[str, str]) -> Slot:
    """Start a process that executes runs, and wait until it can take one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **variables},
        # Only the worker receives the signals of the terminal; it lets the runs finish.
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise SlotNotStarted("the process of a slot has no pipes")
    slot = Slot(process, process.stdin, process.stdout, variables)
    try:
        if await asyncio.wait_for(slot.answers.readline(), START_SECONDS):
            return slot
    except TimeoutError:
        await slot.stop()
    await slot.process.wait()
    raise SlotNotStarted(f"a slot ended before its first run, with exit code {process.returncode}")
