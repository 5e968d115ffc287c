"""The self-hosted webhook: SNS posts to it, and it hands one event to Prefect.

It believes nothing that SNS did not sign for one of our topics in the last hour or so. It answers
204 only when Prefect has the event. SNS tries again after a 503, and gives up after a 400 or 403.
Its log lines hold no keys of objects: they may be personal.

By raw delivery a message comes as it was published: without signature, and with headers that
anybody can write. It is refused unless SNS is given a password for it, which is then all that
protects the gateway, besides the allow-list of buckets and what Prefect's automation hears of.
"""

import asyncio
import base64
import json
import logging
import re
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Self

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import Event
from prefect.settings import get_current_settings
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.gateway.sns_signature import Certificates, NotFetched, NotSigned, verify
from services.gateway.template import render

PATH = "/notifications"
# A message has at most 256 KB, and at most twice that as escaped text in its envelope.
BODY_LIMIT = 528 * 1024
# SNS waits 15 s for an answer.
ANSWER_SECONDS = 10
# What a proxy before the gateway adds: then the sender is not who connects.
_FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})

_SNS_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")

logger = logging.getLogger("docverify.gateway")
router = APIRouter()


class GatewaySettings(BaseSettings):
    """Where the gateway listens, and whom it believes."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_GATEWAY_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. TLS is up to what stands before the gateway.",
    )
    port: int = Field(8400, ge=1, le=65535, description="Port to listen on.")
    topics: Annotated[frozenset[str], NoDecode] = Field(
        min_length=1,
        description="ARNs of the SNS topics that are believed, separated by commas.",
    )

    max_age: float = Field(
        75 * 60,
        gt=0,
        description="Seconds after which a message is too old; SNS retries for up to an hour.",
    )
    raw_password: SecretStr = Field(
        SecretStr(""),
        description=(
            "Password for raw delivery, which has no signature: subscribe "
            "https://sns:PASSWORD@HOST/notifications. Empty: raw messages are refused."
        ),
    )
    unsigned_from_loopback: bool = Field(
        False,
        description=(
            "Believe unsigned messages of this machine, as the demo's stand-in for SNS sends "
            "them. Never with a proxy before the gateway."
        ),
    )

    @model_validator(mode="after")
    def _unsigned_is_for_this_machine(self) -> Self:
        if self.unsigned_from_loopback and not _is_loopback(self.host):
            raise ValueError("unsigned_from_loopback needs a loopback address as host")
        return self

    @field_validator("topics", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """An empty name is none of a topic: a gateway that believes nobody must not start."""
        if not isinstance(value, str):
            return value
        return [each.strip() for each in value.split(",") if each.strip()]


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
    def is_raw(self) -> bool:
        """Whether it is the bare message, of which nothing is signed."""
        return "x-amz-sns-rawdelivery" in self.headers or self._field("Type") is None

    @property
    def is_forwarded(self) -> bool:
        """Whether a proxy says that it handed this on."""
        return not _FORWARDED.isdisjoint(self.headers)

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
            app.state.certificates = Certificates(sns)
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
    _check_topic(message, state.settings.topics)
    await _check_sender(request, message)
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


def _check_topic(message: Message, allowed: frozenset[str]) -> None:
    if not message.topics or not message.topics <= allowed:
        raise _refusal(403, "the topic is not in DOCVERIFY_GATEWAY_TOPICS")


async def _check_sender(request: Request, message: Message) -> None:
    settings: GatewaySettings = request.app.state.settings
    if settings.unsigned_from_loopback and _is_from_this_machine(request, message):
        return
    if message.is_raw:
        _check_password(message, settings.raw_password.get_secret_value())
        return
    try:
        body = message.body if isinstance(message.body, dict) else {}
        now = datetime.now(UTC)
        await verify(body, request.app.state.certificates, now, settings.max_age)
    except NotSigned as error:
        raise _refusal(403, str(error)) from None
    except NotFetched as error:
        raise _refusal(503, str(error)) from error


def _is_from_this_machine(request: Request, message: Message) -> bool:
    peer = request.client
    return peer is not None and _is_loopback(peer.host) and not message.is_forwarded


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_password(message: Message, password: str) -> None:
    if not password:
        raise _refusal(403, "a raw message has no signature, and no raw_password is set")
    sent = message.headers.get("authorization")
    if sent is None:  # SNS gives the password only when it is asked.
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="docverify"'})
    wanted = base64.b64encode(f"sns:{password}".encode())
    if not secrets.compare_digest(sent.removeprefix("Basic ").encode(), wanted):
        raise _refusal(403, "the password of a raw message is wrong")


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


def _explained(error: ErrorDetails) -> str:
    """Name the variable at fault and what it is for, without its value."""
    name = str(error["loc"][0]) if error["loc"] else "*"
    about = GatewaySettings.model_fields.get(name)
    hint = f" ({about.description})" if about else ""
    return f"DOCVERIFY_GATEWAY_{name}: ".upper() + error["msg"] + hint


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logger.setLevel(logging.INFO)
    try:
        settings = GatewaySettings()
    except ValidationError as error:
        sys.exit("\n".join(map(_explained, error.errors())))
    if not get_current_settings().api.url:
        sys.exit("Set PREFECT_API_URL to the server that gets the events")
    uvicorn.run(
        gateway(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
    )
