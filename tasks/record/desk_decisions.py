"""Decisions at the desk, which wait for some time or for a second person before being recorded.

A verdict is written, and its event is sent, only when its decision is due. So a decision can be
undone without a trace in any other system.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    exists,
    func,
    insert,
    select,
    true,
    update,
)

from docverify.verdict import ADVICE, MESSAGES, Outcome
from tasks.errors import SetupError, WorldError
from tasks.record.connection import transaction
from tasks.record.desk_tables import desk_decisions
from tasks.record.policies import read_recorded_policy
from tasks.record.review_queue import is_claim_of, select_queue
from tasks.record.reviews import (
    NotYours,
    check_decision,
    check_name,
    insert_claim,
    insert_decision,
    lock_undecided,
    lock_verdict,
    record_event,
)
from tasks.record.tables import review_claims, verdicts
from tasks.record.verdicts import RecordedVerdict

APPROVAL_SPAN = timedelta(days=365)
"""How long a document stays reserved while it waits for a second person."""
RECORDING_SPAN = timedelta(minutes=1)
"""The database requires a claim to record a decision, but the reviewer's may have expired."""
MAX_NOTE_LENGTH = 2000  # characters
MAX_RECORDED = 100  # decisions in one round

logger = logging.getLogger("docverify.desk")


@dataclass(frozen=True)
class Choice:
    """What a person decides.

    Attributes:
        note: Free text; may be personal data.
        wanted: For another image: its content, in the words of the applicant's message.
        why: For another image: code of the check that failed.
    """

    outcome: str
    reason: str
    note: str = ""
    wanted: str = ""
    why: str = ""


@dataclass(frozen=True)
class WaitingDecision:
    """A decision that is not recorded yet.

    Attributes:
        due_at: Until then it can be undone.
        needs_approval: Whether a second person must approve it first.
    """

    number: int
    due_at: datetime
    needs_approval: bool


def propose(
    reviewer: str, subject: str, review_id: int, choice: Choice, undo: timedelta
) -> WaitingDecision:
    """Store a decision until it is due; the document is reserved for the reviewer until then.

    Raise NotYours if another reviewer has the document or has decided it, SetupError if the reason
    is not one for this outcome.
    """
    name = check_name(reviewer)
    check_decision(choice.outcome, choice.reason)
    note = choice.note.strip()[:MAX_NOTE_LENGTH]
    if choice.reason == "other" and not note:
        raise SetupError("write a note: the reason `other` does not explain the decision")
    with transaction() as connection:
        lock_undecided(connection, review_id, name)
        values = {
            "subject": subject,
            "outcome": choice.outcome,
            "reason": choice.reason,
            "note": note or None,
            "wanted": choice.wanted or None,
            "why": choice.why or None,
        }
        if sent_before := _find_same_decision(connection, review_id, values):
            return sent_before
        needs_approval = must_be_approved(connection, review_id, choice.reason)
        span = APPROVAL_SPAN if needs_approval else undo + timedelta(hours=1)
        insert_claim(connection, review_id, name, span, subject)
        row = values | {
            "verdict_id": review_id,
            "reviewer": name,
            "needs_approval": needs_approval,
            "due_at": func.now() + undo,
        }
        columns = (desk_decisions.c.id, desk_decisions.c.due_at)
        added = connection.execute(insert(desk_decisions).values(**row).returning(*columns)).one()
    return WaitingDecision(added.id, added.due_at, needs_approval)


def must_be_approved(connection: Connection, review_id: int, reason: str) -> bool:
    """Return whether the policy of a verdict requires a second person for this reason."""
    verdict = connection.execute(select(verdicts).filter_by(id=review_id)).one()
    if verdict.policy_digest is None:
        return False
    return reason in read_recorded_policy(connection, verdict).second_approval


def _find_same_decision(
    connection: Connection, review_id: int, values: Mapping[str, str | None]
) -> WaitingDecision | None:
    """Return the decision if this person has sent it before; raise NotYours if there is another."""
    query = select(desk_decisions).filter_by(verdict_id=review_id, ended_at=None)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if values.items() <= row._asdict().items():
        return WaitingDecision(row.id, row.due_at, row.needs_approval)
    raise NotYours(f"{row.reviewer} has just decided {review_id}")


def undo(subject: str, number: int, span: timedelta) -> int:
    """Undo a decision that is not due yet, and return its verdict's id.

    After that, the document is reserved for `span` for the person who decided; if the second person
    undoes the decision, the document is free. Raise NotYours if the decision is another person's,
    or was recorded in the meantime.
    """
    own = (desk_decisions.c.subject == subject) | (desk_decisions.c.approver_subject == subject)
    waits = (desk_decisions.c.due_at > func.now()) | (
        desk_decisions.c.needs_approval & desk_decisions.c.approver.is_(None)
    )
    with transaction() as connection:
        row = _end_decision(connection, number, "undone", own & waits)
        if row is None:
            raise NotYours("the decision is already recorded, or another person made it")
        claim = update(review_claims).where(
            review_claims.c.verdict_id == row.verdict_id, is_claim_of(row.reviewer, row.subject)
        )
        kept = span if row.subject == subject else timedelta(0)
        connection.execute(claim.values(expires_at=func.now() + kept))
    verdict_id: int = row.verdict_id
    return verdict_id


