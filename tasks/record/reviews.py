"""Reviews: one reviewer at a time claims a document of the queue, and decides it with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, insert, select
from sqlalchemy import delete as remove
from sqlalchemy.dialects.postgresql import insert as upsert

from docverify.decisions import Decision, Reason, find_problem
from docverify.policy_file import PERSON
from docverify.verdict import Outcome, Verdict
from tasks.errors import InvalidInput, SetupError
from tasks.record.connection import transaction
from tasks.record.deliveries import register_target
from tasks.record.review_queue import (
    find_oldest_free,
    is_claim_of,
    is_claimed,
    select_queue,
    was_appealed_by,
)
from tasks.record.tables import (
    check_results,
    documents,
    policy_versions,
    review_claims,
    review_events,
    verdicts,
)
from tasks.record.verdicts import RecordedVerdict, build_row

MAX_HOURS = 8_760  # one year


class NotYours(SetupError):
    """Another reviewer has claimed or decided the document."""


class StillHeld(SetupError):
    """The reviewer asked for the next document, but has not decided the last one."""


@dataclass(frozen=True)
class RecordedCheck:
    """The result of a check, without personal data."""

    code: str
    status: str
    evidence: str


@dataclass(frozen=True)
class Review:
    """A document that a reviewer has claimed, with its location and check results.

    Attributes:
        replaces_id: The document of the same application that was sent back before; None if
            there is none.
        reasons: Codes of the checks that caused the referral.
    """

    review_id: int
    document_id: int
    bucket: str
    key: str = field(repr=False)
    version_id: str
    summary: str
    checks: tuple[RecordedCheck, ...]
    expires_at: datetime
    replaces_id: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewEvent:
    """Something that a person did with a document.

    Attributes:
        action: claimed, released, decided, overridden or appealed.
    """

    at: datetime
    reviewer: str
    action: str
    outcome: str | None
    reason: str | None
    note: str | None = field(repr=False)


def claim_review(
    reviewer: str,
    review_id: int = 0,
    hours: float = 24,
    flow_run_id: UUID | None = None,
    *,
    subject: str = "",
) -> Review | None:
    """Claim one document, or the oldest that is free; return None if all are claimed.

    `subject` identifies a person who signed in; empty: only the name is known. The same reviewer
    can claim it again by its number, to extend the claim. Raise NotYours if
    another reviewer has claimed or decided it, StillHeld if no number is given and the reviewer
    already has a document.
    """
    name = check_name(reviewer)
    if not 0 < hours <= MAX_HOURS:
        raise InvalidInput(f"the hours must be more than 0, and at most {MAX_HOURS}")
    while True:
        try:
            return _claim(name, subject, review_id, timedelta(hours=hours), flow_run_id)
        except NotYours:
            if review_id:
                raise
            # Another reviewer was faster with the oldest; try the next one.


def _claim(
    name: str, subject: str, review_id: int, span: timedelta, flow_run_id: UUID | None
) -> Review | None:
    with transaction() as connection:
        if not review_id:
            refuse_second_claim(connection, name)
        chosen = review_id or find_oldest_free(connection, name)
        if not chosen:
            return None
        lock_undecided(connection, chosen, name)
        expires_at = insert_claim(connection, chosen, name, span, subject)
        record_event(connection, chosen, name, "claimed", flow_run_id=flow_run_id)
        return read_review(connection, chosen, expires_at)


def refuse_second_claim(connection: Connection, name: str) -> None:
    """Raise StillHeld, which names the document, if a reviewer has claimed one."""
    claim, event = review_claims.c, review_events.c
    held = (
        select_queue()
        .join(review_claims, is_claimed())
        .where(claim.reviewer == name)
        .order_by(verdicts.c.id)
        .with_only_columns(claim.verdict_id, claim.expires_at)
    )
    if (row := connection.execute(held.limit(1)).one_or_none()) is None:
        return
    mine = select(event.flow_run_id).filter_by(verdict_id=row.verdict_id, action="claimed")
    run = connection.scalar(mine.order_by(event.id.desc()).limit(1))
    where = f" in the run {run}: resume that run" if run else ": decide it"
    raise StillHeld(
        f"you already have review {row.verdict_id} until {row.expires_at:%Y-%m-%d %H:%M %Z}{where}"
        " or release it first, or claim another review by its number"
    )


def find_review_of_run(flow_run_id: UUID) -> int | None:
    """Return the review that a run claimed before it was suspended; None if it claimed none."""
    query = select(review_events.c.verdict_id).filter_by(flow_run_id=flow_run_id, action="claimed")
    with transaction() as connection:
        found: int | None = connection.scalar(query.order_by(review_events.c.id).limit(1))
    return found


def release_review(
    reviewer: str, review_id: int, flow_run_id: UUID | None = None, *, subject: str = ""
) -> None:
    """Return a document to the queue; raise NotYours if another reviewer has claimed it."""
    name = check_name(reviewer)
    with transaction() as connection:
        lock_verdict(connection, review_id)
        _lock_claim(connection, review_id, name, subject)
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
    """Record the decision of a reviewer as a verdict that supersedes the one of the queue.

    Raise NotYours if another reviewer has claimed or decided the document, SetupError if the
    reason is not one for this outcome, or if the policy asks a second person to approve it.
    """
    name = check_name(reviewer)
    check_decision(outcome, reason)
    with transaction() as connection:
        lock_undecided(connection, review_id, name)
        _lock_claim(connection, review_id, name)
        refuse_without_approval(connection, review_id, reason)
        record = insert_decision(connection, review_id, Outcome(outcome), reason, flow_run_id)
        details = {"reason": reason, "note": note or None, "decision_id": record.verdict_id}
        record_event(connection, review_id, name, "decided", flow_run_id=flow_run_id, **details)
        connection.execute(remove(review_claims).filter_by(verdict_id=review_id))
    return record


def refuse_without_approval(connection: Connection, review_id: int, reason: str) -> None:
    """Raise SetupError if the policy of a verdict requires a second person to approve a reason."""
    content = connection.scalar(
        select(policy_versions.c.content)
        .join_from(verdicts, policy_versions, policy_versions.c.digest == verdicts.c.policy_digest)
        .where(verdicts.c.id == review_id)
    )
    if content and reason in content.get("second_approval", ()):
        raise SetupError(
            f"the policy of {review_id} asks a second person to approve {reason}: decide it at the "
            "desk, where another person can approve it"
        )


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
        raise InvalidInput("the reviewer is empty: give the reviewer's name")
    return reviewer.strip()


def check_decision(outcome: str, reason: str) -> None:
    """Raise SetupError if a person cannot give this outcome for this reason."""
    if problem := find_problem(outcome, reason):
        raise InvalidInput(problem)


def lock_verdict(connection: Connection, verdict_id: int) -> str | None:
    """Lock the document of a verdict, and return the verdict's outcome.

    No one can record another verdict of the document until the end of the transaction. The document
    is always locked before a claim, because two reviewers could otherwise deadlock.
    """
    this = verdicts.c.id == verdict_id
    connection.execute(select(func.lock_document(verdicts.c.document_id)).where(this))
    outcome: str | None = connection.scalar(select(verdicts.c.outcome).where(this))
    return outcome


def lock_undecided(connection: Connection, review_id: int, name: str) -> None:
    """Lock a verdict of the queue, for this person to decide.

    Raise NotYours if it was decided or if this person recorded its appeal, SetupError if it never
    was in the queue.
    """
    outcome = lock_verdict(connection, review_id)
    this = verdicts.c.id == review_id
    own_appeal = was_appealed_by(name).label("own_appeal")
    found = connection.execute(select_queue().add_columns(own_appeal).where(this)).one_or_none()
    if found is None:
        waited = select(review_events.c.id).filter_by(verdict_id=review_id).limit(1)
        if outcome == Outcome.REFERRED or connection.scalar(waited):
            raise NotYours(f"{review_id} has a later verdict: `docverify review history` shows it")
        raise InvalidInput(f"{review_id} is not a document of the queue: see `docverify review`")
    if found.own_appeal:
        raise NotYours(f"{name} recorded the appeal of {review_id}: another person must decide it")


def insert_claim(
    connection: Connection, review_id: int, name: str, span: timedelta, subject: str = ""
) -> datetime:
    """Claim a review until the end of the span; raise NotYours if another reviewer has it."""
    row = {"reviewer": name, "subject": subject or None, "expires_at": func.now() + span}
    claim = upsert(review_claims).values(verdict_id=review_id, **row)
    is_free = (review_claims.c.expires_at <= func.now()) | is_claim_of(name, subject)
    expires_at: datetime | None = connection.scalar(
        claim.on_conflict_do_update(
            index_elements=[review_claims.c.verdict_id],
            set_=row,
            where=is_free,
        ).returning(review_claims.c.expires_at)
    )
    if expires_at is None:
        raise _explain_claim(connection, review_id)
    return expires_at


def _lock_claim(connection: Connection, review_id: int, name: str, subject: str = "") -> None:
    """Lock the reviewer's claim; raise NotYours if it is someone else's, SetupError without one."""
    row = connection.execute(
        select(is_claim_of(name, subject).label("is_own"))
        .where(review_claims.c.verdict_id == review_id, review_claims.c.expires_at > func.now())
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise InvalidInput(f"{review_id} is not claimed, or the claim has expired: claim it first")
    if not row.is_own:
        raise _explain_claim(connection, review_id)


def _explain_claim(connection: Connection, review_id: int) -> NotYours:
    row = connection.execute(select(review_claims).filter_by(verdict_id=review_id)).one()
    until = f"{row.expires_at:%Y-%m-%d %H:%M %Z}"
    return NotYours(f"{row.reviewer} has claimed {review_id} until {until}")


def read_review(connection: Connection, review_id: int, expires_at: datetime) -> Review:
    """Read where a document is stored, and its check results."""
    verdict, result = verdicts.c, check_results.c
    row = connection.execute(
        select(documents, verdict.summary, verdict.reasons)
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
        row.replaces_id,
        tuple(row.reasons),
    )


def insert_decision(
    connection: Connection,
    review_id: int,
    outcome: Outcome,
    reason: str,
    flow_run_id: UUID | None,
    applicant_message: str = "",
) -> RecordedVerdict:
    """Insert the verdict of a person about a document that has this current verdict.

    An empty `applicant_message` means the usual message of the outcome.
    """
    register_target(connection)
    before = connection.execute(select(verdicts).filter_by(id=review_id)).one()
    verdict = Verdict(outcome, (reason,), (), PERSON, str(review_id), risk=before.risk)
    row = build_row(before.document_id, before.engine, before.reader_version, verdict) | {
        "pipeline_version": before.pipeline_version,
        "kind": before.kind,
        "summary": f"{outcome.title()}: decided by a person. Reason: {reason}.",
        "flow_run_id": flow_run_id,
    }
    row["applicant_message"] = applicant_message or row["applicant_message"]
    verdict_id = connection.execute(
        insert(verdicts).values(**row).returning(verdicts.c.id)
    ).scalar_one()
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
