"""A referred document before a person: shown, decided by a form, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from prefect import State, flow, suspend_flow_run
from prefect.artifacts import create_markdown_artifact
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from docverify.checks import Status
from docverify.report import STATUS_LABELS
from flows.parameters import whole_number
from tasks.errors import EdgeError
from tasks.publishing import note_told, tell
from tasks.record.reviews import (
    Check,
    NotYours,
    Reason,
    Review,
    claim_review,
    claimed_by_run,
    decide_review,
    release_review,
)

ARTIFACT = "review"
DOUBTS = (Status.FAILED, Status.INCONCLUSIVE)


class Decision(RunInput):
    """What a person decides; only codes, for Prefect keeps what is given here."""

    decision: Literal["verified", "rejected", "resubmit", "give back to the queue"] = Field(
        description="`resubmit` asks the applicant for another picture."
    )
    reason: Reason = Field(
        description="What the decision rests on; it is kept with the verdict for good."
    )


@flow(name="review", validate_parameters=False, persist_result=False)
def review(reviewer: str, review_id: int = 0, hours: int = 24) -> State[None]:
    """Take a referred document, and decide it.

    The run shows what was found and is suspended; `Resume` opens the form of the decision. Nobody
    else can take the document meanwhile. What is not decided in time goes back to the queue.

    Args:
        reviewer: Name of who decides, as it shall stand on record. Nobody checks it here.
        review_id: A document of the queue, as `docverify review` lists it; 0 for the oldest.
        hours: The document is yours for so many hours.
    """
    run = UUID(flow_run.id)
    try:
        # Resumed, a flow begins anew: it must be about the same document then.
        chosen = claimed_by_run(run) or whole_number("review_id", review_id)
        span = whole_number("hours", hours, 1)
        found = claim_review(reviewer, chosen, span, run)
        if found is None:
            return Completed(name="Empty", message="No document waits for a person.")
        given = suspend_flow_run(
            wait_for_input=Decision.with_initial_data(description=_shown(found)),
            timeout=span * 3600,
            key=f"review-{found.review_id}",
        )
        return _decided(reviewer, found, given, run)
    except NotYours as error:
        return Completed(name="Taken", message=str(error))
    except EdgeError as error:
        return Failed(message=str(error))


def _shown(found: Review) -> str:
    """Keep all checks as an artifact; above the form, only what speaks against the document."""
    create_markdown_artifact(_page(found, found.checks), key=ARTIFACT)
    doubtful = [each for each in found.checks if each.status in DOUBTS]
    return _page(found, doubtful)


def _decided(reviewer: str, found: Review, given: Decision, run: UUID) -> State[None]:
    if given.decision == "give back to the queue":
        release_review(reviewer, found.review_id, run)
        return Completed(name="Released", message=f"{found.review_id} waits again.")
    record = decide_review(reviewer, found.review_id, given.decision, given.reason, flow_run_id=run)
    tell(record)
    note_told(record)
    return Completed(name=record.outcome.title(), message=record.summary)


def _page(found: Review, checks: Sequence[Check]) -> str:
    """Say where the picture is and what was found; no value of the holder."""
    return "\n".join(
        (
            f"**Review {found.review_id}, document {found.document_id}: {found.summary}**",
            "",
            f"The picture stays in S3: `s3://{found.bucket}/{quote(found.key)}`, version "
            f"`{found.version_id or 'newest'}`. Open it with your own rights in the S3 console.",
            "",
            "| check | status | evidence |",
            "| --- | --- | --- |",
            *(_row(each) for each in _doubtful_first(checks)),
        )
    )


def _doubtful_first(checks: Sequence[Check]) -> list[Check]:
    return sorted(checks, key=lambda each: list(STATUS_LABELS).index(Status(each.status)))


def _row(check: Check) -> str:
    evidence = " ".join(check.evidence.split()).replace("|", "&#124;")
    return f"| `{check.code}` | {STATUS_LABELS[Status(check.status)]} | {evidence} |"
