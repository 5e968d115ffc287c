"""Rights on the record, tested by connecting as a member of each role."""

from dataclasses import replace
from uuid import uuid4

import pytest
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from deploy.local.postgres_server import run_postgres
from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.migrations import migrate
from tasks.migrations.roles import API, APP, HOLDER_READER, READER, ROLES, SUPERVISOR
from tasks.record.connection import connect
from tasks.record.overrides import override_verdict
from tasks.record.reviews import claim_review, decide_review
from tasks.record.tables import metadata
from tasks.record.verdicts import write_to_database
from tasks.record.views import view_metadata
from tests.support.verdicts import READING, VERDICT, an_upload


def login(database, role: str, options: str = ""):
    """Create a member of a role, and connect as this member."""
    name, password = f"member_{uuid4().hex}", "p"
    with database.begin() as connection:
        connection.execute(text(f"CREATE USER {name} PASSWORD '{password}' {options}"))
        if role:
            connection.execute(text(f"GRANT {role} TO {name}"))
    url = database.url.set(username=name, password=password)
    return connect(url.render_as_string(hide_password=False))


def may(engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            return not isinstance(error.orig, InsufficientPrivilege)
    return True


EVERY = [*metadata.tables, *view_metadata.tables]
READABLE = {
    *("documents", "verdicts", "check_results", "engine_choices", "claims", "failures"),
    *("policy_versions", "policy_strictness", "stages", "outbox", "feed", "deliveries"),
    *("delivery_targets", "review_events", "current_verdicts"),
}


@pytest.mark.parametrize(
    ("role", "read"),
    [
        (READER, READABLE),
        (HOLDER_READER, READABLE | {"holder_fields", "applicants", "current_holders"}),
    ],
)
def test_a_reader_reads_only_the_tables_of_its_role_and_writes_nothing(role, read, database):
    member = login(database, role)

    assert {name for name in EVERY if may(member, f"SELECT 1 FROM {name}")} == read
    assert not any(may(member, f"DELETE FROM {name}") for name in metadata.tables)


def test_only_a_reader_of_holders_reads_the_notes_of_reviewers(database):
    note = "SELECT note FROM review_events"

    assert not may(login(database, READER), note)
    assert may(login(database, HOLDER_READER), note)


def test_the_api_reads_no_reading_and_no_applicant(database):
    member = login(database, API)
    hidden = ("readings", "applicants", "holder_fields", "fingerprints", "legal_holds")

    assert not any(may(member, f"SELECT 1 FROM {name}") for name in hidden)
    assert not may(member, "UPDATE verdicts SET outcome = '' WHERE false")
    assert not may(member, "INSERT INTO api_tokens (name, sha256, scopes) VALUES ('', '', '{}')")


def test_the_program_records_and_cannot_change_a_verdict(database, monkeypatch):
    member = login(database, APP)
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    record = write_to_database.fn(*an_upload(), READING, VERDICT, None)

    assert not record.replayed
    for table, column in (("documents", "key"), ("verdicts", "outcome"), ("check_results", "code")):
        assert not may(member, f"DELETE FROM {table}")
        assert not may(member, f"UPDATE {table} SET {column} = '' WHERE false")
    assert may(member, "DELETE FROM holder_fields WHERE verdict_id = 0")
    assert not may(member, "DROP TABLE verdicts")


def test_the_program_claims_and_decides_a_review(database, monkeypatch):
    member = login(database, APP)
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))
    review_id = record_referral()

    claim_review("Anna", review_id)
    record = decide_review("Anna", review_id, "verified", "original_seen")

    assert record.outcome == "verified"


def test_only_a_supervisor_overrides_a_verdict(database, monkeypatch):
    review_id = record_referral()
    for role in (APP, SUPERVISOR):
        member = login(database, role)
        monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))
        if role == APP:
            with pytest.raises(SetupError, match="must be a member of docverify_supervisor"):
                override_verdict("Bo", review_id, "verified", "original_seen")
        else:
            override_verdict("Bo", review_id, "verified", "original_seen")
        assert may(member, "SELECT 1 FROM overrides")
        assert not may(member, "UPDATE overrides SET reason = '' WHERE false")
        assert not may(member, "DELETE FROM overrides")
        assert not may(member, "UPDATE verdicts SET outcome = '' WHERE false")


def record_referral() -> int:
    verdict = replace(VERDICT, outcome=Outcome.REFERRED)
    return write_to_database.fn(*an_upload(), READING, verdict, None).verdict_id


def test_the_program_cannot_lift_the_rule_by_tables_of_its_own(database):
    """A function of the record looks at the tables of the record, whatever the session creates."""
    review_id = record_referral()
    member = login(database, APP)
    decide = text(
        "INSERT INTO verdicts (document_id, reader_version, pipeline_version, policy_name,"
        " policy_version, engine, outcome, reasons, summary, applicant_message, risk)"
        " SELECT document_id, '9', '9', 'person', id::text, engine, 'verified', '{other}', '', '',"
        " 0 FROM verdicts WHERE id = :id"
    )
    with database.begin() as connection:
        connection.execute(decide, {"id": review_id})
        rejected = connection.scalar(
            text("SELECT id FROM verdicts WHERE previous_id = :id"), {"id": review_id}
        )

    own = text("CREATE TEMP TABLE overrides AS SELECT :id AS verdict_id")
    with member.begin() as connection:
        connection.execute(own, {"id": rejected})
        with pytest.raises(IntegrityError, match="a supervisor has set aside"):
            connection.execute(decide, {"id": rejected})


def test_a_user_without_the_right_to_create_roles_learns_what_to_run():
    with run_postgres() as url:
        owner = login(connect(url), "")
        with connect(url).begin() as connection:
            connection.execute(text(f"GRANT ALL ON SCHEMA public TO {owner.url.username}"))

        remark = migrate(owner)
        assert "CREATE ROLE docverify_reader NOLOGIN;" in remark
        with connect(url).begin() as connection:
            for role in ROLES:
                connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
        assert migrate(owner) == ""
        assert may(login(connect(url), READER), "SELECT 1 FROM verdicts")
