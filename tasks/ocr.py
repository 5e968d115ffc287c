"""The engines that read a document."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from docverify.errors import UnreadableFile
from docverify.reading import Engine, Reading, Refusal, local
from docverify.reading.encoding import encode_pages, shows_the_same
from docverify.reading.pages import too_large
from tasks import google_vision, textract
from tasks.errors import may_work_later, only_our_errors
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


def _read(
    content: bytes, engine: Engine, settings: Settings, stored: textract.Document | None
) -> Reading:
    limits = settings.limits()
    match engine:
        case Engine.LOCAL:
            return local.read(content, limits)
        case Engine.GOOGLE_VISION:
            return google_vision.read(encode_pages(content, limits), settings)
        case Engine.TEXTRACT:  # pragma: no branch (there is no other)
            pages = encode_pages(content, limits)
            original = stored if stored and shows_the_same(content, pages[0]) else None
            return textract.read(pages, settings, original)
