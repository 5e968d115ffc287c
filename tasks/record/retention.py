"""What is kept of people, and for how long; decisions and codes are kept for good.

Readings and what was given of the applicant are of the class of the picture: they go soon after
the decision. The holder's fields and fingerprints are the description of the document, which the
law wants kept for years (31 CFR 1020.220: five; EU 2024/1624, article 77: five). A document that
waits for a person keeps everything, and so does one under a legal hold. What was read of a document
that never got a verdict goes as the picture does: it can be read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
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
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from docverify.verdict import Outcome
from tasks.errors import SetupError, may_work_later, only_our_errors
from tasks.record.operation_tables import legal_holds, review_events
from tasks.record.tables import (
    applicants,
    claims,
    documents,
    fingerprints,
    holder_fields,
    readings,
    verdicts,
)
from tasks.record.verdicts import database, explained

BATCH = 1_000


class Kind(StrEnum):
    """What is purged."""

    READINGS = "readings"
    APPLICANTS = "applicants"
    HOLDER_FIELDS = "holder fields"
    FINGERPRINTS = "fingerprints"
    NOTES = "review notes"


@dataclass(frozen=True)
class Periods:
    """For how many days after the newest verdict each class is kept, by its outcome.

    `unjudged` counts from the first sight of a document that has no verdict.
    """

    picture: Mapping[Outcome, int]
    description: Mapping[Outcome, int]
    unjudged: int


TABLES = {
    Kind.READINGS: readings,
    Kind.APPLICANTS: applicants,
    Kind.HOLDER_FIELDS: holder_fields,
    Kind.FINGERPRINTS: fingerprints,
    Kind.NOTES: review_events,
}
PICTURE = (Kind.READINGS, Kind.APPLICANTS)
BEFORE_VERDICT = (*PICTURE, Kind.FINGERPRINTS)
"""What is kept of a document as soon as it was read."""

UNJUDGED = "no verdict"


@task(
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def purge(periods: Periods, now: datetime, *, dry_run: bool) -> Counter[tuple[Kind, str]]:
    """Delete what is past its time, a batch in one transaction, and count the rows.

    A dry run only counts. Doing it again finds nothing more.
    """
    counts: Counter[tuple[Kind, str]] = Counter()
    try:
        for kind in Kind:
            for what, due in _dues(kind, periods, now):
                counts[kind, what] = sum(_purged(kind, due, dry_run=dry_run))
    except DBAPIError as error:
        raise explained(error) from None
    return counts


def hold(document_id: int, reason: str, held_by: str) -> None:
    """Keep everything of a document until the hold is ended; raises SetupError for an unknown one.

    Also raises WorldError or SetupError when the database cannot be asked.
    """
    if not (reason.strip() and held_by.strip()):
        raise SetupError("a hold needs a reason and a name")
    row = {"document_id": document_id, "reason": reason, "held_by": held_by}
    try:
        with database().begin() as connection:
            if not connection.scalar(select(documents.c.id).filter_by(id=document_id)):
                raise SetupError(f"there is no document {document_id}")
            connection.execute(insert(legal_holds).values(row).on_conflict_do_nothing())
    except DBAPIError as error:
        raise explained(error) from None


def end_hold(document_id: int) -> bool:
    """End a hold; tell whether there was one."""
    try:
        with database().begin() as connection:
            done = connection.execute(delete(legal_holds).filter_by(document_id=document_id))
    except DBAPIError as error:
        raise explained(error) from None
    return done.rowcount > 0


def count_holds() -> int:
    """Count the documents that are under a hold."""
    try:
        with database().connect() as connection:
            return connection.execute(select(func.count()).select_from(legal_holds)).scalar_one()
    except DBAPIError as error:
        raise explained(error) from None


def _dues(kind: Kind, periods: Periods, now: datetime) -> Iterator[tuple[str, Select[Any]]]:
    days_by_outcome = periods.picture if kind in PICTURE else periods.description
    for outcome, days in days_by_outcome.items():
        yield outcome, _due(outcome, now - timedelta(days=days))
    if kind in BEFORE_VERDICT:
        yield UNJUDGED, _unjudged(now - timedelta(days=periods.unjudged))


def _unjudged(before: datetime) -> Select[Any]:
    """Ask for the documents that no run works on, and that no verdict was given of."""
    return select(documents.c.id).where(
        documents.c.first_seen < before,
        ~exists().where(verdicts.c.document_id == documents.c.id),
        ~exists().where(claims.c.document_id == documents.c.id, claims.c.expires_at > func.now()),
        ~exists().where(legal_holds.c.document_id == documents.c.id),
    )


def _due(outcome: Outcome, before: datetime) -> Select[Any]:
    """Ask for the documents whose newest verdict is this, and older."""
    later = verdicts.alias()
    return select(verdicts.c.document_id).where(
        verdicts.c.outcome == outcome,
        verdicts.c.decided_at < before,
        ~exists().where(later.c.document_id == verdicts.c.document_id, later.c.id > verdicts.c.id),
        ~exists().where(legal_holds.c.document_id == verdicts.c.document_id),
    )


def _purged(kind: Kind, due: Select[Any], *, dry_run: bool) -> Iterator[int]:
    """Purge batch by batch; each yields how many rows it was."""
    if dry_run:
        with database().connect() as connection:
            rows = _rows(kind, due).subquery()
            yield connection.execute(select(func.count()).select_from(rows)).scalar_one()
        return
    while True:
        with database().begin() as connection:
            done = _purge_batch(connection, kind, due)
        yield done
        if done < BATCH:
            return


def _rows(kind: Kind, due: Select[Any]) -> Select[Any]:
    """Ask for the rows of a kind that belong to these documents, by where they are stored."""
    table = TABLES[kind]
    rows = select(_place(table)).select_from(table)
    if "document_id" in table.c:
        return rows.where(table.c.document_id.in_(due))
    theirs = select(verdicts.c.id).where(verdicts.c.document_id.in_(due))
    rows = rows.where(table.c.verdict_id.in_(theirs))
    return rows.where(table.c.note.is_not(None)) if kind is Kind.NOTES else rows


def _purge_batch(connection: Connection, kind: Kind, due: Select[Any]) -> int:
    table = TABLES[kind]
    at = _place(table).in_(_rows(kind, due).limit(BATCH))
    if kind is Kind.NOTES:  # Who did what stays.
        return connection.execute(update(table).where(at).values(note=None)).rowcount
    return connection.execute(delete(table).where(at)).rowcount


def _place(table: Table) -> ColumnClause[Any]:
    """Name a row by its place: the tables have keys of different shapes."""
    return literal_column(f"{table.name}.ctid")
