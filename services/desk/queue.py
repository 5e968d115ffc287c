"""The queue of the desk: referred documents, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    any_,
    exists,
    func,
    literal,
    select,
    union_all,
)

from services.desk.people import Person
from tasks.record.desk_tables import desk_decisions
from tasks.record.review_queue import is_claim_of, is_claimed, select_queue
from tasks.record.tables import documents, holder_fields, review_claims, verdicts

PAGE_ROWS = 50
MAX_TEXT_LENGTH = 100


@dataclass(frozen=True)
class QueueFilter:
    """The selection that the queue shows; an empty value shows everything.

    Attributes:
        kind: Kind of document.
        issuer: Code of the issuing State.
        reason: Code of a check that referred it.
        show: mine, free, approval (waits for a second person), late, or empty.
        after: Number of the last verdict of the previous page.
    """

    kind: str = ""
    issuer: str = ""
    reason: str = ""
    show: str = ""
    after: int = 0


@dataclass(frozen=True)
class QueueEntry:
    """A document that waits.

    Attributes:
        age: How long it has waited.
        is_late: Whether that is longer than the service level.
        reviewer: The person who claimed it; empty if it is not claimed.
        is_mine: Whether that is the person who views the queue.
        approval_of: The person whose decision waits for a second person; empty without one.
    """

    row: Row[Any]
    age: timedelta
    is_late: bool
    reviewer: str
    is_mine: bool
    approval_of: str


def list_queue(
    connection: Connection,
    person: Person,
    wanted: QueueFilter,
    service_level: timedelta,
    limit: int = PAGE_ROWS,
) -> list[QueueEntry]:
    """List the documents that wait, oldest first; one more than `limit` if there are more."""
    now = datetime.now(UTC)
    query = select_entries(person).where(*_build_conditions(person, wanted, now - service_level))
    rows = connection.execute(query.order_by(verdicts.c.id).limit(limit + 1)).all()
    return [_build_entry(row, now, service_level) for row in rows]


def select_entries(person: Person) -> Select[Any]:
    """Select the queue with the key, the issuer, the claim and a waiting decision.

    `is_mine` is whether the claim is this person's; null without a claim.
    """
    decision = desk_decisions.c
    waiting = and_(decision.verdict_id == verdicts.c.id, decision.ended_at.is_(None))
    issuer = (
        select(func.max(holder_fields.c.issuing_state))
        .where(holder_fields.c.verdict_id == verdicts.c.id, holder_fields.c.source != "viz")
        .scalar_subquery()
        .label("issuer")
    )
    return (
        select_queue()
        .add_columns(
            *(documents.c.bucket, documents.c.key, verdicts.c.kind, issuer),
            *(review_claims.c.reviewer.label("claimed_by"), decision.id.label("decision_id")),
            is_claim_of(person.name, person.subject).label("is_mine"),
            *(decision.reviewer.label("decided_by"), decision.subject.label("decided_subject")),
            *(decision.needs_approval, decision.approver, decision.outcome.label("proposed")),
        )
        .join(documents, documents.c.id == verdicts.c.document_id)
        .outerjoin(review_claims, is_claimed())
        .outerjoin(desk_decisions, waiting)
    )


def _build_conditions(
    person: Person, wanted: QueueFilter, late_before: datetime
) -> Iterator[ColumnElement[bool]]:
    decision = desk_decisions.c
    waits_for_approval = decision.needs_approval & decision.approver.is_(None)
    if wanted.show == "approval":
        yield waits_for_approval
    else:
        # A decided document leaves the queue immediately, although the decision can still be
        # undone.
        yield decision.id.is_(None)
    if wanted.show == "mine":
        yield is_claim_of(person.name, person.subject)
    if wanted.show == "free":
        yield review_claims.c.reviewer.is_(None)
    if wanted.show == "late":
        yield verdicts.c.decided_at < late_before
    if wanted.reason:
        yield literal(wanted.reason) == any_(verdicts.c.reasons)
    if wanted.issuer:
        fields = holder_fields.c
        yield exists().where(
            fields.verdict_id == verdicts.c.id, fields.issuing_state == wanted.issuer.upper()
        )
    if wanted.kind:
        yield verdicts.c.kind == wanted.kind
    if wanted.after:
        yield verdicts.c.id > wanted.after


def _build_entry(row: Row[Any], now: datetime, service_level: timedelta) -> QueueEntry:
    age = now - row.decided_at
    waits = row.needs_approval and row.approver is None
    return QueueEntry(
        row,
        age,
        age > service_level,
        row.claimed_by or "",
        bool(row.is_mine),
        row.decided_by if waits else "",
    )


def find_next(connection: Connection, person: Person, after: int = 0) -> int | None:
    """Return a person's next document: the oldest that they claimed, else the oldest free one."""
    free = review_claims.c.reviewer.is_(None)
    own = is_claim_of(person.name, person.subject)
    query = (
        select_entries(person)
        .where(desk_decisions.c.id.is_(None), own | free, verdicts.c.id > after)
        .order_by(free, verdicts.c.id)
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None and after:
        return find_next(connection, person)
    return row.id if row else None


@dataclass(frozen=True)
class QueueSummary:
    """Counts of the waiting documents, and the values in the queue.

    Attributes:
        waiting: Undecided documents.
        late: Those that have waited longer than the service level.
        approval: Documents whose decision waits for a second person.
        kinds: Kinds of document, for the filter.
        issuers: Issuing States, for the filter.
        reasons: Reasons, for the filter.
    """

    waiting: int
    late: int
    approval: int
    kinds: tuple[str, ...]
    issuers: tuple[str, ...]
    reasons: tuple[str, ...]


def summarise_queue(connection: Connection, service_level: timedelta) -> QueueSummary:
    """Count the documents that wait, and list the values in the queue, in one statement.

    The queue is searched only once, because that takes most of the time on a record of 100,000
    documents.
    """
    decision = desk_decisions.c
    waiting = (decision.verdict_id == verdicts.c.id) & decision.ended_at.is_(None)
    queue = (
        select_queue()
        .add_columns(verdicts.c.kind, decision.id.label("decision_id"))
        .add_columns((decision.needs_approval & decision.approver.is_(None)).label("approval"))
        .outerjoin(desk_decisions, waiting)
        .cte("queue")
        .prefix_with("MATERIALIZED")
    )
    is_open, is_late = (
        queue.c.decision_id.is_(None),
        queue.c.decided_at < func.now() - service_level,
    )
    fields = holder_fields.c
    issuer = (
        select(func.max(fields.issuing_state))
        .where(fields.verdict_id == queue.c.id, fields.source != "viz")
        .scalar_subquery()
    )
    nothing = literal(None, Text)
    counts = {"waiting": is_open, "late": is_open & is_late, "approval": queue.c.approval}
    rows = connection.execute(
        union_all(
            *(
                select(literal(name).label("name"), nothing.label("value"), func.count())
                .select_from(queue)
                .where(condition)
                for name, condition in counts.items()
            ),
            select(literal("kinds"), queue.c.kind, literal(0)).distinct(),
            select(literal("issuers"), issuer, literal(0)).select_from(queue).distinct(),
            select(literal("reasons"), func.unnest(queue.c.reasons), literal(0)).distinct(),
        )
    ).all()
    numbers = {name: number for name, _, number in rows if name in counts}

    def list_values(wanted: str) -> tuple[str, ...]:
        return tuple(sorted(value for name, value, _ in rows if name == wanted and value))

    return QueueSummary(
        numbers["waiting"],
        numbers["late"],
        numbers["approval"],
        list_values("kinds"),
        list_values("issuers"),
        list_values("reasons"),
    )
