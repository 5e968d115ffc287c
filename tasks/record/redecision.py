"""Deciding again what is recorded: the readings are judged anew, a batch in one transaction."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Row,
    Select,
    exists,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.selectable import LateralFromClause

from docverify import PIPELINE_VERSION
from docverify.applicant import Applicant
from docverify.duplicates import History
from docverify.page import Reading
from docverify.policy import Policy
from docverify.reading import wire
from docverify.second_engine import open_chosen_case
from docverify.verdict import Outcome, Verdict, judge
from tasks.errors import may_work_later, only_our_errors
from tasks.record.fingerprints import history_of, keep_fingerprint
from tasks.record.reviews import PERSON
from tasks.record.tables import applicants, documents, readings, verdicts
from tasks.record.verdicts import database, explained, verdict_values, write_details
from tasks.settings import read_settings

Change = tuple[str, str]
NO_VERDICT = "none"


@dataclass(frozen=True)
class Selection:
    """Which documents are judged again; what is empty selects all.

    `outcome` is that of the newest verdict. `today` is the day of the judgement; None: the day on
    which each document was first seen.
    """

    policy: Policy
    today: date | None
    bucket: str = ""
    prefix: str = ""
    outcome: Outcome | None = None
    dry_run: bool = True


@dataclass(frozen=True)
class Batch:
    """What a batch changed: how often which outcome became which, and where the next one starts.

    `unreadable` counts the readings that this version cannot read; `read` counts all.
    """

    last: int
    read: int
    changes: Counter[Change]
    unreadable: int = 0


@task(
    retries=4,
    retry_delay_seconds=[1, 3, 10, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def decide_again(selection: Selection, after: int, size: int, flow_run_id: UUID | None) -> Batch:
    """Judge the next readings after an id, and write their verdicts unless it is a dry run.

    Each new verdict names the one that it supersedes; what has a verdict of this policy and this
    pipeline already is left out, so a second run writes nothing.
    """
    try:
        with database().begin() as connection:
            return _decide_again(connection, selection, after, size, flow_run_id)
    except DBAPIError as error:
        raise explained(error) from None


def _decide_again(
    connection: Connection, selection: Selection, after: int, size: int, flow_run_id: UUID | None
) -> Batch:
    rows = connection.execute(recorded(selection, after).limit(size)).all()
    judged = [(row, verdict) for row in rows if (verdict := _judged(connection, row, selection))]
    if judged and not selection.dry_run:
        _write(connection, judged, flow_run_id)
    changes = Counter((row.outcome or NO_VERDICT, str(each.outcome)) for row, each in judged)
    last = rows[-1].id if rows else after
    return Batch(last, len(rows), changes, unreadable=len(rows) - len(judged))


def recorded(selection: Selection, after: int) -> Select[Any]:
    """Ask for the newest reading of each engine, with the verdict that a new one supersedes."""
    newest = _newest_verdict()
    query = (
        select(
            *(readings.c.id, readings.c.document_id, readings.c.engine, readings.c.reader_version),
            *(readings.c.content, documents.c.first_seen),
            *(newest.c.id.label("previous_id"), newest.c.outcome),
            *(applicants.c.name, applicants.c.birth_date, applicants.c.unreadable),
        )
        .join_from(readings, documents)
        .outerjoin(newest, true())
        .outerjoin(applicants, applicants.c.document_id == documents.c.id)
        .where(
            readings.c.id > after,
            ~_has_newer_reading(),
            ~_is_done(selection.policy),
            # What a person decided, no policy decides again.
            newest.c.policy_name.is_distinct_from(PERSON),
            *_place(selection),
        )
        .order_by(readings.c.id)
    )
    return query.where(newest.c.outcome == selection.outcome) if selection.outcome else query


def _newest_verdict() -> LateralFromClause:
    same = (verdicts.c.document_id == readings.c.document_id) & (
        verdicts.c.engine == readings.c.engine
    )
    columns = (verdicts.c.id, verdicts.c.outcome, verdicts.c.policy_name)
    return select(*columns).where(same).order_by(verdicts.c.id.desc()).limit(1).lateral()


def _has_newer_reading() -> Exists:
    newer = readings.alias()
    return exists().where(
        newer.c.document_id == readings.c.document_id,
        newer.c.engine == readings.c.engine,
        newer.c.id > readings.c.id,
    )


def _is_done(policy: Policy) -> Exists:
    """Whether the reading has its verdict of this policy and this pipeline."""
    done = verdicts.alias()
    return exists().where(
        done.c.document_id == readings.c.document_id,
        done.c.engine == readings.c.engine,
        done.c.reader_version == readings.c.reader_version,
        done.c.pipeline_version == PIPELINE_VERSION,
        done.c.policy_name == policy.name,
        done.c.policy_version == policy.version,
    )


def _place(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.bucket:
        yield documents.c.bucket == selection.bucket
    if selection.prefix:
        yield documents.c.key.startswith(selection.prefix, autoescape=True)


def _judged(connection: Connection, row: Row[Any], selection: Selection) -> Verdict | None:
    """Judge what was read then; None where another version wrote it down."""
    try:
        reading = reading_in(row)
    except (wire.MalformedReading, zlib.error):
        return None
    today = selection.today or row.first_seen.astimezone(UTC).date()
    applicant = applicant_in(row)
    known = _history(connection, row, reading, today, selection)
    return judge(reading, today=today, policy=selection.policy, applicant=applicant, history=known)


def _history(
    connection: Connection, row: Row[Any], reading: Reading, today: date, selection: Selection
) -> History | None:
    """Ask the record anew; and let it know what it did not, as of before there was a key."""
    key = read_settings().hmac_key.get_secret_value().encode()
    if not key:
        return None
    traits = open_chosen_case(reading, today=today, policy=selection.policy)[0].traits
    if not selection.dry_run:
        print_of = (row.document_id, row.engine, row.reader_version)
        keep_fingerprint(connection, print_of, traits, key)
    return history_of(connection, row.document_id, traits, key)


def reading_in(row: Row[Any]) -> Reading:
    """Read what was recorded; raises MalformedReading or zlib.error."""
    return wire.read(zlib.decompress(row.content))


def applicant_in(row: Row[Any]) -> Applicant | None:
    """Return what was given of the applicant then."""
    if row.unreadable is None:
        return None
    return Applicant(row.name, row.birth_date, tuple(row.unreadable))


def _write(
    connection: Connection, judged: Sequence[tuple[Row[Any], Verdict]], flow_run_id: UUID | None
) -> None:
    """Write the verdicts that nobody else wrote meanwhile."""
    values = [
        verdict_values(row.document_id, row.engine, row.reader_version, verdict)
        | {"previous_id": row.previous_id, "flow_run_id": flow_run_id}
        for row, verdict in judged
    ]
    written = connection.execute(
        insert(verdicts)
        .on_conflict_do_nothing()
        .returning(verdicts.c.id, verdicts.c.document_id, verdicts.c.engine),
        values,
    )
    by_document = {(row.document_id, row.engine): verdict for row, verdict in judged}
    write_details(connection, {row.id: by_document[row.document_id, row.engine] for row in written})
