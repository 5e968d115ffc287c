"""Legal holds: no data of a held document is purged. A hold and its end are separate rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select

from tasks.errors import SetupError
from tasks.record.connection import retention_transaction, transaction
from tasks.record.tables import documents, hold_ends, legal_holds


@dataclass(frozen=True)
class LegalHold:
    """A legal hold, which may have ended.

    Attributes:
        hold_id: Row of `legal_holds`.
        document_id: Row of `documents`.
        reason: Reason for the hold, as given.
        held_by: Who began the hold, as given.
        held_at: When it began, by the clock of the database.
        ended_by: Who ended it, as given; None while it lasts.
        ended_at: When it ended; None while it lasts.
    """

    hold_id: int
    document_id: int
    reason: str
    held_by: str
    held_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None


def hold(document_id: int, reason: str, held_by: str) -> int:
    """Keep all data of a document until the hold ends; return the number of the hold.

    A document can be under several holds; all of them must end before anything is purged. Raise
    SetupError for an unknown document, and WorldError or SetupError when the database does not
    answer, as all functions here do.
    """
    if not (reason.strip() and held_by.strip()):
        raise SetupError("a hold needs a reason and a name")
    row = {"document_id": document_id, "reason": reason.strip(), "held_by": held_by.strip()}
    with transaction() as connection:
        if not connection.scalar(select(documents.c.id).filter_by(id=document_id)):
            raise SetupError(f"document {document_id} does not exist")
        begin = insert(legal_holds).values(row).returning(legal_holds.c.id)
        number: int = connection.execute(begin).scalar_one()
    return number


def end_hold(document_id: int, ended_by: str, hold_id: int = 0) -> bool:
    """End the legal hold on a document; return whether the document was under one.

    Raise SetupError without a name, or if the document is under several holds and none is chosen.
    """
    if not ended_by.strip():
        raise SetupError("the end of a hold needs a name")
    with transaction() as connection:
        connection.execute(select(func.lock_document(document_id)))
        active = select_active(connection, document_id)
        if hold_id:
            active = [each for each in active if each == hold_id]
        if len(active) > 1:
            numbers = ", ".join(map(str, active))
            raise SetupError(f"document {document_id} is under the holds {numbers}: choose one")
        for each in active:
            row = {"hold_id": each, "ended_by": ended_by.strip()}
            connection.execute(insert(hold_ends).values(row))
    return bool(active)


def list_holds(document_id: int = 0) -> list[LegalHold]:
    """List all holds on a document, also those that ended; without a document, all active holds."""
    held, ended = legal_holds.c, hold_ends.c
    query = (
        select(
            *(held.id, held.document_id, held.reason, held.held_by, held.held_at),
            *(ended.ended_by, ended.ended_at),
        )
        .outerjoin(hold_ends, ended.hold_id == held.id)
        .where(held.document_id == document_id if document_id else ended.hold_id.is_(None))
        .order_by(held.id)
    )
    with transaction() as connection:
        return [LegalHold(*row) for row in connection.execute(query)]


def count_holds() -> int:
    """Count the documents under a legal hold, with the rights of retention."""
    held = select(func.count(legal_holds.c.document_id.distinct())).where(_lasts())
    with retention_transaction() as connection:
        return connection.execute(held).scalar_one()


def is_held(document_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Build the condition that a document is under a legal hold."""
    return exists().where(legal_holds.c.document_id == document_id, _lasts())


def select_active(connection: Connection, document_id: int) -> list[int]:
    """Select the holds on a document that have not ended."""
    query = select(legal_holds.c.id).filter_by(document_id=document_id).where(_lasts())
    return list(connection.scalars(query.order_by(legal_holds.c.id)))


def _lasts() -> ColumnElement[bool]:
    return ~exists().where(hold_ends.c.hold_id == legal_holds.c.id)
