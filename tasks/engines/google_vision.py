"""The engine `google-vision`: Cloud Vision's text detection for documents (v1, images:annotate)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
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
    Answer,
    ErrorAnswer,
    ImageAnswer,
    RequestError,
    lines_of,
)
from tasks.errors import EdgeError, SetupError, WorldError
from tasks.settings import Settings

MAX_IMAGES = 16  # of one request, as is the next
MAX_BYTES = 10_000_000
FRAME = 200  # bytes of JSON around an image
CONNECT_SECONDS = 5
LONGEST_PAUSE = 20.0
"""Seconds that we wait here when asked to; for longer ones the task is tried again later."""

BUSY = {429, 503}
FOR_NOW = {408, 429}  # and every 5xx
TRANSIENT = {4, 8, 13, 14}  # google.rpc: deadline exceeded, exhausted, internal, unavailable
BAD_IMAGE = 3
CREDENTIALS = (
    "Cloud Vision refuses the credentials ({}): "
    "set a valid DOCVERIFY_GOOGLE_API_KEY, or a fresh DOCVERIFY_GOOGLE_ACCESS_TOKEN"
)
RIGHTS = (
    "Cloud Vision may not be used ({}): enable it and billing in the project, "
    "let the key or account use it, and for a person's token set DOCVERIFY_GOOGLE_PROJECT"
)
QUOTA = "the project's quota of Cloud Vision for the day is used up ({}): raise it, or wait"
ADDRESS = "no Cloud Vision is there ({}): check DOCVERIFY_GOOGLE_URL"
REQUEST = "Cloud Vision refuses the request ({}): check what stands between, such as a proxy"


def read(pages: Sequence[EncodedPage], settings: Settings) -> Reading:
    """Read pages; raises UnreadableFile when the engine takes one for no picture.

    Raises WorldError when the engine can't answer for now, SetupError when it won't.
    """
    answers = [answer for batch in _batches(pages) for answer in _annotate(batch, settings)]
    for answer in answers:
        _check(answer)
    both = zip(answers, pages, strict=True)
    measure = partial(reader_pool.look, settings=settings)
    made = tuple(build_page(lines_of(answer, page), page, measure) for answer, page in both)
    return Reading(Engine.GOOGLE_VISION, made)


def _batches(pages: Sequence[EncodedPage]) -> Iterator[Sequence[EncodedPage]]:
    """Split pages into requests that the engine takes."""
    batch: list[EncodedPage] = []
    for page in pages:
        if len(batch) == MAX_IMAGES or sum(map(_size, (*batch, page))) > MAX_BYTES - FRAME:
            yield batch
            batch = []
        batch.append(page)
    yield batch


def _size(page: EncodedPage) -> int:
    return FRAME + 4 * (len(page.content) // 3 + 1)  # as base64


def _annotate(batch: Sequence[EncodedPage], settings: Settings) -> Sequence[ImageAnswer]:
    """Ask for a batch; whoever is asked to wait a moment waits, and asks once more."""
    response = _post(batch, settings)
    if (pause := _pause(response)) <= LONGEST_PAUSE:
        sleep(pause)
        response = _post(batch, settings)
    if response.status_code != requests.codes.ok:
        raise _refused(response)
    answers = _answer(response).responses
    if len(answers) != len(batch):
        raise WorldError("Cloud Vision left out answers")
    return answers


def _post(batch: Sequence[EncodedPage], settings: Settings) -> Response:
    try:
        return requests.post(
            settings.google_url.rstrip("/") + "/v1/images:annotate",
            json={"requests": [_request(page) for page in batch]},
            headers=_credentials(settings),
            auth=_as_it_is,
            timeout=(CONNECT_SECONDS, settings.cloud_timeout),
            allow_redirects=False,  # Another host would get the key and the pictures.
        )
    except RequestException as error:
        raise WorldError(
            f"Cloud Vision does not answer: {type(error).__name__}", "no-answer"
        ) from None


def _request(page: EncodedPage) -> Mapping[str, object]:
    return {
        "image": {"content": b64encode(page.content).decode()},
        "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
    }


def _credentials(settings: Settings) -> dict[str, str]:
    """A key goes into a header, because addresses are logged on their way."""
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


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """Without an authentication of its own, requests would put that of ~/.netrc over ours."""
    return request


def _pause(response: Response) -> float:
    """Return the seconds that a busy engine asks us to wait; without a word from it, forever."""
    asked = response.headers.get("Retry-After", "")
    if response.status_code not in BUSY or not asked:
        return float("inf")
    if asked.isdecimal():
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return float("inf")
    until = until.replace(tzinfo=until.tzinfo or UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _answer(response: Response) -> Answer:
    try:
        return Answer.model_validate_json(response.content)
    except ValidationError:
        raise WorldError("Cloud Vision gave no answer in its format") from None


def _refused(response: Response) -> EdgeError:
    """Say whose fault it is, by the codes alone."""
    status, error = response.status_code, _error(response)
    what = f"{status} {error.name}".strip()
    if status == requests.codes.too_many_requests and error.is_for_the_day:
        return SetupError(QUOTA.format(what), str(status))
    if status in FOR_NOW or status >= 500:
        return WorldError(f"Cloud Vision refuses for now ({what})", str(status))
    if status == requests.codes.unauthorized or error.name == "API_KEY_INVALID":
        return SetupError(CREDENTIALS.format(what), str(status))
    if status == requests.codes.forbidden:
        return SetupError(RIGHTS.format(what), str(status))
    if status == requests.codes.not_found or status < 400:
        return SetupError(ADDRESS.format(what), str(status))
    return SetupError(REQUEST.format(what), str(status))


def _error(response: Response) -> RequestError:
    try:
        return ErrorAnswer.model_validate_json(response.content).error
    except ValidationError:
        return RequestError()


def _check(answer: ImageAnswer) -> None:
    """Raise what the error of one image, within a request that went well, means."""
    code = answer.error.code
    if code == BAD_IMAGE:
        raise refused_by_engine()
    if code in TRANSIENT:
        raise WorldError(f"Cloud Vision can't read a page for now (code {code})", str(code))
    if code:
        raise SetupError(RIGHTS.format(f"code {code}"), str(code))
