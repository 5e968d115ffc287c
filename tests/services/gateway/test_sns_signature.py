"""The gateway accepts only recent messages that SNS signed for our topic."""

import asyncio
import base64
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from deploy.local.gateway_server import run_gateway
from services.gateway.app import PATH, GatewaySettings, gateway
from services.gateway.sns_signature import Certificates, NotFetched, NotSigned, canonical_text
from tests.support.sns_messages import (
    OTHER_TOPIC,
    SUBSCRIBE_URL,
    TEST_EVENT,
    TOPIC,
    compact,
    confirmation,
    envelope,
    raw_headers,
    record,
    s3_message,
)
from tests.support.sns_signing import CERTIFICATE_URL, HOST, ToLoopback, certificate_server, signer

HOUR = 3600


class Aws:
    """Fake of SNS's host: it returns a certificate, accepts confirmations and records requests."""

    def __init__(self, certificate: bytes = b"", status: int = 200):
        self.certificate = certificate or signer().pem
        self.status = status
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return httpx.Response(self.status, content=self.certificate)


def post(
    *bodies: object,
    headers: dict[str, str] | None = None,
    aws: Aws | httpx.AsyncBaseTransport | None = None,
    peer: str = "203.0.113.5",
    **settings: object,
) -> list[int]:
    """Post to one gateway in this process from a peer, and return the status of each response."""
    transport = (
        aws if isinstance(aws, httpx.AsyncBaseTransport) else httpx.MockTransport(aws or Aws())
    )
    app = gateway(GatewaySettings(**{"topics": TOPIC} | settings), transport)

    async def answers() -> list[int]:
        inside = httpx.ASGITransport(app, client=(peer, 1))
        client = httpx.AsyncClient(transport=inside, base_url="http://gateway")
        async with app.router.lifespan_context(app), client:
            return [
                (await client.post(PATH, content=compact(body), headers=headers)).status_code
                for body in bodies
            ]

    return asyncio.run(answers())


def notification(**changes: str) -> dict[str, str]:
    return envelope(compact(TEST_EVENT), message_id=str(uuid4())) | changes


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(notification(), id="notification"),
        pytest.param(
            {key: value for key, value in notification().items() if key != "Subject"},
            id="without subject",
        ),
        pytest.param(confirmation("UnsubscribeConfirmation"), id="unsubscribed"),
        pytest.param(envelope(compact(s3_message(record("inbox/żółć.png")))), id="not ASCII"),
    ],
)
def test_message_signed_by_sns_is_accepted(prefect_server, body, version):
    assert post(signer().sign(body, version)) == [204]


def test_signed_subscription_is_confirmed(prefect_server):
    aws = Aws()

    assert post(signer().sign(confirmation(), "2"), aws=aws) == [204]
    assert aws.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


def test_forged_subscription_is_not_confirmed():
    aws = Aws()

    assert post(signer(number=1).sign(confirmation()), aws=aws) == [403]
    assert aws.asked == [CERTIFICATE_URL]


def test_certificate_is_fetched_once(prefect_server):
    aws = Aws()

    assert post(*(signer().sign(notification()) for _ in range(3)), aws=aws) == [204] * 3
    assert aws.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
)
def test_signature_covers_every_field_of_a_notification(field):
    other = {
        "Timestamp": "2026-03-01T10:00:00.000Z",
        "TopicArn": OTHER_TOPIC,
        "Type": "UnsubscribeConfirmation",
    }
    changed = signer().sign(notification()) | {field: other.get(field, "changed")}

    assert post(changed) == [403]


@pytest.mark.parametrize("field", ["SubscribeURL", "Token"])
def test_signature_covers_the_request_of_a_confirmation(field):
    changed = signer().sign(confirmation())
    changed |= {field: changed[field] + "0"}
    aws = Aws()

    assert post(changed, aws=aws) == [403]
    assert aws.asked == [CERTIFICATE_URL]


def test_field_cannot_be_moved_into_another():
    """Only line ends separate names and values: both messages have the same signed text."""
    body = signer().sign(notification(Subject="a"))
    moved = body | {"MessageId": f"{body['MessageId']}\nSubject\na"}
    del moved["Subject"]

    assert post(moved) == [403]


