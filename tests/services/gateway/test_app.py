"""The self-hosted webhook with a real Prefect server."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from uuid import uuid4

import httpx
import pytest
import requests
from prefect.settings import PREFECT_API_URL, temporary_settings

from deploy.local.child_server import LOOPBACK, free_port
from deploy.local.gateway_server import run_gateway
from services.gateway.app import BODY_LIMIT, PATH, GatewaySettings, gateway, is_confirmation, main
from tests.support.events import stored_events
from tests.support.polling import PATIENCE, eventually
from tests.support.sns_messages import (
    OTHER_TOPIC,
    SUBSCRIBE_URL,
    TEST_EVENT,
    TOPIC,
    compact,
    confirmation,
    envelope,
    eventbridge,
    raw_headers,
    record,
    s3_message,
)


class Sns:
    """Fake of SNS's endpoint for confirmations: it records requests and returns a set answer."""

    def __init__(self, *answers: httpx.Response):
        self.answers = list(answers)
        self.opened: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.opened.append(str(request.url))
        return self.answers.pop(0)


def post(
    body: object,
    headers: dict[str, str] | None = None,
    sns: Sns | None = None,
    answer_seconds: float = PATIENCE,
) -> int:
    """Post to a gateway in this process as SNS does, and return the status of the response."""
    content = body if isinstance(body, bytes) else compact(body).encode()
    settings = GatewaySettings(topics=TOPIC, unsigned_from_loopback=True)
    app = gateway(settings, httpx.MockTransport(sns or Sns()), answer_seconds)

    async def answer() -> int:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")
        async with app.router.lifespan_context(app), client:
            typed = {"content-type": "text/plain; charset=UTF-8"} | (headers or {})
            return (await client.post(PATH, content=content, headers=typed)).status_code

    return asyncio.run(answer())


@contextmanager
def prefect_at(url: str):
    with temporary_settings({PREFECT_API_URL: url}):
        yield


@pytest.mark.parametrize("delivery", ["envelope", "raw"])
def test_notification_becomes_an_event_with_the_same_id(prefect_server, delivery):
    message_id = str(uuid4())
    message = s3_message(record("inbox/red+flower.jpg"))
    body = envelope(compact(message), message_id=message_id) if delivery == "envelope" else message
    headers = raw_headers(message_id) if delivery == "raw" else None

    assert post(body, headers) == 204

    (event,) = eventually(lambda: stored_events(prefect_server, id=[message_id]))
    assert event["event"] == "notification.received"
    assert event["resource"]["prefect.resource.id"] == "bucket.file.inbox/red+flower.jpg"
    assert event["payload"]["key"] == "inbox/red+flower.jpg"


@pytest.mark.parametrize(
    ("message", "bucket"),
    [
        (eventbridge("inbox/red flower.jpg"), "documents"),
        ({"file_key": "inbox/red flower.jpg"}, "-"),
    ],
    ids=["EventBridge", "only a key"],
)
@pytest.mark.parametrize("delivery", ["envelope", "raw"])
def test_other_inputs_become_the_same_event(prefect_server, delivery, message, bucket):
    message_id = str(uuid4())
    body = envelope(compact(message), message_id=message_id) if delivery == "envelope" else message
    headers = raw_headers(message_id) if delivery == "raw" else None

    assert post(body, headers) == 204

    (event,) = eventually(lambda: stored_events(prefect_server, id=[message_id]))
    assert event["event"] == "notification.received"
    assert event["resource"]["prefect.resource.id"] == "bucket.file.inbox/red%20flower.jpg"
    assert event["resource"]["bucket"] == bucket


def test_long_key_that_does_not_compress_is_stored(prefect_server):
    """PostgreSQL's index refuses a long resource, and Prefect would lose the whole batch."""
    random = Random(1)  # noqa: S311 - not a secret.
    parts = [f"%{random.randrange(256):02X}" for _ in range(870)]
    parts += random.choices(ascii_letters + digits, k=1024 - len(parts))
    random.shuffle(parts)
    key, message_id = "".join(parts), str(uuid4())

    assert post(envelope(compact(s3_message(record(key))), message_id=message_id)) == 204

    (event,) = eventually(lambda: stored_events(prefect_server, id=[message_id]))
    assert event["payload"]["key"] == key


