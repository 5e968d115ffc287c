"""The queue of referred documents: one reviewer at a time claims one and decides it with a reason.

The queue is not a table: it is what the record shows as referred without a later verdict. So no
referred document can be missing from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, select
from sqlalchemy import delete as remove
from sqlalchemy.dialects.postgresql import insert as upsert

from docverify.policy_file import PERSON
from docverify.verdict import Outcome, Verdict
from tasks.errors import SetupError
from tasks.record.connection import transaction
from tasks.record.tables import (
    check_results,
    documents,
    outbox,
    review_claims,
    review_events,
    verdicts,
)
from tasks.record.verdicts import RecordedVerdict, build_row, is_current

MAX_HOURS = 8_760  # one year

Decision = Literal[Outcome.VERIFIED, Outcome.REJECTED, Outcome.RESUBMIT]
Reason = Literal[
    "details_confirmed",
    "original_seen",
    "picture_not_usable",
    "document_altered",
    "document_not_accepted",
    "document_expired",
    "not_the_applicant",
    "other",
]
"""Codes, so that nothing personal gets into Prefect; only the command line takes a free note."""


class NotYours(SetupError):
    """Another reviewer has claimed or decided the document."""


@dataclass(frozen=True)
class WaitingReview:
    """A referred document that has not been decided.

    Attributes:
        review_id: The referred verdict.
        document_id: Row of `documents`.
        reasons: Codes of the checks for which it was referred.
        risk: 0 to 1.
        since: When it was referred.
        reviewer: The reviewer who claimed it; None if it is not claimed.
        expires_at: When that claim expires.
    """

    review_id: int
    document_id: int
    reasons: tuple[str, ...]
    risk: float
    since: datetime
    reviewer: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class RecordedCheck:
    """The result of a check, without a value of the holder."""

    code: str
    status: str
    evidence: str


@dataclass(frozen=True)
class Review:
    """A referred document that a reviewer has claimed: where it is stored, and what was found."""

    review_id: int
    document_id: int
    bucket: str
    key: str = field(repr=False)
    version_id: str
    summary: str
    checks: tuple[RecordedCheck, ...]
    expires_at: datetime


@dataclass(frozen=True)
class ReviewEvent:
    """Something that a person did with a document: claimed, released, decided, overridden."""

    at: datetime
    reviewer: str
    action: str
    outcome: str | None
    reason: str | None
    note: str | None = field(repr=False)


def list_waiting() -> list[WaitingReview]:
    """List the queue, the oldest document first.

    Raise WorldError or SetupError when the database does not answer, as all functions here do.
    """
    claim = review_claims.c
    query = (
        select_queue()
        .add_columns(claim.reviewer, claim.expires_at)
        .outerjoin(review_claims, _is_claimed())
        .order_by(verdicts.c.id)
    )
    with transaction() as connection:
        rows = connection.execute(query).all()
    return [
        WaitingReview(
            row.id,
            row.document_id,
            tuple(row.reasons),
            row.risk,
            row.decided_at,
            row.reviewer,
            row.expires_at,
        )
        for row in rows
    ]


def claim_review(
    reviewer: str, review_id: int = 0, hours: float = 24, flow_run_id: UUID | None = None
) -> Review | None:
    """Claim one document, or the oldest that is free; return None if all are claimed.

    The same reviewer can claim it again, to extend the claim. Raise NotYours if another reviewer
    has claimed or decided it.
    """
    name = check_name(reviewer)
    if not 0 < hours <= MAX_HOURS:
        raise SetupError(f"the hours must be more than 0, and at most {MAX_HOURS}")
    while True:
        try:
            return _claim(name, review_id, timedelta(hours=hours), flow_run_id)
        except NotYours:
            if review_id:
                raise
            # Another reviewer was faster with the oldest; try the next one.


def _claim(name: str, review_id: int, span: timedelta, flow_run_id: UUID | None) -> Review | None:
    with transaction() as connection:
        chosen = review_id or find_oldest_free(connection)
        if not chosen:
            return None
        _lock_undecided(connection, chosen)
        expires_at = _insert_claim(connection, chosen, name, span)
        record_event(connection, chosen, name, "claimed", flow_run_id=flow_run_id)
        return read_review(connection, chosen, expires_at)


def find_review_of_run(flow_run_id: UUID) -> int | None:
    """Return the review that a run claimed before it was suspended; None if it claimed none."""
    query = select(review_events.c.verdict_id).filter_by(flow_run_id=flow_run_id, action="claimed")
    with transaction() as connection:
        found: int | None = connection.scalar(query.order_by(review_events.c.id).limit(1))
    return found


def release_review(reviewer: str, review_id: int, flow_run_id: UUID | None = None) -> None:
    """Return a document to the queue; raise NotYours if another reviewer has claimed it."""
    name = check_name(reviewer)
    with transaction() as connection:
        lock_verdict(connection, review_id)
        _lock_claim(connection, review_id, name)
        connection.execute(remove(review_claims).filter_by(verdict_id=review_id))
        record_event(connection, review_id, name, "released", flow_run_id=flow_run_id)


def decide_review(
    reviewer: str,
    review_id: int,
    outcome: Decision,
    reason: Reason,
    note: str = "",
    flow_run_id: UUID | None = None,
) -> RecordedVerdict:
    """Record the decision of a reviewer as a verdict that supersedes the referred one.

    Raise NotYours if another reviewer has claimed or decided the document, SetupError if outcome
    or reason is not one of the known ones.
    """
    name = check_name(reviewer)
    check_decision(outcome, reason)
    with transaction() as connection:
        _lock_undecided(connection, review_id)
        _lock_claim(connection, review_id, name)
        record = insert_decision(connection, review_id, Outcome(outcome), reason, flow_run_id)
        connection.execute(remove(review_claims).filter_by(verdict_id=review_id))
        details = {"reason": reason, "note": note or None, "decision_id": record.verdict_id}
        record_event(connection, review_id, name, "decided", flow_run_id=flow_run_id, **details)
    return record


def list_events(document_id: int) -> list[ReviewEvent]:
    """List what reviewers did with a document, the oldest event first."""
    referred, given = verdicts.alias(), verdicts.alias()
    event = review_events.c
    query = (
        select(event.at, event.reviewer, event.action, given.c.outcome, event.reason, event.note)
        .join_from(review_events, referred, referred.c.id == event.verdict_id)
        .outerjoin(given, given.c.id == event.decision_id)
        .where(referred.c.document_id == document_id)
        .order_by(event.id)
    )
    with transaction() as connection:
        return [ReviewEvent(*row) for row in connection.execute(query)]


def check_name(reviewer: str) -> str:
    """Strip a person's name; raise SetupError if it is empty."""
    if not isinstance(reviewer, str) or not reviewer.strip():
        raise SetupError("the reviewer is empty: give the reviewer's name")
    return reviewer.strip()


