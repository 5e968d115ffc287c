"""Sign-in at a provider of OpenID Connect, and by the token of a proxy, on loopback."""

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from deploy.local.child_server import free_port
from services.desk.app import create_app
from services.desk.settings import DeskSettings
from tests.support.http_server import Request, Response, http_server
from tests.support.web import serving

CLIENT = "desk"


@dataclass
class Provider:
    """A provider that signs everybody in as the same person."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signer: RSAKey | None = None
    claims: dict[str, object] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)

    def answer(self, request: Request) -> Response:
        path = urlsplit(request.path)
        if path.path.endswith("openid-configuration"):
            names = ("authorization", "token")
            endpoints = {f"{name}_endpoint": f"{self.url}/{name}" for name in names}
            return Response(
                content={"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | endpoints
            )
        if path.path == "/keys":
            return Response(content={"keys": [self.key.as_dict(private=False)]})
        if path.path == "/authorization":
            self.asked = dict(parse_qsl(path.query))
            target = f"{self.asked['redirect_uri']}?state={self.asked['state']}&code=good"
            return Response(302, headers={"Location": target})
        return self.exchange(dict(parse_qsl(request.content.decode())))

    def exchange(self, form: dict[str, str]) -> Response:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (form["code"], challenge) != ("good", self.asked["code_challenge"]):
            return Response(400, {"error": "invalid_grant"})
        token = self.token(nonce=self.asked["nonce"])
        return Response(content={"access_token": "a", "token_type": "Bearer", "id_token": token})

    def token(self, **claims: object) -> str:
        usual = {"iss": self.url, "aud": CLIENT, "sub": "42", "exp": int(time.time()) + 60}
        person = {"email": "anna@example.org", "roles": ["reviewer"]}
        header = {"alg": "RS256", "kid": "1"}
        return jwt.encode(header, usual | person | claims | self.claims, self.signer or self.key)


@pytest.fixture(name="provider")
def _provider() -> Iterator[Provider]:
    provider = Provider()
    with http_server(provider.answer) as port:
        provider.url = f"http://127.0.0.1:{port}"
        yield provider


@pytest.fixture(name="oidc_desk")
def _oidc_desk(database, bucket, provider) -> Iterator[str]:
    port = free_port()
    settings = DeskSettings(
        sign_in="oidc",
        url=f"http://127.0.0.1:{port}",
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT,
    )
    with serving(create_app(settings), port) as url:
        yield url


@pytest.fixture(name="proxied_desk")
def _proxied_desk(database, bucket, provider) -> Iterator[str]:
    settings = DeskSettings(
        sign_in="proxy",
        proxy_keys=f"{provider.url}/keys",
        proxy_issuer=provider.url,
        proxy_audience=CLIENT,
    )
    with serving(create_app(settings)) as url:
        yield url


def test_person_of_the_provider_signs_in(oidc_desk):
    with requests.Session() as browser:
        page = browser.get(oidc_desk)

    assert page.status_code == 200
    assert "anna@example.org" in page.text
    assert parse_qs(urlsplit(page.url).query) == {}


def test_person_without_a_role_sees_nothing(oidc_desk, provider):
    provider.claims = {"roles": ["baker"]}

    assert requests.get(oidc_desk, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "of another sign-in"}, id="another nonce"),
        pytest.param({"aud": "another client"}, id="another client's"),
        pytest.param({"iss": "https://other.example.org"}, id="another issuer's"),
        pytest.param({"exp": 1}, id="expired"),
    ],
)
def test_token_of_another_sign_in_is_refused(oidc_desk, provider, claims):
    provider.claims = claims

    assert requests.get(oidc_desk, timeout=30).status_code == 403


def test_token_that_another_key_signed_is_refused(oidc_desk, provider):
    provider.signer = RSAKey.generate_key(2048, {"kid": "1"})

    assert requests.get(oidc_desk, timeout=30).status_code == 403


def test_answer_that_was_not_asked_for_is_refused(oidc_desk):
    answer = requests.get(f"{oidc_desk}/sign-in/return?state=x&code=good", timeout=30)

    assert answer.status_code == 403


def test_proxy_names_the_person_at_each_request(proxied_desk, provider):
    with requests.Session() as browser:
        browser.headers["X-Forwarded-Id-Token"] = provider.token()
        assert "anna@example.org" in browser.get(proxied_desk).text

        browser.headers["X-Forwarded-Id-Token"] = provider.token(sub="43", email="ben@example.org")
        page = browser.get(proxied_desk)

    assert "ben@example.org" in page.text
    assert "anna@example.org" not in page.text


@pytest.mark.parametrize("token", ["", "a.b.c", "of another key"])
def test_request_without_a_valid_token_is_not_signed_in(proxied_desk, provider, token):
    if token == "of another key":
        token = Provider(provider.url).token()

    page = requests.get(proxied_desk, headers={"X-Forwarded-Id-Token": token}, timeout=30)

    assert page.status_code == 401
