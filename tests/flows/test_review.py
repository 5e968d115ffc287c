"""Review: one reviewer at a time claims a referred document, and decides it with a reason."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.states import Pending
from prefect.types.entrypoint import EntrypointType
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from docverify.decisions import REASONS, Reason
from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from flows.redecision import redecision
from flows.review import build_head, review
from tasks.errors import SetupError
from tasks.record.appeals import record_appeal
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
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.polling import eventually
from tests.support.processes import execute
from tests.support.readings import TODAY, page, reading


@pytest.fixture(autouse=True)
def _servers(database):
    """Every test uses the record."""


@pytest.fixture(name="place")
def _place() -> str:
    return f"inbox/{uuid4()}/"


@pytest.fixture(name="referred")
def _referred(place) -> int:
    """Return the id of a referred verdict, the only one in the queue."""
    for each in list_waiting():
        decide_review("earlier", claimed(each.review_id, "earlier"), "resubmit", "other")
    return recorded_verdict(place)


@pytest.fixture(name="rejected")
def _rejected(referred, place) -> int:
    """Return the id of a rejection; the queue is empty."""
    decide_review("earlier", claimed(referred, "earlier"), "resubmit", "other")
    return recorded_verdict(place, Outcome.REJECTED)


def recorded_verdict(place: str, outcome: Outcome = Outcome.REFERRED) -> int:
    verdict = judge(reading(page()), today=TODAY, policy=STANDARD, applicant=None)
    doubtful = verdict.__class__(
        outcome, ("names_agree",), verdict.results, "standard", "2", risk=0.25
    )
    upload = Upload("documents", f"{place}{uuid4()}")
    file = File(b"x", uuid4().hex, 1, "v1", None)
    return write_to_database.fn(upload, file, reading(page()), doubtful, None).verdict_id


def claimed(review_id: int, reviewer: str) -> int:
    with_expired_claims(review_id)
    return claim_review(reviewer, review_id).review_id


def with_expired_claims(review_id: int) -> None:
    from tasks.record.connection import database

    past = func.now() - timedelta(seconds=1)
    with database().begin() as connection:
        connection.execute(
            update(review_claims).filter_by(verdict_id=review_id).values(expires_at=past)
        )


def verdict(database, verdict_id: int):
    with database.connect() as connection:
        return connection.execute(select(verdicts).filter_by(id=verdict_id)).one()


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


def test_an_appealed_rejection_waits_for_a_person_who_did_not_record_the_appeal(rejected, database):
    document = verdict(database, rejected).document_id

    assert record_appeal("Chris", document, "called on Monday") == rejected
    assert record_appeal("Dora", document) == rejected

    (found,) = list_waiting()
    assert (found.review_id, found.is_appeal) == (rejected, True)
    assert claim_review("chris") is None
    with pytest.raises(NotYours, match="another person must decide it"):
        claim_review("Chris", rejected)
    claim_review("Anna")
    record = decide_review("Anna", rejected, "verified", "original_seen")
    assert verdict(database, record.verdict_id).previous_id == rejected
    assert list_waiting() == []
    steps = [(each.reviewer, each.action) for each in list_events(document)]
    assert steps == [("Chris", "appealed"), ("Anna", "claimed"), ("Anna", "decided")]


def test_what_a_person_rejected_cannot_be_appealed(referred, database):
    document = verdict(database, referred).document_id
    with pytest.raises(SetupError, match="is not rejected: its current verdict is referred"):
        record_appeal("Chris", document)
    claim_review("Anna", referred)
    decide_review("Anna", referred, "rejected", "document_altered")

    with pytest.raises(SetupError, match="a supervisor can override verdict"):
        record_appeal("Chris", document)
    with pytest.raises(SetupError, match="document 999999999 does not exist"):
        record_appeal("Chris", 999_999_999)
    assert list_waiting() == []


def test_a_rejection_without_an_appeal_cannot_be_claimed(rejected):
    with pytest.raises(SetupError, match="is not a document of the queue"):
        claim_review("Anna", rejected)


def test_an_appeal_is_recorded_by_the_form(rejected, database, prefect_server):
    document = verdict(database, rejected).document_id

    state = review("Chris", appeal=document, return_state=True)

    assert state.name == "Appealed"
    assert state.message == f"Document {document} waits for another person as review {rejected}."
    assert [each.review_id for each in list_waiting()] == [rejected]


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


def test_no_redecision_changes_what_a_person_decided(referred, place, prefect_server):
    claim_review("Anna", referred)
    decide_review("Anna", referred, "verified", "original_seen")

    state = redecision(policy="strict", prefix=place, dry_run=False, return_state=True)

    assert "0 of 0 verdicts" in state.message


def started_run(client, **parameters) -> UUID:
    deployment_id = review.to_deployment(
        "review-deployment", entrypoint_type=EntrypointType.MODULE_PATH
    ).apply()
    steps = [{"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}]
    client.request("PATCH", f"/deployments/{deployment_id}", json={"pull_steps": steps})
    run = client.create_flow_run_from_deployment(
        deployment_id, parameters=parameters, state=Pending()
    )
    execute(run.id)
    return run.id


def resumed(client, run_id: UUID, **given) -> dict:
    body = {"run_input": given}
    return client.request("POST", f"/flow_runs/{run_id}/resume", json=body).json()


def test_the_artifact_links_to_the_case_at_the_desk(referred, monkeypatch):
    found = claim_review("Anna", referred)
    without = "\n".join(build_head(found))
    monkeypatch.setenv("DOCVERIFY_DESK_URL", "https://desk.example.org/")

    assert "desk" not in without
    assert f"(https://desk.example.org/cases/{referred})" in "\n".join(build_head(found))


def test_a_document_is_decided_in_the_form_of_a_suspended_run(prefect_server, referred, database):
    with get_client(sync_client=True) as client:
        run_id = started_run(client, reviewer="Anna")
        assert client.read_flow_run(run_id).state.name == "Suspended"
        assert list_waiting()[0].reviewer == "Anna"

        wrong = resumed(client, run_id, decision="perhaps", reason="other")
        assert wrong["status"] == "REJECT"
        assert resumed(client, run_id, decision="verified")["status"] == "REJECT"
        nonsense = resumed(client, run_id, decision="verified", reason="document_altered")
        assert nonsense["status"] == "REJECT"

        resumed(client, run_id, decision="verified", reason="original_seen")
        execute(run_id)
        state = client.read_flow_run(run_id).state

    assert (state.name, state.type.value) == ("Verified", "COMPLETED")
    assert state.message == "Verified: decided by a person. Reason: original_seen."
    assert list_waiting() == []
    steps = list_events(verdict(database, referred).document_id)
    assert {each.reviewer for each in steps} == {"Anna"}


def test_a_resumed_run_decides_only_the_document_that_it_showed(
    prefect_server, referred, place, database
):
    with get_client(sync_client=True) as client:
        run_id = started_run(client, reviewer="Anna")
        with_expired_claims(referred)
        claim_review("Bo", referred)
        another = recorded_verdict(place)
        resumed(client, run_id, decision="verified", reason="original_seen")
        execute(run_id)
        state = client.read_flow_run(run_id).state

    assert state.name == "Taken"
    assert state.message.startswith(f"Bo has claimed {referred} until")
    assert another in {each.review_id for each in list_waiting()}
