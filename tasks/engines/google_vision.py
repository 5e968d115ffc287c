"""The engine `google-vision`: Cloud Vision's text detection for documents (v1, images:annotate)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from time import sleep

import requests
from pydantic import ValidationError
from requests import PreparedRequest, RequestException, Response

from docverify.page import Engine, Reading
from docverify.reading.cloud.encoding import EncodedPage, refused_by_engine
from docverify.reading.cloud.page import build_page
from tasks.engines import reader_pool
from tasks.engines.google_vision_response import (
    BatchResponse,
    ErrorResponse,
    ImageResponse,
    RequestError,
    parse_lines,
)
from tasks.errors import EdgeError, SetupError, WorldError
from tasks.s3 import File, Upload
from tasks.settings import Settings

MAX_IMAGES = 16  # limits of one request
MAX_BYTES = 10_000_000
FRAME_BYTES = 200  # of JSON around an image
CONNECT_SECONDS = 5
MAX_PAUSE_SECONDS = 20.0
"""The longest pause for which we wait here; for a longer one, the task is retried later."""

BUSY = {429, 503}
TEMPORARY = {408, 429}  # and every 5xx
TEMPORARY_CODES = {4, 8, 13, 14}  # google.rpc: deadline exceeded, exhausted, internal, unavailable
BAD_IMAGE = 3
CREDENTIALS = (
    "Cloud Vision refuses the credentials ({}): "
    "set a valid DOCVERIFY_GOOGLE_API_KEY, or a new DOCVERIFY_GOOGLE_ACCESS_TOKEN"
)
RIGHTS = (
    "Cloud Vision may not be used ({}): enable it and billing in the project, allow the key or "
    "account to use it, and for a person's token set DOCVERIFY_GOOGLE_PROJECT"
)
QUOTA = "the project's daily quota of Cloud Vision is used up ({}): raise it, or wait"
ADDRESS = "Cloud Vision is not at this address ({}): check DOCVERIFY_GOOGLE_URL"
REQUEST = "Cloud Vision refuses the request ({}): check for a proxy that changes requests"


def read(
    pages: Sequence[EncodedPage],
    settings: Settings,
    original: File | None = None,
    upload: Upload | None = None,
) -> Reading:
    """Read encoded pages; Cloud Vision cannot fetch an upload. Raise as every cloud engine does."""
    responses = [each for batch in split_into_batches(pages) for each in annotate(batch, settings)]
    for response in responses:
        check_image(response)
    both = zip(responses, pages, strict=True)
    measure = partial(reader_pool.look, settings=settings)
    read = tuple(build_page(parse_lines(response, page), page, measure) for response, page in both)
    return Reading(Engine.GOOGLE_VISION, read)


def split_into_batches(pages: Sequence[EncodedPage]) -> Iterator[Sequence[EncodedPage]]:
    """Split pages into requests that the engine accepts."""
    batch: list[EncodedPage] = []
    for page in pages:
        if len(batch) == MAX_IMAGES or request_bytes([*batch, page]) > MAX_BYTES:
            yield batch
            batch = []
        batch.append(page)
    yield batch


def request_bytes(pages: Sequence[EncodedPage]) -> int:
    """Return the bytes of a request, with its images in base64."""
    images = sum(FRAME_BYTES + 4 * (len(page.content) // 3 + 1) for page in pages)
    return FRAME_BYTES + images


def annotate(batch: Sequence[EncodedPage], settings: Settings) -> Sequence[ImageResponse]:
    """Send a batch; if a busy engine asks for a short pause, wait and send it once more."""
    response = _post(batch, settings)
    if (pause := requested_pause(response)) <= MAX_PAUSE_SECONDS:
        sleep(pause)
        response = _post(batch, settings)
    if response.status_code != requests.codes.ok:
        raise explain_refusal(response)
    try:
        images = BatchResponse.model_validate_json(response.content).responses
    except ValidationError:
        raise WorldError("the response of Cloud Vision does not have its format") from None
    if len(images) != len(batch):
        raise WorldError("the response of Cloud Vision does not match the pages that were sent")
    return images


def _post(batch: Sequence[EncodedPage], settings: Settings) -> Response:
    images = [{"content": b64encode(page.content).decode()} for page in batch]
    features = [{"type": "DOCUMENT_TEXT_DETECTION"}]
    try:
        return requests.post(
            settings.google_url.rstrip("/") + "/v1/images:annotate",
            json={"requests": [{"image": image, "features": features} for image in images]},
            headers=build_credentials(settings),
            auth=keep_credentials,
            timeout=(CONNECT_SECONDS, settings.cloud_timeout),
            allow_redirects=False,  # A redirect would send the key and the images to another host.
        )
    except RequestException as error:
        raise WorldError(
            f"Cloud Vision does not answer: {type(error).__name__}", "no-answer"
        ) from None


def build_credentials(settings: Settings) -> dict[str, str]:
    """Return the headers with the key or token; neither is in the URL, because proxies log URLs."""
    if key := settings.google_api_key.get_secret_value():
        return {"X-Goog-Api-Key": key}
    if token := settings.google_access_token.get_secret_value():
        payer = {"x-goog-user-project": settings.google_project} if settings.google_project else {}
        return {"Authorization": f"Bearer {token}"} | payer
    raise SetupError(
        "the engine google-vision has no credentials: "
        "set DOCVERIFY_GOOGLE_API_KEY or DOCVERIFY_GOOGLE_ACCESS_TOKEN",
        "no-credentials",
    )


def keep_credentials(request: PreparedRequest) -> PreparedRequest:
    """Return a request unchanged: without this, requests would use the credentials of ~/.netrc."""
    return request


def requested_pause(response: Response) -> float:
    """Return how many seconds a busy engine asks us to wait; infinity if it names no time."""
    retry_after = response.headers.get("Retry-After", "")
    if response.status_code not in BUSY or not retry_after:
        return float("inf")
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return float("inf")
    until = until.replace(tzinfo=until.tzinfo or UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def explain_refusal(response: Response) -> EdgeError:
    """Return the error for a refused request, from its codes only; a message may quote values."""
    try:
        error = ErrorResponse.model_validate_json(response.content).error
    except ValidationError:
        error = RequestError()
    status = response.status_code
    what = f"{status} {error.name}".strip()
    if status == requests.codes.too_many_requests and error.is_for_the_day:
        return SetupError(QUOTA.format(what), str(status))
    if status in TEMPORARY or status >= 500:
        return WorldError(f"Cloud Vision refuses the request for now ({what})", str(status))
    if status == requests.codes.unauthorized or error.name == "API_KEY_INVALID":
        return SetupError(CREDENTIALS.format(what), str(status))
    if status == requests.codes.forbidden:
        return SetupError(RIGHTS.format(what), str(status))
    if status == requests.codes.not_found or status < 400:
        return SetupError(ADDRESS.format(what), str(status))
    return SetupError(REQUEST.format(what), str(status))


def check_image(response: ImageResponse) -> None:
    """Raise the error of one image in a request that succeeded."""
    code = response.error.code
    if code == BAD_IMAGE:
        raise refused_by_engine()
    if code in TEMPORARY_CODES:
        raise WorldError(f"Cloud Vision cannot read a page for now (code {code})", str(code))
    if code:
        raise SetupError(RIGHTS.format(f"code {code}"), str(code))
