"""Overrides: a supervisor replaces the current verdict of a document, with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, insert, select

from docverify.decisions import Decision, Reason
from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.migrations.roles import SUPERVISOR
from tasks.record.connection import NO_RIGHT, transaction
from tasks.record.reviews import (
    check_decision,
    check_name,
    insert_decision,
    lock_verdict,
    record_event,
)
from tasks.record.tables import overrides, review_claims, verdicts
from tasks.record.verdicts import RecordedVerdict, is_current


def override_verdict(
    supervisor: str, verdict_id: int, outcome: Decision, reason: Reason, note: str = ""
) -> RecordedVerdict:
    """Replace the current verdict of a document by a supervisor's decision.

    It may be a referral that a reviewer has claimed, a rejection, or a person's decision. Raise
    SetupError if it is not a current verdict, if the reason is not one for this outcome, or if
    the user of DATABASE_URL does not have the role of a supervisor.
    """
    name = check_name(supervisor)
    check_decision(outcome, reason)
    with _explain_missing_role(), transaction() as connection:
        lock_verdict(connection, verdict_id)
        this = select(verdicts.c.id).where(verdicts.c.id == verdict_id, is_current())
        if connection.scalar(this) is None:
            raise SetupError(f"{verdict_id} is not the current verdict of a document")
        row = {"verdict_id": verdict_id, "supervisor": name, "reason": reason}
        connection.execute(insert(overrides).values(row))
        record = insert_decision(connection, verdict_id, Outcome(outcome), reason, None)
        connection.execute(delete(review_claims).filter_by(verdict_id=verdict_id))
        details = {"reason": reason, "note": note or None, "decision_id": record.verdict_id}
        record_event(connection, verdict_id, name, "overridden", **details)
    return record


@contextmanager
def _explain_missing_role() -> Iterator[None]:
    try:
        yield
    except SetupError as error:
        if error.code != NO_RIGHT:
            raise
        raise SetupError(
            "only a supervisor may override a verdict: the user of DATABASE_URL must be a member "
            f"of {SUPERVISOR}",
            NO_RIGHT,
        ) from None
