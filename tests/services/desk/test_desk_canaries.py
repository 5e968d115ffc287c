"""What people type and read at the desk stays in the record, not in Prefect and not in logs."""

import logging
from uuid import uuid4

from prefect.events.worker import EventsWorker
from sqlalchemy import select, text

from tasks.dispatch import finish_due_decisions
from tasks.publishing import wait_for_events
from tasks.record.connection import connect
from tasks.record.desk_tables import desk_decisions
from tasks.record.tables import verdicts
from tests.support.desk import Visitor, refer
from tests.support.polling import eventually

TABLES = """
SELECT format('SELECT t::text FROM %I.%I t', table_schema, table_name)
FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""
NOTE, TYPED, SOUGHT = "Zwiebelkuchen am Fenster", "XANTHIPPE", "QUARKSTRUDEL"
SHOWN = ("MERIDIAN", "QX7182035", "12 APR 1990", "1990-04-12")


def dump(url: str) -> str:
    """Return every row of every table."""
    with connect(url).connect() as connection:
        queries = connection.scalars(text(TABLES)).all()
        return "\n".join(str(row) for query in queries for row in connection.scalars(text(query)))


def test_nothing_that_the_desk_shows_or_gets_is_found_in_prefect(
    quick_desk, database, prefect_server, prefect_database_url, caplog
):
    caplog.set_level(logging.INFO)
    reviewer = f"reviewer-{uuid4().hex[:6]}"
    visitor = Visitor(quick_desk, reviewer)
    review_id = refer()
    visitor.get(f"/cases/{review_id}")
    visitor.post("/search", by="name", text=SOUGHT)
    answer = visitor.post(f"/cases/{review_id}/correct", field="given_names", value=TYPED)
    corrected = int(answer.url.rpartition("/")[2])

    visitor.post(f"/cases/{corrected}/decide", decision="rejected document_altered", note=NOTE)
    with database.connect() as connection:
        recorded = select(desk_decisions.c.ending).filter_by(verdict_id=corrected)
        eventually(lambda: connection.scalar(recorded) == "recorded" or connection.rollback())
        new = select(verdicts.c.id).filter_by(previous_id=corrected)
        verdict_id = connection.scalar(new)
    finish_due_decisions()
    wait_for_events(60)
    EventsWorker.drain_all()

    eventually(lambda: f"{verdict_id}" in dump(prefect_database_url))
    stored = dump(prefect_database_url)
    for secret in (NOTE, TYPED, SOUGHT, reviewer, visitor.token, *SHOWN):
        assert secret not in stored, secret
        assert secret not in caplog.text, secret
