"""The queue of referred documents: one person at a time has one, and decides it with a reason.

The queue is no table: it is what the record says was referred and has no later verdict. So nothing
can be missing from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import Connection, Row, Select, exists, func, insert, select
from sqlalchemy import delete as remove
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError

from docverify.verdict import Outcome, Verdict
from tasks.errors import SetupError
from tasks.record.operation_tables import review_claims, review_events
from tasks.record.tables import check_results, documents, outbox, verdicts
from tasks.record.verdicts import Record, database, explained, verdict_values

MOST_HOURS = 8_760  # A year: nobody is before a document for longer.
PERSON = "person"
"""The policy of a verdict that a person gave; its version is the id of the verdict before."""

Decision = Literal["verified", "rejected", "resubmit"]
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
"""Codes, so that nothing personal gets into Prefect; a note goes with the command line only."""


class NotYours(SetupError):
    """Another person has the document, or decided it."""


@dataclass(frozen=True)
class Waiting:
    """A referred document that nobody decided yet; `reviewer` has it, if anyone."""

    review_id: int
    document_id: int
    reasons: tuple[str, ...]
    risk: float
    since: datetime
    reviewer: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Check:
    """What a check said of the document, without a value of the holder."""

    code: str
    status: str
    evidence: str


@dataclass(frozen=True)
class Review:
    """A referred document before a person: where it is, and what was found."""

    review_id: int
    document_id: int
    bucket: str
    key: str = field(repr=False)
    version_id: str
    summary: str
    checks: tuple[Check, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Step:
    """Something that a person did with a document."""

    at: datetime
    reviewer: str
    action: str
    outcome: str | None
    reason: str | None
    note: str | None = field(repr=False)


def waiting() -> list[Waiting]:
    """List the queue, the oldest first.

    Raises WorldError or SetupError when the database cannot be asked; so do all functions here.
    """
    claim = review_claims.c
    query = _queue().add_columns(claim.reviewer, claim.expires_at).outerjoin(review_claims, _live())
    with _transaction() as connection:
        rows = connection.execute(query.order_by(verdicts.c.id)).all()
    return [_waiting(row, row.reviewer, row.expires_at) for row in rows]


def claim_review(
    reviewer: str, review_id: int = 0, hours: float = 24, flow_run_id: UUID | None = None
) -> Review | None:
    """Take one document, or the oldest that nobody has; None where there is none.

    It is renewed by whoever has it. Raises NotYours when another person has it or decided it.
    """
    name = _name(reviewer)
    if not 0 < hours <= MOST_HOURS:
        raise SetupError(f"the hours must be more than 0, and at most {MOST_HOURS}")
    while True:
        try:
            return _claimed(name, review_id, timedelta(hours=hours), flow_run_id)
        except NotYours:
            if review_id:
                raise
            # Another person was faster with the oldest; there may be one more.


def _claimed(name: str, review_id: int, span: timedelta, flow_run_id: UUID | None) -> Review | None:
    with _transaction() as connection:
        chosen = review_id or _next(connection)
        if not chosen:
            return None
        _check_open(connection, chosen)
        expires_at = _taken(connection, chosen, name, span)
        _note(connection, chosen, name, "claimed", flow_run_id=flow_run_id)
        return _review(connection, chosen, expires_at)


def claimed_by_run(flow_run_id: UUID) -> int | None:
    """Return which document a run took before it was suspended."""
    mine = select(review_events.c.verdict_id).filter_by(flow_run_id=flow_run_id, action="claimed")
    with _transaction() as connection:
        found: int | None = connection.scalar(mine.order_by(review_events.c.id).limit(1))
    return found


def release_review(reviewer: str, review_id: int, flow_run_id: UUID | None = None) -> None:
    """Give a document back to the queue; raises NotYours when another person has it."""
    name = _name(reviewer)
    with _transaction() as connection:
        _locked(connection, review_id)
        _check_held(connection, review_id, name)
        connection.execute(remove(review_claims).filter_by(verdict_id=review_id))
        _note(connection, review_id, name, "released", flow_run_id=flow_run_id)


def decide_review(
    reviewer: str,
    review_id: int,
    outcome: Decision,
    reason: Reason,
    note: str = "",
    flow_run_id: UUID | None = None,
) -> Record:
    """Record what a person decided, as a verdict that is linked to the one that referred.

    Raises NotYours when another person has the document, or it was decided meanwhile; SetupError
    without one of the reasons.
    """
    name = _name(reviewer)
    if outcome not in get_args(Decision):
        raise SetupError(f"decide one of {', '.join(get_args(Decision))}")
    if reason not in get_args(Reason):
        raise SetupError(f"a decision needs a reason: one of {', '.join(get_args(Reason))}")
    with _transaction() as connection:
        _check_open(connection, review_id)
        _check_held(connection, review_id, name)
        record = _decided(connection, review_id, Outcome(outcome), reason, flow_run_id)
        connection.execute(remove(review_claims).filter_by(verdict_id=review_id))
        details = {"reason": reason, "note": note or None, "decision_id": record.verdict_id}
        _note(connection, review_id, name, "decided", flow_run_id=flow_run_id, **details)
    return record


def history(document_id: int) -> list[Step]:
    """List what people did with a document, in order."""
    referred, given = verdicts.alias(), verdicts.alias()
    event = review_events.c
    query = (
        select(event.at, event.reviewer, event.action, given.c.outcome, event.reason, event.note)
        .join_from(review_events, referred, referred.c.id == event.verdict_id)
        .outerjoin(given, given.c.id == event.decision_id)
        .where(referred.c.document_id == document_id)
        .order_by(event.id)
    )
    with _transaction() as connection:
        return [Step(*row) for row in connection.execute(query)]


@contextmanager
def _transaction() -> Iterator[Connection]:
    try:
        with database().begin() as connection:
            yield connection
    except DBAPIError as error:
        raise explained(error) from None


def _name(reviewer: str) -> str:
    if not isinstance(reviewer, str) or not reviewer.strip():
        raise SetupError("the reviewer is empty: give the name of who decides")
    return reviewer.strip()


def _queue() -> Select[Any]:
    """Ask for the referred verdicts that no later one supersedes."""
    later = verdicts.alias()
    return select(
        *(verdicts.c.id, verdicts.c.document_id, verdicts.c.reasons),
        *(verdicts.c.risk, verdicts.c.decided_at),
    ).where(
        verdicts.c.outcome == Outcome.REFERRED,
        ~exists().where(
            later.c.document_id == verdicts.c.document_id,
            later.c.engine == verdicts.c.engine,
            later.c.id > verdicts.c.id,
        ),
    )


def _live() -> Any:  # noqa: ANN401 (an expression of SQL)
    return (review_claims.c.verdict_id == verdicts.c.id) & (review_claims.c.expires_at > func.now())


def _waiting(row: Row[Any], reviewer: str | None, expires_at: datetime | None) -> Waiting:
    reasons = tuple(row.reasons)
    return Waiting(row.id, row.document_id, reasons, row.risk, row.decided_at, reviewer, expires_at)


def _next(connection: Connection) -> int | None:
    """Choose the oldest that nobody has, and that nobody else is just taking."""
    free = _queue().where(~exists().where(_live())).order_by(verdicts.c.id).limit(1)
    found: int | None = connection.scalar(free.with_for_update(skip_locked=True, of=verdicts))
    return found


def _locked(connection: Connection, review_id: int) -> str | None:
    """Lock a verdict before its claim, for two who meet deadlock else; return its outcome."""
    outcome: str | None = connection.scalar(
        select(verdicts.c.outcome).where(verdicts.c.id == review_id).with_for_update()
    )
    return outcome


def _check_open(connection: Connection, review_id: int) -> None:
    """Lock the referred verdict; raises NotYours when it was decided, SetupError for none."""
    if _locked(connection, review_id) != Outcome.REFERRED:
        raise SetupError(f"no document was referred as {review_id}: see `docverify review`")
    if connection.execute(_queue().where(verdicts.c.id == review_id)).first() is None:
        raise NotYours(f"{review_id} has a later verdict: `docverify review history` shows it")


def _taken(connection: Connection, review_id: int, name: str, span: timedelta) -> datetime:
    until = func.now() + span
    claim = upsert(review_claims).values(verdict_id=review_id, reviewer=name, expires_at=until)
    mine = (review_claims.c.expires_at <= func.now()) | (review_claims.c.reviewer == name)
    expires_at: datetime | None = connection.scalar(
        claim.on_conflict_do_update(
            index_elements=[review_claims.c.verdict_id],
            set_={"reviewer": name, "expires_at": until},
            where=mine,
        ).returning(review_claims.c.expires_at)
    )
    if expires_at is None:
        raise _held_by_another(connection, review_id)
    return expires_at


def _check_held(connection: Connection, review_id: int, name: str) -> None:
    """Lock the claim; raises NotYours when it is another's, SetupError when it is nobody's."""
    row = connection.execute(
        select(review_claims.c.reviewer)
        .where(review_claims.c.verdict_id == review_id, review_claims.c.expires_at > func.now())
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise SetupError(f"nobody has {review_id}, or the claim expired: claim it first")
    if row.reviewer != name:
        raise _held_by_another(connection, review_id)


def _held_by_another(connection: Connection, review_id: int) -> NotYours:
    row = connection.execute(select(review_claims).filter_by(verdict_id=review_id)).one()
    return NotYours(f"{row.reviewer} has {review_id} until {row.expires_at:%Y-%m-%d %H:%M %Z}")


def _review(connection: Connection, review_id: int, expires_at: datetime) -> Review:
    document, verdict = documents.c, verdicts.c
    row = connection.execute(
        select(document.id, document.bucket, document.key, document.version_id, verdict.summary)
        .join_from(verdicts, documents)
        .where(verdict.id == review_id)
    ).one()
    result = check_results.c
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
        tuple(Check(*each) for each in results),
        expires_at,
    )


def _decided(
    connection: Connection,
    review_id: int,
    outcome: Outcome,
    reason: str,
    flow_run_id: UUID | None,
) -> Record:
    before = connection.execute(select(verdicts).filter_by(id=review_id)).one()
    verdict = Verdict(outcome, (reason,), (), PERSON, str(review_id), risk=before.risk)
    values = verdict_values(before.document_id, before.engine, before.reader_version, verdict) | {
        "pipeline_version": before.pipeline_version,
        "summary": f"{outcome.title()}: decided by a person. Reason: {reason}.",
        "previous_id": review_id,
        "flow_run_id": flow_run_id,
    }
    verdict_id = connection.execute(
        insert(verdicts).values(**values).returning(verdicts.c.id)
    ).scalar_one()
    if flow_run_id:  # The flow tells it; a command line tells nobody.
        connection.execute(insert(outbox).values(verdict_id=verdict_id))
    reasons, policy = verdict.reasons, f"{PERSON} {review_id}"
    return Record(
        before.document_id, verdict_id, outcome, reasons, values["summary"], policy, replayed=False
    )


def _note(
    connection: Connection, review_id: int, reviewer: str, action: str, **details: object
) -> None:
    row = {"verdict_id": review_id, "reviewer": reviewer, "action": action}
    connection.execute(insert(review_events).values(**row, **details))
