"""Erasure of the signatures of portraits before their retention period ends.

A holder may request this, or the operator may stop comparing portraits. Everything else of a
document is kept until `retention` purges it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select, true

from tasks.errors import SetupError
from tasks.record.connection import retention_transaction
from tasks.record.holds import is_held
from tasks.record.tables import documents, portrait_signatures


@dataclass(frozen=True)
class Erasure:
    """Counts of an erasure.

    Attributes:
        erased: Signatures that were erased, or would have been in a dry run.
        held: Signatures that are kept because their documents are under a legal hold.
    """

    erased: int
    held: int


def erase_portraits(document_id: int | None = None, *, dry_run: bool = False) -> Erasure:
    """Erase the signatures of portraits of one document, or of all documents.

    Those of documents that wait for a person are erased, too. A dry run only counts. Raise
    SetupError for an unknown document or without the right to purge, and WorldError when the
    database does not answer.
    """
    signed = portrait_signatures.c
    chosen = signed.document_id == document_id if document_id is not None else true()
    held, count = is_held(signed.document_id), select(func.count(signed.document_id))
    with retention_transaction() as connection:
        known = select(documents.c.id).filter_by(id=document_id)
        if document_id is not None and not connection.scalar(known):
            raise SetupError(f"document {document_id} does not exist")
        kept = connection.execute(count.where(chosen, held)).scalar_one()
        if dry_run:
            return Erasure(connection.execute(count.where(chosen, ~held)).scalar_one(), kept)
        return Erasure(
            connection.execute(delete(portrait_signatures).where(chosen, ~held)).rowcount, kept
        )
