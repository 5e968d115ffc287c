"""The verdicts on record: one per document, engine, versions of reader and pipeline, and policy."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.selectable import LateralFromClause

from docverify import READER_VERSION
from docverify.applicant import Applicant
from docverify.page import Reading
from docverify.policy_file import PERSON
from docverify.reading import wire
from docverify.second_engine import Choice
from docverify.verdict import Outcome, Verdict
from tasks.record.connection import transaction
from tasks.record.deliveries import register_target
from tasks.record.tables import (
    applicants,
    check_results,
    claims,
    documents,
    engine_choices,
    failures,
    holder_fields,
    readings,
    verdicts,
)
from tasks.retried_tasks import retried_task
from tasks.s3 import File, Upload

IDENTITY = (
    *("document_id", "engine", "reader_version"),
    *("pipeline_version", "policy_name", "policy_version"),
)
"""The columns that identify a verdict: one engine may read other facts than another."""


REMARKS = {
    Outcome.REFERRED: "the referral under {} stays until a person decides it (verdict {})",
    Outcome.RESUBMIT: "the request for another image under {} stays (verdict {})",
    Outcome.REJECTED: "the rejection under {} stays (verdict {})",
    Outcome.VERIFIED: "the document is verified under {} (verdict {})",
}


@dataclass(frozen=True)
class CurrentVerdict:
    """The current verdict of a document, which a new verdict did not supersede.

    Attributes:
        verdict_id: Row of `verdicts`.
        outcome: The decision.
        policy: Name and version of the policy; empty if a person decided.
    """

    verdict_id: int
    outcome: Outcome
    policy: str

    @property
    def remark(self) -> str:
        """The reason why another verdict had no effect, in one sentence."""
        if not self.policy:
            return f"Recorded, but a person's decision stays: {self.outcome}."
        stays = REMARKS[self.outcome].format(self.policy, self.verdict_id)
        return f"Recorded, but {stays}."


@dataclass(frozen=True)
class RecordedVerdict:
    """A verdict as the database has it.

    Attributes:
        document_id: Row of `documents`.
        verdict_id: Row of `verdicts`.
        outcome: The decision.
        reasons: Codes of the checks that determined the outcome.
        summary: The decision in one sentence, without personal data.
        policy: Name and version of the policy.
        replayed: Whether another run had written it before.
        overruled_by: The document's current verdict, if this one had no effect because its policy
            is weaker; None if it took effect.
        kind: Kind of the document, as policies name it; empty if it is not known.
    """

    document_id: int
    verdict_id: int
    outcome: Outcome
    reasons: tuple[str, ...]
    summary: str
    policy: str
    replayed: bool
    overruled_by: CurrentVerdict | None = None
    kind: str = ""

    @property
    def effective_outcome(self) -> Outcome:
        """The outcome that counts for the document: that of its current verdict."""
        return self.overruled_by.outcome if self.overruled_by else self.outcome

    @property
    def message(self) -> str:
        """The summary, and what the verdict changed if it had no effect."""
        return f"{self.summary} {self.overruled_by.remark}" if self.overruled_by else self.summary


@retried_task(1, 3, 10, 30, timeout_seconds=120)
def write_to_database(
    upload: Upload, file: File, reading: Reading, verdict: Verdict, flow_run_id: UUID | None
) -> RecordedVerdict:
    """Write the verdict in one transaction; the first writer wins, and later ones get its verdict.

    Raise SetupError when the database is not set or not migrated, WorldError when it is down.
    """
    with transaction() as connection:
        document_id = find_or_add_document(connection, upload, file)
        store_reading(connection, document_id, reading, file.applicant)
        row = build_row(document_id, reading.engine, READER_VERSION, verdict)
        register_target(connection)
        written = _insert_verdict(connection, row, flow_run_id)
        identity = {name: row[name] for name in IDENTITY}
        drop_claim_and_failures(connection, upload, file, identity)
        if written is None:
            # It exists, because the transaction that prevented ours was committed.
            return cast("RecordedVerdict", find_verdict(connection, identity, flow_run_id))
        write_details(connection, {written.id: verdict})
        return RecordedVerdict(
            document_id,
            written.id,
            verdict.outcome,
            verdict.reasons,
            verdict.summary,
            f"{verdict.policy_name} {verdict.policy_version}",
            replayed=False,
            overruled_by=find_current_verdict(connection, written.overruled_by_id),
            kind=verdict.kind.policy_key,
        )


def is_current(*, of_all_engines: bool = False) -> ColumnElement[bool]:
    """Build the condition that a verdict is the current one: no later verdict supersedes it.

    The current verdict of a document is its newest by the same engine, because `previous_id` links
    the verdicts of one engine: another engine read different facts and has its own current verdict.
    Newest means the highest id, which is the order of writing, regardless of the clock. A verdict
    that was overruled is never the current one: the database decides that when it is written.

    `of_all_engines` selects the newest verdict by any engine. Retention counts from that one,
    because personal data belong to the document.
    """
    later = verdicts.alias()
    same = [later.c.document_id == verdicts.c.document_id, later.c.overruled_by_id.is_(None)]
    if not of_all_engines:
        same.append(later.c.engine == verdicts.c.engine)
    has_effect = verdicts.c.overruled_by_id.is_(None)
    return has_effect & ~exists().where(*same, later.c.id > verdicts.c.id)


def current_verdict_of(
    document_id: ColumnElement[int], engine: ColumnElement[str]
) -> LateralFromClause:
    """Select the current verdict for each row of a query: see `is_current`.

    The limit lets PostgreSQL look up one row in the index, where the condition of `is_current`
    would have it join the whole table for every batch.
    """
    columns = (verdicts.c.id, verdicts.c.outcome, verdicts.c.policy_name)
    of_this = (
        verdicts.c.document_id == document_id,
        verdicts.c.engine == engine,
        verdicts.c.overruled_by_id.is_(None),
    )
    return select(*columns).where(*of_this).order_by(verdicts.c.id.desc()).limit(1).lateral()


def find_or_add_document(connection: Connection, upload: Upload, file: File) -> int:
    """Return the id of a document; link a new document to those that it follows and replaces."""
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
        .values(
            **identity,
            size=file.size,
            etag=file.etag or None,
            previous_id=before.scalar_subquery(),
            application_id=file.application_id or None,
            replaces_id=select_replaced(upload.bucket, file.application_id),
        )
        .on_conflict_do_nothing()
        .returning(documents.c.id)
    )
    found: int = (
        connection.scalar(known) or connection.scalar(new) or connection.execute(known).scalar_one()
    )
    return found


def select_replaced(bucket: str, application_id: str) -> ScalarSelect[int] | None:
    """Select the newest document of an application that was sent back and not replaced yet."""
    if not application_id:
        return None
    later = documents.alias()
    return (
        select(func.max(documents.c.id))
        .join(verdicts, verdicts.c.document_id == documents.c.id)
        .where(
            documents.c.bucket == bucket,
            documents.c.application_id == application_id,
            verdicts.c.outcome == Outcome.RESUBMIT,
            is_current(of_all_engines=True),
            ~exists().where(later.c.replaces_id == documents.c.id),
        )
        .scalar_subquery()
    )


def store_reading(
    connection: Connection, document_id: int, reading: Reading, applicant: Applicant | None
) -> None:
    """Store all facts of a decision, so that the document can be decided again."""
    same = {
        "document_id": document_id,
        "engine": reading.engine,
        "reader_version": READER_VERSION,
    }
    stored = reading.without_portrait_signatures()
    content = zlib.compress(wire.write(stored).encode())
    known = connection.scalar(select(readings.c.content).filter_by(**same))
    if known is not None and (reading.second is None or known == content):
        return
    if known is not None:  # A second engine has read the document in the meantime.
        connection.execute(delete(readings).filter_by(**same))
    connection.execute(insert(readings).values(**same, content=content).on_conflict_do_nothing())
    if applicant:
        given = asdict(applicant) | {"unreadable": list(applicant.unreadable)}
        connection.execute(
            insert(applicants).values(document_id=document_id, **given).on_conflict_do_nothing()
        )


def build_row(
    document_id: int, engine: str, reader_version: str, verdict: Verdict
) -> dict[str, Any]:
    """Return the row of a verdict; the columns of IDENTITY decide which writer was first."""
    return {
        "document_id": document_id,
        "engine": engine,
        "reader_version": reader_version,
        "pipeline_version": verdict.pipeline_version,
        "policy_name": verdict.policy_name,
        "policy_version": verdict.policy_version,
        "policy_digest": verdict.policy_sha256 or None,
        "outcome": verdict.outcome,
        "reasons": list(verdict.reasons),
        "summary": verdict.summary,
        "applicant_message": verdict.applicant_message,
        "kind": verdict.kind.policy_key,
        "risk": verdict.risk,
    }


def _insert_verdict(
    connection: Connection, row: Mapping[str, Any], flow_run_id: UUID | None
) -> Row[Any] | None:
    """Insert a verdict, and return its id and what overrules it; None if another was first."""
    return connection.execute(
        insert(verdicts)
        .values(**row, flow_run_id=flow_run_id)
        .on_conflict_do_nothing()
        .returning(verdicts.c.id, verdicts.c.overruled_by_id)
    ).one_or_none()


def find_current_verdict(
    connection: Connection, overruled_by_id: int | None
) -> CurrentVerdict | None:
    """Return the verdict that is current now instead of one that overruled another."""
    if overruled_by_id is None:
        return None
    then = verdicts.alias()
    row = connection.execute(
        select(verdicts)
        .join(
            then,
            (then.c.document_id == verdicts.c.document_id) & (then.c.engine == verdicts.c.engine),
        )
        .where(then.c.id == overruled_by_id, is_current())
    ).one()
    policy = "" if row.policy_name == PERSON else f"{row.policy_name} {row.policy_version}"
    return CurrentVerdict(row.id, Outcome(row.outcome), policy)


def find_verdict(
    connection: Connection, identity: Mapping[str, Any], flow_run_id: UUID | None
) -> RecordedVerdict | None:
    """Return the verdict with these columns; None if it does not exist."""
    row = connection.execute(select(verdicts).filter_by(**identity)).one_or_none()
    if row is None:
        return None
    # It is ours if an earlier try committed it but lost the connection before the answer.
    ours = flow_run_id is not None and row.flow_run_id == flow_run_id
    policy = f"{row.policy_name} {row.policy_version}"
    return RecordedVerdict(
        row.document_id,
        row.id,
        Outcome(row.outcome),
        tuple(row.reasons),
        row.summary,
        policy,
        replayed=not ours,
        overruled_by=find_current_verdict(connection, row.overruled_by_id),
        kind=row.kind or "",
    )


def drop_claim_and_failures(
    connection: Connection, upload: Upload, file: File, identity: Mapping[str, Any]
) -> None:
    """Delete the claim on a document that has its verdict, and earlier failures of its upload."""
    done = delete(claims).filter_by(**identity).cte()
    same = (failures.c[name] == identity[name] for name in ("engine", "policy_name"))
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
    """Write results, holder fields and choice of engine of new verdicts, given by their ids."""
    results, choices, identities = [], [], []
    for verdict_id, verdict in written.items():
        of_verdict = {"verdict_id": verdict_id}
        results += [of_verdict | row for row in build_result_rows(verdict)]
        identities += [of_verdict | asdict(each) for each in verdict.identities]
        if verdict.choice:
            choices.append(of_verdict | build_choice_row(verdict.choice))
    tables = (check_results, results), (engine_choices, choices), (holder_fields, identities)
    for table, rows in tables:
        if rows:
            connection.execute(insert(table), rows)


def build_choice_row(choice: Choice) -> dict[str, Any]:
    """Return the row that records which engine's reading was used."""
    return {
        "first_engine": choice.first,
        "second_engine": choice.second,
        "read_by": choice.read_by,
        "doubt": choice.doubt,
        "failure": choice.failure,
    }


def build_result_rows(verdict: Verdict) -> Iterator[dict[str, Any]]:
    """Return the rows of the check results, in the order of the checks."""
    for position, result in enumerate(verdict.results):
        yield {
            "position": position,
            "code": result.code,
            "status": result.status,
            "severity": result.severity,
            "field": result.field,
            "sources": list(result.sources),
            "evidence": result.evidence,
        }