def approve(approver: str, subject: str, number: int, span: timedelta) -> None:
    """Approve another person's decision; it is recorded after `span`.

    Raise NotYours if it does not wait for this person.
    """
    with transaction() as connection:
        row = connection.execute(
            update(desk_decisions)
            .where(_waits_for(subject, number))
            .values(approver=approver, approver_subject=subject, due_at=func.now() + span)
            .returning(desk_decisions.c.id)
        ).one_or_none()
    if row is None:
        raise NotYours("the decision does not wait for you: another person must approve it")


def decline(approver: str, subject: str, number: int) -> None:
    """Decline another person's decision: the document returns to the queue.

    Raise NotYours if it does not wait for this person.
    """
    with transaction() as connection:
        waits = _waits_for(subject, number)
        second = {"approver": approver, "approver_subject": subject}
        row = _end_decision(connection, number, "declined", waits, **second)
        if row is None:
            raise NotYours("the decision does not wait for you: another person must decline it")
        connection.execute(delete(review_claims).filter_by(verdict_id=row.verdict_id))


def _waits_for(subject: str, number: int) -> ColumnElement[bool]:
    decision = desk_decisions.c
    return (
        (decision.id == number)
        & decision.needs_approval
        & decision.ended_at.is_(None)
        & decision.approver.is_(None)
        & (decision.subject != subject)
    )


def _end_decision(
    connection: Connection,
    number: int,
    ending: str,
    condition: ColumnElement[bool],
    **more: str | int,
) -> Row[Any] | None:
    """End a decision and delete its note; the review event of a verdict has the note."""
    return connection.execute(
        update(desk_decisions)
        .where(desk_decisions.c.id == number, desk_decisions.c.ended_at.is_(None), condition)
        .values(ended_at=func.now(), ending=ending, note=None, **more)
        .returning(desk_decisions)
    ).one_or_none()


def record_due_decisions() -> list[RecordedVerdict]:
    """Record the due decisions, each in its own transaction; return the verdicts.

    A decision whose document has a later verdict is ended, even if it waits for a second person.
    Several programs may do this at the same time: each decision is recorded once. A decision that
    cannot be recorded is logged and does not delay the others. Raise WorldError when the database
    does not answer.
    """
    decision = desk_decisions.c
    due = decision.ended_at.is_(None) & (decision.due_at <= func.now())
    ready = ~decision.needs_approval | decision.approver.is_not(None)
    is_open = exists(select_queue().where(verdicts.c.id == decision.verdict_id))
    query = select(decision.id, decision.verdict_id).where(due, ready | ~is_open)
    with transaction() as connection:
        found = connection.execute(query.order_by(decision.id).limit(MAX_RECORDED)).all()
    recorded = []
    for row in found:
        try:
            recorded.append(_record(row.id, row.verdict_id))
        except NotYours:  # Another reviewer has the document, so the decision waits.
            continue
        except WorldError:
            raise
        except Exception as error:  # noqa: BLE001 (one decision must not keep the others waiting)
            logger.error("decision %s is not recorded: %s", row.id, type(error).__name__)  # noqa: TRY400
    return [each for each in recorded if each]


def _record(number: int, review_id: int) -> RecordedVerdict | None:
    """Record a decision and return its verdict; None if another program did, or it is too late."""
    with transaction() as connection:
        lock_verdict(connection, review_id)  # always before any row of the document
        decision = connection.execute(
            select(desk_decisions).filter_by(id=number, ended_at=None).with_for_update()
        ).one_or_none()
        if decision is None:
            return None
        waits = select_queue().where(verdicts.c.id == review_id)
        if connection.execute(waits).first() is None:
            _end_decision(connection, number, "superseded", true())
            return None
        insert_claim(connection, review_id, decision.reviewer, RECORDING_SPAN, decision.subject)
        record = insert_decision(
            connection,
            review_id,
            Outcome(decision.outcome),
            decision.reason,
            None,
            build_message(decision),
        )
        details = {
            "reason": decision.reason,
            "note": decision.note,
            "decision_id": record.verdict_id,
        }
        record_event(connection, review_id, decision.reviewer, "decided", **details)
        connection.execute(delete(review_claims).filter_by(verdict_id=review_id))
        _end_decision(connection, number, "recorded", true(), decision_id=record.verdict_id)
    return record


def build_message(decision: Row[Any]) -> str:
    """Return the applicant's message if a certain image is needed; otherwise an empty text."""
    if decision.outcome != Outcome.RESUBMIT or not decision.wanted:
        return ""
    advice = ADVICE.get(decision.why or "", "")
    return MESSAGES[Outcome.RESUBMIT].format(
        advice=f"{decision.wanted}, {advice}" if advice else decision.wanted
    )
