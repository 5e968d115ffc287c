"""Decisions at the desk: one person at a time, undone in time, a second person where asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from docverify.policy import STANDARD, Consequence
from services.desk.people import Role
from tasks.record.delivery_tables import feed
from tasks.record.desk_tables import desk_decisions, desk_views, field_corrections
from tasks.record.reviews import claim_review
from tasks.record.tables import holder_fields, review_claims, review_events, verdicts
from tests.support.desk import Visitor, misread, refer
from tests.support.polling import eventually

RECORDED = "ending = 'recorded', ended_at = now()"
MILD = replace(
    STANDARD,
    name="mild",
    version="1",
    consequences={"viz_mrz_match_birth_date": Consequence.REFER},
)
FOUR_EYES = replace(
    STANDARD, name="four-eyes", version="1", second_approval=frozenset({"original_seen"})
)


def name() -> str:
    return f"reviewer-{uuid4().hex[:8]}"


def one(database, table, **criteria):
    with database.connect() as connection:
        return connection.execute(select(table).filter_by(**criteria)).one_or_none()


def decided(database, review_id: int):
    """Return the verdict that followed."""
    return one(database, verdicts, previous_id=review_id)


def test_a_decision_becomes_a_verdict_that_is_announced(quick_desk, database):
    review_id, reviewer = refer(), name()
    visitor = Visitor(quick_desk, reviewer)

    visitor.post(f"/cases/{review_id}/decide", decision="verified details_confirmed", note="seen")

    verdict = eventually(lambda: decided(database, review_id))
    assert (verdict.outcome, verdict.policy_name) == ("verified", "person")
    assert one(database, feed, verdict_id=verdict.id)
    event = one(database, review_events, decision_id=verdict.id)
    assert (event.reviewer, event.action, event.note) == (reviewer, "decided", "seen")


def test_a_decision_can_be_undone_and_nothing_was_recorded_of_it(desk, database):
    review_id = refer()
    visitor = Visitor(desk, name())
    visitor.post(f"/cases/{review_id}/decide", decision="rejected document_altered")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    answer = visitor.post(f"/decisions/{waiting.id}/undo")

    assert answer.url.endswith(f"/cases/{review_id}")
    assert one(database, desk_decisions, verdict_id=review_id).ending == "undone"
    assert decided(database, review_id) is None
    assert "Verify" in visitor.read(f"/cases/{review_id}")


def test_a_decision_that_is_sent_twice_is_recorded_once(desk, database):
    review_id = refer()
    visitor = Visitor(desk, name())
    form = {"decision": "rejected document_altered", "note": "the seal is wrong"}

    answers = [visitor.post(f"/cases/{review_id}/decide", **form) for _ in range(2)]
    other = visitor.post(f"/cases/{review_id}/decide", decision="verified details_confirmed")

    assert [each.url for each in answers] == [f"{desk}/", f"{desk}/"]
    assert other.status_code == 409
    assert one(database, desk_decisions, verdict_id=review_id).outcome == "rejected"


@pytest.mark.parametrize(
    ("first", "changed"),
    [
        ({"decision": "resubmit side_missing front"}, {"decision": "resubmit side_missing back"}),
        ({"decision": "rejected other", "note": "the seal"}, {"note": "the seal and the date"}),
    ],
)
def test_a_decision_with_another_wish_or_note_is_another_decision(desk, database, first, changed):
    review_id = refer()
    visitor = Visitor(desk, name())

    answers = [
        visitor.post(f"/cases/{review_id}/decide", **form).status_code
        for form in (first, first, first | changed)
    ]

    assert answers == [200, 200, 409]
    assert one(database, desk_decisions, verdict_id=review_id).ended_at is None


def test_another_person_cannot_undo_a_decision(desk, database):
    review_id = refer()
    Visitor(desk, name()).post(f"/cases/{review_id}/decide", decision="rejected document_altered")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    answer = Visitor(desk, name()).post(f"/decisions/{waiting.id}/undo")

    assert answer.status_code == 409
    assert one(database, desk_decisions, verdict_id=review_id).ending is None


def test_a_recorded_decision_cannot_be_undone(quick_desk, database):
    review_id = refer()
    visitor = Visitor(quick_desk, name())
    visitor.post(f"/cases/{review_id}/decide", decision="verified details_confirmed")
    eventually(lambda: decided(database, review_id))
    waiting = one(database, desk_decisions, verdict_id=review_id)

    assert visitor.post(f"/decisions/{waiting.id}/undo").status_code == 409


def test_a_reason_that_does_not_fit_is_refused_with_those_that_do(desk):
    review_id = refer()

    answer = Visitor(desk, name()).post(
        f"/cases/{review_id}/decide", decision="verified document_altered"
    )

    assert answer.status_code == 409
    assert "details_confirmed" in answer.text


def test_the_reason_other_needs_a_note(desk):
    review_id = refer()
    visitor = Visitor(desk, name())

    assert visitor.post(f"/cases/{review_id}/decide", decision="rejected other").status_code == 409
    assert visitor.post(
        f"/cases/{review_id}/decide", decision="rejected other", note="the seal is wrong"
    ).ok


def test_two_reviewers_cannot_decide_the_same_document(desk, database):
    review_id = refer()
    first, second = Visitor(desk, name()), Visitor(desk, name())
    first.post(f"/cases/{review_id}/claim")

    answer = second.post(f"/cases/{review_id}/decide", decision="verified details_confirmed")

    assert answer.status_code == 409
    assert "has claimed" in answer.text
    assert "has this document until" in second.read(f"/cases/{review_id}")
    assert one(database, desk_decisions, verdict_id=review_id) is None


def test_a_claim_is_not_that_of_another_person_of_the_same_name(desk, database):
    review_id, same_name = refer(), name()
    first, second = (Visitor(desk, same_name, subject=uuid4().hex) for _ in range(2))
    first.post(f"/cases/{review_id}/claim")

    assert "has this document until" in second.read(f"/cases/{review_id}")
    assert second.post(f"/cases/{review_id}/release").status_code == 409
    answer = second.post(f"/cases/{review_id}/decide", decision="verified details_confirmed")
    assert answer.status_code == 409
    assert one(database, desk_decisions, verdict_id=review_id) is None
    assert f"/cases/{review_id}" not in second.get("/?show=mine").text
    assert f"/cases/{review_id}" in first.get("/?show=mine").text
    assert first.post(f"/cases/{review_id}/decide", decision="verified details_confirmed").ok


def test_a_claim_stays_with_a_person_whose_name_changes(desk, database):
    review_id, subject = refer(), uuid4().hex
    Visitor(desk, name(), subject=subject).post(f"/cases/{review_id}/claim")
    renamed = Visitor(desk, name(), subject=subject)

    assert "Return to the queue" in renamed.read(f"/cases/{review_id}")
    assert f"/cases/{review_id}" in renamed.get("/?show=mine").text
    assert renamed.post(f"/cases/{review_id}/decide", decision="verified details_confirmed").ok
    assert one(database, desk_decisions, verdict_id=review_id).subject == subject


def test_a_claim_by_name_only_is_that_of_the_person_of_this_name(desk):
    review_id, reviewer = refer(), name()
    claim_review(reviewer, review_id)

    assert "has this document until" in Visitor(desk, name()).read(f"/cases/{review_id}")
    assert "Return to the queue" in Visitor(desk, reviewer).read(f"/cases/{review_id}")


def test_a_released_document_is_free_for_others(desk):
    review_id = refer()
    first, second = Visitor(desk, name()), Visitor(desk, name())
    first.post(f"/cases/{review_id}/claim")

    first.post(f"/cases/{review_id}/release")

    assert second.post(f"/cases/{review_id}/claim").ok


def test_another_image_is_asked_for_with_which_and_why(quick_desk, database):
    review_id = refer()

    Visitor(quick_desk, name()).post(
        f"/cases/{review_id}/decide",
        decision="resubmit picture_not_usable",
        wanted="back",
        why="image_glare",
    )

    verdict = eventually(lambda: decided(database, review_id))
    assert verdict.applicant_message == (
        "We could not read your document. Please upload it again: the back, without reflections."
    )


def test_a_reason_of_the_policy_needs_a_second_person(quick_desk, database):
    review_id = refer(policy=FOUR_EYES)
    first, second = Visitor(quick_desk, name()), Visitor(quick_desk, name())
    first.post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    alone = first.post(f"/decisions/{waiting.id}/approve")

    assert alone.status_code == 409
    assert decided(database, review_id) is None
    assert f"/cases/{review_id}" in second.get("/?show=approval").text

    second.post(f"/decisions/{waiting.id}/approve")

    assert eventually(lambda: decided(database, review_id)).outcome == "verified"


def test_a_second_person_of_the_same_name_approves(quick_desk, database):
    review_id, same_name = refer(policy=FOUR_EYES), name()
    first, second = (Visitor(quick_desk, same_name, subject=uuid4().hex) for _ in range(2))
    first.post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    assert second.post(f"/decisions/{waiting.id}/approve").ok
    assert eventually(lambda: decided(database, review_id)).outcome == "verified"


def test_a_person_whose_name_changed_is_not_a_second_person(quick_desk, database):
    review_id, subject = refer(policy=FOUR_EYES), uuid4().hex
    first = Visitor(quick_desk, name(), subject=subject)
    first.post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)
    renamed = Visitor(quick_desk, name(), subject=subject)

    for step in ("approve", "decline"):
        assert renamed.post(f"/decisions/{waiting.id}/{step}").status_code == 409
    assert "Another person must approve it" in renamed.read(f"/cases/{review_id}")


@pytest.mark.parametrize("who", ["first", "second"])
def test_an_undone_decision_does_not_keep_the_document_from_others(desk, database, who):
    review_id = refer(policy=FOUR_EYES)
    people = {each: Visitor(desk, name()) for each in ("first", "second")}
    people["first"].post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)
    people["second"].post(f"/decisions/{waiting.id}/approve")

    assert people[who].post(f"/decisions/{waiting.id}/undo").ok

    claim = one(database, review_claims, verdict_id=review_id)
    assert claim.expires_at <= datetime.now(UTC) + timedelta(minutes=31)
    assert people[who].post(f"/cases/{review_id}/claim").ok


def test_a_declined_decision_returns_the_document_to_the_queue(desk, database):
    review_id = refer(policy=FOUR_EYES)
    first, second = Visitor(desk, name()), Visitor(desk, name())
    first.post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    second.post(f"/decisions/{waiting.id}/decline")

    assert one(database, desk_decisions, verdict_id=review_id).ending == "declined"
    assert second.post(f"/cases/{review_id}/claim").ok


def test_the_database_refuses_an_approval_by_the_same_person(desk, database):
    review_id = refer(policy=FOUR_EYES)
    Visitor(desk, name()).post(f"/cases/{review_id}/decide", decision="verified original_seen")
    waiting = one(database, desk_decisions, verdict_id=review_id)

    for change in (
        "approver_subject = subject, approver = 'other'",
        RECORDED,
    ):
        with pytest.raises(IntegrityError), database.begin() as connection:
            connection.execute(
                text(f"UPDATE desk_decisions SET {change} WHERE id = :id"), {"id": waiting.id}
            )


def test_a_corrected_field_is_kept_with_both_values_and_decided_again(desk, database):
    review_id = refer(read=misread(birth_date="13 APR 1990"), policy=MILD)
    visitor = Visitor(desk, name())

    answer = visitor.post(f"/cases/{review_id}/correct", field="birth_date", value="12 APR 1990")

    verdict = decided(database, review_id)
    assert answer.url.endswith(f"/cases/{verdict.id}")
    assert (verdict.outcome, verdict.reasons) == ("referred", ["fields_corrected"])
    assert verdict.policy_name == "mild"
    correction = one(database, field_corrections, verdict_id=review_id)
    assert (correction.old_value, correction.new_value) == ("13 APR 1990", "12 APR 1990")
    printed = one(database, holder_fields, verdict_id=verdict.id, source="viz")
    assert printed.birth_date.isoformat() == "1990-04-12"
    assert "13 APR 1990 → 12 APR 1990" in visitor.read(f"/cases/{verdict.id}")


def test_a_correction_never_verifies_a_document_by_itself(desk, database):
    review_id = refer()
    Visitor(desk, name()).post(f"/cases/{review_id}/correct", field="surname", value="MERIDIAN")

    assert decided(database, review_id).outcome == "referred"


@pytest.mark.parametrize(
    ("field", "value"), [("issuing_state", "UTO"), ("surname", " "), ("surname", "A" * 101)]
)
def test_a_value_that_cannot_be_corrected_is_refused(desk, database, field, value):
    review_id = refer()

    answer = Visitor(desk, name()).post(f"/cases/{review_id}/correct", field=field, value=value)

    assert answer.status_code == 409
    assert decided(database, review_id) is None


def test_an_auditor_sees_and_decides_nothing(desk, database):
    review_id = refer()
    auditor = Visitor(desk, name(), [Role.AUDITOR])

    assert auditor.get(f"/cases/{review_id}").ok
    assert auditor.post(f"/cases/{review_id}/claim").status_code == 403
    assert (
        auditor.post(
            f"/cases/{review_id}/decide", decision="verified details_confirmed"
        ).status_code
        == 403
    )
    assert "case" in auditor.read("/audit")


def test_each_look_at_a_case_is_a_row(desk, database):
    review_id, reviewer = refer(), name()
    Visitor(desk, reviewer).get(f"/cases/{review_id}")

    row = one(database, desk_views, name=reviewer, what="case")
    assert row.document_id == one(database, verdicts, id=review_id).document_id
