"""The corrections on record."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from docverify.corrections import Correction
from tasks.record.desk_tables import field_corrections


def read_corrections(
    connection: Connection, document_ids: Iterable[int]
) -> dict[tuple[int, str], list[Correction]]:
    """Read the corrections of documents, oldest first, by document and engine.

    They also apply if a newer version reads the document again, because the printed text is the
    same.
    """
    row = field_corrections.c
    query = (
        select(row.document_id, row.engine, row.field, row.old_value, row.new_value)
        .where(row.document_id.in_(list(document_ids)))
        .order_by(row.id)
    )
    found: dict[tuple[int, str], list[Correction]] = {}
    for document_id, engine, *values in connection.execute(query):
        found.setdefault((document_id, engine), []).append(Correction(*values))
    return found


def find_corrections(connection: Connection, document_id: int, engine: str) -> list[Correction]:
    """Find the corrections of one engine's readings of a document, oldest first."""
    return read_corrections(connection, [document_id]).get((document_id, engine), [])
