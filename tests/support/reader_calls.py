"""Calls of the reader process, and the pool that it comes from."""

from pathlib import Path

from docverify.page import Engine, Reading
from tasks.engines import reader_pool, reader_process
from tasks.engines.reader_pool import readers
from tasks.ocr import process_image_with_ocr
from tasks.s3 import File
from tasks.settings import read_settings
from tests.support.hostile import good

ROOT = Path(__file__).parents[2]


def read(content: bytes, engine: Engine = Engine.LOCAL) -> Reading:
    return process_image_with_ocr.fn(File(content, "", len(content), ""), engine)


def code(reading: Reading) -> str | None:
    return reading.refusal and reading.refusal.code


def words(reading: Reading) -> list[str]:
    return [line.text for page in reading.pages for line in page.lines]


def pool() -> reader_pool.ReaderPool:
    return readers("read", read_settings().reader_memory)


def waiting() -> reader_process.ReaderProcess:
    """Return the reader that gets the next file."""
    if not pool().waiting:
        read(good())
    return pool().waiting[-1]


def children_of(pid: int) -> set[int]:
    """Return the processes that a process forked and that have not ended."""
    try:
        found = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return set()
    return {int(child) for each in found for child in each.split()}


def worker_of(reader: reader_process.ReaderProcess) -> int:
    """Return the process that gets the next file of a reader."""
    (found,) = children_of(reader.process.pid)
    return found


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
