"""Corrections of fields: the old and the new value are kept, and the document is decided again."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from docverify.applicant import Applicant
from docverify.corrections import (
    CORRECTABLE,
    MAX_LENGTH,
    Correction,
    correct,
    find_printed_text,
    refer_corrected,
)
from docverify.page import Reading
from docverify.policy import Policy
from docverify.reading import wire
from docverify.second_engine import open_chosen_case
from docverify.verdict import Verdict, judge
from tasks.errors import SetupError
from tasks.record.connection import transaction
from tasks.record.deliveries import register_target
from tasks.record.desk_tables import field_corrections
from tasks.record.fingerprints import find_history
from tasks.record.policies import read_recorded_policy
from tasks.record.reviews import check_name, insert_claim, lock_undecided
from tasks.record.stored_corrections import find_corrections
from tasks.record.tables import applicants, readings, review_claims, verdicts
from tasks.record.verdicts import build_row, write_details
from tasks.settings import read_settings


def correct_field(
    reviewer: str, subject: str, review_id: int, name: str, value: str, span: timedelta
) -> int:
    """Record the printed value, decide again, and return the new verdict's id.

    The policy and the day are those of the previous verdict. The new one is never `verified`: a
    person must confirm it. After that, the document is reserved for the reviewer for `span`.

    Raise NotYours if another reviewer has it, SetupError if the value cannot be corrected.
    """
    reviewer, value = check_name(reviewer), check_value(name, value)
    with transaction() as connection:
        lock_undecided(connection, review_id, reviewer)
        insert_claim(connection, review_id, reviewer, span, subject)
        before = connection.execute(select(verdicts).filter_by(id=review_id)).one()
        reading, applicant = _read_facts(connection, before)
        policy = read_recorded_policy(connection, before)
        day = before.decided_at.date()
        case, _ = open_chosen_case(reading, today=day, policy=policy, applicant=applicant)
        correction = Correction(name, find_printed_text(case, name), value)
        number = _insert_correction(connection, before, correction, reviewer, subject)
        verdict = _decide(connection, before, correct(reading, [correction]), policy, applicant)
        new_id = _insert_verdict(connection, before, verdict, number)
        connection.execute(delete(review_claims).filter_by(verdict_id=review_id))
        insert_claim(connection, new_id, reviewer, span, subject)
    return new_id


def check_value(name: str, value: str) -> str:
    """Strip a value; raise SetupError if it or its field cannot be corrected."""
    value = " ".join(value.split())
    if name not in CORRECTABLE:
        raise SetupError(f"{name} cannot be corrected: choose one of {', '.join(CORRECTABLE)}")
    if not value or len(value) > MAX_LENGTH or not value.isprintable():
        raise SetupError(f"{name}: give 1 to {MAX_LENGTH} printable characters")
    return value


def _read_facts(connection: Connection, before: Row[Any]) -> tuple[Reading, Applicant | None]:
    """Return the reading of a verdict with its corrections, and what the applicant declared."""
    identity = {
        "document_id": before.document_id,
        "engine": before.engine,
        "reader_version": before.reader_version,
    }
    content = connection.scalar(select(readings.c.content).filter_by(**identity))
    try:
        reading = wire.read(zlib.decompress(content or b""))
    except (wire.MalformedReading, zlib.error):
        raise SetupError(
            "the reading of this document is no longer on record: decide it without a correction"
        ) from None
    row = connection.execute(
        select(applicants).filter_by(document_id=before.document_id)
    ).one_or_none()
    applicant = Applicant(row.name, row.birth_date, tuple(row.unreadable)) if row else None
    corrections = find_corrections(connection, before.document_id, before.engine)
    return correct(reading, corrections), applicant


def _insert_correction(
    connection: Connection, before: Row[Any], correction: Correction, reviewer: str, subject: str
) -> int:
    row = {
        "verdict_id": before.id,
        "document_id": before.document_id,
        "engine": before.engine,
        "reader_version": before.reader_version,
        "field": correction.field,
        "old_value": correction.old,
        "new_value": correction.new,
        "subject": subject,
        "reviewer": reviewer,
    }
    statement = insert(field_corrections).values(**row).returning(field_corrections.c.id)
    number: int = connection.execute(statement).scalar_one()
    return number


def _decide(
    connection: Connection,
    before: Row[Any],
    reading: Reading,
    policy: Policy,
    applicant: Applicant | None,
) -> Verdict:
    """Decide a corrected reading, but never verify it, because a person must confirm it."""
    day = before.decided_at.date()
    key = read_settings().hmac_key.get_secret_value().encode()
    history = None
    if key:
        traits = open_chosen_case(reading, today=day, policy=policy)[0].traits
        history = find_history(connection, before.document_id, traits, key)
    verdict = judge(reading, today=day, policy=policy, applicant=applicant, history=history)
    return refer_corrected(verdict)


def _insert_verdict(
    connection: Connection, before: Row[Any], verdict: Verdict, correction_id: int
) -> int:
    """Insert the verdict on a correction; its pipeline version names the correction."""
    register_target(connection)
    row = build_row(before.document_id, before.engine, before.reader_version, verdict)
    row["pipeline_version"] = f"{verdict.pipeline_version}+correction.{correction_id}"
    statement = insert(verdicts).values(**row).returning(verdicts.c.id)
    new_id: int = connection.execute(statement).scalar_one()
    write_details(connection, {new_id: verdict})
    return new_id
