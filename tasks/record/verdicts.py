"""The record: one verdict for each document, engine, pipeline version and policy version."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain
from typing import Any, cast
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Connection, Engine, NullPool, create_engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from docverify import READER_VERSION
from docverify.applicant import Applicant
from docverify.page import Reading
from docverify.reading import wire
from docverify.second_engine import Choice
from docverify.verdict import Outcome, Verdict
from tasks.errors import (
    EdgeError,
    SetupError,
    WorldError,
    may_work_later,
    only_our_errors,
)
from tasks.record.tables import (
    applicants,
    check_results,
    claims,
    documents,
    engine_choices,
    failures,
    holder_fields,
    outbox,
    readings,
    verdicts,
)
from tasks.s3 import File, Upload
from tasks.settings import read_settings

CONNECT_SECONDS = 10
# No connection, a restart, a deadlock, a timeout; a standby that was just promoted or demoted.
LOST = (OperationalError, InterfaceError, InternalError)
STATEMENT_MILLISECONDS = 30_000
SILENCE = {  # A host that is gone answers nothing: give up after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


@dataclass(frozen=True)
class Record:
    """What stands in the database; `replayed` when another run had written it."""

    document_id: int
    verdict_id: int
    outcome: Outcome
    reasons: tuple[str, ...]
    summary: str
    policy: str
    replayed: bool


@task(
    retries=4,
    retry_delay_seconds=[1, 3, 10, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    timeout_seconds=120,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def write_to_database(
    upload: Upload, file: File, reading: Reading, verdict: Verdict, flow_run_id: UUID | None
) -> Record:
    """Write the verdict in one transaction; the first writer wins, a later one reads its record.

    Raises SetupError when the database is not set or not migrated, WorldError when it is down.
    """
    try:
        with database().begin() as connection:
            return _write(connection, upload, file, reading, verdict, flow_run_id)
    except DBAPIError as error:
        raise explained(error) from None


def database() -> Engine:
    """Connect to the database of DATABASE_URL; raises SetupError when that is no valid URL."""
    url = read_settings().database_url.get_secret_value()
    if not url:
        raise SetupError("DATABASE_URL is not set: give postgresql://user:password@host/database")
    return connect(url)


@cache
def connect(url: str) -> Engine:
    """Prepare connections to a PostgreSQL; raises SetupError when the URL is none of one."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError(
            "DATABASE_URL is no URL like postgresql://user:password@host/database: "
            "are the special characters of the password percent-encoded?"
        )
    options = f"{parsed.query.get('options', '')} -c statement_timeout={STATEMENT_MILLISECONDS}"
    return create_engine(
        parsed.set(drivername="postgresql+psycopg2").difference_update_query(["options"]),
        poolclass=NullPool,
        hide_parameters=True,  # An error must not carry what was written.
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": options.strip(),
            "application_name": "docverify",
            **SILENCE,
        },
    )


def explained(error: DBAPIError) -> EdgeError:
    """Say whose fault a database error is, without the values that it may carry."""
    code = getattr(error.orig, "pgcode", None) or ""
    if code.startswith("42"):  # syntax error or access rule violation
        return SetupError(
            f"the database lacks our tables, or the user rights to them ({code}): "
            "run `python -m tasks.migrations` as the owner of the tables",
            code,
        )
    if code and (isinstance(error, LOST) or error.connection_invalidated):
        return WorldError(f"the database could not do it now ({code})", code)
    if isinstance(error, LOST) or error.connection_invalidated:
        return WorldError(
            "the database of DATABASE_URL does not answer: "
            "check that it runs, and the URL's host, port, user and password",
            "no-answer",
        )
    if not code:
        return SetupError("DATABASE_URL has an option that PostgreSQL does not know")
    return SetupError(f"the database refused the record ({code})", code)


def _write(
    connection: Connection,
    upload: Upload,
    file: File,
    reading: Reading,
    verdict: Verdict,
    flow_run_id: UUID | None,
) -> Record:
    document_id = document_of(connection, upload, file)
    keep(connection, document_id, reading, file.applicant)
    earlier = select(func.max(verdicts.c.id)).filter_by(
        document_id=document_id, engine=reading.engine
    )
    values = verdict_values(document_id, reading.engine, READER_VERSION, verdict)
    verdict_id = connection.scalar(
        insert(verdicts)
        .values(**values, flow_run_id=flow_run_id, previous_id=earlier.scalar_subquery())
        .on_conflict_do_nothing()
        .returning(verdicts.c.id)
    )
    key = {name: values[name] for name in KEY}
    settle(connection, upload, file, key)
    if verdict_id is None:
        # It is there: the one that kept ours out was committed before.
        return cast("Record", record_of(connection, key, flow_run_id))
    connection.execute(insert(outbox).values(verdict_id=verdict_id))
    write_details(connection, {verdict_id: verdict})
    return Record(
        document_id,
        verdict_id,
        verdict.outcome,
        verdict.reasons,
        verdict.summary,
        f"{verdict.policy_name} {verdict.policy_version}",
        replayed=False,
    )


