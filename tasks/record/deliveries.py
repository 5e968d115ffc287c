"""Deliveries of verdicts to other systems: due, attempted, failed and dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from tasks.record.announcements import Announcement, read_announcements
from tasks.record.connection import transaction
from tasks.record.delivery_tables import deliveries, delivery_targets
from tasks.record.tables import verdicts
from tasks.settings import read_settings

WEBHOOK = "webhook"
PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"
STATES = (PENDING, DELIVERED, DEAD)
BACKOFF = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)),
    *(timedelta(hours=5), timedelta(hours=10), timedelta(hours=14), timedelta(hours=20)),
    timedelta(hours=24),
)
"""Pauses after failed attempts (Standard Webhooks); after the last one, the delivery is dead."""
LEASE = timedelta(minutes=2)
"""How long an attempt may take before another process may try again."""


@dataclass(frozen=True)
class Delivery:
    """A verdict on its way to a system.

    Attributes:
        id: Row of `deliveries`.
        verdict_id: Row of `verdicts`.
        target: Name of the system.
        state: `pending`, `delivered` or `dead`.
        attempts: Number of attempts since it was recorded or replayed.
        next_attempt_at: Time of the next attempt, if it is pending.
        last_error: The last failure; None if no attempt failed.
    """

    id: int
    verdict_id: int
    target: str
    state: str
    attempts: int
    next_attempt_at: datetime
    last_error: str | None


@dataclass(frozen=True)
class DueDelivery:
    """A delivery that this process may attempt until its lease ends."""

    id: int
    attempts: int
    announcement: Announcement


def register_target(connection: Connection) -> None:
    """Record that verdicts are delivered from now on, if DOCVERIFY_WEBHOOK_URL is set."""
    if read_settings().webhook_url:
        connection.execute(insert(delivery_targets).values(name=WEBHOOK).on_conflict_do_nothing())


def take_due(limit: int, verdict_id: int | None = None) -> list[DueDelivery]:
    """Take due deliveries, oldest first; no other process takes them in the meantime.

    `verdict_id` takes only that of one verdict. Raise WorldError or SetupError when the database
    does not answer, as all functions here do.
    """
    due = (
        select(deliveries.c.id)
        .where(
            deliveries.c.state == PENDING,
            deliveries.c.target == WEBHOOK,
            deliveries.c.next_attempt_at <= func.now(),
            deliveries.c.verdict_id == verdict_id if verdict_id else true(),
        )
        .order_by(deliveries.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taking = (
        update(deliveries)
        .where(deliveries.c.id.in_(due))
        .values(
            attempts=deliveries.c.attempts + 1,
            last_attempt_at=func.now(),
            next_attempt_at=func.now() + LEASE,
        )
        .returning(deliveries.c.id, deliveries.c.attempts, deliveries.c.verdict_id)
    )
    with transaction() as connection:
        rows = connection.execute(taking).all()
        found = read_announcements(connection, [row.verdict_id for row in rows])
    return sorted(
        (DueDelivery(row.id, row.attempts, found[row.verdict_id]) for row in rows),
        key=lambda each: each.announcement.verdict_id,
    )


def record_attempt(taken: DueDelivery, error: str | None, *, is_final: bool = False) -> None:
    """Record the result of an attempt: delivered, or the error and the time of the next attempt.

    `is_final` ends it without a further attempt. An attempt whose lease another process took over,
    or that was replayed in the meantime, changes nothing.
    """
    values: dict[str, object] = {"last_error": error}
    if error is None:
        values |= {"state": DELIVERED, "delivered_at": func.now()}
    elif is_final or taken.attempts > len(BACKOFF):
        values |= {"state": DEAD}
    else:
        values |= {"next_attempt_at": func.now() + BACKOFF[taken.attempts - 1]}
    same = (deliveries.c.id == taken.id, deliveries.c.attempts == taken.attempts)
    with transaction() as connection:
        connection.execute(update(deliveries).where(*same).values(values))


def replay(
    verdict_ids: Sequence[int] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    dead_only: bool = False,
) -> int:
    """Deliver verdicts again, by their ids or by the time of their decision; count them.

    A verdict that was recorded before there was a webhook is delivered for the first time.
    `dead_only` selects only deliveries that were given up.
    """
    chosen: list[ColumnElement[bool]] = [verdicts.c.overruled_by_id.is_(None)]
    if verdict_ids:
        chosen.append(verdicts.c.id.in_(verdict_ids))
    if since:
        chosen.append(verdicts.c.decided_at >= since)
    if until:
        chosen.append(verdicts.c.decided_at < until)
    if dead_only:
        dead = select(deliveries.c.verdict_id).filter_by(target=WEBHOOK, state=DEAD)
        chosen.append(verdicts.c.id.in_(dead))
    rows = select(verdicts.c.id, literal(WEBHOOK)).where(*chosen)
    again = {
        **{"state": PENDING, "attempts": 0, "next_attempt_at": func.now()},
        **{"last_error": None, "delivered_at": None},
    }
    with transaction() as connection:
        return connection.execute(
            insert(deliveries)
            .from_select(["verdict_id", "target"], rows)
            .on_conflict_do_update(constraint="deliveries_identity", set_=again)
        ).rowcount


def list_deliveries(state: str = "", limit: int = 100) -> list[Delivery]:
    """List the newest deliveries, of one state or of all."""
    columns = (deliveries.c[name] for name in Delivery.__dataclass_fields__)
    query = select(*columns).order_by(deliveries.c.id.desc()).limit(limit)
    with transaction() as connection:
        rows = connection.execute(query.filter_by(state=state) if state else query)
        return [Delivery(*row) for row in rows]


def count_deliveries() -> dict[str, int]:
    """Count the deliveries by state."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    with transaction() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def stop_target() -> int:
    """Deliver no further verdicts, and give up the pending deliveries; count these."""
    with transaction() as connection:
        connection.execute(delete(delivery_targets).filter_by(name=WEBHOOK))
        pending = update(deliveries).filter_by(target=WEBHOOK, state=PENDING)
        return connection.execute(pending.values(state=DEAD, last_error="stopped")).rowcount
