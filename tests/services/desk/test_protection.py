"""What protects the desk: forms of its own pages, roles, and pages that are not kept."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import requests
from fastapi.routing import APIRoute

from services.desk import sessions, sign_in
from services.desk.pages import audit, cases, images, queue, search, statistics
from services.desk.people import Person, Role
from services.desk.security import HEADERS
from tests.support.desk import Visitor, misread, open_with, refer

CANNOT_BE_A_NUMBER = ("99999999999999999999999", "-1", "0", "1e3", "%00", "..%2f1")
HOSTILE = "<img src=x onerror=alert(1)>\"'`\u202e\u0000".replace("\0", "")

MAY = {
    # path: the roles that open it
    "/": {"reviewer", "supervisor", "auditor"},
    "/next": {"reviewer", "supervisor"},
    "/search": {"reviewer", "supervisor", "auditor"},
    "/cases/{review_id}": {"reviewer", "supervisor", "auditor"},
    "/cases/{review_id}/crops/{number}.png": {"reviewer", "supervisor", "auditor"},
    "/documents/{document_id}/pages": {"reviewer", "supervisor", "auditor"},
    "/documents/{document_id}/pages/{number}.jpg": {"reviewer", "supervisor", "auditor"},
    "/statistics": {"supervisor", "auditor"},
    "/statistics/{name}.csv": {"supervisor", "auditor"},
    "/audit": {"auditor"},
    "/cases/{review_id}/claim": {"reviewer", "supervisor"},
    "/cases/{review_id}/release": {"reviewer", "supervisor"},
    "/cases/{review_id}/decide": {"reviewer", "supervisor"},
    "/cases/{review_id}/correct": {"reviewer", "supervisor"},
    "/decisions/{number}/undo": {"reviewer", "supervisor"},
    "/decisions/{number}/approve": {"reviewer", "supervisor"},
    "/decisions/{number}/decline": {"reviewer", "supervisor"},
    "/session": {"reviewer", "supervisor", "auditor"},
    "/sign-out": {"reviewer", "supervisor", "auditor"},
}
OPEN = {"/health", "/sign-in", "/sign-in/link", "/sign-in/return"}
NO_CASE = 2**62
ROLES = ("", *Role)


def name() -> str:
    return f"person-{uuid4().hex[:8]}"


def find_routes() -> list[APIRoute]:
    """Return the routes of the pages."""
    modules = (sign_in, queue, cases, images, search, statistics, audit)
    return [each for module in modules for each in module.router.routes]


PAGES = [each for each in find_routes() if each.path not in OPEN]
FORMS = [each for each in PAGES if "POST" in each.methods]


def fill(path: str) -> str:
    """Return the path of something that does not exist."""
    return re.sub(r"\{\w+\}", lambda each: "9" if each[0] == "{number}" else str(NO_CASE), path)


def test_every_page_states_who_may_open_it():
    assert {each.path for each in PAGES} == set(MAY)


@pytest.fixture(name="people", scope="module")
def _people(desk):
    return {role: Visitor(desk, name(), [role]) for role in Role}


@pytest.mark.parametrize("route", PAGES, ids=lambda each: f"{min(each.methods)} {each.path}")
def test_each_page_is_only_for_its_roles(desk, people, route):
    method, path = min(route.methods), fill(route.path)
    if path == "/sign-out":
        return  # It would end the sessions of the other tests.
    for role, person in people.items():
        form = {"form_token": person.token} if method == "POST" else None
        answer = person.browser.request(method, desk + path, data=form, allow_redirects=False)
        assert (answer.status_code == 403) is (role not in MAY[route.path]), (role, answer.text)
    signed_out = requests.request(method, desk + path, allow_redirects=False, timeout=30)
    assert signed_out.status_code == (303 if method == "GET" else 401)
    if method == "GET":
        assert signed_out.headers["location"].startswith("/sign-in?")


@pytest.mark.parametrize("route", FORMS, ids=lambda each: each.path)
def test_form_of_another_site_is_refused(desk, people, route):
    person, path = people[Role.SUPERVISOR], desk + fill(route.path)
    other = people[Role.REVIEWER].token
    for token in ("", other, person.token[:-1], person.token + "x"):
        answer = person.browser.post(path, data={"form_token": token}, timeout=30)
        assert answer.status_code == 403, token
        assert "too old" in answer.text
    for origin in ("https://evil.example.org", "null", desk + ".evil.example.org"):
        answer = person.browser.post(
            path, data={"form_token": person.token}, headers={"Origin": origin}, timeout=30
        )
        assert answer.status_code == 403, origin
    json = person.browser.post(path, json={"form_token": person.token}, timeout=30)
    assert json.status_code in (400, 403)


def test_each_page_has_the_headers_and_is_not_kept(desk, people):
    for path in ("/", "/search", "/statistics", "/nothing", f"/cases/{NO_CASE}", "/sign-in"):
        answer = people[Role.SUPERVISOR].get(path)
        assert {key: answer.headers.get(key) for key in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert "max-age" in people[Role.SUPERVISOR].get("/static/desk.css").headers["cache-control"]


def test_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(desk):
    person = Person(f"link {uuid4()}", name(), frozenset({Role.REVIEWER}))
    key = sessions.create_link_key(person, timedelta(hours=1))

    answer = requests.post(
        f"{desk}/sign-in/link", data={"key": key}, allow_redirects=False, timeout=30
    )

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert key.lower() not in cookie


def test_link_works_once_and_not_through_a_proxy(desk):
    person = Person(f"link {uuid4()}", name(), frozenset({Role.REVIEWER}))
    key = sessions.create_link_key(person, timedelta(hours=1))
    form = {"key": key}

    for header in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        forwarded = requests.post(
            f"{desk}/sign-in/link", data=form, headers={header: "127.0.0.1"}, timeout=30
        )
        assert forwarded.status_code == 403
    assert requests.get(f"{desk}/sign-in/link?key={key}", timeout=30).ok  # a preview of the link
    assert requests.post(f"{desk}/sign-in/link", data=form, timeout=30).ok
    assert requests.post(f"{desk}/sign-in/link", data=form, timeout=30).status_code == 403


@pytest.mark.parametrize("key", ["", "x", "' OR 1=1 --", "A" * 43, "\u00e4" * 20])
def test_guessed_key_signs_nobody_in(desk, key):
    assert requests.post(f"{desk}/sign-in/link", data={"key": key}, timeout=30).status_code == 403
    assert open_with(desk, key.encode().decode("latin-1")).status_code == 303


def test_other_site_cannot_sign_a_browser_in(desk):
    person = Person(f"link {uuid4()}", name(), frozenset({Role.REVIEWER}))
    form = {"key": sessions.create_link_key(person, timedelta(hours=1))}

    headers = {"Origin": "https://evil.example.org"}
    answer = requests.post(f"{desk}/sign-in/link", data=form, headers=headers, timeout=30)

    assert answer.status_code == 403


def test_key_of_a_link_is_not_a_session(desk):
    person = Person(f"link {uuid4()}", name(), frozenset({Role.REVIEWER}))
    key = sessions.create_link_key(person, timedelta(hours=1))

    assert open_with(desk, key).status_code == 303


def test_session_ends_when_the_person_signs_out(desk):
    visitor = Visitor(desk, name())
    cookies = dict(visitor.browser.cookies)

    assert visitor.post("/sign-out").ok

    again = requests.get(desk, cookies=cookies, allow_redirects=False, timeout=30)
    assert again.status_code == 303


@pytest.mark.parametrize("number", CANNOT_BE_A_NUMBER)
def test_number_that_nothing_has_is_an_answer_and_not_an_error(desk, people, number):
    supervisor = people[Role.SUPERVISOR]
    for route in PAGES:
        method, path = min(route.methods), re.sub(r"\{\w+\}", number, route.path)
        if "{" not in route.path:
            continue
        form = {"form_token": supervisor.token} if method == "POST" else None
        answer = supervisor.browser.request(method, desk + path, data=form, timeout=30)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)


@pytest.mark.parametrize("value", ["%00", "%FF", "a" * 5000, "9" * 30, "-5", "%E2%80%AE", "'"])
def test_strange_filter_is_an_answer_and_not_an_error(desk, people, value):
    names = ("kind", "issuer", "reason", "show", "after")
    for path in [*(f"/?{each}={value}" for each in names), f"/next?after={value}"]:
        assert people[Role.SUPERVISOR].get(path).status_code < 500, path
    for path in (f"/audit?document_id={value}", f"/statistics?weeks={value}"):
        assert people[Role.AUDITOR].get(path).status_code < 500, path


@pytest.mark.parametrize("value", [HOSTILE, "\u202etxet", "A" * 100, "{{ 7 * 7 }}", "${7*7}"])
def test_hostile_values_are_shown_as_text(desk, value):
    review_id = refer(read=misread(surname=value), key=f"inbox/{uuid4()}/{value}.jpg")
    visitor = Visitor(desk, name())
    visitor.post("/search", by="key", text=value)
    visitor.post(f"/cases/{review_id}/correct", field="surname", value=value)

    for path in (f"/cases/{review_id}", "/"):
        page = visitor.get(path).text
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert value.replace("7 * 7", "49").replace("7*7", "49") not in page.replace(value, "")


def test_page_of_a_large_form_is_refused(desk, people):
    large = people[Role.REVIEWER].post("/search", by="name", text="A" * 100_000)
    many = people[Role.REVIEWER].post("/search", **{f"f{number}": "" for number in range(60)})

    assert (large.status_code, many.status_code) == (413, 400)
