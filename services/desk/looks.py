"""Looks: each time that a person sees personal data becomes a row."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from services.desk.people import Person
from tasks.record.desk_tables import desk_views


def record_look(
    connection: Connection,
    person: Person,
    what: str,
    document_id: int | None = None,
    results: int = 1,
) -> None:
    """Record what a person looks at: case, image or search; never what they searched for."""
    row = {
        "subject": person.subject,
        "name": person.name,
        "what": what,
        "document_id": document_id,
        "results": results,
    }
    connection.execute(insert(desk_views).values(**row))


def list_looks(
    connection: Connection, document_id: int | None = None, limit: int = 200
) -> list[object]:
    """List who looked at what, the newest first."""
    query = select(desk_views).order_by(desk_views.c.id.desc()).limit(limit)
    if document_id is not None:
        query = query.where(desk_views.c.document_id == document_id)
    return list(connection.execute(query))
