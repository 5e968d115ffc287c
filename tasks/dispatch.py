"""Dispatch of announcements: to Prefect as events, and to the webhook as signed requests."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect.settings import get_current_settings

from tasks.errors import EdgeError, SetupError
from tasks.publishing import clear_outbox, publish_event, publish_outbox
from tasks.record.desk_decisions import record_due_decisions
from tasks.record.verdicts import RecordedVerdict
from tasks.webhook import deliver_due

MAX_DELIVERIES = 2_000  # in one call
MAX_EVENT_BATCHES = 10_000


def announce(record: RecordedVerdict) -> str:
    """Announce a recorded verdict now; return why it is announced later, or an empty text.

    The verdict is valid in any case: an unsent event stays in the outbox, and the next
    reconciliation delivers the rest.
    """
    try:
        if not get_current_settings().api.url:
            return "PREFECT_API_URL is not set: the next reconciliation sends the event"
        publish_event(record)
        clear_outbox(record)
        deliver_due(1, record.verdict_id)
    except EdgeError as error:
        return f"{error}: the next reconciliation announces it"
    return ""


def finish_due_decisions() -> int:
    """Record and announce the due decisions of the desk; count them.

    The desk does this itself while it is running. Raise WorldError or SetupError when the database
    does not answer.
    """
    records = record_due_decisions()
    for each in records:
        announce(each)
    return len(records)


def dispatch(until: datetime | None = None, max_deliveries: int = MAX_DELIVERIES) -> int:
    """Announce all verdicts recorded before a moment that are not announced yet; count them.

    Raise SetupError if the address of Prefect is not set, WorldError when Prefect does not accept
    the events, WorldError or SetupError when the database does not answer.
    """
    if not get_current_settings().api.url:
        raise SetupError("PREFECT_API_URL is not set: no event can be sent")
    moment = until or datetime.now(UTC)
    sent = 0
    for _ in range(MAX_EVENT_BATCHES):
        batch = publish_outbox(None, moment)
        sent += batch
        if not batch:
            break
    return sent + deliver_due(max_deliveries)
