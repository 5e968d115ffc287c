"""Sign-in at a provider of OpenID Connect, and by the token of a proxy, on loopback."""

import base64
import hashlib
import hmac
import json
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
from services.desk.tokens import MAX_AGE_SECONDS, Keys, TokenRefused
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
    refuses: bool = False
    fails: bool = False
    failing_path: str = ""

    def answer(self, request: Request) -> Response:
        path = urlsplit(request.path)
        if self.fails or path.path == self.failing_path:
            return Response(503, {})
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
            answer = "error=%3Cscript%3E" if self.refuses else "code=good"
            target = f"{self.asked['redirect_uri']}?state={self.asked['state']}&{answer}"
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


def test_sign_in_returns_to_the_page_that_was_asked_for(oidc_desk):
    with requests.Session() as browser:
        page = browser.get(f"{oidc_desk}/search?x=1", timeout=30)

    assert page.url == f"{oidc_desk}/search?x=1"


@pytest.mark.parametrize(
    "target",
    [
        *("https://evil.example.org", "//evil.example.org", "/\\evil.example.org"),
        *("/\t/evil.example.org", "\\\\evil.example.org", "javascript:alert(1)", ""),
        *("/sign-in?from=/", "/" + "a" * 3000, "search"),
    ],
)
def test_sign_in_never_leads_to_another_site(oidc_desk, target):
    with requests.Session() as browser:
        page = browser.get(f"{oidc_desk}/sign-in", params={"from": target}, timeout=30)

    assert page.url == f"{oidc_desk}/"


def test_return_from_the_provider_causes_few_queries(database, provider):
    settings = DeskSettings(
        requests_per_minute=50,
        sign_in="oidc",
        url="http://127.0.0.1:8500",
        oidc_issuer=provider.url,
        oidc_client_id=CLIENT,
    )
    with serving(create_app(settings)) as url, requests.Session() as browser:
        browser.get(f"{url}/sign-in", allow_redirects=False, timeout=30)
        cookies = dict(browser.cookies)

        def come_back(with_cookies: dict[str, str]) -> int:
            path = f"{url}/sign-in/return?state=x&code=y"
            return requests.get(path, cookies=with_cookies, timeout=30).status_code

        codes = [come_back(cookies) for _ in range(15)]
        made_up = [come_back(dict.fromkeys(cookies, "a.b")) for _ in range(15)]

    assert len(cookies) == 1
    assert codes.count(429) >= 4
    assert set(made_up) == {403}


def test_sign_in_that_the_provider_refuses_is_explained(oidc_desk, provider):
    provider.refuses = True

    page = requests.Session().get(oidc_desk, timeout=30)

    assert page.status_code == 403
    assert "The provider did not sign you in" in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_provider_that_does_not_answer_refuses_nobody(oidc_desk, provider, path):
    provider.failing_path = path

    page = requests.get(oidc_desk, timeout=30)

    assert page.status_code == 503
    assert "the provider does not answer" in page.text


def test_proxy_whose_keys_are_missing_refuses_nobody(proxied_desk, provider):
    provider.failing_path = "/keys"
    headers = {"X-Forwarded-Id-Token": provider.token()}

    assert requests.get(proxied_desk, headers=headers, timeout=30).status_code == 503
    assert requests.get(proxied_desk, timeout=30).status_code == 401


def test_links_are_explained_where_they_are_not_in_use(oidc_desk):
    page = requests.get(f"{oidc_desk}/sign-in/link?key=a", timeout=30)

    assert page.status_code == 403
    assert "does not use links" in page.text


