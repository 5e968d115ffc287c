"""Failures: the uploads that have no verdict, with the reason and what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Interval,
    case,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import Insert, aggregate_order_by, insert

from tasks.errors import EdgeError, Fault
from tasks.record.connection import transaction
from tasks.record.tables import documents, failures
from tasks.s3 import MAX_BYTES, Upload, is_recordable

MAX_DEATHS = 3
"""Runs that may die before their upload is parked, because the document may be the cause."""
WORLD_DEADLINE = timedelta(days=3)
"""How long an upload may fail for external reasons before it is parked."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=15), timedelta(hours=6)
"""Pause from a failed run to the next one: doubled each time, up to the longest."""
INDEXED_BYTES = {**MAX_BYTES, "engine": 32, "policy_name": 200}
"""Bytes of each value of `failures_identity`: a row of an index has at most 2704."""
NOT_TEXT = "(not a text)"
DIED = "the run died without reporting an error: was it stopped, or did it run out of memory?"


@dataclass(frozen=True)
class Failure:
    """An upload without a verdict.

    Attributes:
        id: Row of `failures`; `docverify parked --forget` takes it.
        version_id: As in the parameters of the run; empty for the newest version.
        etag: As in the parameters of the run; may be empty.
        code: What the other side calls the error; may be empty.
        reason: What went wrong and what to do, without personal data.
        tries: Runs that failed.
        parked_at: Since when it is not retried automatically; None while it is retried.
        retry_at: When it is tried again; None: immediately, unless it is parked.
    """

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
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Cause:
    """Why uploads have no verdict.

    Attributes:
        code: What the other side calls the error; may be empty.
        uploads: Number of uploads that have no verdict because of it.
        parked: Number of these uploads that are not retried automatically.
        reason: What went wrong with the last of them, and what to do.
        flow_run_id: The run of the last of them; None if it is not known.
    """

    fault: Fault
    code: str
    uploads: int
    parked: int
    reason: str
    flow_run_id: UUID | None

    @property
    def name(self) -> str:
        """The fault, and the code if there is one."""
        return f"{self.fault}-{self.code}".rstrip("-")


def record_failure(
    upload: Upload,
    engine: str,
    policy_name: str,
    error: EdgeError,
    flow_run_id: UUID | None,
) -> None:
    """Count a failed run of an upload; park the upload if another run would not help.

    Raise WorldError or SetupError when the database cannot store it.
    """
    version = documents.c.version_id == upload.version_id
    known = select(func.max(documents.c.id)).where(
        documents.c.bucket == upload.bucket, documents.c.key == upload.key, version
    )
    values = {
        **build_identity(upload, engine, policy_name),
        "document_id": known.scalar_subquery() if upload.version_id else None,
        "fault": error.fault,
        "code": error.code,
        "reason": str(error),
        "flow_run_id": flow_run_id,
    }
    with transaction() as connection:
        connection.execute(_count_failure(values))


def build_identity(upload: Upload, engine: object, policy_name: object) -> dict[str, str]:
    """Build the values that identify a failure from the run's parameters, cut to the index's limit.

    An unknown engine or policy may be of any length and type.
    """
    asked = {**asdict(upload), "engine": engine, "policy_name": policy_name}
    return {name: cut(asked[name], most) for name, most in INDEXED_BYTES.items()}


def cut(value: object, most: int) -> str:
    """Cut a text to this number of bytes in UTF-8; return a placeholder for any other type."""
    if not isinstance(value, str) or not is_recordable(value):
        return NOT_TEXT
    return value.encode()[:most].decode(errors="ignore")


def record_death(
    connection: Connection, upload: Upload, claim: Mapping[str, Any], flow_run_id: UUID
) -> None:
    """Count a run that claimed an upload and died."""
    asked = {name: claim[name] for name in ("engine", "policy_name", "document_id")}
    error = {"fault": Fault.DIED, "code": "", "reason": DIED}
    values = {**asdict(upload), **asked, **error, "flow_run_id": flow_run_id}
    connection.execute(_count_failure(values))