@pytest.mark.parametrize(
    "url",
    [
        CERTIFICATE_URL.replace("https", "http"),
        CERTIFICATE_URL.replace(HOST, "evil.example"),
        CERTIFICATE_URL.replace(HOST, f"{HOST}.evil.example"),
        CERTIFICATE_URL.replace(HOST, f"{HOST}@evil.example"),
        CERTIFICATE_URL.replace(HOST, f"{HOST}:8443"),
        CERTIFICATE_URL.replace(HOST, "sns.s3.amazonaws.com"),
        CERTIFICATE_URL.replace(HOST, "bucket.s3.eu-west-1.amazonaws.com"),
        CERTIFICATE_URL.replace("eu-west-1", "us-east-1"),
        CERTIFICATE_URL.replace("eu-west-1", "eu-west-11"),
        CERTIFICATE_URL.replace("/Simple", "/../Simple"),
        CERTIFICATE_URL + "?x",
        CERTIFICATE_URL + "\n",
        "",
    ],
)
def test_certificate_of_another_host_is_not_fetched(url):
    aws = Aws()

    assert post(signer().sign(notification()) | {"SigningCertURL": url}, aws=aws) == [403]
    assert aws.asked == []


@pytest.mark.parametrize(
    ("partition", "region", "domain"),
    [
        ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
        ("aws-eusc", "eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_certificates_of_other_partitions_are_accepted(prefect_server, partition, region, domain):
    topic = TOPIC.replace("arn:aws:", f"arn:{partition}:").replace("eu-west-1", region)
    url = CERTIFICATE_URL.replace(HOST, f"sns.{region}.{domain}")
    aws = Aws()

    signed = signer().sign(notification(TopicArn=topic)) | {"SigningCertURL": url}

    assert post(signed, aws=aws, topics=topic) == [204]
    assert aws.asked == [url]


def test_a_slow_certificate_delays_only_the_messages_that_name_it():
    other = CERTIFICATE_URL.replace(".pem", "0.pem")
    asked: list[str] = []

    async def fetch_all() -> None:
        other_is_there = asyncio.Event()

        async def serve(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            if request.url == CERTIFICATE_URL:
                await other_is_there.wait()
            return httpx.Response(200, content=signer().pem)

        async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
            certificates, now = Certificates(client), datetime.now(UTC)
            slow = [asyncio.create_task(certificates.at(CERTIFICATE_URL, now)) for _ in range(9)]
            await certificates.at(other, now)
            other_is_there.set()
            await asyncio.gather(*slow)

    asyncio.run(fetch_all())

    assert sorted(asked) == sorted([CERTIFICATE_URL, other])


def test_a_flood_of_slow_certificates_ends_at_once():
    """Else each message of the flood would hold its connection until the certificate comes."""

    async def fetch_all() -> None:
        let_go = asyncio.Event()

        async def serve(_: httpx.Request) -> httpx.Response:
            await let_go.wait()
            return httpx.Response(200, content=signer().pem)

        async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
            certificates, now = Certificates(client), datetime.now(UTC)
            urls = [CERTIFICATE_URL.replace(".pem", f"{each:02x}.pem") for each in range(64)]
            slow = [asyncio.create_task(certificates.at(url, now)) for url in urls]
            await asyncio.sleep(0)
            with pytest.raises(NotFetched):
                await certificates.at(CERTIFICATE_URL, now)
            let_go.set()
            await asyncio.gather(*slow)
            assert await certificates.at(CERTIFICATE_URL, now)

    asyncio.run(fetch_all())


@pytest.mark.parametrize(
    ("age", "status"), [(HOUR, 204), (2 * HOUR, 403), (-60, 204), (-HOUR, 403)]
)
def test_only_messages_younger_than_the_maximum_age_are_accepted(prefect_server, age, status):
    assert post(signer().sign(notification(), age=age)) == [status]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"SignatureVersion": "3"}, id="version"),
        pytest.param({"SignatureVersion": "2"}, id="another hash"),
        pytest.param({"Signature": "###"}, id="no base64"),
        pytest.param({"Signature": "ż"}, id="not ASCII"),
        pytest.param({"Signature": ""}, id="no signature"),
        pytest.param({"Timestamp": "yesterday"}, id="no time"),
        pytest.param({"MessageId": None}, id="no id"),
        pytest.param({"Message": {"Records": []}}, id="no text"),
        pytest.param({"Type": "SomethingElse"}, id="type"),
        pytest.param({"Type": ["Notification"]}, id="type is a list"),
        pytest.param({"Message": "\ud800"}, id="half a character"),
    ],
)
def test_malformed_message_is_refused(changes):
    assert post(signer().sign(notification()) | changes) == [403]


