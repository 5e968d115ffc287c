"""The views that other systems read: names, columns and answers are a contract."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from sqlalchemy import inspect, text

from docverify.documents.kinds import DocumentKind
from docverify.identities import Identity, Source
from docverify.policy import STRICT
from docverify.verdict import Outcome
from tasks.record.connection import allow_changes
from tasks.record.kinds import fill_kinds
from tasks.record.overrides import override_verdict
from tasks.record.reviews import claim_review, decide_review
from tasks.record.verdicts import write_to_database
from tasks.record.views import view_metadata
from tasks.s3 import File
from tests.support.verdicts import READING, VERDICT, an_upload

HOLDER = Identity(
    Source.VIZ, document_number="X1", surname="Canary", birth_date=date(1990, 1, 2), sex="F"
)
BY_MACHINE = replace(VERDICT, identities=(*VERDICT.identities, HOLDER), kind=DocumentKind.PASSPORT)


def answer(database, line: str, key: str):
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(line), {"key": key})]


def test_the_verdict_of_a_key_is_one_line(database):
    upload, file = an_upload()
    write_to_database.fn(upload, replace(file, etag="e1"), READING, BY_MACHINE, None)

    line = (
        "SELECT outcome, kind, decided_by, etag FROM current_verdicts"
        " WHERE key = :key AND is_newest"
    )
    assert answer(database, line, upload.key) == [("rejected", "passport", "machine", "e1")]


def test_name_birth_date_and_number_of_a_key_are_one_line(database):
    """The MRZ counts before the printed text; what only one source has is not lost."""
    upload, file = an_upload()
    write_to_database.fn(upload, file, READING, BY_MACHINE, None)

    line = (
        "SELECT surname, birth_date, document_number, sex FROM current_holders"
        " WHERE key = :key AND is_newest"
    )
    assert answer(database, line, upload.key) == [("CANARY", date(1990, 1, 2), "X1", "F")]


def test_a_decision_of_a_person_shows_the_fields_that_it_was_about(database):
    upload, file = an_upload()
    referred = replace(BY_MACHINE, outcome=Outcome.REFERRED)
    review_id = write_to_database.fn(upload, file, READING, referred, None).verdict_id
    claim_review("Anna", review_id)
    decided = decide_review("Anna", review_id, "rejected", "document_altered").verdict_id
    override_verdict("Bo", decided, "verified", "original_seen")

    line = "SELECT outcome, decided_by, kind, surname FROM current_holders WHERE key = :key"
    assert answer(database, line, upload.key) == [("verified", "person", "passport", "CANARY")]
    line = "SELECT previous_outcome, basis_verdict_id, policy_name FROM current_verdicts"
    line += " WHERE key = :key"
    assert answer(database, line, upload.key) == [("rejected", review_id, "standard")]


def test_a_verdict_without_effect_is_not_current(database):
    upload, file = an_upload()
    strict = replace(BY_MACHINE, policy_name=STRICT.name, policy_sha256="")
    for verdict in (strict, BY_MACHINE):
        record = write_to_database.fn(upload, file, READING, verdict, None)

    assert record.overruled_by
    line = "SELECT policy_name FROM current_verdicts WHERE key = :key"
    assert answer(database, line, upload.key) == [("strict",)]


def test_only_the_newest_document_of_a_key_is_the_newest(database):
    upload, _ = an_upload()
    for version in ("v1", "v2"):
        file = File(b"x", uuid4().hex, 1, version)
        write_to_database.fn(upload, file, READING, BY_MACHINE, None)

    line = "SELECT version_id, is_newest FROM current_verdicts WHERE key = :key ORDER BY 1"
    assert answer(database, line, upload.key) == [("v1", False), ("v2", True)]


def test_the_columns_are_those_of_the_page_with_their_meanings(database):
    found = inspect(database)
    for view in view_metadata.tables.values():
        columns = {each["name"]: each["comment"] for each in found.get_columns(view.name)}

        assert columns == {each.name: each.comment for each in view.columns}


def test_the_kind_of_an_earlier_verdict_is_found_in_its_reading(database):
    upload, file = an_upload()
    referred = replace(BY_MACHINE, outcome=Outcome.REFERRED)
    review_id = write_to_database.fn(upload, file, READING, referred, None).verdict_id
    claim_review("Anna", review_id)
    decide_review("Anna", review_id, "verified", "original_seen")
    of_this = "WHERE document_id IN (SELECT id FROM documents WHERE key = :key)"
    with database.begin() as connection:
        key = {"key": upload.key}
        allow_changes(connection)
        connection.execute(text(f"UPDATE verdicts SET kind = NULL {of_this}"), key)

    fill_kinds(database)

    line = f"SELECT kind, policy_name FROM verdicts {of_this} ORDER BY id"
    assert answer(database, line, upload.key) == [("unknown", "standard"), ("unknown", "person")]
