"""The self-hosted webhook: SNS posts to it, and it hands one event to Prefect.

It answers 204 only when Prefect has the event. SNS tries again after a 503, and gives up after
a 400 or 403. Its log lines hold no keys of objects: they may be personal.
"""

import asyncio
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import Event
from prefect.settings import get_current_settings
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from deploy.webhook import render

PATH = "/notifications"
# A message has at most 256 KB, and at most twice that as escaped text in its envelope.
BODY_LIMIT = 528 * 1024
# SNS waits 15 s for an answer.
ANSWER_SECONDS = 10

_SNS_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")

logger = logging.getLogger("docverify.gateway")
router = APIRouter()


class GatewaySettings(BaseSettings):
    """Where the gateway listens, and whom it believes."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_GATEWAY_")

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. TLS is up to what stands before the gateway.",
    )
    port: int = Field(8400, ge=1, le=65535, description="Port to listen on.")
    topics: Annotated[frozenset[str], NoDecode] = Field(
        min_length=1,
        description="ARNs of the SNS topics that are believed, separated by commas.",
    )

    @field_validator("topics", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return value.replace(" ", "").split(",") if isinstance(value, str) else value


@dataclass(frozen=True)
class Message:
    """What SNS posted: an envelope, or (raw delivery) a bare message with the rest in headers."""

    headers: Mapping[str, str]
    body: object

    @property
    def type(self) -> object:
        """Notification, SubscriptionConfirmation or UnsubscribeConfirmation."""
        return self._field("Type") or self.headers.get("x-amz-sns-message-type")

    @property
    def topics(self) -> frozenset[str]:
        """The topics that it names: one, if it is honest."""
        named = (self._field("TopicArn"), self.headers.get("x-amz-sns-topic-arn"))
        return frozenset(str(topic) for topic in named if topic)

    @property
    def subscribe_url(self) -> object:
        """What SNS wants opened to confirm a subscription."""
        return self._field("SubscribeURL")

    def _field(self, name: str) -> object:
        return self.body.get(name) if isinstance(self.body, dict) else None


def gateway(
    settings: GatewaySettings, sns_transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Build the app; it takes Prefect's address and credentials from Prefect's own settings."""

    @asynccontextmanager
    async def clients(app: FastAPI) -> AsyncIterator[None]:
        sns = httpx.AsyncClient(
            transport=sns_transport, timeout=ANSWER_SECONDS, follow_redirects=False
        )
        async with get_client() as prefect, sns:
            app.state.prefect, app.state.sns = prefect, sns
            yield

    app = FastAPI(title="docverify gateway", lifespan=clients, openapi_url=None)
    app.state.settings = settings
    app.include_router(router)
    return app


@router.get("/health")
async def health() -> str:
    """Say that the gateway listens."""
    return "ok"


@router.post(PATH, status_code=204)
async def receive(request: Request) -> Response:
    """Take one message of SNS."""
    state = request.app.state
    message = Message(request.headers, _parsed(await _content(request)))
    _check_sender(message, state.settings.topics)
    if message.type == "SubscriptionConfirmation":
        await _confirm(state.sns, message)
    else:
        await _hand_over(state.prefect, await _event(request.method, message))
    return Response(status_code=204)


def is_confirmation(text: object, topics: frozenset[str]) -> bool:
    """Whether opening the URL can do no more than confirm a subscription to the topic at AWS."""
    try:
        url = httpx.URL(str(text))
    except httpx.InvalidURL:
        return False
    return (
        url.scheme == "https"
        and not url.userinfo
        and _SNS_HOST.fullmatch(url.netloc.decode()) is not None
        and url.params.get_list("Action") == ["ConfirmSubscription"]
        and frozenset(url.params.get_list("TopicArn")) == topics
    )


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > BODY_LIMIT:
            raise _refusal(413, "no message of SNS is this long")
    return bytes(content)


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise _refusal(400, "the body is not JSON") from None


def _check_sender(message: Message, allowed: frozenset[str]) -> None:
    if not message.topics or not message.topics <= allowed:
        raise _refusal(403, "the topic is not in DOCVERIFY_GATEWAY_TOPICS")


async def _confirm(sns: httpx.AsyncClient, message: Message) -> None:
    if not is_confirmation(message.subscribe_url, message.topics):
        raise _refusal(403, "the SubscribeURL is not one of SNS for this topic")
    try:
        (await sns.get(str(message.subscribe_url))).raise_for_status()
    except httpx.HTTPError as error:
        raise _refusal(503, "SNS did not take the confirmation") from error
    logger.info("subscription confirmed")


async def _event(method: str, message: Message) -> Event:
    text = await run_in_threadpool(render, method, message.headers, message.body)
    try:
        # Prefect's own model fills in the id and the time that the template left out.
        return Event.model_validate_json(text)
    except ValidationError:
        raise _refusal(400, "the message does not render to an event") from None


async def _hand_over(prefect: PrefectClient, event: Event) -> None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await prefect.request("POST", "/events", json=[event.model_dump(mode="json")])
    except (httpx.HTTPError, TimeoutError) as error:
        raise _refusal(503, "Prefect did not take the event") from error
    logger.info("%s %s", event.event, event.id)


def _refusal(status: int, reason: str) -> HTTPException:
    logger.warning("%s: %s", status, reason)
    return HTTPException(status, reason)


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logger.setLevel(logging.INFO)
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        sys.exit(f"Set the gateway's environment variables, DOCVERIFY_GATEWAY_...: {error}")
    if not get_current_settings().api.url:
        sys.exit("Set PREFECT_API_URL to the server that gets the events")
    uvicorn.run(
        gateway(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