def test_redelivered_message_is_one_event(prefect_server):
    message_id, later = str(uuid4()), str(uuid4())
    body = envelope(compact(TEST_EVENT), message_id=message_id)

    assert [post(body), post(body)] == [204, 204]
    assert post(envelope(compact(TEST_EVENT), message_id=later)) == 204

    eventually(lambda: stored_events(prefect_server, id=[later]))
    assert len(stored_events(prefect_server, id=[message_id])) == 1


def test_message_without_an_id_gets_one(prefect_server):
    key = f"inbox/{uuid4()}"
    headers = raw_headers("none")

    assert post(s3_message(record(key)), headers) == 204

    assert eventually(lambda: stored_events(prefect_server, resource=[f"bucket.file.{key}"]))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(envelope("{}", topic=OTHER_TOPIC), {}, id="envelope"),
        pytest.param(s3_message(record()), raw_headers("1", topic=OTHER_TOPIC), id="raw"),
        pytest.param(envelope("{}"), raw_headers("1", topic=OTHER_TOPIC), id="two topics"),
        pytest.param(s3_message(record()), {}, id="no topic"),
        pytest.param(["not", "an", "object"], {}, id="no message"),
    ],
)
def test_message_of_another_topic_is_refused(body, headers):
    assert post(body, headers) == 403


@pytest.mark.parametrize(
    "content",
    [b"", b"key=value", b"{", b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "form", "cut", "binary", "deep"],
)
def test_body_that_is_not_json_is_refused(content):
    assert post(content) == 400


def test_too_long_body_is_refused():
    assert post(b'"' + b"x" * BODY_LIMIT) == 413


def test_sns_must_retry_while_prefect_is_down(caplog):
    with prefect_at(f"http://{LOOPBACK}:{free_port()}/api"):
        assert post(envelope(compact(s3_message(record("inbox/anna.png"))))) == 503

    assert "Prefect did not accept the event" in caplog.text
    assert "anna" not in caplog.text


def test_sns_must_retry_when_prefect_does_not_answer():
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        with prefect_at(f"http://{LOOPBACK}:{port}/api"):
            assert post(envelope(compact(TEST_EVENT)), answer_seconds=0.5) == 503


def test_key_is_not_logged(prefect_server, caplog):
    caplog.set_level(logging.DEBUG, logger="docverify")

    assert post(envelope(compact(s3_message(record("inbox/anna-passport.png"))))) == 204

    assert "notification.received" in caplog.text
    assert "anna" not in caplog.text


def test_subscription_is_confirmed_by_opening_its_url():
    sns = Sns(httpx.Response(200))

    assert post(confirmation(), sns=sns) == 204
    assert sns.opened == [SUBSCRIBE_URL]


def test_redirect_is_not_followed():
    sns = Sns(httpx.Response(302, headers={"location": "http://169.254.169.254/"}))

    assert post(confirmation(), sns=sns) == 503
    assert sns.opened == [SUBSCRIBE_URL]


