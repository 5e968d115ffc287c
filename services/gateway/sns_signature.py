"""Whether a message was written by SNS: its signature, and the certificate that it names.

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
    "1": SHA1(),  # noqa: S303 - What SNS signs with unless its topic says SignatureVersion 2.
    "2": SHA256(),
}
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
"""What is signed, in this order; a subject only where there is one."""

_CERTIFICATE = re.compile(
    r"https://sns\.[a-z]{2}(-[a-z]+)+-\d\.amazonaws\.com(\.cn)?"
    r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
# SNS has one at a time, and a new one every few months.
_KEPT = 16
# How far our clock may be behind.
_AHEAD_SECONDS = 300
_LONGEST = 16 * 1024


class NotSigned(Exception):
    """SNS did not write it, or not for us; the message says what is wrong, and no value."""


class NotFetched(Exception):
    """The certificate cannot be had for now."""


@dataclass
class Certificates:
    """The certificates of SNS, each fetched once.

    The file has no chain to a root: that it came over TLS from SNS's own host stands for that.
    """

    client: httpx.AsyncClient
    _kept: dict[str, x509.Certificate] = field(default_factory=dict)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def at(self, url: object, now: datetime) -> x509.Certificate:
        """Return a valid one; raises NotSigned for what is none of SNS's, or NotFetched."""
        text = str(url)
        if not _CERTIFICATE.fullmatch(text):
            raise NotSigned("SigningCertURL is none of SNS")
        # Who names certificates that there are not makes nobody wait whose certificate is known.
        certificate = self._kept.get(text) or await self._added(text)
        if not _is_valid(certificate, now):
            raise NotSigned("the certificate is not valid now")
        return certificate

    async def _added(self, url: str) -> x509.Certificate:
        async with self._fetching:
            if url in self._kept:
                return self._kept[url]
            certificate = await self._fetched(url)
            if len(self._kept) == _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[url] = certificate
            return certificate

    async def _fetched(self, url: str) -> x509.Certificate:
        try:
            answer = await self.client.get(url)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            if error.response.is_server_error:
                raise NotFetched("SNS does not give its certificate") from error
            raise NotSigned("SNS has no such certificate") from None
        except httpx.HTTPError as error:
            raise NotFetched("SNS does not give its certificate") from error
        if len(answer.content) > _LONGEST:
            raise NotSigned("SigningCertURL leads to no certificate")
        try:
            return x509.load_pem_x509_certificate(answer.content)
        except ValueError:
            raise NotSigned("SigningCertURL leads to no certificate") from None


async def verify(
    body: Mapping[str, object], certificates: Certificates, now: datetime, max_age: float
) -> None:
    """Check an envelope's age and signature; raises NotSigned or NotFetched.

    Age first, for it costs nothing. It is trusted only because the signature covers it.
    """
    check_age(body.get("Timestamp"), now, max_age)
    text, signature = canonical(body), _signature(body)
    hashing = HASHES.get(str(body.get("SignatureVersion")))
    if hashing is None:
        raise NotSigned("SignatureVersion is neither 1 nor 2")
    certificate = await certificates.at(body.get("SigningCertURL"), now)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise NotSigned("the certificate's key is none of SNS")
    try:
        key.verify(signature, text, PKCS1v15(), hashing)
    except InvalidSignature:
        raise NotSigned("the signature is not of this message") from None


def canonical(body: Mapping[str, object]) -> bytes:
    """Write what is signed as SNS does: each name and value on a line of its own."""
    names = SIGNED.get(str(body.get("Type")))
    if names is None:
        raise NotSigned("Type is none that SNS signs")
    present = [name for name in names if name in body or name != "Subject"]
    values = {name: body.get(name) for name in present}
    if not all(isinstance(value, str) for value in values.values()):
        raise NotSigned("a field that SNS signs is missing")
    # Only line ends tell names from values: one field could hold what was signed as two.
    if any("\n" in str(value) for name, value in values.items() if name != "Message"):
        raise NotSigned("a field that SNS signs has several lines")
    try:
        return "".join(f"{name}\n{value}\n" for name, value in values.items()).encode()
    except UnicodeEncodeError:
        raise NotSigned("a field that SNS signs is no text") from None


def check_age(timestamp: object, now: datetime, max_age: float) -> None:
    """Check that a message was written at most so many seconds ago; raises NotSigned."""
    try:
        written = datetime.fromisoformat(str(timestamp))
    except ValueError:
        raise NotSigned("Timestamp is no time") from None
    written = written if written.tzinfo else written.replace(tzinfo=UTC)
    if not -_AHEAD_SECONDS <= (now - written).total_seconds() <= max_age:
        raise NotSigned("the message is too old, or a clock is wrong")


def _signature(body: Mapping[str, object]) -> bytes:
    try:
        return base64.b64decode(str(body.get("Signature", "")), validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("Signature is not in base64") from None


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