@pytest.mark.parametrize(
    "served",
    [
        pytest.param(signer(days=(-10, -1)).pem, id="expired"),
        pytest.param(signer(days=(1, 10)).pem, id="not yet valid"),
        pytest.param(signer(key=ec.generate_private_key(ec.SECP256R1())).pem, id="other key"),
        pytest.param(b"<html>", id="no certificate"),
        pytest.param(b"x" * 100_000, id="too long"),
    ],
)
def test_message_with_an_invalid_certificate_is_refused(served):
    assert post(signer().sign(notification()), aws=Aws(served)) == [403]


@pytest.mark.parametrize(("status", "answer"), [(404, 403), (302, 403), (500, 503)])
def test_sns_must_retry_only_if_its_certificate_may_come_later(status, answer):
    assert post(signer().sign(notification()), aws=Aws(status=status)) == [answer]


def test_certificate_comes_over_tls_from_the_host_of_sns(prefect_server, tmp_path):
    identity = signer(number=2)
    with certificate_server(identity, signer(), tmp_path) as port:
        trusted = ToLoopback(port, identity.pem)
        stranger = ToLoopback(port, signer(number=3).pem)

        assert post(signer().sign(notification()), aws=trusted) == [204]
        assert post(signer().sign(notification()), aws=stranger) == [503]


def test_raw_message_is_refused():
    assert post(s3_message(record()), headers=raw_headers(str(uuid4()))) == [403]


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"sns:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("sent", "status"), [(basic("right"), 204), (basic("wrong"), 403), ({}, 401)]
)
def test_raw_message_needs_the_password(prefect_server, sent, status):
    """SNS sends the password only after a 401."""
    headers = raw_headers(str(uuid4())) | sent

    assert post(s3_message(record()), headers=headers, raw_password="right") == [status]


def test_raw_header_does_not_replace_the_signature():
    headers = raw_headers(str(uuid4()))

    assert post(notification(), headers=headers, raw_password="right") == [401]


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 204),
        ("::1", {}, 204),
        ("203.0.113.5", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.5"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.5"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
    ],
)
def test_unsigned_messages_are_accepted_only_from_this_machine_and_if_set(
    prefect_server, peer, headers, status
):
    assert post(notification(), peer=peer, headers=headers, unsigned_from_loopback=True) == [status]
    assert post(notification(), peer=peer, headers=headers) == [403]


def test_public_gateway_cannot_accept_unsigned_messages():
    with pytest.raises(ValidationError, match="loopback"):
        GatewaySettings(topics=TOPIC, host="0.0.0.0", unsigned_from_loopback=True)  # noqa: S104


def test_embedded_gateway_accepts_unsigned_messages(prefect_server):
    with run_gateway(prefect_server, [TOPIC]) as url:
        unsigned = httpx.post(url, json=notification())
        forwarded = httpx.post(url, json=notification(), headers={"X-Forwarded-For": "1.1.1.1"})

    assert (unsigned.status_code, forwarded.status_code) == (204, 403)


def test_signed_text_has_the_form_of_the_documentation():
    body = {
        "Type": "Notification",
        "MessageId": "4d4dc071-ddbf-465d-bba8-08f81c89da64",
        "Subject": "My subject",
        "TopicArn": "arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P",
        "Message": "Test message body",
        "Timestamp": "2019-01-31T04:37:04.321Z",
    }

    assert canonical_text(body).decode() == (
        "Message\nTest message body\n"
        "MessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\n"
        "Subject\nMy subject\n"
        "Timestamp\n2019-01-31T04:37:04.321Z\n"
        "TopicArn\narn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\n"
        "Type\nNotification\n"
    )
    with pytest.raises(NotSigned):
        canonical_text({})