QUERY = SUBSCRIBE_URL.partition("?")[2]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"http://sns.eu-west-1.amazonaws.com/?{QUERY}", id="no TLS"),
        pytest.param(f"https://evil.example/?{QUERY}", id="another host"),
        pytest.param(f"https://sns.eu-west-1.amazonaws.com.evil.example/?{QUERY}", id="suffix"),
        pytest.param(f"https://evil.example/sns.eu-west-1.amazonaws.com/?{QUERY}", id="path"),
        pytest.param(f"https://evilsns.eu-west-1.amazonaws.com/?{QUERY}", id="prefix"),
        pytest.param(f"https://sns.eu-west-1.amazonaws.com@evil.example/?{QUERY}", id="userinfo"),
        pytest.param(f"https://evil@sns.eu-west-1.amazonaws.com/?{QUERY}", id="credentials"),
        pytest.param(
            f"https://sns.eu-west-1.amazonaws.com\\@evil.example/?{QUERY}", id="backslash"
        ),
        pytest.param(f"https://sns.eu-west-1.amazonaws.com:8443/?{QUERY}", id="port"),
        pytest.param(f"https://sns.eu-west-1.amazonaws.com\n/?{QUERY}", id="newline"),
        pytest.param("https://[::1", id="broken"),
        pytest.param("https://sns.eu-west-1.amazonaws.com/?Action=Publish", id="another action"),
        pytest.param(SUBSCRIBE_URL.replace(TOPIC, OTHER_TOPIC), id="another topic"),
        pytest.param(SUBSCRIBE_URL.replace(".eu-west-1.", ".us-east-1."), id="another region"),
        pytest.param(SUBSCRIBE_URL.replace(".com/?", ".com/other?"), id="another path"),
        pytest.param("", id="empty"),
    ],
)
def test_url_that_may_do_anything_else_is_not_a_confirmation(url):
    assert not is_confirmation(url, frozenset({TOPIC}))


def test_url_that_is_not_a_confirmation_is_not_opened():
    sns = Sns()

    assert post(confirmation(subscribe_url=f"https://evil.example/?{QUERY}"), sns=sns) == 403
    assert sns.opened == []


def test_confirmation_of_the_china_partition_is_accepted():
    topic = TOPIC.replace("aws:sns:eu-west-1", "aws-cn:sns:cn-north-1")
    url = SUBSCRIBE_URL.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")

    assert is_confirmation(url.replace(TOPIC, topic), frozenset({topic}))


def test_topics_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("DOCVERIFY_GATEWAY_TOPICS", f"{TOPIC}, {OTHER_TOPIC}")

    assert GatewaySettings().topics == {TOPIC, OTHER_TOPIC}


def test_gateway_without_topics_does_not_start(prefect_server):
    started = subprocess.run(
        [sys.executable, "-m", "services.gateway"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert started.returncode == 1
    assert "DOCVERIFY_GATEWAY_" in started.stderr
    assert "topics" in started.stderr


def test_gateway_runs_as_a_process(prefect_server):
    message_id = str(uuid4())
    body = json.dumps(envelope(compact(TEST_EVENT), message_id=message_id))

    with run_gateway(prefect_server, [TOPIC]) as url:
        assert requests.post(url, data=body, timeout=PATIENCE).status_code == 204

    assert eventually(lambda: stored_events(prefect_server, id=[message_id]))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        pytest.param("TOPICS", "", "DOCVERIFY_GATEWAY_TOPICS: ", id="no topic"),
        pytest.param("TOPICS", " , ", "DOCVERIFY_GATEWAY_TOPICS: ", id="no topic but commas"),
        pytest.param("PORT", "hunter2", "DOCVERIFY_GATEWAY_PORT: ", id="no port"),
        pytest.param("HOST", "0.0.0.0", "DOCVERIFY_GATEWAY_", id="unsigned for everybody"),  # noqa: S104
    ],
)
def test_invalid_setting_is_named_without_its_value(name, value, told, monkeypatch):
    monkeypatch.setenv("DOCVERIFY_GATEWAY_TOPICS", TOPIC)
    monkeypatch.setenv("DOCVERIFY_GATEWAY_UNSIGNED_FROM_LOOPBACK", "true")
    monkeypatch.setenv(f"DOCVERIFY_GATEWAY_{name}", value)

    with pytest.raises(SystemExit) as exit_:
        main()

    assert str(exit_.value).startswith(f"not a valid setting: {told}")
    assert "hunter2" not in str(exit_.value)


def test_missing_topics_are_explained(monkeypatch):
    monkeypatch.delenv("DOCVERIFY_GATEWAY_TOPICS", raising=False)

    with pytest.raises(
        SystemExit, match=r"DOCVERIFY_GATEWAY_TOPICS: .*ARNs of the accepted SNS topics"
    ):
        main()


def test_deploy_gateway_is_another_name_of_the_gateway():
    assert import_module("deploy.gateway").main is main
