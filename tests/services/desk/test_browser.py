"""The desk in a real browser, from the sign-in to a decision, by mouse and by keyboard."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from docverify.applicant import Applicant
from docverify.policy import DEMONSTRATION, Policy
from services.desk import sessions
from services.desk.app import LINK_SPAN
from services.desk.people import Person, Role
from tasks.engines import reader_pool
from tasks.record.desk_tables import desk_decisions, desk_views
from tasks.record.tables import verdicts
from tasks.s3 import Upload, get_object, read_file
from tasks.settings import read_settings
from tests.support.desk import refer
from tests.support.polling import eventually

CHROMIUM = shutil.which("chromium")
SPECIMENS = Path(__file__).parents[3] / "specimens"
IMAGE_IS_LOADED = (
    "performance.getEntriesByType('resource').some(each => each.name.includes('/pages/'))"
)
NO_TYPEFACE = replace(DEMONSTRATION, name="no-typeface", max_mrz_typeface_distance=0.001)
SERIOUS = ("serious", "critical")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=[1280, 390], ids=["1280 px", "390 px"])
def page(browser, desk, request) -> Iterator[object]:
    """A page of a reviewer who has just signed in by a link."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    page = context.new_page()
    page.problems = []
    page.on("console", lambda each: page.problems.append(each.text) if each.type == "error" else 0)
    page.on("pageerror", lambda each: page.problems.append(str(each)))
    name = f"anna-{uuid4().hex[:6]}"
    person = Person(f"link {name}", name, frozenset({Role.REVIEWER, Role.SUPERVISOR}))
    page.goto(f"{desk}/sign-in/link?key={sessions.create_link_key(person, LINK_SPAN)}")
    page.get_by_role("button", name="Sign in").click()
    page.person = name
    yield page
    context.close()


def refer_specimen(
    put, name: str = "passport.jpg", content: bytes | None = None, policy: Policy = DEMONSTRATION
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


def one(database, table, **criteria):
    with database.connect() as connection:
        return connection.execute(select(table).filter_by(**criteria)).one_or_none()


def count(database, table, **criteria) -> int:
    with database.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).filter_by(**criteria))


def check_access(page) -> None:
    """Assert that axe-core finds nothing serious, and that the page does not scroll sideways."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_reviewer_decides_a_document_with_three_clicks(page, desk, put, database):
    review_id = refer_specimen(put)
    page.goto(desk)
    check_access(page)

    page.get_by_role("link", name=str(review_id), exact=True).click()
    image = page.locator("svg.page image").first
    eventually(lambda: image.evaluate("each => each.getBBox().width > 0"))
    assert page.get_by_text("Maria Someone").is_visible()
    check_access(page)
    page.locator(".choice.rejected summary").click()
    page.get_by_role("button", name="Not the applicant's document").click()

    waiting = one(database, desk_decisions, verdict_id=review_id)
    assert (waiting.reviewer, waiting.reason) == (page.person, "not_the_applicant")
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: one(database, desk_decisions, verdict_id=review_id).ending == "undone")
    assert count(database, desk_views, name=page.person, what="image")
    assert page.problems == []


def test_a_reviewer_decides_by_keyboard_alone(page, desk, put, database):
    review_id = refer_specimen(put)
    page.goto(f"{desk}/cases/{review_id}")
    page.keyboard.press("v")
    page.keyboard.press("1")
    eventually(lambda: one(database, desk_decisions, verdict_id=review_id))
    assert one(database, desk_decisions, verdict_id=review_id).reason == "details_confirmed"
    page.wait_for_url(f"{desk}/")

    page.keyboard.press("z")

    page.wait_for_url(f"**/cases/{review_id}")
    assert one(database, verdicts, previous_id=review_id) is None


def test_a_click_on_a_field_shows_its_place(page, desk, put):
    page.goto(f"{desk}/cases/{refer_specimen(put)}")

    page.get_by_role("button", name="Show Birth date, MRZ").click()

    assert page.locator('.box.chosen[data-field="birth_date"][data-source="mrz"]').count() == 1
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Rotate by 90 degrees").click()
    assert "rotate(90)" in page.locator("svg.page g").first.get_attribute("transform")


def test_a_failed_check_of_the_image_is_compared_with_what_it_should_look_like(
    page, desk, put, database
):
    """No typeface is near enough under this policy, so the specimen's MRZ fails."""
    review_id = refer_specimen(put, policy=NO_TYPEFACE)
    page.goto(f"{desk}/cases/{review_id}")

    failed = page.locator(".checks .failed", has_text="MRZ typeface")
    crops = failed.locator("img")
    eventually(
        lambda: (
            crops.evaluate_all("all => all.map(each => each.naturalWidth > 100)") == [True, True]
        )
    )
    assert page.locator(".box.doubted").count() == 1
    failed.get_by_role("button", name="Show the place").click()
    assert page.locator(".box.evidence.chosen").count() == 1
    if folder := os.environ.get("DESK_PICTURES"):
        page.screenshot(path=Path(folder) / f"{page.viewport_size['width']}.png", full_page=True)
    check_access(page)
    assert page.problems == []


def test_a_passed_check_is_compared_when_it_is_unfolded(page, desk, put, database):
    page.goto(f"{desk}/cases/{refer_specimen(put)}")
    page.locator("details", has_text="Passed:").locator("summary").first.click()
    eventually(lambda: count(database, desk_views, name=page.person, what="image"))
    before = count(database, desk_views, name=page.person, what="image")

    page.get_by_text("Compare", exact=True).first.click()

    crops = page.locator(".compare[open] img")
    eventually(
        lambda: (
            crops.evaluate_all("all => all.map(each => each.naturalWidth > 10)")
            == [True] * crops.count()
        )
    )
    assert count(database, desk_views, name=page.person, what="image") == before + crops.count()
    assert page.problems == []


def test_a_hostile_name_and_file_are_shown_as_text(page, desk, put):
    name = "<img src=x onerror=alert(1)>.jpg"
    review_id = refer_specimen(put, name, (SPECIMENS / "corrupt.jpg").read_bytes())
    page.on("dialog", lambda _: page.problems.append("a script ran"))

    page.goto(f"{desk}/cases/{review_id}")

    assert page.get_by_text("The file could not be opened").first.is_visible()
    assert page.get_by_text(name).first.is_visible()
    assert page.problems == []


def test_search_and_statistics_are_accessible(page, desk, put):
    refer_specimen(put)
    for path in ("/search", "/statistics"):
        page.goto(f"{desk}{path}")
        check_access(page)
    assert page.problems == []


def test_the_picture_of_the_desk_is_taken(browser, desk, put, tmp_path):
    """Set DESK_PICTURE to a file to keep the picture, such as docs/pictures/desk.png."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    person = Person("link anna", "anna", frozenset({Role.REVIEWER}))
    page.goto(f"{desk}/sign-in/link?key={sessions.create_link_key(person, LINK_SPAN)}")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{desk}/cases/{refer_specimen(put)}")
    page.wait_for_function(IMAGE_IS_LOADED)
    picture = Path(os.environ.get("DESK_PICTURE") or tmp_path / "desk.png")

    page.screenshot(path=picture)

    assert picture.stat().st_size > 50_000
    context.close()
