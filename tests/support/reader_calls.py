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
