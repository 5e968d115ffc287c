"""A reviewer's work in a real browser: clicks of each decision, two people, hostile files."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from docverify.applicant import Applicant
from docverify.policy import STANDARD
from tasks.record.desk_tables import desk_decisions
from tests.support.desk import misread, refer
from tests.support.desk_browser import NEEDS_CHROMIUM, check_access, refer_specimen, sign_in
from tests.support.polling import eventually

pytestmark = NEEDS_CHROMIUM

FOUR_EYES = replace(
    STANDARD, name="four-eyes", version="1", second_approval=frozenset({"original_seen"})
)
COUNT = """
for (const kind of ["click", "keydown"]) addEventListener(kind, (event) => {
  const key = event.key || "";
  if (!event.isTrusted || event.detail === 0 && kind === "click") return;
  if (kind === "keydown" && event.target.matches("textarea, input") && key.length === 1) return;
  sessionStorage[kind] = Number(sessionStorage[kind] || 0) + 1;
}, true);
"""
"""Counts what a person does; letters of a text are not counted."""
MAX_CLICKS = 3

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!doctype html><script>alert(1)</script><img src=x onerror=alert(1)>"
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
    b"endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>"
)


@pytest.fixture
def page(browser, desk) -> Iterator[Any]:
    """A page of a reviewer, which counts clicks and keys."""
    page = sign_in(browser, desk)
    page.context.add_init_script(COUNT)
    yield page
    page.context.close()


def find_decision(database, review_id: int) -> Any:
    with database.connect() as connection:
        query = select(desk_decisions).filter_by(verdict_id=review_id)
        return connection.execute(query.order_by(desk_decisions.c.id.desc())).first()


def count(page: Any, kind: str) -> int:
    return int(page.evaluate(f"sessionStorage.{kind} || 0"))


def start_counting(page: Any) -> None:
    page.evaluate("sessionStorage.clear()")


@dataclass(frozen=True)
class Work:
    """A decision: what to press after the case is open, by mouse and by keyboard."""

    outcome: str
    button: str
    keys: str
    reason: str
    wanted: str | None = None
    note: str = ""


DECISIONS = [
    Work("verified", "Details confirmed on the image", "v1", "details_confirmed"),
    Work("verified", "Original document seen", "v2", "original_seen"),
    Work("rejected", "Document altered or forged", "r1", "document_altered"),
    Work("rejected", "Kind of document not accepted", "r2", "document_not_accepted"),
    Work("rejected", "Document expired", "r3", "document_expired"),
    Work("rejected", "Not the applicant's document", "r4", "not_the_applicant"),
    Work("rejected", "Other reason", "r5", "other", note="the seal is wrong"),
    Work("resubmit", "Image not usable", "a1", "picture_not_usable", "the whole document"),
    Work("resubmit", "Missing: the front", "a2", "side_missing", "the front, with the photo"),
    Work("resubmit", "Missing: the back", "a3", "side_missing", "the back"),
]


def check(page: Any, database: Any, review_id: int, work: Work) -> None:
    found = eventually(lambda: find_decision(database, review_id))
    decided = (found.outcome, found.reason, found.wanted, found.note or "")
    assert decided == (work.outcome, work.reason, work.wanted, work.note)
    page.wait_for_url("**/")


@pytest.mark.parametrize("work", DECISIONS, ids=lambda each: f"{each.outcome} {each.button}")
def test_each_decision_takes_at_most_three_clicks_from_the_queue(page, desk, database, work):
    review_id = refer()
    page.goto(f"{desk}/?after={review_id - 1}")
    start_counting(page)

    page.get_by_role("link", name=str(review_id), exact=True).click()
    page.locator(f".choice.{work.outcome} summary").click()
    page.get_by_role("button", name=work.button).locator("visible=true").click()
    if work.note:
        page.keyboard.type(work.note)
        page.keyboard.press("Control+Enter")

    check(page, database, review_id, work)
    assert count(page, "click") <= MAX_CLICKS


@pytest.mark.parametrize("work", DECISIONS, ids=lambda each: each.keys)
def test_each_decision_is_made_by_keyboard_alone(page, desk, database, work):
    review_id = refer()
    page.goto(f"{desk}/?after={review_id - 1}")
    start_counting(page)

    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/cases/{review_id}")
    for key in work.keys:
        page.keyboard.press(key)
    if work.note:
        page.keyboard.type(work.note)
        page.keyboard.press("Control+Enter")

    check(page, database, review_id, work)
    assert count(page, "click") == 0
    assert count(page, "keydown") <= (6 if work.note else 4)


def test_every_control_of_a_case_is_reached_by_tab(page, desk):
    review_id = refer()
    page.goto(f"{desk}/cases/{review_id}")
    page.locator("details:not(.choice)").evaluate_all("all => all.forEach(e => { e.open = true; })")
    controls = page.evaluate(
        """() => [...document.querySelectorAll("a, button, select, textarea, input, summary")]
        .filter((each) => each.type !== "hidden" && each.checkVisibility()).length"""
    )

    reached = set()
    for _ in range(controls + 5):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("""() => {
            const now = document.activeElement;
            now.dataset.mark ||= String(Math.random());
            return now === document.body ? "" : now.dataset.mark;
        }""")
        )
        visible = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert visible != "none" or page.evaluate("document.activeElement === document.body")

    assert len(reached - {""}) >= controls


def test_second_person_approves_in_the_browser(browser, page, desk, database):
    review_id = refer(policy=FOUR_EYES)
    page.goto(f"{desk}/cases/{review_id}")
    page.locator(".choice.verified summary").click()
    page.get_by_role("button", name="Original document seen").click()
    page.wait_for_url("**/")
    page.get_by_text("waits for a second person").first.wait_for()
    page.goto(f"{desk}/cases/{review_id}")
    assert page.get_by_role("button", name="Approve").count() == 0
    second = sign_in(browser, desk, 1280, "bo")
    second.context.add_init_script(COUNT)
    second.goto(f"{desk}/?show=approval&after={review_id - 1}")
    start_counting(second)

    second.get_by_role("link", name=str(review_id), exact=True).click()
    second.get_by_role("button", name="Approve").click()
    second.wait_for_url("**/?show=approval")

    assert count(second, "click") == 2

    found = find_decision(database, review_id)
    assert (found.reviewer, found.approver) == (page.person, "bo")
    second.context.close()


def test_second_person_declines_and_the_document_returns(browser, page, desk, database):
    review_id = refer(policy=FOUR_EYES)
    page.goto(f"{desk}/cases/{review_id}")
    page.keyboard.press("v")
    page.keyboard.press("2")
    page.wait_for_url("**/")
    second = sign_in(browser, desk)
    second.goto(f"{desk}/cases/{review_id}")

    second.keyboard.press("d")

    second.wait_for_url("**/?show=approval")
    assert find_decision(database, review_id).ending == "declined"
    second.goto(f"{desk}/cases/{review_id}")
    second.locator(".choice.verified").wait_for()
    second.context.close()


def test_two_reviewers_with_the_same_case_do_not_decide_it_twice(browser, page, desk, database):
    review_id = refer()
    second = sign_in(browser, desk)
    second.route("**/claim", lambda route: route.abort())  # as if both had opened it at once
    second.goto(f"{desk}/cases/{review_id}")
    page.goto(f"{desk}/cases/{review_id}")
    page.keyboard.press("v")
    page.keyboard.press("1")
    page.wait_for_url("**/")

    second.locator(".choice.rejected summary").click()
    second.get_by_role("button", name="Document altered or forged").click()

    second.get_by_role("heading", name="This did not work").wait_for()
    assert second.get_by_text(page.person).is_visible()
    found = find_decision(database, review_id)
    assert (found.reviewer, found.outcome) == (page.person, "verified")
    second.get_by_role("link", name="Back to the queue").click()
    second.context.close()


def test_case_that_another_reviewer_has_shows_who_and_no_form(browser, page, desk):
    review_id = refer()
    with page.expect_response("**/claim"):
        page.goto(f"{desk}/cases/{review_id}")
    second = sign_in(browser, desk)

    second.goto(f"{desk}/cases/{review_id}")

    assert second.locator(".choice").count() == 0
    assert second.get_by_text(f"{page.person} has this document until").is_visible()
    second.context.close()


@pytest.mark.parametrize("text", ["W" * 900, "\u202e" + "\u0645" * 400, "<b>" * 250])
def test_long_and_turning_texts_do_not_break_the_pages(page, desk, text):
    page.set_viewport_size({"width": 390, "height": 900})
    review_id = refer(read=misread(), key=f"inbox/{text}", applicant=Applicant(text))
    page.goto(f"{desk}/cases/{review_id}")
    page.get_by_label("Note, stored with the decision").fill(text)
    check_access(page)
    page.locator(".choice.rejected summary").click()
    page.get_by_role("button", name="Document altered or forged").click()
    page.wait_for_url("**/")
    check_access(page)

    page.goto(f"{desk}/cases/{review_id}")

    page.get_by_role("heading", name="History").wait_for()
    check_access(page)
    assert page.locator("main b:not(.history b, .checks b, .decide b)").count() == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("card.svg", SVG), ("card.jpg", SVG), ("card.html", HTML), ("card.png", HTML), ("a.pdf", PDF)],
)
def test_hostile_file_is_an_image_or_a_sentence(page, desk, put, name, content):
    received = []
    page.on("response", lambda each: received.append((each.url, each.headers["content-type"])))

    page.goto(f"{desk}/cases/{refer_specimen(put, name, content)}")
    page.wait_for_load_state("networkidle")

    kinds = {kind for url, kind in received if "/documents/" in url}
    assert kinds <= {"image/jpeg", "application/json"}
    assert all(url.startswith(desk) for url, _ in received)
    assert "a script ran" not in page.problems
    assert page.get_by_role("heading", name="What was found").is_visible()
