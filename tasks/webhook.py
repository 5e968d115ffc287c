"""The webhook: verdicts as signed HTTP requests, by the Standard Webhooks specification."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal

import httpx
from pydantic import AwareDatetime, BaseModel, Field
from standardwebhooks import Webhook

from tasks.record.announcements import Announcement
from tasks.record.deliveries import DueDelivery, record_attempt, take_due
from tasks.settings import read_settings

MAX_ANSWER_BYTES = 64 * 1024
AT_ONCE = 8
BATCH_DELIVERIES = 64


class WebhookMessage(BaseModel):
    """The body of a request to the webhook."""

    type: Literal[
        "document.verified", "document.referred", "document.resubmit", "document.rejected"
    ]
    timestamp: AwareDatetime = Field(description="time of the decision")
    data: Announcement


@dataclass(frozen=True)
class Receiver:
    """The receiver of the deliveries, and how to reach it.

    Attributes:
        url: HTTPS, or HTTP on loopback.
        secrets: Secrets of the signature; more than one while a secret is being replaced.
        seconds: Longest duration of a request, with its answer.
    """

    url: str
    secrets: tuple[str, ...]
    seconds: float


def read_receiver() -> Receiver | None:
    """Read the receiver from the settings; None if no webhook is set."""
    settings = read_settings()
    secrets = tuple(settings.webhook_secret.get_secret_value().split())
    if not settings.webhook_url:
        return None
    return Receiver(settings.webhook_url, secrets, settings.webhook_timeout)


def deliver_due(limit: int = BATCH_DELIVERIES, verdict_id: int | None = None) -> int:
    """Attempt the deliveries that are due, at most `limit`; count those that succeeded.

    Raise SetupError if the settings of the webhook are not valid, WorldError or SetupError when
    the database does not answer. A failing receiver is not an error: it is tried again later.
    """
    receiver = read_receiver()
    if receiver is None:
        return 0
    succeeded = 0
    while limit > 0:
        taken = take_due(min(limit, BATCH_DELIVERIES), verdict_id)
        # In a separate thread, because the caller's thread may have an event loop.
        with ThreadPoolExecutor(1) as thread:
            errors = thread.submit(lambda: asyncio.run(post_all(receiver, taken))).result()  # noqa: B023
        for each, error in zip(taken, errors, strict=True):
            is_gone = error == describe_status(HTTPStatus.GONE)
            record_attempt(each, error, is_final=is_gone)
            succeeded += error is None
        limit -= len(taken)
        if len(taken) < BATCH_DELIVERIES:
            break
    return succeeded


async def post_all(receiver: Receiver, taken: Sequence[DueDelivery]) -> list[str | None]:
    """Post announcements, a few at a time; return the error of each, None if it succeeded."""
    slots = asyncio.Semaphore(AT_ONCE)
    # Proxies and credentials of the environment are not used, and redirects are not followed.
    client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=receiver.seconds)

    async def post_in_turn(each: DueDelivery) -> str | None:
        async with slots:
            return await post(client, receiver, each.announcement)

    async with client:
        return list(await asyncio.gather(*map(post_in_turn, taken)))


async def post(client: httpx.AsyncClient, receiver: Receiver, sent: Announcement) -> str | None:
    """Post an announcement; return the error, without content of the answer."""
    body = build_body(sent)
    headers = sign(receiver, sent, body, datetime.now(UTC))
    try:
        async with asyncio.timeout(receiver.seconds):
            return await _post(client, receiver.url, body, headers)
    except (TimeoutError, httpx.TimeoutException):
        return f"no answer within {receiver.seconds:g} seconds"
    except httpx.HTTPError as error:
        return f"no connection ({type(error).__name__})"


async def _post(
    client: httpx.AsyncClient, url: str, body: str, headers: dict[str, str]
) -> str | None:
    request = client.stream("POST", url, content=body.encode(), headers=headers)
    async with request as answer:
        received = 0
        async for chunk in answer.aiter_raw():
            received += len(chunk)
            if received > MAX_ANSWER_BYTES:
                return f"the answer is longer than {MAX_ANSWER_BYTES} bytes"
        return None if answer.is_success else describe_status(answer.status_code)


def build_body(sent: Announcement) -> str:
    """Build the body of a request: type, time of the decision, and the announcement."""
    message = {"type": f"document.{sent.outcome}", "timestamp": sent.decided_at, "data": sent}
    return WebhookMessage.model_validate(message).model_dump_json()


def sign(receiver: Receiver, sent: Announcement, body: str, now: datetime) -> dict[str, str]:
    """Build the headers: the id, which is the same for repeats, the time and the signatures."""
    message_id = f"msg_{sent.id.hex}"
    signatures = (Webhook(each).sign(message_id, now, body) for each in receiver.secrets)
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "docverify",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def describe_status(status: int) -> str:
    """Return a sentence about an answer that is not a success."""
    if httpx.codes.is_redirect(status):
        return f"HTTP {status}: redirects are not followed"
    return f"HTTP {status}"
