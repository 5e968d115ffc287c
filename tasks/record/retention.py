"""Retention: which personal data are kept, and for how long; verdicts and codes are always kept.

Readings, signatures of portraits and what was declared about the applicant are kept as briefly as
the image: they are purged soon after the decision. Holder fields and fingerprints describe the
document, which the law requires to be kept for years (31 CFR 1020.220: five; EU 2024/1624, article
77: five). A document that waits for a person keeps everything, and so does one under a legal hold.
Readings of documents without a verdict are purged, too: such documents can be read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    Select,
    Table,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)

from docverify.verdict import Outcome
from tasks.errors import is_run_over
from tasks.record.connection import retention_transaction
from tasks.record.desk_tables import field_corrections
from tasks.record.holds import is_held
from tasks.record.review_queue import is_appealed
from tasks.record.tables import (
    applicants,
    claims,
    documents,
    fingerprints,
    holder_fields,
    portrait_signatures,
    readings,
    review_events,
    verdicts,
)
from tasks.record.verdicts import is_current
from tasks.retried_tasks import retried_task
from tasks.run_limits import PURGE_RESERVE_SECONDS

BATCH_ROWS = 1_000


class DataClass(StrEnum):
    """Personal data that are purged together."""

    READINGS = "readings"
    APPLICANTS = "applicants"
    HOLDER_FIELDS = "holder fields"
    FINGERPRINTS = "fingerprints"
    NOTES = "review notes"
    CORRECTIONS = "corrected fields"
    PORTRAITS = "portrait signatures"


@dataclass(frozen=True)
class Periods:
    """How many days personal data are kept after the newest verdict, by its outcome.

    Attributes:
        picture: For readings, signatures of portraits and what was declared about the applicant.
        description: For everything else.
        unjudged: For a document without a verdict, from the day of its upload.
    """

    picture: Mapping[Outcome, int]
    description: Mapping[Outcome, int]
    unjudged: int


TABLES = {
    DataClass.READINGS: readings,
    DataClass.APPLICANTS: applicants,
    DataClass.HOLDER_FIELDS: holder_fields,
    DataClass.FINGERPRINTS: fingerprints,
    DataClass.NOTES: review_events,
    DataClass.CORRECTIONS: field_corrections,
    DataClass.PORTRAITS: portrait_signatures,
}
KEPT_LIKE_IMAGES = (
    *(DataClass.READINGS, DataClass.APPLICANTS, DataClass.CORRECTIONS),
    DataClass.PORTRAITS,
)
STORED_BEFORE_VERDICT = (
    *(DataClass.READINGS, DataClass.APPLICANTS, DataClass.FINGERPRINTS),
    DataClass.PORTRAITS,
)

NO_VERDICT = "no verdict"


@retried_task(5, 30)
def purge(
    periods: Periods,
    now: datetime,
    counts: Counter[tuple[DataClass, str]],
    *,
    dry_run: bool,
    batch_rows: int = BATCH_ROWS,
    reserve_seconds: float = PURGE_RESERVE_SECONDS,
) -> None:
    """Delete personal data whose retention period has ended, a batch per transaction.

    The rows are added to `counts`, which belong to the flow: a try of this task that fails has
    purged the batches before its error. A dry run only counts.

    A second run finds nothing more, unless the first one had less than `reserve_seconds` left until
    its time limit: then it stopped, and the second run continues.
    """
    for data in DataClass:
        for outcome, due in select_due(data, periods, now):
            if dry_run:
                counts[data, outcome] = count_rows(data, due)
            else:
                counts.setdefault((data, outcome), 0)
                for rows in _purge_all(data, due, batch_rows, reserve_seconds):
                    counts[data, outcome] += rows


def select_due(
    data: DataClass, periods: Periods, now: datetime
) -> Iterator[tuple[str, Select[Any]]]:
    """Yield, per outcome, the query for the documents whose data are to be purged."""
    days_by_outcome = periods.picture if data in KEPT_LIKE_IMAGES else periods.description
    for outcome, days in days_by_outcome.items():
        yield outcome, select_decided(outcome, now - timedelta(days=days))
    if data in STORED_BEFORE_VERDICT:
        yield NO_VERDICT, select_undecided(now - timedelta(days=periods.unjudged))


def select_undecided(before: datetime) -> Select[Any]:
    """Select the documents recorded before a moment, with neither a verdict nor an active run."""
    return select(documents.c.id).where(
        documents.c.first_seen < before,
        ~exists().where(verdicts.c.document_id == documents.c.id),
        ~exists().where(claims.c.document_id == documents.c.id, claims.c.expires_at > func.now()),
        ~is_held(documents.c.id),
    )


def select_decided(outcome: Outcome, before: datetime) -> Select[Any]:
    """Select the documents whose newest verdict has this outcome and was given before a moment."""
    return select(verdicts.c.document_id).where(
        verdicts.c.outcome == outcome,
        verdicts.c.decided_at < before,
        is_current(of_all_engines=True),
        ~is_appealed(),
        ~is_held(verdicts.c.document_id),
    )


def select_rows(data: DataClass, due: Select[Any]) -> Select[Any]:
    """Select the rows with data of these documents, by their physical location (ctid)."""
    table = TABLES[data]
    rows = select(_location(table)).select_from(table)
    if "document_id" in table.c:
        return rows.where(table.c.document_id.in_(due))
    theirs = select(verdicts.c.id).where(verdicts.c.document_id.in_(due))
    rows = rows.where(table.c.verdict_id.in_(theirs))
    return rows.where(table.c.note.is_not(None)) if data is DataClass.NOTES else rows


def count_rows(data: DataClass, due: Select[Any]) -> int:
    """Count the rows that a purge would delete."""
    with retention_transaction() as connection:
        rows = select_rows(data, due).subquery()
        return connection.execute(select(func.count()).select_from(rows)).scalar_one()


def _purge_all(
    data: DataClass, due: Select[Any], batch_rows: int, reserve_seconds: float
) -> Iterator[int]:
    """Purge batch by batch while there is time, and yield the number of rows of each."""
    purged = batch_rows
    while purged >= batch_rows and not is_run_over(reserve_seconds):
        with retention_transaction() as connection:
            purged = _purge_batch(connection, data, due, batch_rows)
        yield purged


def _purge_batch(connection: Connection, data: DataClass, due: Select[Any], batch_rows: int) -> int:
    table = TABLES[data]
    is_in_batch = _location(table).in_(select_rows(data, due).limit(batch_rows))
    if data is DataClass.NOTES:  # The event itself is kept, because it shows who did what and when.
        return connection.execute(update(table).where(is_in_batch).values(note=None)).rowcount
    return connection.execute(delete(table).where(is_in_batch)).rowcount


def _location(table: Table) -> ColumnClause[Any]:
    """Identify a row by its ctid, because the tables have different primary keys."""
    return literal_column(f"{table.name}.ctid")
