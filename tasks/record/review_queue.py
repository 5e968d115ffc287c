"""The queue of documents that wait for a person: referrals, and rejections with an appeal.

The queue is not a table: it consists of all documents that the record shows as referred or appealed
without a later verdict. So no document can be missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    any_,
    exists,
    func,
    select,
)

from docverify.policy_file import PERSON
from docverify.verdict import Outcome
from tasks.record.connection import transaction
from tasks.record.tables import review_claims, review_events, verdicts
from tasks.record.verdicts import is_current


@dataclass(frozen=True)
class WaitingReview:
    """A document that waits for the decision of a person.

    Attributes:
        review_id: The verdict that a person decides about: a referral or an appealed rejection.
        document_id: Row of `documents`.
        reasons: Codes of the checks for which it was referred or rejected.
        risk: 0 to 1.
        since: Time of that verdict.
        reviewer: The reviewer who claimed it; None if it is not claimed.
        expires_at: When that claim expires.
        is_appeal: Whether it is a rejection whose applicant asked for a person.
    """

    review_id: int
    document_id: int
    reasons: tuple[str, ...]
    risk: float
    since: datetime
    reviewer: str | None = None
    expires_at: datetime | None = None
    is_appeal: bool = False


def list_waiting() -> list[WaitingReview]:
    """List the queue, the oldest document first.

    Raise WorldError or SetupError when the database does not answer.
    """
    claim = review_claims.c
    query = (
        select_queue()
        .add_columns(claim.reviewer, claim.expires_at)
        .outerjoin(review_claims, is_claimed())
        .order_by(verdicts.c.id)
    )
    with transaction() as connection:
        rows = connection.execute(query).all()
    return [
        WaitingReview(
            row.id,
            row.document_id,
            tuple(row.reasons),
            row.risk,
            row.decided_at,
            row.reviewer,
            row.expires_at,
            row.outcome == Outcome.REJECTED,
        )
        for row in rows
    ]


def explain_empty_queue(waiting: Sequence[WaitingReview]) -> str:
    """Return why no document can be claimed: no document waits, or all are claimed."""
    ends = [each.expires_at for each in waiting if each.expires_at]
    if not ends:
        return "No document waits for a review."
    verb = "1 document waits" if len(waiting) == 1 else f"{len(waiting)} documents wait"
    return (
        f"{verb} for a review, and all are claimed. The first claim ends at "
        f"{min(ends):%Y-%m-%d %H:%M %Z}; `docverify review` lists them."
    )


def select_queue() -> Select[Any]:
    """Select the current verdicts that refer their document, or reject it and are appealed."""
    waits = (verdicts.c.outcome == Outcome.REFERRED) | is_appealed()
    return select(
        *(verdicts.c.id, verdicts.c.document_id, verdicts.c.outcome, verdicts.c.reasons),
        *(verdicts.c.risk, verdicts.c.decided_at),
    ).where(waits, is_current())


def is_appealed() -> ColumnElement[bool]:
    """Build the condition that a verdict is an automatic rejection whose document is appealed.

    An appeal belongs to the document: it still counts if a redecision rejects it again.
    """
    appealed = verdicts.alias()
    ids = (
        select(appealed.c.document_id)
        .join(review_events, review_events.c.verdict_id == appealed.c.id)
        .where(review_events.c.action == "appealed")
    )
    rejects = (verdicts.c.outcome == Outcome.REJECTED) & (verdicts.c.policy_name != PERSON)
    # An array, unlike a subquery, can be looked up in an index together with the referrals.
    found = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
    return rejects & (verdicts.c.document_id == any_(found))


def was_appealed_by(name: str) -> ColumnElement[bool]:
    """Build the condition that this person recorded the appeal against a verdict's document."""
    appealed = verdicts.alias()
    return exists().where(
        appealed.c.document_id == verdicts.c.document_id,
        review_events.c.verdict_id == appealed.c.id,
        review_events.c.action == "appealed",
        func.lower(review_events.c.reviewer) == name.lower(),
    )


def is_claimed() -> ColumnElement[bool]:
    """Build the condition that a reviewer has claimed a verdict."""
    return (review_claims.c.verdict_id == verdicts.c.id) & (review_claims.c.expires_at > func.now())


def is_claim_of(name: str, subject: str) -> ColumnElement[bool]:
    """Build the condition that a claim is this person's.

    Names are compared only if it is not known who signed in, now or at the claim, because two
    people may have the same name, and a name may change.
    """
    claim = review_claims.c
    if not subject:
        return claim.reviewer == name
    return func.coalesce(claim.subject == subject, claim.reviewer == name)


def find_oldest_free(connection: Connection, reviewer: str) -> int | None:
    """Find and lock the oldest document that is not claimed and not being claimed right now.

    Documents whose appeal this reviewer recorded are left out: another person decides them.
    """
    is_free = ~exists().where(is_claimed())
    free = select_queue().where(is_free, ~was_appealed_by(reviewer)).order_by(verdicts.c.id)
    for row in connection.execute(free):
        if connection.scalar(select(func.try_to_lock_document(row.document_id))):
            found: int = row.id
            return found
    return None
