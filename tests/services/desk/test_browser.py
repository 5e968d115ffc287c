"""The desk in a real browser, from the sign-in to a decision, by mouse and by keyboard."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from docverify.policy import DEMONSTRATION
from services.desk.people import Role
from tasks.record.desk_tables import desk_decisions, desk_views
from tasks.record.tables import verdicts
from tests.support.desk_browser import (
    NEEDS_CHROMIUM,
    SPECIMENS,
    check_access,
    refer_specimen,
    sign_in,
)
from tests.support.polling import eventually

IMAGE_IS_LOADED = (
    "performance.getEntriesByType('resource').some(each => each.name.includes('/pages/'))"
)
NO_TYPEFACE = replace(DEMONSTRATION, name="no-typeface", max_mrz_typeface_distance=0.001)

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(params=[1280, 390], ids=["1280 px", "390 px"])
def page(browser, desk, request) -> Iterator[Any]:
    """A page of a reviewer who has just signed in by a link."""
    page = sign_in(browser, desk, request.param, "", Role.SUPERVISOR)
    yield page
    page.context.close()


def one(database, table, **criteria):
    with database.connect() as connection:
        return connection.execute(select(table).filter_by(**criteria)).one_or_none()


def count(database, table, **criteria) -> int:
    with database.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).filter_by(**criteria))


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

    waiting = eventually(lambda: one(database, desk_decisions, verdict_id=review_id))
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
    crops.first.wait_for()
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
    page = sign_in(browser, desk)
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"{desk}/cases/{refer_specimen(put)}")
    page.wait_for_function(IMAGE_IS_LOADED)
    picture = Path(os.environ.get("DESK_PICTURE") or tmp_path / "desk.png")

    page.screenshot(path=picture)

    assert picture.stat().st_size > 50_000
    page.context.close()
