"""The self-hosted webhook: it receives SNS messages and sends one event for each to Prefect.

It accepts only messages that SNS signed for one of our topics within the last `max_age` seconds. It
answers 204 only when Prefect has the event. SNS sends a message again after a 503, and gives up
after a 400 or 403. Log lines contain no object keys, because a key may be personal data.

With raw delivery, SNS sends the bare message: it has no signature, and anyone can forge its
headers. The gateway refuses it unless `raw_password` is set and sent. Then only that password, the
allow-list of buckets and the match of Prefect's automation protect the service.
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
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import Event
from prefect.settings import get_current_settings
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.connections import build_server, read_limits
from services.gateway.sns_signature import Certificates, NotFetched, NotSigned, verify
from services.gateway.template import render
from services.log_limit import limit_repetitions
from services.starting import check_port, read_or_exit, warn_of_misspelt
from tasks.logs import TEXT_FORMAT, is_json, write_json

PATH = "/notifications"
# A message has at most 256 KB, and at most twice that as escaped text in its envelope.
BODY_LIMIT = 528 * 1024
# SNS waits 15 s for a response.
ANSWER_SECONDS = 10
# Headers that a proxy in front of the gateway adds; the peer is then not the sender.
FORWARDED_HEADERS = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})

SNS_HOST = re.compile(r"sns\.([a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)")

logger = logging.getLogger("docverify.gateway")
router = APIRouter()


class GatewaySettings(BaseSettings):
    """Settings of the gateway, from variables DOCVERIFY_GATEWAY_*."""

    model_config = SettingsConfigDict(env_prefix="DOCVERIFY_GATEWAY_", hide_input_in_errors=True)

    host: str = Field(
        "127.0.0.1",
        description="Address to listen on. A proxy in front of the gateway provides TLS.",
    )
    port: int = Field(8400, ge=1, le=65535, description="Port to listen on.")
    topics: Annotated[frozenset[str], NoDecode] = Field(
        min_length=1,
        description="ARNs of the accepted SNS topics, separated by commas.",
    )

    max_age: float = Field(
        75 * 60,
        gt=0,
        description="Maximum age of a message in seconds; SNS retries for up to an hour.",
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
            "Accept unsigned messages from this machine, which the demo's fake SNS sends. Never "
            "set it with a proxy in front of the gateway."
        ),
    )

    @model_validator(mode="after")
    def _check_unsigned(self) -> Self:
        if self.unsigned_from_loopback and not is_loopback(self.host):
            raise ValueError(
                "DOCVERIFY_GATEWAY_UNSIGNED_FROM_LOOPBACK needs a loopback address as "
                "DOCVERIFY_GATEWAY_HOST"
            )
        return self

    @field_validator("topics", mode="before")
    @classmethod
    def _split_topics(cls, value: object) -> object:
        """Split the ARNs at commas; refuse an empty list."""
        if not isinstance(value, str):
            return value
        return [each.strip() for each in value.split(",") if each.strip()]


@dataclass(frozen=True)
class Message:
    """A message that SNS posted.

    Attributes:
        headers: Headers of the request; with raw delivery, they contain what is otherwise in the
            envelope.
        body: Parsed JSON: the envelope of SNS, or (raw delivery) the bare message.
    """

    headers: Mapping[str, str]
    body: object

    @property
    def type(self) -> object:
        """Notification, SubscriptionConfirmation or UnsubscribeConfirmation."""
        return self._field("Type") or self.headers.get("x-amz-sns-message-type")

    @property
    def is_raw(self) -> bool:
        """Whether it is a bare message, without a signature."""
        return "x-amz-sns-rawdelivery" in self.headers or self._field("Type") is None

    @property
    def is_forwarded(self) -> bool:
        """Whether a proxy has forwarded it."""
        return not FORWARDED_HEADERS.isdisjoint(self.headers)

    @property
    def topics(self) -> frozenset[str]:
        """Topics that it names; a genuine message names one."""
        named = (self._field("TopicArn"), self.headers.get("x-amz-sns-topic-arn"))
        return frozenset(str(topic) for topic in named if topic)

    @property
    def subscribe_url(self) -> object:
        """URL that confirms a subscription when it is opened."""
        return self._field("SubscribeURL")

    def _field(self, name: str) -> object:
        return self.body.get(name) if isinstance(self.body, dict) else None


def gateway(
    settings: GatewaySettings,
    sns_transport: httpx.AsyncBaseTransport | None = None,
    answer_seconds: float = ANSWER_SECONDS,
) -> FastAPI:
    """Build the app; address and credentials of Prefect come from Prefect's own settings.

    Prefect and SNS must answer within `answer_seconds`.
    """

    @asynccontextmanager
    async def clients(app: FastAPI) -> AsyncIterator[None]:
        sns = httpx.AsyncClient(
            transport=sns_transport, timeout=answer_seconds, follow_redirects=False
        )
        async with get_client() as prefect, sns:
            app.state.prefect, app.state.sns = prefect, sns
            app.state.answer_seconds = answer_seconds
            app.state.certificates = Certificates(sns)
            yield

    app = FastAPI(title="docverify gateway", lifespan=clients, openapi_url=None)
    app.state.settings = settings
    app.include_router(router)
    return app


@router.get("/health")
async def health() -> str:
    """Return `ok` while the gateway listens."""
    return "ok"


@router.post(PATH, status_code=204)
async def receive(request: Request) -> Response:
    """Receive one message of SNS."""
    state = request.app.state
    message = Message(request.headers, parse_json(await read_content(request)))
    check_topic(message, state.settings.topics)
    await check_sender(request, message)
    if message.type == "SubscriptionConfirmation":
        await confirm_subscription(state.sns, message)
    else:
        event = await render_event(request.method, message)
        await send_event(state.prefect, event, state.answer_seconds)
    return Response(status_code=204)


def is_confirmation(text: object, topics: frozenset[str]) -> bool:
    """Return whether the URL only confirms a subscription to the topic, at AWS."""
    try:
        url = httpx.URL(str(text))
    except httpx.InvalidURL:
        return False
    return (
        url.scheme == "https"
        and not url.userinfo
        and url.path == "/"
        and (host := SNS_HOST.fullmatch(url.netloc.decode())) is not None
        and all(find_region(topic) == host[1] for topic in topics)
        and url.params.get_list("Action") == ["ConfirmSubscription"]
        and frozenset(url.params.get_list("TopicArn")) == topics
    )


def find_region(topic: str) -> str:
    """Return the region in the ARN of a topic; empty if it is not an ARN."""
    parts = topic.split(":")
    return parts[3] if len(parts) == 6 else ""  # arn:PARTITION:sns:REGION:ACCOUNT:NAME


async def read_content(request: Request) -> bytes:
    """Read the body; refuse one that is too long."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > BODY_LIMIT:
            raise refuse(413, "the message is longer than any message from SNS")
    return bytes(content)


