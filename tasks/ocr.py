"""OCR: reading a document with one of the engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from docverify.errors import UnreadableFile
from docverify.page import Engine, Reading, Refusal, SecondReading
from docverify.reading.files.limits import too_large
from tasks.engines import load_cloud_engine, reader_pool
from tasks.errors import Defect, EdgeError
from tasks.retried_tasks import retried_task
from tasks.s3 import File, Upload
from tasks.settings import Settings, read_settings


# Four tries and their pauses stay within the time limit of the flow.
@retried_task(2, 10, 30, timeout_seconds=180)
def process_image_with_ocr(file: File, engine: Engine, upload: Upload | None = None) -> Reading:
    """Read a file with an engine; the reading of an unreadable file has the reason.

    Raise WorldError when a cloud engine does not answer, SetupError when it may not be used.
    """
    try:
        return read(file, engine, read_settings(), upload)
    except UnreadableFile as error:
        return Reading(engine, refusal=Refusal(error.code, str(error)))


@retried_task(2, 10, timeout_seconds=90)
def ask_second_engine(file: File, engine: Engine, upload: Upload | None = None) -> SecondReading:
    """Read a doubtful document again; raise the same errors as process_image_with_ocr."""
    return read_again(file, engine, read_settings(), upload)


def read_again(
    file: File, engine: Engine, settings: Settings, upload: Upload | None = None
) -> SecondReading:
    """Read a file with a second engine; raise WorldError, SetupError or Defect."""
    try:
        return SecondReading(engine, read(file, engine, settings, upload).pages)
    except UnreadableFile as error:
        return SecondReading(engine, failure=error.code)


def try_second_engine(engine: Engine, ask: Callable[[], SecondReading]) -> SecondReading:
    """Call a second engine; if it fails, record the code, so that the first reading is used.

    Raise only Defect, because a bug in this program is not a failure of the engine.
    """
    try:
        return ask()
    except Defect:
        raise
    except TimeoutError:
        return SecondReading(engine, failure="timeout")
    except EdgeError as error:
        return SecondReading(engine, failure=error.code or error.fault)


def read(file: File, engine: Engine, settings: Settings, upload: Upload | None = None) -> Reading:
    """Read a file with an engine; for a cloud engine, a reader process encodes the pages first.

    Raise UnreadableFile for an unreadable file, WorldError or SetupError for the engine.
    """
    if file.content is None:
        raise too_large(settings.limits())
    if engine is Engine.LOCAL:
        return reader_pool.read(file.content, settings)
    encoded = reader_pool.encode(file.content, settings)
    original = file if encoded.is_original else None
    reading = load_cloud_engine(engine).read(encoded.pages, settings, original, upload)
    return replace(reading, provenance=encoded.provenance)