def test_person_without_a_role_sees_nothing(oidc_desk, provider):
    provider.claims = {"roles": ["baker"]}

    page = requests.get(oidc_desk, timeout=30)

    assert page.status_code == 403
    assert "reviewer, supervisor, auditor" in page.text


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": "of another sign-in"}, id="another nonce"),
        pytest.param({"aud": "another client"}, id="another client's"),
        pytest.param({"iss": "https://other.example.org"}, id="another issuer's"),
        pytest.param({"exp": 1}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"nbf": 2**40}, id="not valid yet"),
        pytest.param({"iat": 2**40}, id="of the future"),
        pytest.param({"sub": ""}, id="without a subject"),
        pytest.param({"sub": None}, id="with no subject"),
        pytest.param({"aud": []}, id="nobody's"),
        pytest.param({"azp": "another client"}, id="made for another client"),
        pytest.param({"aud": [CLIENT, "other"]}, id="for several audiences without a client"),
        pytest.param({"aud": [CLIENT, "other"], "azp": "other"}, id="for another of its audiences"),
        pytest.param({"aud": [CLIENT, "other"], "azp": None}, id="for several without a name"),
        pytest.param({"email_verified": False}, id="unverified address"),
        pytest.param({"email_verified": "false"}, id="address that a text calls unverified"),
    ],
)
def test_token_of_another_sign_in_is_refused(oidc_desk, provider, claims):
    provider.claims = claims

    assert requests.get(oidc_desk, timeout=30).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": [CLIENT]}, id="list of one"),
        pytest.param({"aud": [CLIENT, "other"], "azp": CLIENT}, id="several audiences"),
    ],
)
def test_token_that_names_this_desk_as_its_client_is_accepted(oidc_desk, provider, claims):
    provider.claims = claims

    assert requests.get(oidc_desk, timeout=30).status_code == 200


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


def encode_part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forge(provider: Provider, kind: str) -> str:
    """Return a token that nobody signed with the provider's private key."""
    header, payload, signature = provider.token().split(".")
    if kind == "none":
        return f"{encode_part({'alg': 'none'})}.{payload}."
    if kind == "own key in the header":
        own = RSAKey.generate_key(2048, {"kid": "1"})
        claims = json.loads(base64.urlsafe_b64decode(payload + "==="))
        return jwt.encode({"alg": "RS256", "jwk": own.as_dict(private=False)}, claims, own)
    if kind == "public key as a secret":
        given = f"{encode_part({'alg': 'HS256', 'kid': '1'})}.{payload}"
        secret = provider.key.as_pem(private=False)
        digest = hmac.digest(secret, given.encode(), "sha256")
        return f"{given}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    if kind == "changed":
        claims = json.loads(base64.urlsafe_b64decode(payload + "==="))
        return f"{header}.{encode_part(claims | {'roles': ['auditor']})}.{signature}"
    if kind == "encrypted":
        return ".".join([encode_part({"alg": "dir", "enc": "A128GCM"}), *["AAAA"] * 4])
    return f"{header}.{payload}.{signature}" + "A" * 30_000


KINDS = ["none", "own key in the header", "public key as a secret", "changed", "encrypted", "long"]


@pytest.mark.parametrize("kind", KINDS)
def test_forged_token_signs_nobody_in(proxied_desk, provider, kind):
    headers = {"X-Forwarded-Id-Token": forge(provider, kind)}

    page = requests.get(proxied_desk, headers=headers, timeout=30)

    assert page.status_code == 401
    assert "anna@example.org" not in page.text


@pytest.mark.parametrize(
    "claims", [{"exp": 1}, {"aud": "another"}, {"iss": "https://other.example.org"}, {"exp": "x"}]
)
def test_token_of_another_proxy_or_time_signs_nobody_in(proxied_desk, provider, claims):
    headers = {"X-Forwarded-Id-Token": provider.token(**claims)}

    assert requests.get(proxied_desk, headers=headers, timeout=30).status_code == 401


def test_people_go_on_working_while_the_provider_does_not_answer(provider):
    keys = Keys(f"{provider.url}/keys")
    with pytest.raises(TokenRefused):
        Keys("http://127.0.0.1:9").read()
    known = keys.read()
    provider.fails = True

    assert keys.read(older_than=-1) is known
    keys.fetched -= MAX_AGE_SECONDS
    with pytest.raises(TokenRefused):
        keys.read(older_than=-1)
