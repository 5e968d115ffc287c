"""Claims: of several runs for a document, only the one with the claim reads it.

A claim lasts longer than a run may, so a living run never loses its claim; the claim of a run that
died passes to the next one. If two runs work on a document anyway, the first verdict wins.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from docverify import PIPELINE_VERSION, READER_VERSION
from docverify.corrections import Correction
from docverify.page import Engine, Reading
from docverify.policy import Policy
from docverify.reading import wire
from tasks.errors import EdgeError
from tasks.record.connection import transaction
from tasks.record.failures import record_death
from tasks.record.policies import record_policy
from tasks.record.stored_corrections import find_corrections
from tasks.record.tables import claims, documents, readings
from tasks.record.verdicts import (
    RecordedVerdict,
    drop_claim_and_failures,
    find_or_add_document,
    find_verdict,
)
from tasks.retried_tasks import retried_task
from tasks.s3 import File, Upload
from tasks.settings import read_settings

RUN_SECONDS = 900
"""The time after which Prefect ends a run."""
CLAIM_DURATION = timedelta(seconds=RUN_SECONDS + 60)
CLAIM_SETTLED = timedelta(minutes=1)
"""A run releases its claim before it ends; after this time, a claim without a run is a leftover."""
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Claim:
    """A document that this run has claimed.

    Attributes:
        document_id: Row of `documents`.
        reading: The reading of an earlier run; None if the document has to be read.
        corrections: Corrections that people made to this engine's readings.
    """

    document_id: int
    reading: Reading | None = field(default=None, repr=False)
    corrections: tuple[Correction, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ClaimedElsewhere:
    """A document that another run has claimed; if that run died, its claim expires."""

    flow_run_id: UUID
    expires_at: datetime


@retried_task(1, 3, 10, 30, timeout_seconds=300)
def claim_document(
    upload: Upload, file: File, engine: Engine, policy: Policy, flow_run_id: UUID
) -> Claim | ClaimedElsewhere | RecordedVerdict:
    """Claim a document, or return the verdict that it has.

    Wait up to DOCVERIFY_CLAIM_WAIT seconds for the verdict of another run.

    Raise SetupError when the database is not set or not migrated, WorldError when it is down.
    """
    deadline = monotonic() + read_settings().claim_wait
    while True:
        found = try_to_claim(upload, file, engine, policy, flow_run_id)
        if not isinstance(found, ClaimedElsewhere) or monotonic() >= deadline:
            return found
        sleep(POLL_SECONDS)


def try_to_claim(
    upload: Upload, file: File, engine: Engine, policy: Policy, flow_run_id: UUID
) -> Claim | ClaimedElsewhere | RecordedVerdict:
    """Try once to claim a document; a run that tries again still has its claim."""
    with transaction() as connection:
        record_policy(connection, policy)
        document_id = find_or_add_document(connection, upload, file)
        identity = {
            "document_id": document_id,
            "engine": engine,
            "reader_version": READER_VERSION,
            "pipeline_version": PIPELINE_VERSION,
            "policy_name": policy.name,
            "policy_version": policy.version,
        }
        other = _claim_or_find_holder(connection, identity, upload, flow_run_id)
        # Look for the verdict after claiming: a run writes it before it gives up its claim.
        if recorded := find_verdict(connection, identity, flow_run_id):
            drop_claim_and_failures(connection, upload, file, identity)
            return recorded
        if other:
            return other
        corrections = tuple(find_corrections(connection, document_id, engine))
        return Claim(document_id, find_reading(connection, identity), corrections)


@contextmanager
def release_on_failure(claim: Claim, flow_run_id: UUID) -> Iterator[None]:
    """Give up this run's claim on a document if the block fails, so that others need not wait.

    Other claims are kept, because a run of a backfill works on several documents at the same time.
    """
    try:
        yield
    except BaseException:  # also Prefect's signals to stop
        with suppress(EdgeError), transaction() as connection:
            this = {"document_id": claim.document_id, "flow_run_id": flow_run_id}
            connection.execute(delete(claims).filter_by(**this))
        raise


def list_claiming_runs() -> list[UUID]:
    """List the runs that have claimed a document for more than CLAIM_SETTLED.

    Raise WorldError or SetupError when the database does not answer.
    """
    old = claims.c.claimed_at < func.now() - CLAIM_SETTLED
    with transaction() as connection:
        return list(connection.scalars(select(claims.c.flow_run_id).where(old).distinct()))


def release_claims(flow_run_ids: Sequence[UUID], *, died: bool) -> int:
    """Release the claims of runs that have ended, and count them.

    If the runs died, each of their documents counts a death. Raise WorldError or SetupError when
    the database does not answer.
    """
    if not flow_run_ids:
        return 0
    gone = delete(claims).where(claims.c.flow_run_id.in_(flow_run_ids)).returning(*claims.c)
    with transaction() as connection:
        released = connection.execute(gone).mappings().all()
        for claim in released if died else ():
            names = (documents.c[each] for each in ("bucket", "key", "version_id", "etag"))
            row = connection.execute(select(*names).filter_by(id=claim["document_id"])).one()
            upload = Upload(row.bucket, row.key, row.version_id, row.etag or "")
            record_death(connection, upload, dict(claim), claim["flow_run_id"])
    return len(released)


def _claim_or_find_holder(
    connection: Connection, identity: Mapping[str, Any], upload: Upload, flow_run_id: UUID
) -> ClaimedElsewhere | None:
    """Claim a document; if another run that may be alive has claimed it, return that run."""
    holder = select(claims.c.flow_run_id, claims.c.expires_at).filter_by(**identity)
    while not (claimed := _insert_claim(connection, identity, flow_run_id)):
        if row := connection.execute(holder).one_or_none():  # None: it was released just now.
            return ClaimedElsewhere(*row)
    if claimed.before not in (None, flow_run_id):
        record_death(connection, upload, identity, claimed.before)
    return None


def _insert_claim(
    connection: Connection, identity: Mapping[str, Any], flow_run_id: UUID
) -> Row[Any] | None:
    """Insert the claim, or take over our own or an expired one; return the run that had it."""
    before = select(claims.c.flow_run_id).filter_by(**identity).scalar_subquery()
    until = func.now() + CLAIM_DURATION
    return connection.execute(
        insert(claims)
        .values(**identity, flow_run_id=flow_run_id, expires_at=until)
        .on_conflict_do_update(
            constraint=claims.primary_key,
            set_={"flow_run_id": flow_run_id, "claimed_at": func.now(), "expires_at": until},
            where=or_(claims.c.expires_at <= func.now(), claims.c.flow_run_id == flow_run_id),
        )
        .returning(before.label("before"))
    ).one_or_none()


def find_reading(connection: Connection, identity: Mapping[str, Any]) -> Reading | None:
    """Return the reading of the document; None without one in a form that this version can read."""
    same = {name: identity[name] for name in ("document_id", "engine", "reader_version")}
    content = connection.scalar(select(readings.c.content).filter_by(**same))
    try:
        return wire.read(zlib.decompress(content)) if content else None
    except (wire.MalformedReading, zlib.error):
        return None