def document_of(connection: Connection, upload: Upload, file: File) -> int:
    """Return the id of a document; a new one is linked to what came before under its key."""
    identity = {
        "bucket": upload.bucket,
        "key": upload.key,
        "version_id": file.version_id,
        "sha256": file.sha256,
    }
    known = select(documents.c.id).filter_by(**identity)
    before = select(func.max(documents.c.id)).filter_by(bucket=upload.bucket, key=upload.key)
    new = (
        insert(documents)
        .values(**identity, size=file.size, previous_id=before.scalar_subquery())
        .on_conflict_do_nothing()
        .returning(documents.c.id)
    )
    found: int = (
        connection.scalar(known) or connection.scalar(new) or connection.execute(known).scalar_one()
    )
    return found


def keep(
    connection: Connection, document_id: int, reading: Reading, applicant: Applicant | None
) -> None:
    """Keep all that a judgement rests on, so that the document can be judged again."""
    same = {
        "document_id": document_id,
        "engine": reading.engine,
        "reader_version": READER_VERSION,
    }
    content = zlib.compress(wire.write(reading).encode())
    known = connection.scalar(select(readings.c.content).filter_by(**same))
    if known is not None and (reading.second is None or known == content):
        return
    if known is not None:  # A second engine was asked since.
        connection.execute(delete(readings).filter_by(**same))
    connection.execute(insert(readings).values(**same, content=content).on_conflict_do_nothing())
    if applicant:
        given = asdict(applicant) | {"unreadable": list(applicant.unreadable)}
        connection.execute(
            insert(applicants).values(document_id=document_id, **given).on_conflict_do_nothing()
        )


KEY = (
    *("document_id", "engine", "reader_version"),
    *("pipeline_version", "policy_name", "policy_version"),
)
"""A document read by another engine gives other facts, and so a verdict of its own."""


def verdict_values(
    document_id: int, engine: str, reader_version: str, verdict: Verdict
) -> dict[str, Any]:
    """Return the row of a verdict; its KEY decides who was first."""
    return {
        "document_id": document_id,
        "engine": engine,
        "reader_version": reader_version,
        "pipeline_version": verdict.pipeline_version,
        "policy_name": verdict.policy_name,
        "policy_version": verdict.policy_version,
        "outcome": verdict.outcome,
        "reasons": list(verdict.reasons),
        "summary": verdict.summary,
        "applicant_message": verdict.applicant_message,
        "risk": verdict.risk,
    }


def record_of(
    connection: Connection, key: Mapping[str, Any], flow_run_id: UUID | None
) -> Record | None:
    """Return the verdict of a KEY; None where there is none."""
    row = connection.execute(select(verdicts).filter_by(**key)).one_or_none()
    if row is None:
        return None
    # Our own row, when the answer to an earlier try's commit was lost.
    ours = flow_run_id is not None and row.flow_run_id == flow_run_id
    policy = f"{row.policy_name} {row.policy_version}"
    outcome, reasons = Outcome(row.outcome), tuple(row.reasons)
    return Record(row.document_id, row.id, outcome, reasons, row.summary, policy, replayed=not ours)


def settle(connection: Connection, upload: Upload, file: File, key: Mapping[str, Any]) -> None:
    """Drop the claim on what has its verdict, and what failed of the same upload before."""
    done = delete(claims).filter_by(**key).cte()
    same = (failures.c[name] == key[name] for name in ("engine", "policy_name"))
    connection.execute(
        delete(failures)
        .where(
            failures.c.bucket == upload.bucket,
            failures.c.key == upload.key,
            failures.c.version_id.in_(("", upload.version_id, file.version_id)),
            failures.c.etag.in_(("", upload.etag, file.etag)),
            *same,
        )
        .add_cte(done)
    )


def write_details(connection: Connection, written: Mapping[int, Verdict]) -> None:
    """Write the results, the holders and the choice of engine of new verdicts, by their ids."""
    results = chain.from_iterable(map(_results, written, written.values()))
    if rows := list(results):
        connection.execute(insert(check_results), rows)
    choices = [
        {"verdict_id": verdict_id, **_choice(verdict.choice)}
        for verdict_id, verdict in written.items()
        if verdict.choice
    ]
    if choices:
        connection.execute(insert(engine_choices), choices)
    identities = [
        {"verdict_id": verdict_id, **asdict(each)}
        for verdict_id, verdict in written.items()
        for each in verdict.identities
    ]
    if identities:
        connection.execute(insert(holder_fields), identities)


def _choice(choice: Choice) -> dict[str, str | None]:
    return {
        "first_engine": choice.first,
        "second_engine": choice.second,
        "read_by": choice.read_by,
        "doubt": choice.doubt,
        "failure": choice.failure,
    }


def _results(verdict_id: int, verdict: Verdict) -> Iterable[dict[str, Any]]:
    for position, result in enumerate(verdict.results):
        yield {
            "verdict_id": verdict_id,
            "position": position,
            "code": result.code,
            "status": result.status,
            "severity": result.severity,
            "field": result.field,
            "sources": list(result.sources),
            "evidence": result.evidence,
        }