def parse_json(content: bytes) -> object:
    """Parse the body; refuse one that is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise refuse(400, "the body is not JSON") from None


def check_topic(message: Message, allowed: frozenset[str]) -> None:
    """Refuse a message that names no topic, or one that is not accepted."""
    if not message.topics or not message.topics <= allowed:
        raise refuse(403, "the topic is not in DOCVERIFY_GATEWAY_TOPICS")


async def check_sender(request: Request, message: Message) -> None:
    """Refuse a message that SNS did not sign, unless another proof of its sender is allowed."""
    settings: GatewaySettings = request.app.state.settings
    if settings.unsigned_from_loopback and is_from_this_machine(request, message):
        return
    if message.is_raw:
        check_password(message, settings.raw_password.get_secret_value())
        return
    try:
        body = message.body if isinstance(message.body, dict) else {}
        now = datetime.now(UTC)
        await verify(body, request.app.state.certificates, now, settings.max_age)
    except NotSigned as error:
        raise refuse(403, str(error)) from None
    except NotFetched as error:
        raise refuse(503, str(error)) from error


def is_from_this_machine(request: Request, message: Message) -> bool:
    """Return whether the request comes from this machine, and not through a proxy."""
    peer = request.client
    return peer is not None and is_loopback(peer.host) and not message.is_forwarded


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is the loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_password(message: Message, password: str) -> None:
    """Refuse a raw message without the right password."""
    if not password:
        raise refuse(403, "raw message without a signature, and no raw_password is set")
    sent = message.headers.get("authorization")
    if sent is None:  # SNS sends the password only after a 401.
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="docverify"'})
    wanted = base64.b64encode(f"sns:{password}".encode())
    if not secrets.compare_digest(sent.removeprefix("Basic ").encode(), wanted):
        raise refuse(403, "the password of a raw message is wrong")


async def confirm_subscription(sns: httpx.AsyncClient, message: Message) -> None:
    """Open the URL that confirms the subscription; refuse one that does anything else."""
    if not is_confirmation(message.subscribe_url, message.topics):
        raise refuse(403, "SubscribeURL does not belong to SNS and this topic")
    try:
        (await sns.get(str(message.subscribe_url))).raise_for_status()
    except httpx.HTTPError as error:
        raise refuse(503, "SNS did not accept the confirmation") from error
    logger.info("subscription confirmed")


async def render_event(method: str, message: Message) -> Event:
    """Build the event of a message with the webhook's template."""
    text = await run_in_threadpool(render, method, message.headers, message.body)
    try:
        # Prefect's model adds the time, and the id if the template set none.
        return Event.model_validate_json(text)
    except ValidationError:
        raise refuse(400, "the message cannot be turned into an event") from None


async def send_event(prefect: PrefectClient, event: Event, seconds: float) -> None:
    """Send the event to Prefect; answer 503 if Prefect does not accept it within some seconds."""
    try:
        async with asyncio.timeout(seconds):
            await prefect.request("POST", "/events", json=[event.model_dump(mode="json")])
    except (httpx.HTTPError, TimeoutError) as error:
        raise refuse(503, "Prefect did not accept the event") from error
    logger.info("%s %s", event.event, event.id)


def refuse(status: int, reason: str) -> HTTPException:
    """Log a reason, and return the HTTP error with it."""
    logger.warning("%s: %s", status, reason)
    return HTTPException(status, reason)


def main() -> None:
    """Serve until stopped."""
    start_log()
    settings = read_or_exit(GatewaySettings)
    warn_of_misspelt(GatewaySettings)
    if not get_current_settings().api.url:
        sys.exit("Set PREFECT_API_URL to the Prefect server that receives the events")
    check_port(settings.host, settings.port, "DOCVERIFY_GATEWAY_PORT")
    limits, log = read_limits(), {"log_config": None, "log_level": "warning"}
    build_server(gateway(settings), settings.host, settings.port, limits, **log).run()


def start_log() -> None:
    """Write the log to stderr, with a limit on equal warnings."""
    if is_json():
        write_json(sys.stderr)
    else:
        logging.basicConfig(format=TEXT_FORMAT)
    logger.setLevel(logging.INFO)
    limit_repetitions()
