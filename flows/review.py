"""Review: show a document of the queue to a person, and record the decision from a form."""

from __future__ import annotations

from typing import Any, Final, Literal
from urllib.parse import quote
from uuid import UUID

from prefect import State, flow, suspend_flow_run
from prefect.artifacts import create_markdown_artifact
from prefect.input import RunInput
from prefect.runtime import flow_run
from prefect.states import Completed
from pydantic import ConfigDict, Field

from docverify import decisions
from docverify.checks import Status
from docverify.decisions import REASONS, Reason, describe_reasons
from docverify.report import STATUS_LABELS
from flows.parameters import MAX_COUNT, build_failure, check_whole_number
from tasks.dispatch import announce
from tasks.errors import EdgeError
from tasks.record.appeals import record_appeal
from tasks.record.review_queue import explain_empty_queue, list_waiting
from tasks.record.reviews import (
    NotYours,
    RecordedCheck,
    Review,
    StillHeld,
    claim_review,
    decide_review,
    find_review_of_run,
    release_review,
)
from tasks.run_labels import show_key
from tasks.settings import read_settings

ARTIFACT = "review"
DOUBTFUL = (Status.FAILED, Status.INCONCLUSIVE)
GIVE_BACK: Final = "give back to the queue"


def add_combinations(schema: dict[str, Any]) -> None:
    """Add the reasons that fit each decision to the schema of the form, so Prefect checks them."""
    schema["allOf"] = [
        {
            "if": {"properties": {"decision": {"const": str(decision)}}},
            "then": {"properties": {"reason": {"enum": list(reasons)}}},
        }
        for decision, reasons in REASONS.items()
    ]


class Decision(RunInput):
    """The decision of a reviewer: only codes, because Prefect stores it."""

    model_config = ConfigDict(json_schema_extra=add_combinations)

    decision: Literal[decisions.Decision, "give back to the queue"] = Field(
        description="`resubmit` asks the applicant for another photo."
    )
    reason: Reason = Field(
        description=f"Reason for the decision. Stored permanently with the verdict. "
        f"It must fit the decision: {describe_reasons()}."
    )


@flow(name="review", validate_parameters=False, persist_result=False)
def review(reviewer: str, review_id: int = 0, hours: int = 24, appeal: int = 0) -> State[None]:
    """Claim a document that waits for a person and decide it.

    The run shows the results of the checks, then waits; `Resume` opens the form for the decision.
    No one else can claim the document in the meantime. If it is not decided in time, it returns to
    the queue.

    Args:
        reviewer: Your name, as recorded with the decision. It is not authenticated.
        review_id: Number of the review in the queue, as `docverify review` lists it; 0 for the
            oldest.
        hours: Reserve the document for this many hours.
        appeal: The id of a rejected document whose applicant asks for a person. The run only puts
            it into the queue, for another reviewer; leave it at 0 to decide a document.
    """
    run = UUID(flow_run.id)
    try:
        if document := check_whole_number("appeal", appeal, most=MAX_COUNT):
            return appeal_rejection(reviewer, document, run)
        # A resumed flow starts from the top, and must then be about the same document.
        number = check_whole_number("review_id", review_id, most=MAX_COUNT)
        chosen = find_review_of_run(run) or number
        span = check_whole_number("hours", hours, 1)
        found = claim_review(reviewer, chosen, span, run)
        if found is None:
            return Completed(name="Empty", message=explain_empty_queue(list_waiting()))
        given = suspend_flow_run(
            wait_for_input=Decision.with_initial_data(description=show(found)),
            timeout=span * 3600,
            key=f"review-{found.review_id}",
        )
        return record_decision(reviewer, found, given, run)
    except StillHeld as error:
        return Completed(name="Held", message=f"{reviewer.strip()}: {error}")
    except NotYours as error:
        return Completed(name="Taken", message=str(error))
    except EdgeError as error:
        return build_failure(error)


def appeal_rejection(reviewer: str, document: int, run: UUID) -> State[None]:
    """Put a rejected document into the queue."""
    review_id = record_appeal(reviewer, document, flow_run_id=run)
    return Completed(
        name="Appealed",
        message=f"Document {document} waits for another person as review {review_id}.",
    )


def show(found: Review) -> str:
    """Store all checks in an artifact; return those that failed or are in doubt, for the form.

    The form is narrow: Prefect would break the words in the cells of a table, so it has a list.
    """
    order = list(STATUS_LABELS)
    checks = sorted(found.checks, key=lambda each: order.index(Status(each.status)))
    title, head = build_head(found), ["| check | status | evidence |", "| --- | --- | --- |"]
    page = "\n".join((*title, *head, *map(build_row, checks)))
    description = f"Review {found.review_id}, document {found.document_id}: {show_key(found.key)}"
    create_markdown_artifact(page, key=ARTIFACT, description=description)
    return "\n".join((*title, *(build_item(each) for each in checks if each.status in DOUBTFUL)))


def record_decision(reviewer: str, found: Review, given: Decision, run: UUID) -> State[None]:
    """Record a decision and send its event, or return the document to the queue."""
    if given.decision == GIVE_BACK:
        release_review(reviewer, found.review_id, run)
        return Completed(name="Released", message=f"{found.review_id} is back in the queue.")
    record = decide_review(reviewer, found.review_id, given.decision, given.reason, flow_run_id=run)
    announce(record)
    return Completed(name=record.outcome.title(), message=record.summary)


def build_head(found: Review) -> list[str]:
    """Describe the document and the location of its image, without personal data."""
    sent_back = f"It replaces document {found.replaces_id}, which was sent back."
    desk = read_settings().desk_url.rstrip("/")
    link = f"[Open the case at the review desk]({desk}/cases/{found.review_id})"
    return [
        f"**Review {found.review_id}, document {found.document_id}: {found.summary}**",
        "",
        *([link, ""] if desk else []),
        f"The image is in S3: `s3://{found.bucket}/{quote(found.key)}`, version "
        f"`{found.version_id or 'newest'}`. Open it in the S3 console; your account needs read "
        "access.",
        *(["", sent_back] if found.replaces_id else []),
        "",
    ]


def build_item(check: RecordedCheck) -> str:
    """Return a check as an item of a Markdown list."""
    status = STATUS_LABELS[Status(check.status)]
    return f"- {status}: `{check.code}`. {' '.join(check.evidence.split())}"


def build_row(check: RecordedCheck) -> str:
    """Return a check as a row of a Markdown table."""
    evidence = " ".join(check.evidence.split()).replace("|", "&#124;")
    return f"| `{check.code}` | {STATUS_LABELS[Status(check.status)]} | {evidence} |"
