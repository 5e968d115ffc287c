"""Referred verdicts, and claims that end."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select, update

from docverify.policy import STANDARD
from docverify.verdict import Outcome, judge
from tasks.record.connection import database
from tasks.record.review_queue import list_waiting
from tasks.record.reviews import claim_review, decide_review
from tasks.record.tables import review_claims, verdicts
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.readings import TODAY, page, reading


def recorded_verdict(place: str, outcome: Outcome = Outcome.REFERRED) -> int:
    verdict = judge(reading(page()), today=TODAY, policy=STANDARD, applicant=None)
    doubtful = verdict.__class__(
        outcome, ("names_agree",), verdict.results, "standard", "2", risk=0.25
    )
    upload = Upload("documents", f"{place}{uuid4()}")
    file = File(b"x", uuid4().hex, 1, "v1", None)
    return write_to_database.fn(upload, file, reading(page()), doubtful, None).verdict_id


def claimed(review_id: int, reviewer: str) -> int:
    with_expired_claims(review_id)
    return claim_review(reviewer, review_id).review_id


def empty_queue() -> None:
    """Decide what other tests left in the queue."""
    for each in list_waiting():
        decide_review("earlier", claimed(each.review_id, "earlier"), "resubmit", "other")


def with_expired_claims(review_id: int) -> None:
    past = func.now() - timedelta(seconds=1)
    with database().begin() as connection:
        connection.execute(
            update(review_claims).filter_by(verdict_id=review_id).values(expires_at=past)
        )


def verdict(database, verdict_id: int):
    with database.connect() as connection:
        return connection.execute(select(verdicts).filter_by(id=verdict_id)).one()
