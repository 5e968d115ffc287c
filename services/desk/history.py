"""What happened to a document: verdicts, people's actions, corrections, views."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    and_,
    func,
    select,
    true,
    union,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import BIT
from sqlalchemy.sql.selectable import NamedFromClause

from docverify.policy_file import PERSON
from services.desk.wording import FIELDS, explain_code
from tasks.record.desk_tables import desk_decisions, field_corrections
from tasks.record.fingerprints import MAX_DIFFERENT_BITS, similar_bands
from tasks.record.tables import documents, fingerprints, review_events, verdicts

MAX_SIMILAR = 20


@dataclass(frozen=True)
class HistoryEntry:
    """Something that happened.

    Attributes:
        by: A person, or the policy of a machine's verdict.
        note: Free text of a person; may be personal data.
    """

    at: datetime
    by: str
    what: str
    note: str = field(default="", repr=False)


def read_history(connection: Connection, document_id: int) -> list[HistoryEntry]:
    """Read what happened to a document, oldest first."""
    of_document = select(verdicts.c.id).filter_by(document_id=document_id)
    entries = [
        *_read_verdicts(connection, document_id),
        *_read_events(connection, of_document),
        *_read_decisions(connection, of_document),
        *_read_corrections(connection, document_id),
    ]
    return sorted(entries, key=lambda each: each.at)


def _read_verdicts(connection: Connection, document_id: int) -> list[HistoryEntry]:
    rows = connection.execute(select(verdicts).filter_by(document_id=document_id))
    return [
        HistoryEntry(
            row.decided_at,
            f"policy {row.policy_name} {row.policy_version}",
            f"{row.outcome}: {', '.join(map(explain_code, row.reasons)) or 'all checks passed'}"
            + (" (without effect)" if row.overruled_by_id else ""),
        )
        for row in rows
        if row.policy_name != PERSON
    ]


def _read_events(connection: Connection, of_document: Any) -> list[HistoryEntry]:  # noqa: ANN401
    event = review_events.c
    rows = connection.execute(
        select(review_events, verdicts.c.outcome)
        .outerjoin(verdicts, verdicts.c.id == event.decision_id)
        .where(event.verdict_id.in_(of_document))
    )
    return [
        HistoryEntry(
            row.at,
            row.reviewer,
            f"{row.action} {row.outcome or ''}".strip()
            + (f": {explain_code(row.reason)}" if row.reason else ""),
            row.note or "",
        )
        for row in rows
    ]


def _read_decisions(connection: Connection, of_document: Any) -> list[HistoryEntry]:  # noqa: ANN401
    """Read the decisions that were undone, declined or wait; recorded ones are also events."""
    rows = connection.execute(
        select(desk_decisions).where(desk_decisions.c.verdict_id.in_(of_document))
    )
    found = []
    for row in rows:
        what = f"{row.outcome}: {explain_code(row.reason)}"
        if row.ending != "recorded":
            state = row.ending or "waits"
            found.append(
                HistoryEntry(row.decided_at, row.reviewer, f"{what} ({state})", row.note or "")
            )
        if row.approver and row.ending == "recorded":
            found.append(HistoryEntry(row.ended_at, row.approver, f"approved {what}"))
    return found


def _read_corrections(connection: Connection, document_id: int) -> list[HistoryEntry]:
    rows = connection.execute(select(field_corrections).filter_by(document_id=document_id))
    return [
        HistoryEntry(
            row.at,
            row.reviewer,
            f"corrected {FIELDS.get(row.field, row.field).lower()}",
            f"{row.old_value or 'nothing'} → {row.new_value}",
        )
        for row in rows
    ]


def compare_fingerprints(
    own: Row[Any], alike: NamedFromClause[Any]
) -> Iterator[ColumnElement[bool]]:
    """Yield a condition for each of number, person and image: it is the same or very similar."""
    other = alike.c
    if own.number is not None:
        yield other.number == own.number
    if own.person is not None:
        yield other.person == own.person
    if own.picture is not None:
        difference = other.picture.op("#")(sql_cast(own.picture, BigInteger))
        yield and_(
            other.bands.bool_op("&&")(list(similar_bands(own.picture % (1 << 64)))),
            func.bit_count(sql_cast(difference, BIT(64))) <= MAX_DIFFERENT_BITS,
        )


def list_similar(connection: Connection, verdict: Row[Any]) -> list[Row[Any]]:
    """List other documents with the same number, person or image, the newest first."""
    own = connection.execute(
        select(fingerprints).filter_by(
            document_id=verdict.document_id,
            engine=verdict.engine,
            reader_version=verdict.reader_version,
        )
    ).one_or_none()
    if own is None:
        return []
    alike = fingerprints.alias()
    same = list(compare_fingerprints(own, alike))
    if not same:
        return []
    # One search for each index instead of a scan of all documents from the newest one.
    found = union(*(select(alike.c.document_id).where(each) for each in same)).cte("found")
    other = fingerprints.c
    newest = (
        select(verdicts.c.id, verdicts.c.outcome, verdicts.c.decided_at)
        .where(verdicts.c.document_id == documents.c.id, verdicts.c.overruled_by_id.is_(None))
        .order_by(verdicts.c.id.desc())
        .limit(1)
        .lateral()
    )
    query = (
        select(
            *(documents.c.id.label("document_id"), documents.c.first_seen),
            *(newest.c.id, newest.c.outcome),
            (other.number == own.number).label("same_number"),
            (other.person == own.person).label("same_person"),
        )
        .join_from(fingerprints, documents, documents.c.id == other.document_id)
        .outerjoin(newest, true())
        .where(other.document_id != verdict.document_id)
        .where(other.document_id.in_(select(found.c.document_id)))
        .order_by(documents.c.id.desc())
        .limit(MAX_SIMILAR)
    )
    by_document: dict[int, Any] = {row.document_id: row for row in connection.execute(query)}
    return list(by_document.values())
