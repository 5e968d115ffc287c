"""A verdict of a weaker policy never ends a referral or a rejection: the database sees to it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from docverify.page import Engine
from docverify.policy import DEMONSTRATION, LENIENT, POLICIES, STANDARD, STRICT
from docverify.verdict import FROM_BEST
from tasks.errors import SetupError
from tasks.record.overrides import override_verdict
from tasks.record.policies import record_policy
from tasks.record.review_queue import list_waiting
from tasks.record.reviews import NotYours, claim_review, decide_review, list_events
from tasks.record.tables import outbox, overrides, verdicts
from tasks.record.verdicts import RecordedVerdict
from tests.support.policy_verdicts import find_current, write
from tests.support.verdicts import an_upload

EQUAL = replace(STANDARD, name="own", version="2+x")
INCOMPARABLE = replace(STANDARD, name="own", version="1+x", min_age=21, min_sharpness=10.0)


@pytest.fixture(autouse=True)
def _record(database):
    """Every test uses the record, which has compared the presets and two policies of our own."""
    with database.begin() as connection:
        for policy in (*POLICIES.values(), EQUAL, INCOMPARABLE):
            record_policy(connection, policy)


def is_waiting(record: RecordedVerdict) -> bool:
    return record.verdict_id in [each.review_id for each in list_waiting()]


@pytest.mark.parametrize("outcome", ["referred", "rejected", "resubmit"])
@pytest.mark.parametrize("policy", [STANDARD, LENIENT, DEMONSTRATION, INCOMPARABLE])
def test_weaker_policy_does_not_supersede_what_a_stricter_one_did_not_verify(
    policy, outcome, database
):
    document = an_upload()
    first = write(document, STRICT, outcome)
    second = write(document, policy, "verified")

    assert find_current(database, first.document_id) == [("strict", outcome)]
    assert (second.outcome, second.effective_outcome) == ("verified", outcome)
    assert second.overruled_by.verdict_id == first.verdict_id
    assert is_waiting(first) is (outcome == "referred")
    with database.connect() as connection:
        row = connection.execute(select(verdicts).filter_by(id=second.verdict_id)).one()
        sent = connection.scalars(select(outbox.c.verdict_id)).all()
    assert (row.overruled_by_id, row.previous_id) == (first.verdict_id, None)
    assert second.verdict_id not in sent


def test_run_under_a_weaker_policy_says_that_the_referral_stays():
    document = an_upload()
    first = write(document, STRICT, "referred")
    second = write(document, STANDARD, "verified")

    assert second.message.endswith(
        f" Recorded, but the referral under strict {STRICT.version} stays until a person decides it"
        f" (verdict {first.verdict_id})."
    )


@pytest.mark.parametrize("outcome", ["referred", "rejected", "resubmit"])
@pytest.mark.parametrize("policy", [STANDARD, STRICT], ids=["equal", "stricter"])
def test_equal_or_stricter_policy_supersedes(policy, outcome, database):
    document = an_upload()
    first = write(document, EQUAL, outcome)
    second = write(document, policy, "verified")

    assert second.overruled_by is None
    assert find_current(database, first.document_id) == [(policy.name, "verified")]
    assert not is_waiting(first)


def test_weaker_policy_supersedes_what_a_stricter_one_verified(database):
    document = an_upload()
    first = write(document, STRICT, "verified")
    write(document, LENIENT, "referred")

    assert find_current(database, first.document_id) == [("lenient", "referred")]


def test_policy_that_was_never_compared_counts_as_weaker(database):
    document = an_upload()
    first = write(document, STANDARD, "referred")
    unknown = replace(STRICT, name="new", version="1+y", min_age=30)

    assert write(document, unknown, "verified").overruled_by.verdict_id == first.verdict_id


def test_weaker_policy_of_another_engine_verifies_no_referred_document(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    weaker = write(document, DEMONSTRATION, "verified", Engine.TEXTRACT)
    equal = write(document, STRICT, "verified", Engine.TEXTRACT)

    assert weaker.overruled_by.verdict_id == first.verdict_id
    assert equal.overruled_by is None
    assert sorted(find_current(database, first.document_id)) == [
        ("strict", "referred"),
        ("strict", "verified"),
    ]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_no_policy_supersedes_the_decision_of_a_person(policy, database):
    document = an_upload()
    first = write(document, INCOMPARABLE, "referred")
    claim_review("Anna", first.verdict_id)
    decide_review("Anna", first.verdict_id, "rejected", "document_altered")
    second = write(document, policy, "verified")

    assert find_current(database, first.document_id) == [("person", "rejected")]
    assert second.message.endswith("Recorded, but a person's decision stays: rejected.")


def test_verdict_without_effect_shows_what_became_of_the_referral(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    write(document, STANDARD, "verified")
    claim_review("Anna", first.verdict_id)
    decide_review("Anna", first.verdict_id, "resubmit", "picture_not_usable")
    again = write(document, STANDARD, "verified")

    assert again.replayed
    assert again.effective_outcome == "resubmit"


def test_verdict_of_a_program_that_names_its_own_rank_is_ranked_all_the_same(database):
    """The trigger decides, not what the program writes."""
    document = an_upload()
    first = write(document, STRICT, "referred")
    values = {
        **{"document_id": first.document_id, "engine": "local", "outcome": "verified"},
        **{"reader_version": "9", "pipeline_version": "9", "policy_name": "demonstration"},
        **{"policy_version": "3", "policy_digest": DEMONSTRATION.content_sha256, "reasons": []},
        **{"summary": "", "applicant_message": "", "risk": 0},
        **{"previous_id": first.verdict_id, "overruled_by_id": None},
    }
    with database.begin() as connection:
        connection.execute(insert(verdicts).values(values))

    assert find_current(database, first.document_id) == [("strict", "referred")]


def test_decision_of_a_person_about_another_verdict_is_refused(database):
    document = an_upload()
    first = write(document, STRICT, "rejected")
    values = {
        **{"document_id": first.document_id, "engine": "local", "outcome": "verified"},
        **{"reader_version": "9", "pipeline_version": "9", "policy_name": "person"},
        **{"policy_version": str(first.verdict_id), "reasons": [], "summary": ""},
        **{"applicant_message": "", "risk": 0},
    }

    refused = pytest.raises(IntegrityError, match="a person decides a current referral")
    with database.begin() as connection, refused:
        connection.execute(insert(verdicts).values(values))


def test_decision_on_a_referral_that_a_stricter_policy_ended_is_refused():
    document = an_upload()
    first = write(document, STANDARD, "referred")
    claim_review("Anna", first.verdict_id)
    write(document, STRICT, "verified")

    with pytest.raises(NotYours, match="has a later verdict"):
        decide_review("Anna", first.verdict_id, "rejected", "other")


def test_supervisor_overrides_a_rejection_and_the_record_keeps_who_when_and_why(database):
    document = an_upload()
    first = write(document, STRICT, "rejected")
    write(document, STANDARD, "verified")
    override_verdict("Chris", first.verdict_id, "verified", "original_seen", "at the branch")

    assert find_current(database, first.document_id) == [("person", "verified")]
    with database.connect() as connection:
        row = connection.execute(select(overrides).filter_by(verdict_id=first.verdict_id)).one()
        now = connection.scalar(select(func.now()))
    assert (row.supervisor, row.reason) == ("Chris", "original_seen")
    assert 0 <= (now - row.at).total_seconds() < 60
    (event,) = list_events(first.document_id)
    assert (event.reviewer, event.action, event.outcome) == ("Chris", "overridden", "verified")
    assert (event.reason, event.note) == ("original_seen", "at the branch")


def test_supervisor_overrides_the_decision_of_a_person_once(database):
    document = an_upload()
    first = write(document, STRICT, "referred")
    claim_review("Anna", first.verdict_id)
    decided = decide_review("Anna", first.verdict_id, "rejected", "not_the_applicant")
    override_verdict("Chris", decided.verdict_id, "verified", "original_seen")

    assert find_current(database, first.document_id) == [("person", "verified")]
    for verdict_id in (first.verdict_id, decided.verdict_id, 10**12):
        with pytest.raises(SetupError, match="is not the current verdict of a document"):
            override_verdict("Chris", verdict_id, "verified", "original_seen")


@pytest.mark.parametrize(
    ("outcome", "reason", "name"),
    [("referred", "other", "Chris"), ("verified", "", "Chris"), ("verified", "other", " ")],
)
def test_override_needs_an_outcome_a_reason_and_a_name(outcome, reason, name):
    first = write(an_upload(), STRICT, "rejected")

    with pytest.raises(SetupError):
        override_verdict(name, first.verdict_id, outcome, reason)


def test_verdicts_written_at_once_leave_the_same_current_outcome_in_any_order(database):
    for _ in range(4):
        document = an_upload()
        first = write(document, STRICT, "referred")
        policies = (STANDARD, LENIENT, DEMONSTRATION, INCOMPARABLE) * 2
        count = len(policies)
        with ThreadPoolExecutor(4) as runs:
            records = list(runs.map(write, [document] * count, policies, ["verified"] * count))

        assert find_current(database, first.document_id) == [("strict", "referred")]
        assert {each.overruled_by.verdict_id for each in records} == {first.verdict_id}


def test_referral_and_weaker_verification_at_once_end_as_a_referral_or_in_order(database):
    """Whichever is first, the weaker verification never supersedes the stricter referral."""
    for _ in range(6):
        document = an_upload()
        policies, outcomes = (STRICT, DEMONSTRATION), ("referred", "verified")
        with ThreadPoolExecutor(2) as runs:
            strict, _ = runs.map(write, (document, document), policies, outcomes)

        assert find_current(database, strict.document_id) == [("strict", "referred")]


def test_weaker_verdicts_in_any_order_and_repeated_never_improve_the_outcome(database):
    document = an_upload()
    worst = 0
    for policy, outcome in [
        (LENIENT, "verified"),
        (STANDARD, "referred"),
        (LENIENT, "verified"),
        (DEMONSTRATION, "verified"),
        (STRICT, "rejected"),
        (STANDARD, "referred"),
        (INCOMPARABLE, "verified"),
    ]:
        record = write(document, policy, outcome)
        ((_, current),) = find_current(database, record.document_id)
        worst = max(worst, FROM_BEST.index(current))
        assert FROM_BEST.index(current) == worst
