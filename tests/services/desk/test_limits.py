"""Limits of requests: who is counted, before the record is asked and not behind one address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from fastapi import Request
from sqlalchemy import event

from services.desk.app import create_app
from services.desk.cookies import CookieSigner
from services.desk.security import KnownKeys, RateLimit, find_sender
from services.desk.settings import DeskSettings
from tasks.record import connection
from tasks.record.tokens import Scope, create_token, list_tokens, revoke_token
from tests.support.desk import COOKIE, Visitor, open_with
from tests.support.web import serving


def name() -> str:
    return f"person-{uuid4().hex[:8]}"


def test_too_many_requests_are_refused_for_a_while(database, bucket):
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        visitor = Visitor(url, name())
        answers = [visitor.get("/search") for _ in range(40)]

    refused = [each for each in answers if each.status_code == 429]
    assert 1 <= len(refused) <= 12  # with the requests of the sign-in
    assert refused[0].headers["retry-after"] == "60"


@pytest.fixture(name="asked")
def _asked(database) -> Iterator[list[str]]:
    """The statements by which the record was asked about sessions and tokens."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if any(each in statement for each in ("desk_sessions", "desk_keys", "api_tokens")):
            statements.append(statement)

    engine = connection.database()
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def make_up_cookies(genuine: str) -> list[str]:
    """Return cookies that no desk has signed: random ones, and changes of a genuine one."""
    key, _, signature = genuine.rpartition(".")
    changed = ("A" if key[0] != "A" else "B") + key[1:]
    others = [uuid4().hex, f"{uuid4().hex}.{signature}", f"{changed}.{signature}", key, f"{key}."]
    strange = [".", "", f".{signature}", "A" * 5000, f"{genuine}.{signature}", f"{key}.{'A' * 43}"]
    return [*others, *strange, genuine[:-1], f"{genuine}=", signature]


def test_made_up_session_is_refused_without_the_record(bucket, asked):
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        genuine = Visitor(url, name()).browser.cookies[COOKIE]
        asked.clear()
        codes = {open_with(url, each).status_code for each in make_up_cookies(genuine) * 5}

        assert (codes, asked) == ({303}, [])
        assert open_with(url, genuine).status_code == 200


def test_made_up_sessions_lock_nobody_out_after_a_restart(bucket, asked):
    settings = DeskSettings(requests_per_minute=30)
    with serving(create_app(settings)) as url:
        genuine = Visitor(url, name()).browser.cookies[COOKIE]
    with serving(create_app(settings)) as url:
        asked.clear()
        strangers = {open_with(url, f"{uuid4().hex}.{uuid4().hex}").status_code for _ in range(70)}
        without = {open_with(url, "").status_code for _ in range(70)}

        assert (strangers, without) == ({303}, {303})
        assert len([each for each in asked if "desk_keys" not in each]) == 0
        assert open_with(url, genuine).status_code == 200


def test_desks_with_one_record_agree_on_the_signature(bucket, monkeypatch):
    for secret in ("", "s" * 32):
        monkeypatch.setenv("DOCVERIFY_HMAC_KEY", secret)
        with serving(create_app(DeskSettings())) as url:
            genuine = Visitor(url, name()).browser.cookies[COOKIE]
            with serving(create_app(DeskSettings())) as other:
                assert open_with(other, genuine).status_code == 200
    monkeypatch.setenv("DOCVERIFY_HMAC_KEY", "t" * 32)
    with serving(create_app(DeskSettings())) as url:
        assert open_with(url, genuine).status_code == 303


def test_key_of_a_sign_in_is_not_a_session():
    signer = CookieSigner(lambda: b"secret")
    cookie = signer.sign("oidc", "key")

    assert signer.open("oidc", cookie) == "key"
    assert signer.open("session", cookie) == ""
    assert CookieSigner(lambda: b"another").open("oidc", cookie) == ""


def test_person_with_too_many_requests_causes_no_further_query(bucket, asked):
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        visitor = Visitor(url, name())
        asked.clear()
        codes = [visitor.get("/search").status_code for _ in range(70)]

    assert codes.count(429) >= 10
    assert len(asked) == codes.count(200)


def test_session_that_has_ended_is_counted_by_itself(bucket, asked):
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        visitor = Visitor(url, name())
        cookies = dict(visitor.browser.cookies)
        visitor.post("/sign-out")
        asked.clear()
        codes = [open_with(url, cookies[COOKIE]).status_code for _ in range(70)]

        assert codes.count(429) >= 10
        assert len(asked) == codes.count(303)
        assert Visitor(url, name()).get("/search").ok


