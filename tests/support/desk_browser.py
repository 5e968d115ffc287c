"""The desk in a real browser: pages of people who are signed in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from docverify.applicant import Applicant
from docverify.policy import DEMONSTRATION, Policy
from services.desk import sessions
from services.desk.app import LINK_SPAN
from services.desk.people import Person, Role
from tasks.engines import reader_pool
from tasks.s3 import Upload, get_object, read_file
from tasks.settings import read_settings
from tests.support.desk import refer

CHROMIUM = shutil.which("chromium")
SPECIMENS = Path(__file__).parents[2] / "specimens"
SERIOUS = ("serious", "critical")
NEEDS_CHROMIUM = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium"),
]


def sign_in(browser: Any, desk: str, width: int = 1280, name: str = "", *more: Role) -> Any:
    """Open a page for a reviewer who has just signed in by a link.

    The page has the name of the person, and the problems that the browser reports.
    """
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.problems = []
    page.on("console", lambda each: page.problems.append(each.text) if each.type == "error" else 0)
    page.on("pageerror", lambda each: page.problems.append(str(each)))
    page.on("dialog", lambda _: page.problems.append("a script ran"))
    page.person = name or f"anna-{uuid4().hex[:6]}"
    person = Person(f"link {page.person}", page.person, frozenset({Role.REVIEWER, *more}))
    page.goto(f"{desk}/sign-in/link?key={sessions.create_link_key(person, LINK_SPAN)}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{desk}/")
    return page


def refer_specimen(
    put: Any,
    name: str = "passport.jpg",
    content: bytes | None = None,
    policy: Policy = DEMONSTRATION,
) -> int:
    """Upload a specimen whose applicant states another name, and return its verdict."""
    key = f"inbox/{uuid4()}-{name}"
    version = put(key, content or (SPECIMENS / name).read_bytes())
    file = read_file(get_object(Upload("documents", key, version)), 20_000_000)
    return refer(
        read=reader_pool.read_or_refuse(file.content, read_settings()),
        policy=policy,
        key=key,
        version=version,
        sha256=file.sha256,
        applicant=Applicant("Maria Someone"),
    )


def check_access(page: Any) -> None:
    """Assert that axe-core finds nothing serious, and that the page does not scroll sideways."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
