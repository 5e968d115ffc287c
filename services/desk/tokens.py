"""Signed tokens of a provider or a proxy: check of signature and claims."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
"""Only signatures by a private key: with others, any receiver could also create tokens."""
LEEWAY_SECONDS = 30
ANSWER_SECONDS = 5
MAX_KEY_BYTES = 200_000
KEEP_SECONDS = 300  # A new key is known at the latest after this time.
MAX_AGE_SECONDS = 3600  # for which known keys are valid while no others can be fetched
RETRY_SECONDS = 10  # after an unknown key, so that forged tokens do not cause a request each


class TokenRefused(Exception):
    """A token is not valid; the message names the rule that it breaks, without its content."""


class ProviderSilent(TokenRefused):
    """No token can be checked at the moment, because the provider does not answer."""


class Keys:
    """The public keys at a URL, fetched when they are needed."""

    def __init__(self, url: str) -> None:
        """Fetch nothing yet."""
        self.url = url
        self.keys: KeySet | None = None
        self.fetched = self.tried = -math.inf
        self.lock = threading.Lock()

    def read(self, *, older_than: float = KEEP_SECONDS) -> KeySet:
        """Return the keys; fetch them again if they are older than some seconds.

        The old keys are valid while new ones are fetched, and for an hour while the URL does not
        answer. Raise ProviderSilent without any keys.
        """
        if self.lock.acquire(blocking=self.keys is None):
            try:
                self._refresh(older_than)
            finally:
                self.lock.release()
        if self.keys is None or time.monotonic() - self.fetched > MAX_AGE_SECONDS:
            raise ProviderSilent("the provider does not answer")
        return self.keys

    def _refresh(self, older_than: float) -> None:
        now = time.monotonic()
        if now - self.fetched <= older_than or now - self.tried < RETRY_SECONDS:
            return
        self.tried = now
        with suppress(TokenRefused, JoseError, ValueError, KeyError, TypeError):
            self.keys = KeySet.import_key_set(fetch_json(self.url))
            self.fetched = now


def fetch_json(url: str) -> Any:  # noqa: ANN401 (JSON)
    """Fetch a JSON document; raise TokenRefused if it is not available."""
    try:
        answer = requests.get(url, timeout=ANSWER_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        if len(answer.content) > MAX_KEY_BYTES:
            raise TokenRefused("the provider's answer is too large")
        return answer.json()
    except (requests.RequestException, ValueError):
        raise ProviderSilent("the provider does not answer") from None


def check_token(token: str, keys: Keys, issuer: str, audience: str) -> Mapping[str, Any]:
    """Check signature, issuer, audience and times of a token, and return its claims.

    Raise TokenRefused.
    """
    try:
        decoded = _decode(token, keys)
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"the token is not valid ({type(error).__name__})") from None
    return decoded.claims


def _decode(token: str, keys: Keys) -> jwt.Token:
    try:
        return jwt.decode(token, keys.read(), algorithms=ALGORITHMS)
    except (JoseError, ValueError):  # ValueError: the key set has no such key.
        return jwt.decode(token, keys.read(older_than=RETRY_SECONDS), algorithms=ALGORITHMS)
