"""Views of personal data: each time that a person sees some is recorded as a row."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from services.desk.people import Person
from tasks.record.desk_tables import desk_views


def record_view(
    connection: Connection,
    person: Person,
    what: str,
    document_id: int | None = None,
    results: int = 1,
) -> None:
    """Record what a person views: a case, an image or a search, but never the search terms."""
    row = {
        "subject": person.subject,
        "name": person.name,
        "what": what,
        "document_id": document_id,
        "results": results,
    }
    connection.execute(insert(desk_views).values(**row))


def list_views(
    connection: Connection, document_id: int | None = None, limit: int = 200
) -> list[object]:
    """List who viewed what, newest first."""
    query = select(desk_views).order_by(desk_views.c.id.desc()).limit(limit)
    if document_id is not None:
        query = query.where(desk_views.c.document_id == document_id)
    return list(connection.execute(query))
