"""Failures: the uploads that have no verdict, each with the reason and what will be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, delete, func, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError

from tasks.errors import EdgeError, Fault
from tasks.record.tables import documents, failures
from tasks.record.verdicts import database, explained
from tasks.s3 import Upload

MAX_TRIES = 3
"""Runs that may fail by the world's fault, or die, before the upload is parked."""
DIED = "the run ended without a word: was it stopped, or short of memory?"


@dataclass(frozen=True)
class Failure:
    """An upload without a verdict: `parked_at` is None while it may be tried again by itself."""

    id: int
    bucket: str
    key: str = field(repr=False)
    version_id: str
    etag: str
    engine: str
    policy_name: str
    fault: Fault
    code: str
    reason: str
    tries: int
    first_failed_at: datetime
    last_failed_at: datetime
    parked_at: datetime | None


def note_failure(
    upload: Upload, engine: str, policy_name: str, error: EdgeError, flow_run_id: UUID | None
) -> None:
    """Count a failed run of an upload, and park it where another one would not help.

    Raises WorldError or SetupError when the database cannot take it.
    """
    version = documents.c.version_id == upload.version_id
    known = select(func.max(documents.c.id)).where(
        documents.c.bucket == upload.bucket, documents.c.key == upload.key, version
    )
    values = _identity(upload) | {
        "engine": engine,
        "policy_name": policy_name,
        "document_id": known.scalar_subquery() if upload.version_id else None,
        "fault": error.fault,
        "code": error.code,
        "reason": str(error),
        "flow_run_id": flow_run_id,
    }
    try:
        with database().begin() as connection:
            connection.execute(_noted(values))
    except DBAPIError as problem:
        raise explained(problem) from None


def note_death(
    connection: Connection, upload: Upload, claim: Mapping[str, Any], flow_run_id: UUID
) -> None:
    """Count a run that claimed an upload and never came back."""
    asked = {name: claim[name] for name in ("engine", "policy_name", "document_id")}
    values = _identity(upload) | asked | {"fault": Fault.DIED, "code": "", "reason": DIED}
    connection.execute(_noted(values | {"flow_run_id": flow_run_id}))


def failures_on_record() -> list[Failure]:
    """List all uploads that have no verdict, the parked ones first, each group oldest first.

    Raises WorldError or SetupError when the database cannot be asked.
    """
    columns = [failures.c[name] for name in Failure.__dataclass_fields__]
    query = select(*columns).order_by(failures.c.parked_at.is_(None), failures.c.id)
    try:
        with database().connect() as connection:
            rows = connection.execute(query).all()
    except DBAPIError as error:
        raise explained(error) from None
    return [Failure(**{**row._mapping, "fault": Fault(row.fault)}) for row in rows]


def forget_failure(failure_id: int) -> bool:
    """Drop one that nobody will need a verdict of; tell whether there was one.

    Raises WorldError or SetupError when the database cannot be asked.
    """
    try:
        with database().begin() as connection:
            done = connection.execute(delete(failures).filter_by(id=failure_id))
    except DBAPIError as error:
        raise explained(error) from None
    return done.rowcount > 0


def _identity(upload: Upload) -> dict[str, Any]:
    return {
        "bucket": upload.bucket,
        "key": upload.key,
        "version_id": upload.version_id,
        "etag": upload.etag,
    }


def _noted(values: Mapping[str, Any]) -> Insert:
    """Only what the world did, or what ended a run, is tried again by itself, and not for ever."""
    passing = values["fault"] in (Fault.WORLD, Fault.DIED)
    once = insert(failures).values(**values, tries=1, parked_at=None if passing else func.now())
    tries = failures.c.tries + 1
    parked = func.coalesce(failures.c.parked_at, func.now())
    again = {
        **{name: once.excluded[name] for name in ("fault", "code", "reason", "flow_run_id")},
        "document_id": func.coalesce(once.excluded.document_id, failures.c.document_id),
        "tries": tries,
        "last_failed_at": func.now(),
        "parked_at": case((tries >= MAX_TRIES, parked), else_=failures.c.parked_at)
        if passing
        else parked,
    }
    return once.on_conflict_do_update(constraint="failures_identity", set_=again)