def read_with(url: str, token: str) -> int:
    """Read the API with a token, and return the status."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{url}/api/v1/verdicts", headers=headers, timeout=30).status_code


def test_made_up_tokens_are_counted_before_the_record_is_asked(bucket, asked):
    token = create_token("loans", [Scope.VERDICTS])
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        asked.clear()
        start = time.monotonic()
        codes = [read_with(url, f"docverify_{uuid4().hex}") for _ in range(70)]
        readings = int(time.monotonic() - start) + 2  # of all tokens, one a second

        assert codes.count(429) >= 10
        assert codes.count(401) <= len(asked) <= codes.count(401) + readings
        assert read_with(url, token) == 200


def test_token_is_known_again_after_a_restart_whatever_strangers_send(bucket):
    tokens = [create_token(f"system {number}", [Scope.VERDICTS]) for number in range(3)]
    with serving(create_app(DeskSettings(requests_per_minute=10))) as url:
        strangers = [read_with(url, f"docverify_{uuid4().hex}") for _ in range(30)]

        assert strangers.count(429) >= 10
        assert [read_with(url, each) for each in tokens] == [200, 200, 200]


def test_revoked_token_is_refused_at_once(bucket):
    token = create_token("loans", [Scope.VERDICTS])
    with serving(create_app(DeskSettings())) as url:
        assert read_with(url, token) == 200
        assert revoke_token(list_tokens()[0].id)

        assert read_with(url, token) == 401


@pytest.mark.parametrize(
    ("proxies", "added", "sender"),
    [
        (0, "203.0.113.7", "192.0.2.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.9, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.9, 203.0.113.7", "198.51.100.9"),
        (2, "203.0.113.7", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_sender_is_the_address_that_the_outermost_proxy_added(proxies, added, sender):
    app = create_app(DeskSettings(proxies=proxies))
    headers = [(b"x-forwarded-for", each.encode()) for each in added.split(",") if each]
    scope = {"type": "http", "app": app, "client": ("192.0.2.1", 1), "headers": headers}

    assert find_sender(Request(scope)) == sender


def test_sign_ins_behind_a_load_balancer_are_counted_by_the_address_that_it_adds(database, bucket):
    def send(number: int) -> int:
        headers = {"X-Forwarded-For": f"10.0.0.1, 203.0.113.{number}"}
        return requests.get(
            f"{url}/sign-in", headers=headers, allow_redirects=False, timeout=30
        ).status_code

    oidc = {"sign_in": "oidc", "oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "desk"}
    settings = DeskSettings(requests_per_minute=50, proxies=1, url="http://127.0.0.1:8500", **oidc)
    with serving(create_app(settings)) as url:
        first = [send(1) for _ in range(15)]

        assert first.count(429) >= 4
        assert send(2) == 503  # not refused: the provider does not answer


def test_request_without_a_token_does_not_connect_to_the_record(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "")  # Whoever connects gets 503.
    with serving(create_app(DeskSettings())) as url:
        for path in ("verdicts", "documents/1", "documents/by-key?bucket=b&key=k"):
            assert requests.get(f"{url}/api/v1/{path}", timeout=30).status_code == 401


def test_only_the_keys_that_were_used_last_are_known():
    known = KnownKeys(2)

    for key in ("a", "b", "a", "c"):
        known.note(key, f"owner of {key}")
    known.note("c", "")

    assert [known.find_owner(key) for key in "abc"] == ["owner of a", "", ""]


def test_people_behind_one_address_have_a_limit_each(database, bucket):
    with serving(create_app(DeskSettings(requests_per_minute=30))) as url:
        first, second = Visitor(url, name()), Visitor(url, name())
        answers = [first.get("/search").status_code for _ in range(40)]

        assert answers.count(429) >= 10
        assert second.get("/search").ok


def test_guesses_of_links_are_limited_more(database, bucket):
    with serving(create_app(DeskSettings(requests_per_minute=100))) as url:
        link = f"{url}/sign-in/link"
        codes = [requests.post(link, data={"key": "x"}, timeout=30).status_code for _ in range(15)]

    assert codes.count(403) <= 10
    assert codes[-1] == 429


def test_limit_is_of_each_sender_and_each_minute():
    limit = RateLimit(2)

    assert [limit.count("a", now=1) for _ in range(3)] == [True, True, False]
    assert limit.count("b", now=1)
    assert limit.count("a", now=61)
