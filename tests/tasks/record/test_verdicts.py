"""The record: one verdict for a document, whoever writes first."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import func, literal, select, true
from sqlalchemy.exc import IntegrityError

from docverify import READER_VERSION
from docverify.applicant import Applicant
from docverify.page import Engine, Reading
from docverify.reading import wire
from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.record.connection import allow_changes
from tasks.record.tables import (
    applicants,
    check_results,
    documents,
    holder_fields,
    readings,
    verdicts,
)
from tasks.record.verdicts import current_verdict_of, is_current, write_to_database
from tasks.s3 import File, Upload
from tests.support.verdicts import HOLDER, READING, VERDICT, an_upload, write


def count(database, table, **criteria) -> int:
    with database.connect() as connection:
        return connection.execute(
            select(func.count()).select_from(table).filter_by(**criteria)
        ).scalar_one()


def an_upload_of(application: str) -> tuple[Upload, File]:
    upload, file = an_upload()
    return upload, replace(file, application_id=application)


def replaced_by(database, record) -> int | None:
    query = select(documents.c.replaces_id).filter_by(id=record.document_id)
    with database.connect() as connection:
        return connection.scalar(query)


def test_a_document_replaces_the_one_of_its_application_that_was_sent_back(database):
    application, sent_back = str(uuid4()), replace(VERDICT, outcome=Outcome.RESUBMIT)
    write(*an_upload_of(application))
    first = write(*an_upload_of(application), sent_back)

    second = write(*an_upload_of(application), sent_back)
    third = write(*an_upload_of(application))
    fourth = write(*an_upload_of(application))

    assert replaced_by(database, first) is None
    assert replaced_by(database, second) == first.document_id
    assert replaced_by(database, third) == second.document_id
    assert replaced_by(database, fourth) is None
    assert replaced_by(database, write(*an_upload_of(str(uuid4())))) is None
    assert replaced_by(database, write(*an_upload())) is None


def test_verdict_results_and_holder_are_recorded_together(database):
    upload, file = an_upload()

    record = write(upload, file)

    assert (record.outcome, record.replayed) == (Outcome.REJECTED, False)
    with database.connect() as connection:
        verdict = connection.execute(select(verdicts).filter_by(id=record.verdict_id)).one()
        result = connection.execute(
            select(check_results).filter_by(verdict_id=record.verdict_id)
        ).one()
        holder = connection.execute(
            select(holder_fields).filter_by(verdict_id=record.verdict_id)
        ).one()
    assert (verdict.outcome, verdict.policy_name, verdict.engine) == (
        "rejected",
        "standard",
        "local",
    )
    assert (result.code, result.status, result.sources) == ("document_expired", "failed", ["mrz"])
    assert (holder.source, holder.surname, holder.birth_date) == (
        "mrz",
        "CANARY",
        date(1990, 1, 2),
    )


def test_a_later_duplicate_returns_what_is_recorded_and_changes_nothing(database):
    upload, file = an_upload()
    first = write(upload, file)

    late = write(upload, file, replace(VERDICT, outcome=Outcome.VERIFIED))

    assert late == replace(first, replayed=True)
    assert count(database, check_results, verdict_id=first.verdict_id) == 1


def test_a_try_whose_answer_was_lost_is_not_a_replay(database):
    upload, file = an_upload()
    run = uuid4()
    first = write(upload, file, run=run)

    assert write(upload, file, run=run) == first
    assert write(upload, file, run=uuid4()).replayed


def test_exactly_one_of_many_concurrent_writers_wins(database):
    upload, file = an_upload()

    with ThreadPoolExecutor(10) as threads:
        records = list(threads.map(lambda _: write(upload, file), range(20)))

    assert len({record.verdict_id for record in records}) == 1
    assert [record.replayed for record in records].count(False) == 1
    assert count(database, documents, key=upload.key) == 1
    assert count(database, verdicts, document_id=records[0].document_id) == 1


def test_new_content_under_the_same_key_is_a_new_document(database):
    upload, file = an_upload()

    first, second = write(upload, file), write(upload, replace(file, sha256="other"))

    assert first.document_id != second.document_id
    assert not second.replayed


def test_another_policy_or_pipeline_version_gets_a_verdict_of_its_own(database):
    upload, file = an_upload()
    first = write(upload, file)

    others = [
        write(upload, file, replace(VERDICT, policy_name="strict")),
        write(upload, file, replace(VERDICT, policy_version="9")),
        write(upload, file, replace(VERDICT, pipeline_version="another")),
    ]

    assert {each.document_id for each in others} == {first.document_id}
    assert len({first.verdict_id, *(each.verdict_id for each in others)}) == 4


def test_nothing_is_written_if_one_row_is_refused(database):
    upload, file = an_upload()
    twice = replace(VERDICT, identities=(HOLDER, HOLDER))

    with pytest.raises(SetupError, match=r"^the database refused the record \(23505\): report"):
        write(upload, file, twice)

    assert count(database, documents, key=upload.key) == 0


def test_the_database_refuses_an_outcome_that_it_does_not_know(database):
    upload, file = an_upload()
    record = write(upload, file)

    change = verdicts.update().filter_by(id=record.verdict_id).values(outcome="authentic")
    with database.begin() as connection:
        allow_changes(connection)
        with pytest.raises(IntegrityError, match="verdicts_outcome"):
            connection.execute(change)


def test_the_reading_is_stored_for_another_decision(database):
    upload, file = an_upload()

    record = write(upload, file)

    with database.connect() as connection:
        kept = connection.execute(select(readings).filter_by(document_id=record.document_id)).one()
    assert (kept.engine, kept.reader_version) == ("local", READER_VERSION)
    assert wire.read(zlib.decompress(kept.content)) == READING


def test_a_later_duplicate_keeps_the_first_reading(database):
    upload, file = an_upload()
    record = write(upload, file)
    write(upload, file)

    assert count(database, readings, document_id=record.document_id) == 1


def test_another_engine_gives_a_verdict_of_its_own(database):
    """Another engine reads other facts, which may lead to another outcome."""
    upload, file = an_upload()
    first = write(upload, file)
    cloud = Reading(Engine.TEXTRACT)

    second = write_to_database.fn(upload, file, cloud, VERDICT, None)
    again = write_to_database.fn(upload, file, cloud, VERDICT, None)

    assert not second.replayed
    assert second.verdict_id != first.verdict_id
    assert again == replace(second, replayed=True)
    assert count(database, readings, document_id=first.document_id) == 2


def test_a_verdict_names_the_one_that_it_supersedes(database):
    upload, file = an_upload()
    first = write(upload, file)
    second = write(upload, file, replace(VERDICT, policy_version="9"))
    other = write_to_database.fn(upload, file, Reading(Engine.TEXTRACT), VERDICT, None)

    with database.connect() as connection:
        query = select(verdicts.c.id, verdicts.c.previous_id)
        rows = connection.execute(query.filter_by(document_id=first.document_id)).all()
    previous = {row.id: row.previous_id for row in rows}
    assert previous == {
        first.verdict_id: None,
        second.verdict_id: first.verdict_id,
        other.verdict_id: None,
    }


def test_each_engine_has_a_current_verdict_and_the_document_has_a_newest_one(database):
    upload, file = an_upload()
    first = write(upload, file)
    second = write(upload, file, replace(VERDICT, policy_version="9"))
    other = write_to_database.fn(upload, file, Reading(Engine.TEXTRACT), VERDICT, None)

    def select_ids(condition) -> set[int]:
        query = select(verdicts.c.id).filter_by(document_id=first.document_id).where(condition)
        with database.connect() as connection:
            return set(connection.scalars(query))

    assert select_ids(is_current()) == {second.verdict_id, other.verdict_id}
    assert select_ids(is_current(of_all_engines=True)) == {other.verdict_id}
    current = current_verdict_of(documents.c.id, literal("local"))
    query = select(current.c.id).select_from(documents).join(current, true())
    with database.connect() as connection:
        found = connection.scalar(query.where(documents.c.id == first.document_id))
    assert found == second.verdict_id


def test_a_verdict_is_stored_with_its_risk_and_the_message_for_the_applicant(database):
    upload, file = an_upload()
    record = write(upload, file, replace(VERDICT, risk=0.25))

    with database.connect() as connection:
        row = connection.execute(select(verdicts).filter_by(id=record.verdict_id)).one()
    assert (row.risk, row.applicant_message) == (0.25, VERDICT.applicant_message)


def test_the_applicant_is_stored_in_a_separate_table(database):
    upload, file = an_upload()
    said = replace(file, applicant=Applicant("CANARY", date(1990, 1, 2), ()))
    record = write(upload, said)
    write(upload, said)
    unread = write(
        *an_upload()[:1], replace(an_upload()[1], applicant=Applicant(None, None, ("name",)))
    )

    with database.connect() as connection:
        rows = [
            connection.execute(select(applicants).filter_by(document_id=each.document_id)).one()
            for each in (record, unread)
        ]
    assert (rows[0].name, rows[0].birth_date, rows[0].unreadable) == (
        "CANARY",
        date(1990, 1, 2),
        [],
    )
    assert (rows[1].name, rows[1].unreadable) == (None, ["name"])
