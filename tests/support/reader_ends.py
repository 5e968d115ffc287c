"""Reader processes that are ended from outside, as the system does when memory is short."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from tasks.engines.reader_process import ReaderProcess
from tests.support.reader_calls import children_of, worker_of


def readers_here() -> set[int]:
    """Return the readers of this process, and the processes of their files."""
    own = children_of(os.getpid())
    return own.union(*map(children_of, own))


@contextmanager
def readers_that_end(signal_number: signal.Signals) -> Iterator[None]:
    """End the process of each file by a signal as soon as it has the file."""
    send = ReaderProcess.send

    def send_and_end(reader: ReaderProcess, message: bytes) -> None:
        worker = worker_of(reader)
        send(reader, message)
        if not message.startswith(b"{"):  # That is the head of a request.
            os.kill(worker, signal_number)

    with patch.object(ReaderProcess, "send", send_and_end):
        yield


def resident(pid: int) -> int:
    """Return the memory pages of a process, or 0 if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
