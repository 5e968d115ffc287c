"""Review: one reviewer at a time claims a referred document, and decides it with a reason."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from docverify.decisions import REASONS, Reason
from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.record.review_queue import explain_empty_queue, list_waiting
from tasks.record.reviews import (
    NotYours,
    StillHeld,
    claim_review,
    decide_review,
    list_events,
    release_review,
)
from tasks.record.tables import outbox, review_claims, verdicts
from tests.support.polling import eventually
from tests.support.reviews import empty_queue, recorded_verdict, verdict, with_expired_claims


@pytest.fixture(name="referred")
def _referred(database, place) -> int:
    """Return the id of a referred verdict, the only one in the queue."""
    empty_queue()
    return recorded_verdict(place)


def test_a_referred_document_waits_until_it_is_decided(referred):
    (found,) = list_waiting()
    assert (found.review_id, found.reasons, found.risk) == (referred, ("names_agree",), 0.25)
    assert found.reviewer is None

    claim_review("Anna", referred)
    assert list_waiting()[0].reviewer == "Anna"

    decide_review("Anna", referred, "verified", "original_seen")
    assert list_waiting() == []


def test_a_decision_is_a_new_verdict_linked_to_the_old_one(referred, database):
    claim_review("Anna", referred)

    record = decide_review("Anna", referred, "rejected", "document_altered", "note")

    old, new = verdict(database, referred), verdict(database, record.verdict_id)
    assert (old.outcome, new.outcome, new.previous_id) == ("referred", "rejected", referred)
    assert (new.policy_name, new.policy_version) == ("person", str(referred))
    assert new.reasons == ["document_altered"]
    assert new.applicant_message.startswith("We were unable to verify")


@pytest.mark.parametrize("run", [uuid4(), None])
def test_a_decision_is_announced_wherever_it_was_made(run, referred, database):
    """In a form, whose run may die before it sends the event, or on the command line."""
    claim_review("Anna", referred, 24, run)

    record = decide_review("Anna", referred, "rejected", "document_altered", flow_run_id=run)

    query = select(outbox.c.verdict_id).filter_by(verdict_id=record.verdict_id)
    with database.connect() as connection:
        assert connection.scalar(query) == record.verdict_id


def test_the_history_shows_every_step_with_its_reviewer_and_reason(referred, database):
    claim_review("Anna", referred)
    release_review("Anna", referred)
    claim_review("Bo", referred)
    decide_review("Bo", referred, "verified", "details_confirmed", "called back")

    steps = list_events(verdict(database, referred).document_id)

    assert [(each.reviewer, each.action) for each in steps] == [
        ("Anna", "claimed"),
        ("Anna", "released"),
        ("Bo", "claimed"),
        ("Bo", "decided"),
    ]
    assert (steps[-1].outcome, steps[-1].reason) == ("verified", "details_confirmed")
    assert steps[-1].note == "called back"
    assert "called back" not in repr(steps[-1])


def test_two_reviewers_cannot_claim_or_decide_the_same_document(referred):
    claim_review("Anna", referred)

    for attempt in (
        lambda: claim_review("Bo", referred),
        lambda: decide_review("Bo", referred, "verified", "other"),
        lambda: release_review("Bo", referred),
    ):
        with pytest.raises(NotYours, match=rf"Anna has claimed {referred} until \d{{4}}-"):
            attempt()


def test_reviewers_who_claim_at_the_same_time_get_different_documents(referred, place):
    expected = {referred, *(recorded_verdict(place) for _ in range(5))}

    with ThreadPoolExecutor(8) as people:
        taken = list(people.map(claim_review, (f"person {n}" for n in range(8))))

    assert {each.review_id for each in taken if each} == expected
    assert taken.count(None) == 2


def test_only_one_of_many_reviewers_gets_the_same_document(referred):
    def claim(person: int) -> bool:
        try:
            return bool(claim_review(f"person {person}", referred))
        except NotYours:
            return False

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(claim, range(8))) == 1


def test_a_decision_is_recorded_once_when_it_is_sent_twice_at_once(referred, database):
    claim_review("Anna", referred)

    def decide(_: int) -> bool:
        try:
            return bool(decide_review("Anna", referred, "verified", "other"))
        except SetupError:
            return False

    with ThreadPoolExecutor(4) as tabs:
        assert sum(tabs.map(decide, range(4))) == 1


@pytest.mark.parametrize("step", ["decide", "release"])
def test_every_step_locks_the_document_before_the_claim(step, referred, database):
    """A claim does so too: in another order, two reviewers could deadlock."""
    claim_review("Anna", referred)
    ask = {
        "decide": lambda: decide_review("Anna", referred, "verified", "other"),
        "release": lambda: release_review("Anna", referred),
    }[step]

    def somebody_waits() -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        with database.connect() as watcher:
            return watcher.scalar(text(query))

    with ThreadPoolExecutor(1) as person, database.connect() as connection:
        with connection.begin():
            mine = select(func.lock_document(verdicts.c.document_id)).filter_by(id=referred)
            connection.execute(mine.select_from(verdicts))
            done = person.submit(ask)
            eventually(somebody_waits)
            claim = select(review_claims).filter_by(verdict_id=referred)
            assert connection.execute(claim.with_for_update(nowait=True)).one()
        done.result()


@pytest.mark.parametrize("reason", [*get_args(Reason), "unknown", None])
@pytest.mark.parametrize("outcome", [*REASONS, Outcome.REFERRED])
def test_the_database_takes_the_reasons_that_fit_the_outcome(outcome, reason, referred, database):
    """The program refuses other ones as well; the database refuses them from any program."""
    insert = text(
        "INSERT INTO verdicts (document_id, engine, reader_version, pipeline_version, policy_name,"
        " policy_version, outcome, reasons, summary, applicant_message, risk)"
        " SELECT document_id, engine, reader_version, pipeline_version, 'person', id::text,"
        " :outcome, ARRAY[CAST(:reason AS text)], '', '', risk FROM verdicts WHERE id = :id"
    )

    claim_review("Anna", referred)
    allowed = reason in REASONS.get(outcome, ())
    expected = (
        nullcontext()
        if allowed
        else pytest.raises(IntegrityError, match="needs one reason that fits")
    )
    with database.connect() as connection, expected:
        connection.execute(insert, {"outcome": str(outcome), "reason": reason, "id": referred})


def test_a_reviewer_who_holds_a_document_is_told_which(referred, place):
    another = recorded_verdict(place)
    claim_review("Anna", referred)

    with pytest.raises(StillHeld, match=f"you already have review {referred} until .*: decide it"):
        claim_review("Anna")
    assert claim_review("Anna", referred).review_id == referred
    assert claim_review("Anna", another).review_id == another


def test_a_queue_without_a_free_document_names_the_first_claim_that_ends(referred):
    assert explain_empty_queue([]) == "No document waits for a review."
    claim_review("Anna", referred)

    assert claim_review("Bo") is None
    assert re.match(
        r"1 document waits for a review, and all are claimed. The first claim ends at 20",
        explain_empty_queue(list_waiting()),
    )


@pytest.mark.parametrize("hours", [0, -1, float("nan"), 1e9])
def test_a_claim_needs_a_valid_number_of_hours(hours, referred):
    with pytest.raises(SetupError, match="the hours must be more than 0"):
        claim_review("Anna", referred, hours)


def test_a_claim_expires_and_another_reviewer_can_claim_the_document(referred):
    claim_review("Anna", referred)
    with_expired_claims(referred)

    with pytest.raises(SetupError, match="the claim has expired"):
        decide_review("Anna", referred, "verified", "other")
    assert claim_review("Bo").review_id == referred


def test_a_decided_document_cannot_be_claimed_or_decided_again(referred):
    claim_review("Anna", referred)
    decide_review("Anna", referred, "verified", "other")

    with pytest.raises(NotYours, match="has a later verdict"):
        claim_review("Bo", referred)
    with pytest.raises(NotYours, match="has a later verdict"):
        decide_review("Anna", referred, "rejected", "other")


@pytest.mark.parametrize(
    ("outcome", "reason", "name", "message"),
    [
        ("verified", "", "Anna", "a decision needs a reason"),
        ("verified", "because", "Anna", "a decision needs a reason"),
        ("verified", "document_altered", "Anna", "document_altered for the outcome rejected"),
        ("rejected", "original_seen", "Anna", "original_seen for the outcome verified"),
        ("referred", "other", "Anna", "must be one of verified"),
        ("verified", "other", " ", "the reviewer is empty"),
    ],
)
def test_a_decision_needs_a_reason_an_outcome_and_a_name(referred, outcome, reason, name, message):
    claim_review("Anna", referred)
    with pytest.raises(SetupError, match=message):
        decide_review(name, referred, outcome, reason)


def test_only_a_referred_document_can_be_claimed(referred):
    with pytest.raises(SetupError, match="999999999 is not a document of the queue"):
        claim_review("Anna", 999_999_999)
