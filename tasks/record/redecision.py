"""Redecision: recorded readings are decided again, one batch per transaction."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Exists, Row, Select, exists, func, select, true
from sqlalchemy.dialects.postgresql import insert

from docverify import PIPELINE_VERSION
from docverify.applicant import Applicant
from docverify.corrections import Correction, correct, refer_corrected
from docverify.duplicates import History
from docverify.page import Reading
from docverify.policy import Policy
from docverify.policy_file import PERSON
from docverify.reading import wire
from docverify.second_engine import open_chosen_case
from docverify.verdict import Outcome, Verdict, judge, must_be_read_again
from tasks.record.connection import transaction
from tasks.record.deliveries import register_target
from tasks.record.fingerprints import find_history, store_fingerprint
from tasks.record.policies import record_policy
from tasks.record.stored_corrections import read_corrections
from tasks.record.tables import applicants, documents, readings, verdicts
from tasks.record.verdicts import build_row, current_verdict_of, write_details
from tasks.retried_tasks import retried_task
from tasks.settings import read_settings

OutcomeChange = tuple[str, str]
"""The previous outcome, or NO_VERDICT, and the outcome under the new policy."""
NO_VERDICT = "none"


class Skip(StrEnum):
    """Why a document keeps its verdict."""

    UNREADABLE = "reading cannot be decoded"
    OUTDATED = "to be read again"  # an earlier version read less than the checks need now
    OVERRULED = "recorded without effect"  # the policy is weaker than that of the current verdict


@dataclass(frozen=True)
class Selection:
    """The documents that are decided again, and how; an empty value selects all.

    Attributes:
        policy: The policy to decide under.
        today: The day to decide as of; None: for each document, the day of its upload.
        bucket: Only documents of this bucket.
        prefix: Only documents whose key begins with this.
        outcome: Only documents whose current verdict is this.
        dry_run: Write nothing.
    """

    policy: Policy
    today: date | None
    bucket: str = ""
    prefix: str = ""
    outcome: Outcome | None = None
    dry_run: bool = True


@dataclass(frozen=True)
class DecidedDocument:
    """A document whose outcome changes, or that must be read again.

    Attributes:
        after: The new outcome, or why the document keeps its verdict.
    """

    document_id: int
    bucket: str
    key: str = field(repr=False)
    before: str
    after: str


@dataclass(frozen=True)
class Batch:
    """The changes of a batch.

    Attributes:
        last: Id of the last reading: the next batch starts after it.
        read: Number of readings.
        changes: How often each outcome became another.
        skipped: How often each outcome stayed, and why.
        documents: The documents whose outcome changes or that are skipped.
    """

    last: int
    read: int
    changes: Counter[OutcomeChange]
    skipped: Counter[tuple[str, Skip]]
    documents: tuple[DecidedDocument, ...] = ()


@retried_task(1, 3, 10, 30)
def decide_again(selection: Selection, after: int, size: int, flow_run_id: UUID | None) -> Batch:
    """Decide the next readings after an id, and write their verdicts unless it is a dry run.

    Each new verdict names the one that it supersedes. A document with a verdict of this policy and
    this pipeline version is left out, so a second run writes nothing. A reading of an earlier
    version without the facts that the checks need now is not decided: the document keeps its
    verdict until it is read again. A verdict of a weaker policy is recorded without effect.
    Corrections by a person are used, but such a document is never verified, because a person must
    confirm it.
    """
    with transaction() as connection, recorded_policy(connection, selection):
        rows = connection.execute(select_readings(selection, after).limit(size)).all()
        corrections = read_corrections(connection, {row.document_id for row in rows})
        found = [
            (
                row,
                decide_row(
                    connection, row, selection, corrections.get((row.document_id, row.engine), ())
                ),
            )
            for row in rows
        ]
        decided = [(row, each) for row, each in found if isinstance(each, Verdict)]
        if decided and not selection.dry_run:
            _write(connection, decided, flow_run_id)
    changes: Counter[OutcomeChange] = Counter()
    skipped: Counter[tuple[str, Skip]] = Counter()
    decided_documents: list[DecidedDocument] = []
    for row, each in found:
        before, what = row.outcome or NO_VERDICT, describe_decision(row, each)
        if isinstance(what, Skip):
            skipped[before, what] += 1
        else:
            changes[before, str(what)] += 1
        if before != what:
            listed = (row.document_id, row.bucket, row.key, before, str(what))
            decided_documents.append(DecidedDocument(*listed))
    last = rows[-1].id if rows else after
    return Batch(last, len(rows), changes, skipped, tuple(decided_documents))


def describe_decision(row: Row[Any], decided: Verdict | Skip) -> Outcome | Skip:
    """Return the new outcome of a document, or the reason why it keeps its verdict."""
    if isinstance(decided, Skip):
        return decided
    return Skip.OVERRULED if row.overruled_by_id else decided.outcome


@contextmanager
def recorded_policy(connection: Connection, selection: Selection) -> Iterator[None]:
    """Record the policy; in a dry run only until its end, so that verdicts can be compared."""
    attempt = connection.begin_nested()
    record_policy(connection, selection.policy)
    if not selection.dry_run:
        attempt.commit()
    yield
    if selection.dry_run:
        attempt.rollback()


def select_readings(selection: Selection, after: int) -> Select[Any]:
    """Select the newest reading by each engine, with the verdict that a new one supersedes."""
    current = current_verdict_of(readings.c.document_id, readings.c.engine)
    policy = selection.policy
    overruled_by = func.find_overruling_verdict(
        *(readings.c.document_id, readings.c.engine),
        *(policy.name, policy.version, policy.content_sha256),
    )
    query = (
        select(
            *(readings.c.id, readings.c.document_id, readings.c.engine, readings.c.reader_version),
            *(readings.c.content, documents.c.first_seen, documents.c.bucket, documents.c.key),
            *(current.c.outcome, overruled_by.label("overruled_by_id")),
            *(applicants.c.name, applicants.c.birth_date, applicants.c.unreadable),
        )
        .join_from(readings, documents)
        .outerjoin(current, true())
        .outerjoin(applicants, applicants.c.document_id == documents.c.id)
        .where(
            readings.c.id > after,
            ~_has_newer_reading(),
            ~_has_this_verdict(selection.policy),
            # No policy changes a person's decision.
            current.c.policy_name.is_distinct_from(PERSON),
            *_is_in_place(selection),
        )
        .order_by(readings.c.id)
    )
    return query.where(current.c.outcome == selection.outcome) if selection.outcome else query


def _has_newer_reading() -> Exists:
    newer = readings.alias()
    return exists().where(
        newer.c.document_id == readings.c.document_id,
        newer.c.engine == readings.c.engine,
        newer.c.id > readings.c.id,
    )


def _has_this_verdict(policy: Policy) -> Exists:
    """Build the condition that a reading has its verdict of this policy and pipeline version."""
    done = verdicts.alias()
    return exists().where(
        done.c.document_id == readings.c.document_id,
        done.c.engine == readings.c.engine,
        done.c.reader_version == readings.c.reader_version,
        done.c.pipeline_version == PIPELINE_VERSION,
        done.c.policy_name == policy.name,
        done.c.policy_version == policy.version,
    )


def _is_in_place(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.bucket:
        yield documents.c.bucket == selection.bucket
    if selection.prefix:
        yield documents.c.key.startswith(selection.prefix, autoescape=True)


def decide_row(
    connection: Connection,
    row: Row[Any],
    selection: Selection,
    corrections: Sequence[Correction] = (),
) -> Verdict | Skip:
    """Decide a recorded reading with its corrections, or return why it cannot be decided."""
    try:
        reading = correct(decode_reading(row), corrections)
    except (wire.MalformedReading, zlib.error):
        return Skip.UNREADABLE
    today = selection.today or row.first_seen.astimezone(UTC).date()
    applicant = read_applicant(row)
    known = _update_history(connection, row, reading, today, selection)
    policy = selection.policy
    verdict = judge(reading, today=today, policy=policy, applicant=applicant, history=known)
    if must_be_read_again(reading, verdict):
        return Skip.OUTDATED
    return refer_corrected(verdict) if corrections else verdict


def _update_history(
    connection: Connection, row: Row[Any], reading: Reading, today: date, selection: Selection
) -> History | None:
    """Find similar documents again, and store a fingerprint that is still missing.

    DOCVERIFY_HMAC_KEY may have been set later; return None if it is not set.
    """
    key = read_settings().hmac_key.get_secret_value().encode()
    if not key:
        return None
    traits = open_chosen_case(reading, today=today, policy=selection.policy)[0].traits
    if not selection.dry_run:
        identity = (row.document_id, row.engine, row.reader_version)
        store_fingerprint(connection, identity, traits, key)
    return find_history(connection, row.document_id, traits, key)


def decode_reading(row: Row[Any]) -> Reading:
    """Decode a recorded reading; raise MalformedReading or zlib.error if it cannot be decoded."""
    return wire.read(zlib.decompress(row.content))


def read_applicant(row: Row[Any]) -> Applicant | None:
    """Return what was declared about the applicant with the upload; None if nothing was."""
    if row.unreadable is None:
        return None
    return Applicant(row.name, row.birth_date, tuple(row.unreadable))


def _write(
    connection: Connection, decided: Sequence[tuple[Row[Any], Verdict]], flow_run_id: UUID | None
) -> None:
    """Write the verdicts that no other run has written in the meantime."""
    register_target(connection)
    values = [
        build_row(row.document_id, row.engine, row.reader_version, verdict)
        | {"flow_run_id": flow_run_id}
        for row, verdict in decided
    ]
    written = connection.execute(
        insert(verdicts)
        .on_conflict_do_nothing()
        .returning(verdicts.c.id, verdicts.c.document_id, verdicts.c.engine),
        values,
    )
    by_document = {(row.document_id, row.engine): verdict for row, verdict in decided}
    write_details(connection, {row.id: by_document[row.document_id, row.engine] for row in written})
