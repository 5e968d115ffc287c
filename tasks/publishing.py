"""Publishing of verdicts: an artifact for people, an event for automations."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event
from prefect.events.worker import EventsWorker
from sqlalchemy import Select, delete, select

from docverify.page import Reading
from docverify.report import render_verdict
from docverify.report_drawing import draw_pages
from docverify.second_engine import find_chosen_reading
from docverify.verdict import Verdict
from tasks.bucket_comparison import KeyRange
from tasks.errors import EdgeError, WorldError, only_our_errors
from tasks.flow_runs import deployed_name
from tasks.record.announcements import Announcement, read_announcements
from tasks.record.connection import transaction
from tasks.record.failures import Cause
from tasks.record.tables import documents, outbox, verdicts
from tasks.record.verdicts import RecordedVerdict
from tasks.run_labels import ICONS, show_key
from tasks.s3 import Upload
from tasks.settings import retry_pauses
from tasks.webhook import deliver_due

ARTIFACT = "document-verification"
ANSWERED = "upload.answered"
NO_BUCKET = "-"
"""The bucket that the webhook's template writes for a notification with only a key."""
REVIEW_QUEUE = "docverify.review-queue"
FAILURES, FAILURES_NAME = "docverify.failures", "docverify-failures"
REVIEW = "review/review-deployment"
MAX_KEY_LENGTH = 2048  # characters of a key that automations/webhook.json puts into the event
SEND_SECONDS, SEND_MANY_SECONDS = 5.0, 60.0
MAX_EVENTS = 500  # of the outbox in one transaction


