"""Decisions of the desk that are due: recorded once, by whatever runs, also without a desk."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from docverify.policy import STANDARD
from flows.reconciliation import reconciliation
from services.dispatcher.loop import announce_until
from tasks.record.connection import transaction
from tasks.record.desk_decisions import Choice, propose, record_due_decisions
from tasks.record.desk_tables import desk_decisions
from tasks.record.overrides import override_verdict
from tasks.record.tables import outbox, review_events, verdicts
from tests.support.desk import refer
from tests.support.polling import eventually

VERIFIED = Choice("verified", "details_confirmed", "seen by Anna")
NOW, LATER = timedelta(0), timedelta(hours=1)


def decide(undo: timedelta = NOW) -> int:
    review_id = refer()
    propose("Anna", "subject of Anna", review_id, VERIFIED, undo)
    return review_id


def followers(database, review_id: int) -> list[str]:
    with database.connect() as connection:
        query = select(verdicts.c.outcome).filter_by(previous_id=review_id)
        return list(connection.scalars(query))


def test_decisions_are_recorded_once_by_several_programs(database):
    reviews = [decide() for _ in range(12)]

    with ThreadPoolExecutor(6) as programs:
        recorded = list(programs.map(lambda _: record_due_decisions(), range(12)))

    ids = Counter(each.verdict_id for records in recorded for each in records)
    with database.connect() as connection:
        new = connection.scalars(select(verdicts.c.id).where(verdicts.c.previous_id.in_(reviews)))
        assert [ids[each] for each in new] == [1] * len(reviews)
        for review_id in reviews:
            assert followers(database, review_id) == ["verified"]
            of_review = select(func.count()).select_from(review_events)
            decided = of_review.filter_by(verdict_id=review_id, action="decided")
            assert connection.scalar(decided) == 1


def test_decision_that_cannot_be_recorded_is_logged_and_delays_no_other(database, caplog):
    first, second = decide(), decide()
    with database.begin() as connection:
        wrong = "UPDATE desk_decisions SET outcome = 'unknown' WHERE verdict_id = :id"
        connection.execute(text("SET LOCAL docverify.maintenance = 'on'"))
        connection.execute(text(wrong), {"id": first})
    try:
        record_due_decisions()
        assert followers(database, second) == ["verified"]
        assert "is not recorded: ValueError" in caplog.text
    finally:
        end_decision(database, first)


def end_decision(database, review_id: int) -> None:
    with database.begin() as connection:
        ended = (
            "UPDATE desk_decisions SET ended_at = now(), ending = 'undone' WHERE verdict_id = :id"
        )
        connection.execute(text(ended), {"id": review_id})


def test_reconciliation_records_and_announces_without_a_desk(database, bucket, prefect_server):
    due, undoable = decide(), decide(LATER)

    state = reconciliation(prefix="inbox/nothing-is-here/", return_state=True)

    assert state.is_completed(), state.message
    assert followers(database, due) == ["verified"]
    assert followers(database, undoable) == []
    with transaction() as connection:
        (verdict_id,) = connection.scalars(select(verdicts.c.id).filter_by(previous_id=due))
        waiting = select(func.count()).select_from(outbox).filter_by(verdict_id=verdict_id)
        assert connection.scalar(waiting) == 0


def test_dry_run_of_reconciliation_records_nothing(database, bucket, prefect_server):
    due = decide()

    reconciliation(dry_run=True, return_state=True)

    assert followers(database, due) == []
    record_due_decisions()


def test_dispatcher_records_without_a_desk(database, prefect_server):
    due, stopped = decide(), threading.Event()
    program = threading.Thread(target=announce_until, args=(stopped, 0.1))
    program.start()
    try:
        eventually(lambda: followers(database, due) == ["verified"])
    finally:
        stopped.set()
        program.join()


def test_decision_that_waits_for_a_second_person_ends_with_a_later_verdict(database):
    policy = replace(STANDARD, name="approved", second_approval=frozenset({"details_confirmed"}))
    review_id, waiting = (refer(policy=policy) for _ in range(2))
    for each in (review_id, waiting):
        assert propose("Anna", "subject of Anna", each, VERIFIED, NOW).needs_approval
    override_verdict("Sue", review_id, "rejected", "document_altered")

    record_due_decisions()

    with database.connect() as connection:
        query = select(desk_decisions.c.ending).order_by(desk_decisions.c.id)
        found = connection.scalars(
            query.where(desk_decisions.c.verdict_id.in_((review_id, waiting)))
        )
        assert list(found) == ["superseded", None]
    end_decision(database, waiting)


def test_note_is_kept_with_the_verdict_and_forgotten_with_the_decision(database):
    review_id = decide()
    record_due_decisions()

    with database.connect() as connection:
        row = connection.execute(select(desk_decisions).filter_by(verdict_id=review_id)).one()
        event = select(review_events.c.note).filter_by(decision_id=row.decision_id)
        assert (row.ending, row.note) == ("recorded", None)
        assert connection.scalar(event) == "seen by Anna"


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'rejected'",
        "reviewer = 'Bo'",
        "subject = 'Bo'",
        "reason = 'other'",
        "verdict_id = 1",
        "needs_approval = false",
        "decided_at = now()",
    ],
)
def test_what_a_person_decided_never_changes(database, change):
    review_id = refer()
    with database.begin() as connection:
        connection.execute(
            insert(desk_decisions).values(
                verdict_id=review_id,
                subject="1",
                reviewer="Anna",
                outcome="verified",
                reason="original_seen",
                needs_approval=True,
                due_at=func.now(),
            )
        )
    refused = f"UPDATE desk_decisions SET {change} WHERE verdict_id = {review_id}"
    with pytest.raises(DBAPIError, match="never changes"), database.begin() as connection:
        connection.execute(text(refused))
    end_decision(database, review_id)


def test_ended_decision_is_not_changed_or_deleted(database):
    review_id = decide()
    record_due_decisions()
    of_review = f"WHERE verdict_id = {review_id}"

    for statement in (
        f"UPDATE desk_decisions SET ending = 'undone' {of_review}",
        f"UPDATE desk_decisions SET ended_at = NULL, ending = NULL {of_review}",
        f"UPDATE desk_decisions SET note = 'x' {of_review}",
        f"DELETE FROM desk_decisions {of_review}",
    ):
        with pytest.raises(DBAPIError, match="never changes"), database.begin() as connection:
            connection.execute(text(statement))