def check_decision(outcome: str, reason: str) -> None:
    """Raise SetupError if a person cannot give this outcome or this reason."""
    if outcome not in get_args(Decision):
        raise SetupError(f"the outcome must be one of {', '.join(get_args(Decision))}")
    if reason not in get_args(Reason):
        raise SetupError(f"a decision needs a reason: one of {', '.join(get_args(Reason))}")


def select_queue() -> Select[Any]:
    """Select the current verdicts that refer their document."""
    return select(
        *(verdicts.c.id, verdicts.c.document_id, verdicts.c.reasons),
        *(verdicts.c.risk, verdicts.c.decided_at),
    ).where(verdicts.c.outcome == Outcome.REFERRED, is_current())


def _is_claimed() -> ColumnElement[bool]:
    return (review_claims.c.verdict_id == verdicts.c.id) & (review_claims.c.expires_at > func.now())


def find_oldest_free(connection: Connection) -> int | None:
    """Find and lock the oldest document that is not claimed and not being claimed right now."""
    free = select_queue().where(~exists().where(_is_claimed())).order_by(verdicts.c.id)
    for row in connection.execute(free):
        if connection.scalar(select(func.try_to_lock_document(row.document_id))):
            found: int = row.id
            return found
    return None


def lock_verdict(connection: Connection, verdict_id: int) -> str | None:
    """Lock the document of a verdict, and return the verdict's outcome.

    No one can record another verdict of the document until the end of the transaction. The
    document is always locked before a claim: in another order, two reviewers could deadlock.
    """
    this = verdicts.c.id == verdict_id
    connection.execute(select(func.lock_document(verdicts.c.document_id)).where(this))
    outcome: str | None = connection.scalar(select(verdicts.c.outcome).where(this))
    return outcome


