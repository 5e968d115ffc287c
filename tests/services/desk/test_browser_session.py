"""What a reviewer's browser does when a session ends, and when a form is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from docverify.page import Reading
from services.desk import sessions
from services.desk.people import Person, Role
from tasks.record.desk_tables import desk_decisions, desk_sessions
from tests.support.desk import refer
from tests.support.desk_browser import NEEDS_CHROMIUM, check_access, sign_in
from tests.support.polling import eventually
from tests.support.readings import page as page_of_document
from tests.support.readings import reading

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def page(browser, desk) -> Iterator[Any]:
    """A page of a reviewer who has just signed in."""
    page = sign_in(browser, desk)
    yield page
    page.context.close()


def find_decisions(database, review_id: int) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(select(desk_decisions).filter_by(verdict_id=review_id)))


def read_pages(count: int) -> Reading:
    """Return the reading of a document with several pages."""
    return reading(*(page_of_document() for _ in range(count)))


def end_sessions(database, name: str) -> None:
    with database.begin() as connection:
        connection.execute(delete(desk_sessions).filter_by(name=name))


def test_a_note_is_kept_when_the_session_has_ended_meanwhile(page, desk, database):
    review_id = refer()
    page.goto(f"{desk}/cases/{review_id}")
    page.get_by_label("Note, stored with the decision").fill("the seal is wrong")
    end_sessions(database, page.person)

    page.locator(".choice.rejected summary").click()
    page.get_by_role("button", name="Document altered or forged").click()

    page.get_by_text("You are no longer signed in.").wait_for()
    check_access(page)
    assert find_decisions(database, review_id) == []
    person = Person(f"link {page.person}", page.person, frozenset({Role.REVIEWER}))
    second = page.context.new_page()
    second.goto(f"{desk}/sign-in/link?key={sessions.create_link_key(person, timedelta(hours=1))}")
    second.get_by_role("button", name="Sign in").click()
    second.wait_for_url(f"{desk}/")

    page.get_by_role("button", name="Document altered or forged").click()

    [found] = eventually(lambda: find_decisions(database, review_id))
    assert (found.reason, found.note) == ("document_altered", "the seal is wrong")


@pytest.mark.parametrize("has_same_name", [False, True])
def test_a_form_is_not_sent_for_another_person_who_has_signed_in_meanwhile(
    page, desk, database, has_same_name
):
    review_id = refer()
    page.goto(f"{desk}/cases/{review_id}")
    name = page.person if has_same_name else "zoe"
    person = Person("subject of zoe", name, frozenset({Role.REVIEWER}))
    second = page.context.new_page()
    second.goto(f"{desk}/sign-in/link?key={sessions.create_link_key(person, timedelta(hours=1))}")
    second.get_by_role("button", name="Sign in").click()
    second.wait_for_url(f"{desk}/")

    page.locator(".choice.rejected summary").click()
    page.get_by_role("button", name="Document altered or forged").click()

    page.locator('[data-person="subject of zoe"]').wait_for()
    assert find_decisions(database, review_id) == []


def test_a_second_click_sends_nothing(page, desk, database):
    review_id = refer()
    page.goto(f"{desk}/cases/{review_id}")
    page.locator(".choice.verified summary").click()

    page.get_by_role("button", name="Details confirmed on the image").dblclick()

    page.wait_for_url(f"{desk}/")
    page.get_by_text(f"Case {review_id}: verified").wait_for()
    assert len(find_decisions(database, review_id)) == 1


def test_the_back_button_shows_what_was_decided(page, desk):
    review_id = refer()
    page.goto(f"{desk}/cases/{review_id}")
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.wait_for_url(f"{desk}/")

    page.go_back()

    page.get_by_text(f"{page.person} decided: verified").wait_for()
    assert page.locator(".choice").count() == 0


def test_a_case_that_another_person_decided_meanwhile_is_offered(browser, page, desk, database):
    review_id = refer()
    page.route("**/claim", lambda route: route.abort())
    page.goto(f"{desk}/cases/{review_id}")
    second = sign_in(browser, desk)
    second.goto(f"{desk}/cases/{review_id}")
    second.keyboard.press("v")
    second.keyboard.press("1")
    second.wait_for_url(f"{desk}/")

    page.keyboard.press("r")
    page.keyboard.press("1")

    page.get_by_role("heading", name="This did not work").wait_for()
    page.get_by_role("link", name=f"Open case {review_id}").click()
    page.get_by_text(f"{second.person} decided: verified").wait_for()
    with database.connect() as connection:
        query = select(func.count()).select_from(desk_decisions).filter_by(verdict_id=review_id)
        assert connection.scalar(query) == 1
    second.context.close()


def test_only_the_pages_that_a_person_sees_are_loaded(page, desk):
    review_id = refer(read=read_pages(3))
    asked = []
    page.on("request", lambda each: asked.append(each.url) if each.url.endswith(".jpg") else None)
    page.goto(f"{desk}/cases/{review_id}")
    eventually(lambda: len(asked) == 1)

    page.get_by_role("button", name="Page 3").click()

    eventually(lambda: [each.rpartition("/")[2] for each in asked] == ["0.jpg", "2.jpg"])


@pytest.mark.parametrize("path", ["/audit", "/search", "/statistics", "/"])
def test_tables_fit_a_phone(browser, desk, path):
    refer(key=f"inbox/{'w' * 200}.jpg")
    phone = sign_in(browser, desk, 390, "", Role.AUDITOR, Role.SUPERVISOR)
    phone.goto(f"{desk}{path}")
    if path == "/search":
        phone.get_by_label("What").fill("www")
        phone.get_by_role("button", name="Search").click()
        phone.get_by_text("referred").first.wait_for()

    check_access(phone)
    phone.context.close()