@task(
    retries=3,
    retry_delay_seconds=retry_pauses(1, 5, 15),
    retry_jitter_factor=0.5,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def publish(
    record: RecordedVerdict,
    verdict: Verdict | None,
    reading: Reading | None = None,
    upload: Upload | None = None,
    send_seconds: float = SEND_SECONDS,
) -> None:
    """Send the event of a recorded verdict, and show the verdict without personal data in the UI.

    `verdict` is None if another run recorded it; then only the summary is shown. A verdict that had
    no effect has no event. The verdict stays in the outbox if its event is not sent within
    `send_seconds`.
    """
    if not record.overruled_by:
        publish_event(record)
    if record.replayed or not verdict:
        page = f"Recorded before: {record.summary}"
    else:
        drawing = (
            draw_pages(find_chosen_reading(reading, verdict.choice), verdict) if reading else ""
        )
        page = render_verdict(verdict, drawing)
    if record.overruled_by:
        page = f"**{record.overruled_by.remark}**\n\n{page}"
    create_markdown_artifact(page, key=ARTIFACT, description=describe_document(record, upload))
    if not record.overruled_by:
        clear_outbox(record, send_seconds)
        deliver_due(1, record.verdict_id)


def describe_document(record: RecordedVerdict, upload: Upload | None) -> str:
    """Return the outcome, the document and its key, as the title of an artifact."""
    outcome = record.effective_outcome
    place = f": {upload.bucket}/{show_key(upload.key)}" if upload else ""
    return f"{ICONS[outcome]} {outcome.title()}, document {record.document_id}{place}"


def publish_event(record: RecordedVerdict) -> None:
    """Send the event of a verdict; a repeat has the same id, so Prefect drops it."""
    with transaction() as connection:
        found = read_announcements(connection, [record.verdict_id])
    send_event(found[record.verdict_id])


def send_event(announcement: Announcement) -> None:
    """Send the event of an announcement; the key in it is operational data."""
    emit_event(
        f"document.{announcement.outcome}",
        resource={"prefect.resource.id": f"document.{announcement.document_id}"},
        payload=announcement.model_dump(mode="json"),
        id=announcement.id,
    )


def clear_outbox(record: RecordedVerdict, seconds: float = SEND_SECONDS) -> None:
    """Delete a verdict from the outbox once its event is sent; reconciliation sends the others."""
    if wait_for_events(seconds):
        with suppress(EdgeError), transaction() as connection:
            connection.execute(delete(outbox).filter_by(verdict_id=record.verdict_id))


def wait_for_events(seconds: float) -> bool:
    """Wait up to `seconds` for Prefect to send all pending events; return whether it did."""
    waiting = threading.Thread(target=EventsWorker.instance().wait_until_empty, daemon=True)
    waiting.start()
    waiting.join(seconds)
    return not waiting.is_alive()


def publish_outbox(place: KeyRange | None, until: datetime) -> int:
    """Send the events of verdicts in the outbox that were recorded before a moment; count them.

    `place` limits them to uploads of a bucket; None for all. Their runs died, or Prefect did not
    answer. If an event was already sent, the repeat has the same id.

    Raise WorldError when Prefect does not accept the events, WorldError or SetupError when the
    database does not answer.
    """
    with transaction() as connection:
        ids = connection.scalars(_select_outbox(place, until)).all()
        for announcement in read_announcements(connection, ids).values():
            send_event(announcement)
        if ids and not wait_for_events(SEND_MANY_SECONDS):
            raise WorldError("Prefect does not accept the events of verdicts", "events")
        connection.execute(delete(outbox).where(outbox.c.verdict_id.in_(ids)))
    return len(ids)


def _select_outbox(place: KeyRange | None, until: datetime) -> Select[Any]:
    """Select the oldest verdicts, except those that another reconciliation is sending."""
    query = (
        select(outbox.c.verdict_id)
        .join_from(outbox, verdicts)
        .join(documents)
        .where(outbox.c.since <= until)
    )
    if place:
        in_place = documents.c.key.startswith(place.prefix, autoescape=True)
        query = query.where(documents.c.bucket == place.bucket, in_place)
    return (
        query.order_by(outbox.c.since)
        .limit(MAX_EVENTS)
        .with_for_update(of=outbox, skip_locked=True)
    )


def publish_answered(bucket: str, key: str) -> None:
    """Send the event that a notified upload has its verdict; the key stays as S3 encoded it.

    It has the resource of `notification.received`, because an automation waits for this event after
    that one.
    """
    about = f"bucket.file.{key[:MAX_KEY_LENGTH]}"
    resource = {"prefect.resource.id": about, "bucket": bucket or NO_BUCKET}
    emit_event(ANSWERED, resource=resource)


def publish_failures(causes: Iterable[Cause]) -> None:
    """Send an event for each cause that leaves uploads without a verdict.

    Its resource is the cause and the order of magnitude of the number of uploads, so an automation
    sends one alert a day for each.
    """
    for each in causes:
        size = f"{10 ** (len(str(each.uploads)) - 1)}"
        emit_event(
            "uploads.failed",
            resource={
                "prefect.resource.id": deployed_name(f"{FAILURES}.{each.name}.{size}"),
                "prefect.resource.name": deployed_name(FAILURES_NAME),
            },
            payload={
                "uploads": each.uploads,
                "parked": each.parked,
                "cause": each.name,
                "reason": each.reason,
                "example": str(each.flow_run_id or "not known"),
                "remedy": explain_remedy(each),
            },
        )


def explain_remedy(cause: Cause) -> str:
    """Return what a person should do about a cause."""
    fix = "Fix the cause, then start the deployment retry-parked; `docverify parked` lists uploads."
    if cause.parked == cause.uploads:
        return fix
    if cause.parked:
        return f"{fix} The others are tried again automatically."
    return "They are tried again automatically, after growing pauses, for up to three days."


def publish_overdue(waiting: int, oldest: timedelta) -> None:
    """Send the event that a referred document has waited too long for a person."""
    hours = int(oldest / timedelta(hours=1))
    emit_event(
        "review.overdue",
        resource={"prefect.resource.id": deployed_name(REVIEW_QUEUE)},
        payload={"waiting": waiting, "oldest_hours": hours, "deployment": deployed_name(REVIEW)},
    )
