"""Claims: of the runs that are started for a document, one reads it.

A claim lasts longer than a run may, so a run that is alive keeps it; that of a run which died
passes to whoever comes after. Where a claim was lost all the same, the first verdict still wins.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Connection, Row, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from docverify import PIPELINE_VERSION, READER_VERSION
from docverify.page import Engine, Reading
from docverify.policy import Policy
from docverify.reading import wire
from tasks.errors import EdgeError, may_work_later, only_our_errors
from tasks.record.failures import note_death
from tasks.record.tables import claims, readings
from tasks.record.verdicts import Record, database, document_of, explained, record_of, settle
from tasks.s3 import File, Upload
from tasks.settings import read_settings

RUN_SECONDS = 900
"""How long a run may take; Prefect ends it then."""
LEASE = timedelta(seconds=RUN_SECONDS + 60)
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Claim:
    """A document that is this run's to judge, with what was read of it before, if anything."""

    document_id: int
    reading: Reading | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Held:
    """A document that another run has, and until when if it should be dead."""

    flow_run_id: UUID
    expires_at: datetime


@task(
    retries=4,
    retry_delay_seconds=[1, 3, 10, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=300,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def claim_document(
    upload: Upload, file: File, engine: Engine, policy: Policy, flow_run_id: UUID
) -> Claim | Held | Record:
    """Claim a document, or return the verdict that it has; wait a while for another run's.

    Raises SetupError when the database is not set or not migrated, WorldError when it is down.
    """
    deadline = monotonic() + read_settings().claim_wait
    while True:
        found = claim(upload, file, engine, policy, flow_run_id)
        if not isinstance(found, Held) or monotonic() >= deadline:
            return found
        sleep(POLL_SECONDS)


def claim(
    upload: Upload, file: File, engine: Engine, policy: Policy, flow_run_id: UUID
) -> Claim | Held | Record:
    """Ask once for a document; a run that asks again still has its claim."""
    try:
        with database().begin() as connection:
            document_id = document_of(connection, upload, file)
            key = _key(document_id, engine, policy)
            held = _claimed_by_another(connection, key, upload, flow_run_id)
            # Only now: whoever gave the claim up had written the verdict before.
            if record := record_of(connection, key, flow_run_id):
                settle(connection, upload, file, key)
                return record
            return held or Claim(document_id, _reading(connection, key))
    except DBAPIError as error:
        raise explained(error) from None


@contextmanager
def released_on_failure(claim: Claim, flow_run_id: UUID) -> Iterator[None]:
    """Let others have at once what this run claimed and could not finish, as far as it can say.

    Of one document: a run of a backfill has others in hand, which its threads go on with.
    """
    try:
        yield
    except BaseException:  # Prefect's signals to stop as well.
        with suppress(EdgeError, DBAPIError), database().begin() as connection:
            this = {"document_id": claim.document_id, "flow_run_id": flow_run_id}
            connection.execute(delete(claims).filter_by(**this))
        raise


def _key(document_id: int, engine: Engine, policy: Policy) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "engine": engine,
        "reader_version": READER_VERSION,
        "pipeline_version": PIPELINE_VERSION,
        "policy_name": policy.name,
        "policy_version": policy.version,
    }


def _claimed_by_another(
    connection: Connection, key: Mapping[str, Any], upload: Upload, flow_run_id: UUID
) -> Held | None:
    """Take the claim in one statement, unless another run has it that may be alive."""
    holder = select(claims.c.flow_run_id, claims.c.expires_at).filter_by(**key)
    while not (taken := _taken(connection, key, flow_run_id)):
        if row := connection.execute(holder).one_or_none():  # It may be gone meanwhile.
            return Held(*row)
    if taken.before not in (None, flow_run_id):
        note_death(connection, upload, key, taken.before)
    return None


def _taken(connection: Connection, key: Mapping[str, Any], flow_run_id: UUID) -> Row[Any] | None:
    before = select(claims.c.flow_run_id).filter_by(**key).scalar_subquery()
    until = func.now() + LEASE
    return connection.execute(
        insert(claims)
        .values(**key, flow_run_id=flow_run_id, expires_at=until)
        .on_conflict_do_update(
            constraint=claims.primary_key,
            set_={"flow_run_id": flow_run_id, "claimed_at": func.now(), "expires_at": until},
            where=or_(claims.c.expires_at <= func.now(), claims.c.flow_run_id == flow_run_id),
        )
        .returning(before.label("before"))
    ).one_or_none()


def _reading(connection: Connection, key: Mapping[str, Any]) -> Reading | None:
    """Return what was read of the document; None where another version wrote it down."""
    same = {name: key[name] for name in ("document_id", "engine", "reader_version")}
    content = connection.scalar(select(readings.c.content).filter_by(**same))
    try:
        return wire.read(zlib.decompress(content)) if content else None
    except (wire.MalformedReading, zlib.error):
        return None
