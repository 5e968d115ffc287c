"""What others see of a verdict: an artifact for people, an event for automations."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from docverify.choice import judged
from docverify.reading import Reading
from docverify.report import markdown
from docverify.sketch import sketches
from docverify.verdict import Verdict
from tasks.errors import only_our_errors
from tasks.postgres import Record

ARTIFACT = "document-verification"
ANSWERED = "upload.answered"
SHOWN = 2048  # as much of a key as automations/webhook.json puts into the event
VERDICTS = UUID("5f1b3a34-7c0e-5d0a-9d53-0a4a3f1f6f0e")  # our namespace for the ids of events


@task(
    retries=3,
    retry_delay_seconds=[1, 5, 15],
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def publish(record: Record, verdict: Verdict | None, reading: Reading | None = None) -> None:
    """Tell the automations the recorded outcome, and show the redacted verdict in the UI.

    There is no verdict in hand where one was on record.
    """
    tell(record)
    told = None if record.replayed else verdict
    page = markdown(told) if told else f"Recorded before: {record.summary}"
    if told and reading:
        decision, rest = page.split("\n", 1)
        page = f"{decision}\n\n{sketches(judged(reading, told.choice), told)}\n{rest}"
    create_markdown_artifact(page, key=ARTIFACT)


def tell(record: Record) -> None:
    """Tell the automations an outcome; told again, it has the same id, which Prefect drops."""
    emit_event(
        f"document.{record.outcome}",
        resource={"prefect.resource.id": f"document.{record.document_id}"},
        payload={
            "outcome": record.outcome,
            "reasons": list(record.reasons),
            "verdict_id": record.verdict_id,
            "policy": record.policy,
        },
        id=uuid5(VERDICTS, str(record.verdict_id)),
    )


def tell_answered(bucket: str, key: str) -> None:
    """Tell that a notified upload has its verdict, by the key as S3 encoded it.

    The resource is that of `notification.received`: an automation waits for one after the other.
    """
    resource = {"prefect.resource.id": f"bucket.file.{key[:SHOWN]}", "bucket": bucket}
    emit_event(ANSWERED, resource=resource)


def tell_overdue(waiting: int, oldest: timedelta) -> None:
    """Tell that a referred document waits for a person longer than it should."""
    hours = int(oldest / timedelta(hours=1))
    emit_event(
        "review.overdue",
        resource={"prefect.resource.id": "docverify.review-queue"},
        payload={"waiting": waiting, "oldest_hours": hours},
    )
