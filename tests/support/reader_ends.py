"""Reader processes that are ended from outside, as the system does when memory is short."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.reader_calls import children_of, pool

FRESH = 190_000_000 // os.sysconf("SC_PAGESIZE")


def readers_here() -> set[int]:
    """Return the readers of this process, and the processes of their files."""
    own = children_of(os.getpid())
    return own.union(*map(children_of, own))


@contextmanager
def repeatedly(what: Callable[[], None], *, every: float) -> Iterator[None]:
    """Repeat an action while a block runs."""
    done = threading.Event()

    def loop() -> None:
        while not done.wait(every):
            what()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def readers_that_end(signal_number: signal.Signals) -> Iterator[None]:
    """End each reader by a signal as soon as it reads."""
    pool().end()  # Each of the idle ones could read, and not only the next one.
    before = readers_here()

    def end() -> None:
        for pid in readers_here() - before:
            if resident(pid) > FRESH:
                os.kill(pid, signal_number)

    with repeatedly(end, every=0.02):
        yield


def resident(pid: int) -> int:
    """Return the memory pages of a reader: more than FRESH once it reads."""
    try:
        if b"docverify.reading" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0  # It is still a copy of this process.
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
