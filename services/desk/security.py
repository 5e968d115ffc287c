"""Protection of each response and each request: headers, limits, and the token of forms."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES = 32_768
MAX_BODY_BYTES = 65_536
MAX_FORM_FIELDS = 50
MAX_COUNTED = 10_000  # addresses and sessions whose requests are counted at a time
WINDOW_SECONDS = 60
READ_SECONDS = 1.0  # between two readings of all tokens
SIGN_IN_SHARE = 10  # One in this many requests of an address may be a sign-in.
IPV6_NETWORK_BITS = 64
STATIC = "/static/"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # Without a policy, forms would have no origin to check.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """Add the headers to each response; browsers may store only style, scripts and icons."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        """Wrap an application; `secure`: browsers reach it by TLS."""
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                is_static = scope["path"].startswith(STATIC)
                headers["Cache-Control"] = "max-age=3600" if is_static else "no-store"
                if self.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class BodyLimit:
    """Refuse a body that is longer than any of the desk's, before an application has read it."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY_BYTES) -> None:
        """Wrap an application; `most`: bytes of a body."""
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.most:
                raise HTTPException(413, "The request is too large.", {"Connection": "close"})
            return message

        await self.app(scope, receive_limited if scope["type"] == "http" else receive, send)


class RateLimit:
    """Count requests by sender; more than the limit in a minute are refused."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` requests a minute."""
        self.limit = limit
        self.counts: dict[str, int] = {}
        self.window = 0
        self.lock = threading.Lock()

    def count(self, sender: str, cost: int = 1, *, now: float | None = None) -> bool:
        """Count a request, and return whether its sender is within the limit."""
        window = int((time.monotonic() if now is None else now) // WINDOW_SECONDS)
        with self.lock:
            if window != self.window or len(self.counts) >= MAX_COUNTED:
                self.window, self.counts = window, {}
            self.counts[sender] = self.counts.get(sender, 0) + cost
            return self.counts[sender] <= self.limit


class KnownKeys:
    """Keys of sessions and tokens that the record knew, with their owners.

    Their requests are counted by owner, those with an unknown token by address. Otherwise, every
    made-up token would cause a query.
    """

    def __init__(self, limit: int = MAX_COUNTED) -> None:
        """Keep the `limit` keys that were used last."""
        self.limit = limit
        self.owners: OrderedDict[bytes, str] = OrderedDict()
        self.lock = threading.Lock()

    def find_owner(self, key: str) -> str:
        """Return the owner of a key; empty if the key is not known."""
        with self.lock:
            return self.owners.get(sha256(key.encode()).digest(), "")

    def note(self, key: str, owner: str) -> None:
        """Keep the owner of a key; forget a key without an owner."""
        digest = sha256(key.encode()).digest()
        with self.lock:
            self.owners.pop(digest, None)
            if owner:
                self.owners[digest] = owner
            if len(self.owners) > self.limit:
                self.owners.popitem(last=False)


class KnownTokens(KnownKeys):
    """Tokens of the record with their owners; all of them are read if one is not known.

    So made-up tokens after a start do not use up the requests of genuine ones.
    """

    def __init__(self, read_all: Callable[[], Mapping[bytes, str]]) -> None:
        """Store a function that reads the owners of all tokens, by the SHA-256 of the tokens."""
        super().__init__()
        self.read_all = read_all
        self.read_at = -READ_SECONDS
        self.reading = threading.Lock()

    def find_owner(self, key: str) -> str:
        """Return the owner of a token; empty if the record did not have it at the last reading."""
        if owner := super().find_owner(key):
            return owner
        with self.reading:  # Other requests wait for the answer in the meantime.
            if time.monotonic() - self.read_at >= READ_SECONDS:
                self.read_at = time.monotonic()
                owners = self.read_all()
                with self.lock:
                    self.owners.update(owners)
        return super().find_owner(key)


def limit_requests(request: Request, sender: str, cost: int = 1) -> None:
    """Answer 429 if a sender has sent too many requests in this minute."""
    if not request.app.state.rate_limit.count(sender, cost):
        raise HTTPException(
            429, "Too many requests: wait a minute.", headers={"Retry-After": str(WINDOW_SECONDS)}
        )


def find_sender(request: Request) -> str:
    """Return the network address that a request comes from.

    With proxies in front of the desk, it is the address that the outermost one has added. All IPv6
    addresses of a network count as one, because a machine can have any of them.
    """
    peer = request.client.host if request.client else "unknown"
    proxies = request.app.state.settings.proxies
    added = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    given = added[-proxies].strip() if 0 < proxies <= len(added) else peer
    try:
        address = ip_address(given)
    except ValueError:
        return peer
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address  # 203.0.113.7 is ::ffff:203.0.113.7, too.
    if address.version == 6 and not address.is_loopback:
        return str(ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)


async def read_form(request: Request) -> dict[str, str]:
    """Read a posted form; answer 413 or 400 for one that no page of the desk sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise HTTPException(413, "The form is too large.")
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict"
        )
    except ValueError:
        raise HTTPException(400, "The form cannot be read.") from None
    if any("\0" in value for pair in pairs for value in pair):
        raise HTTPException(400, "The form has a character that cannot be recorded.")
    return dict(pairs)


def check_origin(request: Request) -> None:
    """Answer 403 if the browser names another site as the origin of a form."""
    origin = request.headers.get("origin")
    host = urlsplit(request.app.state.settings.address).netloc
    if origin is not None and urlsplit(origin).netloc not in {host, request.url.netloc}:
        raise HTTPException(403, "The form was sent from another site.")


def check_form(request: Request, form: Mapping[str, str], token: str) -> None:
    """Answer 403 unless a form was sent by a page of this session."""
    check_origin(request)
    if not secrets.compare_digest(form.get("form_token", "").encode(), token.encode()):
        raise HTTPException(403, "The form is too old: reload the page and send it again.")