def _lock_undecided(connection: Connection, review_id: int) -> None:
    """Lock a referred verdict; raise NotYours if it was decided, SetupError if it is not one."""
    if lock_verdict(connection, review_id) != Outcome.REFERRED:
        raise SetupError(f"{review_id} is not a referred document: see `docverify review`")
    if connection.execute(select_queue().where(verdicts.c.id == review_id)).first() is None:
        raise NotYours(f"{review_id} has a later verdict: `docverify review history` shows it")


def _insert_claim(connection: Connection, review_id: int, name: str, span: timedelta) -> datetime:
    """Claim a review until the end of the span; raise NotYours if another reviewer has it."""
    until = func.now() + span
    claim = upsert(review_claims).values(verdict_id=review_id, reviewer=name, expires_at=until)
    is_free = (review_claims.c.expires_at <= func.now()) | (review_claims.c.reviewer == name)
    expires_at: datetime | None = connection.scalar(
        claim.on_conflict_do_update(
            index_elements=[review_claims.c.verdict_id],
            set_={"reviewer": name, "expires_at": until},
            where=is_free,
        ).returning(review_claims.c.expires_at)
    )
    if expires_at is None:
        raise _explain_claim(connection, review_id)
    return expires_at


def _lock_claim(connection: Connection, review_id: int, name: str) -> None:
    """Lock the reviewer's claim; raise NotYours if it is another's, SetupError without a claim."""
    row = connection.execute(
        select(review_claims.c.reviewer)
        .where(review_claims.c.verdict_id == review_id, review_claims.c.expires_at > func.now())
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise SetupError(f"{review_id} is not claimed, or the claim has expired: claim it first")
    if row.reviewer != name:
        raise _explain_claim(connection, review_id)


def _explain_claim(connection: Connection, review_id: int) -> NotYours:
    row = connection.execute(select(review_claims).filter_by(verdict_id=review_id)).one()
    until = f"{row.expires_at:%Y-%m-%d %H:%M %Z}"
    return NotYours(f"{row.reviewer} has claimed {review_id} until {until}")


def read_review(connection: Connection, review_id: int, expires_at: datetime) -> Review:
    """Read where a document is stored, and its check results."""
    document, verdict, result = documents.c, verdicts.c, check_results.c
    row = connection.execute(
        select(document.id, document.bucket, document.key, document.version_id, verdict.summary)
        .join_from(verdicts, documents)
        .where(verdict.id == review_id)
    ).one()
    results = connection.execute(
        select(result.code, result.status, result.evidence)
        .where(result.verdict_id == review_id)
        .order_by(result.position)
    )
    return Review(
        review_id,
        row.id,
        row.bucket,
        row.key,
        row.version_id,
        row.summary,
        tuple(RecordedCheck(*each) for each in results),
        expires_at,
    )


def insert_decision(
    connection: Connection,
    review_id: int,
    outcome: Outcome,
    reason: str,
    flow_run_id: UUID | None,
) -> RecordedVerdict:
    """Insert the verdict of a person about a document that has this current verdict."""
    before = connection.execute(select(verdicts).filter_by(id=review_id)).one()
    verdict = Verdict(outcome, (reason,), (), PERSON, str(review_id), risk=before.risk)
    row = build_row(before.document_id, before.engine, before.reader_version, verdict) | {
        "pipeline_version": before.pipeline_version,
        "summary": f"{outcome.title()}: decided by a person. Reason: {reason}.",
        "flow_run_id": flow_run_id,
    }
    verdict_id = connection.execute(
        insert(verdicts).values(**row).returning(verdicts.c.id)
    ).scalar_one()
    if flow_run_id:  # A flow sends an event, the command line sends none.
        connection.execute(insert(outbox).values(verdict_id=verdict_id))
    reasons, policy = verdict.reasons, f"{PERSON} {review_id}"
    return RecordedVerdict(
        before.document_id, verdict_id, outcome, reasons, row["summary"], policy, replayed=False
    )


def record_event(
    connection: Connection, review_id: int, reviewer: str, action: str, **details: object
) -> None:
    """Add what a reviewer did to the history of a document."""
    row = {"verdict_id": review_id, "reviewer": reviewer, "action": action}
    connection.execute(insert(review_events).values(**row, **details))
