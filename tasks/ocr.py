"""The engines that read a document."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from docverify.reading import Engine, Reading, Refusal, local
from docverify.reading.pages import too_large
from tasks.errors import only_our_errors
from tasks.s3 import File
from tasks.settings import read_settings


@task(timeout_seconds=180, cache_policy=NO_CACHE, persist_result=False)
@only_our_errors()
def process_image_with_ocr(file: File, engine: Engine) -> Reading:
    """Read a file with the engine; what cannot be read gives a reading with the reason."""
    limits = read_settings().limits()
    if file.content is None:
        error = too_large(limits)
        return Reading(engine, refusal=Refusal(error.code, str(error)))
    return local.read(file.content, limits)
