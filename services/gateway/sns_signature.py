"""Verification of SNS messages: their signature, and the certificate that they name.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

HASHES: Mapping[str, HashAlgorithm] = {
    "1": SHA1(),  # noqa: S303 - The default of SNS; a topic can set SignatureVersion 2.
    "2": SHA256(),
}
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
"""Signed fields of each type, in this order; Subject is signed only if the message has one."""

TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:([a-z]{2,4}(?:-[a-z]+)+-\d):\d{12}:[\w.-]{1,256}")
CERTIFICATE_URL = re.compile(
    r"https://sns\.([a-z]{2,4}(?:-[a-z]+)+-\d)\.amazonaws\.(?:com|com\.cn|eu)"
    r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
# SNS uses one certificate at a time, and a new one every few months.
MAX_CERTIFICATES = 16
# A flood of messages that name others must not occupy connections until they arrive.
MAX_FETCHES = 64
# How far this machine's clock may be behind.
CLOCK_SKEW_SECONDS = 300
MAX_CERTIFICATE_BYTES = 16 * 1024


class NotSigned(Exception):
    """The message is not from SNS or not acceptable; the text names the reason but no value."""


class NotFetched(Exception):
    """The certificate cannot be fetched now; try again later."""


@dataclass
class Certificates:
    """Certificates of SNS, each fetched once.

    The file has no chain to a root certificate. It is trusted because it came over TLS from SNS's
    own host.

    Attributes:
        client: HTTP client that fetches them.
    """

    client: httpx.AsyncClient
    _certificates: dict[str, x509.Certificate] = field(default_factory=dict)
    _fetching: dict[str, asyncio.Task[x509.Certificate]] = field(default_factory=dict)

    async def at(self, url: str, now: datetime) -> x509.Certificate:
        """Return the certificate at a URL; raise NotFetched, or NotSigned if it is not valid."""
        certificate = self._certificates.get(url)
        if certificate is None:
            # Only messages that name this certificate wait for it.
            if url not in self._fetching:
                if len(self._fetching) == MAX_FETCHES:
                    raise NotFetched("too many certificates are being fetched at the same time")
                self._fetching[url] = asyncio.create_task(self._fetch_and_keep(url))
            certificate = await asyncio.shield(self._fetching[url])
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise NotSigned("the certificate is not valid now")
        return certificate

    async def _fetch_and_keep(self, url: str) -> x509.Certificate:
        try:
            certificate = await self._fetch(url)
        finally:
            del self._fetching[url]
        if len(self._certificates) == MAX_CERTIFICATES:
            self._certificates.pop(next(iter(self._certificates)))
        self._certificates[url] = certificate
        return certificate

    async def _fetch(self, url: str) -> x509.Certificate:
        try:
            response = await self.client.get(url)
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            if error.response.is_server_error:
                raise NotFetched("SNS did not return its certificate") from error
            raise NotSigned("SNS has no such certificate") from None
        except httpx.HTTPError as error:
            raise NotFetched("SNS did not return its certificate") from error
        if len(response.content) > MAX_CERTIFICATE_BYTES:
            raise NotSigned("SigningCertURL does not lead to a certificate")
        try:
            return x509.load_pem_x509_certificate(response.content)
        except ValueError:
            raise NotSigned("SigningCertURL does not lead to a certificate") from None


async def verify(
    body: Mapping[str, object], certificates: Certificates, now: datetime, max_age: float
) -> None:
    """Check an envelope's age and signature; raise NotSigned or NotFetched.

    The age is checked first, because that costs nothing. The signature covers it.
    """
    check_age(body.get("Timestamp"), now, max_age)
    text, signature = canonical_text(body), parse_signature(body)
    hashing = HASHES.get(str(body.get("SignatureVersion")))
    if hashing is None:
        raise NotSigned("SignatureVersion is neither 1 nor 2")
    certificate = await certificates.at(find_certificate_url(body), now)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise NotSigned("the certificate has no RSA key, which SNS uses")
    try:
        key.verify(signature, text, PKCS1v15(), hashing)
    except InvalidSignature:
        raise NotSigned("the signature does not belong to this message") from None


def find_certificate_url(body: Mapping[str, object]) -> str:
    """Return the URL of the certificate, at the host of SNS in the region of the topic.

    Raise NotSigned for any other URL.
    """
    url = str(body.get("SigningCertURL"))
    topic = TOPIC_ARN.fullmatch(str(body.get("TopicArn")))
    host = CERTIFICATE_URL.fullmatch(url)
    if topic is None or host is None or topic[1] != host[1]:
        raise NotSigned("SigningCertURL does not belong to SNS in the region of the topic")
    return url


def canonical_text(body: Mapping[str, object]) -> bytes:
    """Return the signed text in the form of SNS: each name and value on its own line.

    Raise NotSigned if the envelope has no such form.
    """
    names = SIGNED.get(str(body.get("Type")))
    if names is None:
        raise NotSigned("Type is not one that SNS signs")
    present = [name for name in names if name in body or name != "Subject"]
    values = {name: body.get(name) for name in present}
    if not all(isinstance(value, str) for value in values.values()):
        raise NotSigned("a field that SNS signs is missing")
    # Only line ends separate names and values: a field with one could pass for two signed fields.
    if any("\n" in str(value) for name, value in values.items() if name != "Message"):
        raise NotSigned("a field that SNS signs has several lines")
    try:
        return "".join(f"{name}\n{value}\n" for name, value in values.items()).encode()
    except UnicodeEncodeError:
        raise NotSigned("a field that SNS signs is not valid text") from None


def check_age(timestamp: object, now: datetime, max_age: float) -> None:
    """Check that a message is at most `max_age` seconds old; raise NotSigned if it is older."""
    try:
        written = datetime.fromisoformat(str(timestamp))
    except ValueError:
        raise NotSigned("Timestamp is not a time") from None
    written = written if written.tzinfo else written.replace(tzinfo=UTC)
    if not -CLOCK_SKEW_SECONDS <= (now - written).total_seconds() <= max_age:
        raise NotSigned("the message is too old, or a clock is wrong")


def parse_signature(body: Mapping[str, object]) -> bytes:
    """Return the bytes of the signature; raise NotSigned if it is not in base64."""
    try:
        return base64.b64decode(str(body.get("Signature", "")), validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("Signature is not in base64") from None
