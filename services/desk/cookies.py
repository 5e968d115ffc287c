"""Cookies of the desk: signed keys, so that forged ones are refused without a query."""

from __future__ import annotations

import hmac
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable

from fastapi import Request
from fastapi.responses import Response

from services.desk.settings import DeskSettings
from tasks.record.desk_keys import find_cookie_key

MAX_COOKIE_LENGTH = 200  # characters; those of the desk have 87


class CookieSigner:
    """Signs the keys that browsers keep, with a secret shared by all desks of a record."""

    def __init__(self, find_secret: Callable[[], bytes] = find_cookie_key) -> None:
        """Store a function that returns the secret; it is called for the first cookie."""
        self.find_secret = find_secret
        self.secret = b""
        self.lock = threading.Lock()

    def sign(self, purpose: str, key: str) -> str:
        """Return the text that the browser keeps for a key: the key with its signature."""
        return f"{key}.{self._compute_signature(purpose, key)}"

    def open(self, purpose: str, cookie: str) -> str:
        """Return the key of a cookie; empty if a desk of this record did not sign it."""
        key, dot, signature = cookie.rpartition(".")
        if not dot or not cookie.isascii() or len(cookie) > MAX_COOKIE_LENGTH:
            return ""
        is_own = hmac.compare_digest(signature, self._compute_signature(purpose, key))
        return key if is_own else ""

    def _compute_signature(self, purpose: str, key: str) -> str:
        with self.lock:
            if not self.secret:
                self.secret = self.find_secret()
        digest = hmac.digest(self.secret, f"{purpose} {key}".encode(), "sha256")
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def cookie_name(settings: DeskSettings, purpose: str) -> str:
    """Return the name of a cookie; browsers accept `__Host-` only over TLS and from this host."""
    name = f"docverify-desk-{purpose}"
    return f"__Host-{name}" if settings.is_secure else name


def set_cookie(request: Request, response: Response, purpose: str, key: str) -> None:
    """Store a key in the browser, where no script can read it."""
    settings: DeskSettings = request.app.state.settings
    signer: CookieSigner = request.app.state.cookies
    response.set_cookie(
        cookie_name(settings, purpose),
        signer.sign(purpose, key),
        httponly=True,
        secure=settings.is_secure,
        samesite="lax",
        path="/",
    )


def read_cookie(request: Request, purpose: str) -> str:
    """Return the key that the browser keeps; empty without one that a desk has signed."""
    cookie = request.cookies.get(cookie_name(request.app.state.settings, purpose), "")
    signer: CookieSigner = request.app.state.cookies
    return signer.open(purpose, cookie) if cookie else ""


def delete_cookie(request: Request, response: Response, purpose: str) -> None:
    """Delete a key from the browser."""
    settings: DeskSettings = request.app.state.settings
    name = cookie_name(settings, purpose)
    response.delete_cookie(name, path="/", secure=settings.is_secure, httponly=True)
