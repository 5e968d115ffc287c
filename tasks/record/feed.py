"""The feed: verdicts in the order in which they took effect, starting after a cursor."""

from __future__ import annotations

from sqlalchemy import func, select, update

from tasks.record.announcements import Announcement, read_announcements
from tasks.record.connection import transaction
from tasks.record.delivery_tables import feed

LOCK = "docverify.feed"


def read_feed(after: int, limit: int) -> tuple[list[Announcement], int]:
    """Return the announcements after a cursor, and the cursor of the last one.

    A verdict gets its position when the feed is first read after its transaction. So no verdict
    ever appears behind the cursor of a reader, even if its transaction took long.

    Raise WorldError or SetupError when the database does not answer.
    """
    listed = select(feed.c.verdict_id, feed.c.position).where(feed.c.position > after)
    with transaction() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(LOCK, 0))))
        last = select(func.coalesce(func.max(feed.c.position), 0)).scalar_subquery()
        new = (
            select(
                feed.c.verdict_id,
                (last + func.row_number().over(order_by=feed.c.verdict_id)).label("position"),
            )
            .where(feed.c.position.is_(None))
            .subquery()
        )
        connection.execute(
            update(feed)
            .values(position=new.c.position)
            .where(feed.c.verdict_id == new.c.verdict_id)
        )
        rows = connection.execute(listed.order_by(feed.c.position).limit(limit)).all()
        found = read_announcements(connection, [row.verdict_id for row in rows])
    return [found[row.verdict_id] for row in rows], rows[-1].position if rows else after