def list_failures() -> list[Failure]:
    """List all uploads that have no verdict: parked ones first, each group with the oldest first.

    Raise WorldError or SetupError when the database does not answer.
    """
    columns = [failures.c[name] for name in Failure.__dataclass_fields__]
    query = select(*columns).order_by(failures.c.parked_at.is_(None), failures.c.id)
    with transaction() as connection:
        rows = connection.execute(query).all()
    return [Failure(**{**row._mapping, "fault": Fault(row.fault)}) for row in rows]


def list_causes(since: datetime) -> list[Cause]:
    """List the causes of uploads without a verdict that failed since a moment, with their numbers.

    Raise WorldError or SetupError when the database does not answer.
    """
    newest = func.array_agg(
        aggregate_order_by(failures.c.flow_run_id, failures.c.last_failed_at.desc())
    )
    reason = func.array_agg(aggregate_order_by(failures.c.reason, failures.c.last_failed_at.desc()))
    query = (
        select(
            *(failures.c.fault, failures.c.code),
            func.count(),
            func.count(failures.c.parked_at),
            *(reason, newest),
        )
        .where(failures.c.last_failed_at >= since)
        .group_by(failures.c.fault, failures.c.code)
        .order_by(func.count().desc(), failures.c.fault, failures.c.code)
    )
    with transaction() as connection:
        return [
            Cause(Fault(fault), code, uploads, parked, reasons[0], runs[0])
            for fault, code, uploads, parked, reasons, runs in connection.execute(query)
        ]


def forget_failure(failure_id: int) -> bool:
    """Delete a failure whose upload needs no verdict; return whether it existed.

    Raise WorldError or SetupError when the database does not answer.
    """
    with transaction() as connection:
        deleted = connection.execute(delete(failures).filter_by(id=failure_id))
    return deleted.rowcount > 0


def _count_failure(values: Mapping[str, Any]) -> Insert:
    """Build the statement that counts a failure, and parks it if retrying would not help.

    External faults are retried for WORLD_DEADLINE, and runs that died up to MAX_DEATHS times. Other
    failures are not retried, because they recur until someone fixes the cause.
    """
    is_world, died = values["fault"] == Fault.WORLD, values["fault"] == Fault.DIED
    is_retried = is_world or died
    tries, deaths = failures.c.tries + 1, failures.c.deaths + int(died)
    is_same = failures.c.fault == values["fault"]
    cause_since = case((is_same, failures.c.cause_since), else_=func.now())
    is_over = cause_since <= func.now() - WORLD_DEADLINE if is_world else deaths >= MAX_DEATHS
    now_parked = func.coalesce(failures.c.parked_at, func.now())
    first = insert(failures).values(
        **values,
        tries=1,
        deaths=int(died),
        retry_at=_next_try(literal(1)) if is_retried else None,
        parked_at=None if is_retried else func.now(),
    )
    again = {
        **{name: first.excluded[name] for name in ("fault", "code", "reason", "flow_run_id")},
        "document_id": func.coalesce(first.excluded.document_id, failures.c.document_id),
        "tries": tries,
        "deaths": deaths,
        "cause_since": cause_since,
        "retry_at": _next_try(tries) if is_retried else None,
        "last_failed_at": func.now(),
        "parked_at": case((is_over, now_parked), else_=failures.c.parked_at)
        if is_retried
        else now_parked,
    }
    return first.on_conflict_do_update(constraint="failures_identity", set_=again)


def _next_try(tries: ColumnElement[int]) -> ColumnElement[datetime]:
    """Return when an upload is tried again after this number of failed runs."""
    doublings = func.least(tries - 1, 10)  # A higher power would overflow.
    pause = FIRST_PAUSE.total_seconds() * func.power(2, doublings)
    seconds = func.least(pause, LONGEST_PAUSE.total_seconds())
    return func.now() + func.make_interval(*[0] * 6, seconds, type_=Interval)
