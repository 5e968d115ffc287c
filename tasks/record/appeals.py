"""Appeals: a rejected applicant's request for a person puts the document into the queue."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from docverify.policy_file import PERSON
from docverify.verdict import Outcome
from tasks.errors import InvalidInput
from tasks.record.connection import transaction
from tasks.record.review_queue import is_appealed
from tasks.record.reviews import check_name, record_event
from tasks.record.tables import verdicts
from tasks.record.verdicts import is_current


def record_appeal(
    name: str, document_id: int, note: str = "", flow_run_id: UUID | None = None
) -> int:
    """Put a rejected document into the queue, and return the number of its review.

    The rejection stays the current verdict until a person decides. The person who recorded the
    appeal may not decide. Recording an appeal again changes nothing. A document can be appealed
    once: after a person has decided, only a supervisor can change the outcome.

    Raise SetupError if the document is not rejected, or if a person rejected it.
    """
    recorder = check_name(name)
    newest = select(
        verdicts.c.id,
        verdicts.c.outcome,
        (verdicts.c.policy_name == PERSON).label("by_person"),
        is_appealed().label("is_appealed"),
    ).where(verdicts.c.document_id == document_id, is_current(of_all_engines=True))
    with transaction() as connection:
        connection.execute(select(func.lock_document(document_id)))
        row = connection.execute(newest).one_or_none()
        if row is None:
            raise InvalidInput(f"document {document_id} does not exist, or has no verdict")
        if row.outcome != Outcome.REJECTED:
            raise InvalidInput(
                f"document {document_id} is not rejected: its current verdict is {row.outcome}"
            )
        if row.by_person:
            raise InvalidInput(
                f"a person rejected document {document_id}: a supervisor can override verdict "
                f"{row.id} with `docverify review override`"
            )
        if not row.is_appealed:
            details = {"note": note or None, "flow_run_id": flow_run_id}
            record_event(connection, row.id, recorder, "appealed", **details)
    found: int = row.id
    return found
