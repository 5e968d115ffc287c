"""What others see of a verdict: an artifact for people, an event for automations."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid5

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.events.worker import EventsWorker
from sqlalchemy import Select, delete, select
from sqlalchemy.exc import DBAPIError

from docverify.page import Reading
from docverify.report import render_verdict
from docverify.report_drawing import draw_pages
from docverify.second_engine import find_chosen_reading
from docverify.verdict import Verdict
from tasks.bucket_comparison import Place
from tasks.errors import EdgeError, WorldError, only_our_errors
from tasks.flow_runs import deployed
from tasks.record.tables import documents, outbox, verdicts
from tasks.record.verdicts import Record, database, record_of

ARTIFACT = "document-verification"
ANSWERED = "upload.answered"
REVIEW_QUEUE = "docverify.review-queue"
REVIEW = "review/review-deployment"
SHOWN = 2048  # as much of a key as automations/webhook.json puts into the event
SENDING_SECONDS, SENDING_MANY_SECONDS = 5.0, 60.0
TOLD_AT_ONCE = 500
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
    page = render_verdict(told) if told else f"Recorded before: {record.summary}"
    if told and reading:
        decision, rest = page.split("\n", 1)
        page = (
            f"{decision}\n\n{draw_pages(find_chosen_reading(reading, told.choice), told)}\n{rest}"
        )
    create_markdown_artifact(page, key=ARTIFACT)
    note_told(record)


def note_told(record: Record) -> None:
    """Take a verdict off the outbox once its event has left; what stays there is told again."""
    if have_left(SENDING_SECONDS):
        with suppress(EdgeError, DBAPIError), database().begin() as connection:
            connection.execute(delete(outbox).filter_by(verdict_id=record.verdict_id))


def have_left(seconds: float) -> bool:
    """Wait so long at most until Prefect's client sent all events of this process; tell whether."""
    waiting = threading.Thread(target=EventsWorker.instance().wait_until_empty, daemon=True)
    waiting.start()
    waiting.join(seconds)
    return not waiting.is_alive()


def tell_untold(place: Place, until: datetime) -> int:
    """Tell what was decided of a place before a moment and is not known to be told; count it.

    Its run died, or Prefect did not answer it. Raises WorldError where the events do not leave,
    and DBAPIError. One that was told all the same has the same id.
    """
    with database().begin() as connection:
        ids = connection.scalars(_untold(place, until)).all()
        for record in (record_of(connection, {"id": each}, None) for each in ids):
            tell(cast("Record", record))
        if ids and not have_left(SENDING_MANY_SECONDS):
            raise WorldError("Prefect does not take the events of verdicts", "events")
        connection.execute(delete(outbox).where(outbox.c.verdict_id.in_(ids)))
    return len(ids)


def _untold(place: Place, until: datetime) -> Select[Any]:
    """Ask for the oldest; another reconciliation has its own."""
    return (
        select(outbox.c.verdict_id)
        .join_from(outbox, verdicts)
        .join(documents)
        .where(
            outbox.c.since <= until,
            documents.c.bucket == place.bucket,
            documents.c.key.startswith(place.prefix, autoescape=True),
        )
        .order_by(outbox.c.since)
        .limit(TOLD_AT_ONCE)
        .with_for_update(of=outbox, skip_locked=True)
    )


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
        resource={"prefect.resource.id": deployed(REVIEW_QUEUE)},
        payload={"waiting": waiting, "oldest_hours": hours, "deployment": deployed(REVIEW)},
    )
