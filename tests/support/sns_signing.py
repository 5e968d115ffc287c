"""SNS's side of a signature: a key, its certificate, and envelopes signed with it."""

import base64
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local.child_server import LOOPBACK
from tests.support.http_server import Response, http_server

HOST = "sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"https://{HOST}/SimpleNotificationService-010a507c1833636cd94bdb98bd93083a.pem"
# As the documentation lists what is signed, written out apart from the code under test.
NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]


@dataclass(frozen=True)
class Signer:
    """A key with its certificate."""

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, body: dict[str, str], version: str = "1", age: float = 0) -> dict[str, str]:
        written = (datetime.now(UTC) - timedelta(seconds=age)).isoformat(timespec="milliseconds")
        signed = body | {
            "Timestamp": written.replace("+00:00", "Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE_URL,
        }
        names = NOTIFICATION if body["Type"] == "Notification" else CONFIRMATION
        text = "".join(f"{name}\n{signed[name]}\n" for name in names if name in signed)
        hashing = SHA1() if version == "1" else SHA256()  # noqa: S303
        signature = self.key.sign(text.encode(), PKCS1v15(), hashing)
        return signed | {"Signature": base64.b64encode(signature).decode()}


@cache
def rsa_key(_number: int = 0) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signer(
    days: tuple[int, int] = (-1, 1), number: int = 0, key: ec.EllipticCurvePrivateKey | None = None
) -> Signer:
    """Make a certificate that is valid between these days from now."""
    private = key or rsa_key(number)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, SHA256())
    )
    return Signer(private, certificate)


class ToLoopback(httpx.AsyncHTTPTransport):
    """Connects to a port of this machine, and checks the certificate of the host that was asked."""

    def __init__(self, port: int, root: bytes):
        context = ssl.create_default_context(cadata=root.decode())
        super().__init__(verify=context)
        self.port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host=LOOPBACK, port=self.port)
        return await super().handle_async_request(request)


@contextmanager
def certificate_server(identity: Signer, served: Signer, folder: Path) -> Iterator[int]:
    """Serve one certificate over TLS as SNS's host does, and yield the port."""
    (folder / "identity.pem").write_bytes(identity.pem + identity.key_pem)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "identity.pem")
    with http_server(lambda _: Response(200, served.pem), tls) as port:
        yield port
