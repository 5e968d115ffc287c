"""The engines that read a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from prefect import task
from prefect.cache_policies import NO_CACHE

from docverify.errors import UnreadableFile
from docverify.page import Engine, Reading, Refusal, SecondReading
from docverify.reading.files.limits import too_large
from tasks.engines import google_vision, reader_pool, textract
from tasks.errors import Defect, EdgeError, may_work_later, only_our_errors
from tasks.s3 import File, Upload
from tasks.settings import Settings, read_settings


@task(
    retries=3,
    retry_delay_seconds=[2, 10, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=180,  # Four tries and their pauses stay within the flow's own limit.
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def process_image_with_ocr(file: File, engine: Engine, upload: Upload | None = None) -> Reading:
    """Read a file with the engine; what cannot be read gives a reading with the reason.

    Raises WorldError when a cloud engine can't answer for now, SetupError when it won't.
    """
    settings = read_settings()
    try:
        if file.content is None:
            raise too_large(settings.limits())
        stored = textract.stored(file, upload) if settings.textract_from_s3 else None
        return _read(file.content, engine, settings, stored)
    except UnreadableFile as error:
        return Reading(engine, refusal=Refusal(error.code, str(error)))


@task(
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=90,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def ask_second_engine(file: File, engine: Engine, upload: Upload | None = None) -> SecondReading:
    """Read once more what the first engine was unsure of; raises as process_image_with_ocr does."""
    content = file.content or b""  # What was too large was refused, and nobody doubts a refusal.
    settings = read_settings()
    stored = textract.stored(file, upload) if settings.textract_from_s3 else None
    return second_reading(content, engine, settings, stored)


def second_reading(
    content: bytes, engine: Engine, settings: Settings, stored: textract.Document | None = None
) -> SecondReading:
    """Read a file with a second engine; raises WorldError, SetupError or Defect."""
    try:
        return SecondReading(engine, _read(content, engine, settings, stored).pages)
    except UnreadableFile as error:
        return SecondReading(engine, failure=error.code)


def attempted(engine: Engine, ask: Callable[[], SecondReading]) -> SecondReading:
    """Ask a second engine, and note by which code it failed: the first one's reading stands then.

    Only a defect is raised, for it is this program's and no engine's.
    """
    try:
        return ask()
    except Defect:
        raise
    except TimeoutError:
        return SecondReading(engine, failure="timeout")
    except EdgeError as error:
        return SecondReading(engine, failure=error.code or error.fault)


def _read(
    content: bytes, engine: Engine, settings: Settings, stored: textract.Document | None
) -> Reading:
    """Let the reader process open the file; what it encodes for an engine elsewhere is ours."""
    if engine is Engine.LOCAL:
        return reader_pool.read(content, settings)
    encoded = reader_pool.encode(content, settings)
    original = stored if encoded.is_original else None
    match engine:
        case Engine.GOOGLE_VISION:
            reading = google_vision.read(encoded.pages, settings)
        case Engine.TEXTRACT:  # pragma: no branch (there is no other)
            reading = textract.read(encoded.pages, settings, original)
    return replace(reading, provenance=encoded.provenance)
