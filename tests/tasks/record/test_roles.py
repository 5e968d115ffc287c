"""Rights on the record, tested by connecting as a member of each role."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from deploy.local.postgres_server import run_postgres
from docverify.verdict import Outcome
from tasks.errors import SetupError
from tasks.migrations import migrate
from tasks.migrations.roles import API, APP, DESK, HOLDER_READER, READER, ROLES, SUPERVISOR
from tasks.record.connection import connect
from tasks.record.corrections import correct_field
from tasks.record.desk_decisions import Choice, propose, record_due_decisions
from tasks.record.desk_tables import metadata
from tasks.record.overrides import override_verdict
from tasks.record.reviews import claim_review, decide_review
from tasks.record.verdicts import write_to_database
from tasks.record.views import view_metadata
from tests.support.desk import refer
from tests.support.members import login, may
from tests.support.verdicts import READING, VERDICT, an_upload

TABLES = """
documents            SI    S     S     SI    S     S      S
claims               SIUD  S     S     SIUD  -     S      -
failures             SIUD  S     S     SIUD  -     -      -
readings             SID   -     -     SID   -     sD     S
applicants           SI    -     S     SI    -     sD     S
fingerprints         SIU   -     -     SIU   -     sD     S
portrait_signatures  SI    -     -     SI    -     sD     S
policy_versions      SI    S     S     SI    S     -      S
policy_strictness    S     S     S     S     S     -      S
verdicts             SI    S     S     SI    SI    S      SI
overrides            S     -     -     SI    S     -      S
outbox               SIUD  S     S     SIUD  SI    -      SI
feed                 SIUD  S     S     SIUD  SIU   -      SIU
delivery_targets     SIUD  S     S     SIUD  SI    -      SI
deliveries           SIUD  S     S     SIUD  SI    -      SI
api_tokens           SIUD  -     -     SIUD  S     -      -
engine_choices       SI    S     S     SI    -     -      SI
check_results        SI    S     S     SI    S     -      SI
holder_fields        SI    -     S     SI    -     sD     SI
review_claims        SIUD  -     -     SIUD  SIUD  -      SIUD
review_events        SI    s     S     SI    SI    su     SI
legal_holds          SI    -     -     SI    -     S      -
hold_ends            SI    -     -     SI    -     S      -
stages               SI    S     S     SI    -     -      -
current_verdicts     S     S     S     S     S     -      -
current_holders      S     -     S     S     S     -      -
desk_sessions        -     -     -     -     -     -      SIUD
desk_keys            -     -     -     -     -     -      SI
desk_views           -     -     -     -     -     -      SI
desk_decisions       Su    -     -     Su    -     -      SIu
field_corrections    S     -     -     S     -     sD     SI
alembic_version      -     -     -     -     -     -      -
"""
"""Rights of the roles, in the order of ROLES; in small letters: on some columns.

S SELECT, I INSERT, U UPDATE, D DELETE. No role may TRUNCATE, or create references and triggers.
"""
RIGHTS = {name: rights for name, *rights in map(str.split, TABLES.strip().splitlines())}
SIGNS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}


def test_the_rights_of_every_table_are_stated(database):
    query = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND relnamespace = current_schema()::regnamespace"
    )
    with database.connect() as connection:
        tables = set(connection.scalars(text(query)))

    assert set(RIGHTS) == tables == {*metadata.tables, *view_metadata.tables, "alembic_version"}


def test_no_function_of_the_record_runs_with_the_rights_of_its_owner(database):
    query = (
        "SELECT proname FROM pg_proc WHERE prosecdef"
        " AND pronamespace = current_schema()::regnamespace"
    )
    with database.connect() as connection:
        assert connection.scalars(text(query)).all() == []


@pytest.mark.parametrize("place", range(len(ROLES)), ids=ROLES)
def test_each_role_has_only_the_stated_rights(place, database):
    has = text("SELECT has_table_privilege(:role, :name, :right)")
    on_columns = text("SELECT has_any_column_privilege(:role, :name, :right)")
    found = {}
    with database.connect() as connection:
        for name in RIGHTS:
            asked = {"role": ROLES[place], "name": name}
            found[name] = ""
            for sign, right in SIGNS.items():
                if connection.scalar(has, asked | {"right": right}):
                    found[name] += sign
                elif right != "DELETE" and connection.scalar(on_columns, asked | {"right": right}):
                    found[name] += sign.lower()
            for right in ("TRUNCATE", "REFERENCES", "TRIGGER"):
                assert not connection.scalar(has, asked | {"right": right}), (name, right)

    assert found == {name: rights[place].replace("-", "") for name, rights in RIGHTS.items()}


def test_a_table_that_is_added_later_is_nobodys(database):
    with database.begin() as connection:
        connection.execute(text("CREATE TABLE added_later (id int)"))
    try:
        for role in ROLES:
            assert not may(login(database, role), "SELECT 1 FROM added_later"), role
    finally:
        with database.begin() as connection:
            connection.execute(text("DROP TABLE added_later"))


def test_only_a_reader_of_holders_reads_the_notes_of_reviewers(database):
    note = "SELECT note FROM review_events"

    assert not may(login(database, READER), note)
    assert may(login(database, HOLDER_READER), note)


def test_the_api_reads_no_reading_and_no_applicant(database):
    member = login(database, API)
    hidden = (
        "readings",
        "applicants",
        "holder_fields",
        "fingerprints",
        "legal_holds",
        "portrait_signatures",
    )

    assert not any(may(member, f"SELECT 1 FROM {name}") for name in hidden)
    assert not may(member, "UPDATE verdicts SET outcome = '' WHERE false")
    assert not may(member, "INSERT INTO api_tokens (name, sha256, scopes) VALUES ('', '', '{}')")


def test_the_desk_decides_and_corrects_with_its_own_rights(database, monkeypatch):
    member = login(database, DESK)
    first, second = refer(), refer()
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    choice = Choice("verified", "details_confirmed")
    propose("Anna", "1", first, choice, timedelta(0))
    new_id = correct_field("Anna", "1", second, "surname", "MERIDIAN", timedelta(hours=1))

    record_due_decisions()

    assert new_id > second
    with database.connect() as connection:
        recorded = text("SELECT outcome FROM verdicts WHERE previous_id = :id")
        assert connection.scalar(recorded, {"id": first}) == "verified"


def test_the_program_records_what_is_due_and_cannot_change_who_decided(database, monkeypatch):
    member = login(database, APP)
    review_id = refer()
    propose("Anna", "1", review_id, Choice("verified", "details_confirmed"), timedelta(0))
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    record_due_decisions()

    with database.connect() as connection:
        recorded = text("SELECT outcome FROM verdicts WHERE previous_id = :id")
        assert connection.scalar(recorded, {"id": review_id}) == "verified"
    for column in ("subject", "reviewer", "outcome", "needs_approval", "approver", "due_at"):
        assert not may(member, f"UPDATE desk_decisions SET {column} = {column} WHERE false")


def test_the_program_records_and_cannot_change_a_verdict(database, monkeypatch):
    member = login(database, APP)
    monkeypatch.setenv("DATABASE_URL", member.url.render_as_string(hide_password=False))

    record = write_to_database.fn(*an_upload(), READING, VERDICT, None)

    assert not record.replayed
    for table, column in (("documents", "key"), ("verdicts", "outcome"), ("check_results", "code")):
        assert not may(member, f"DELETE FROM {table}")
        assert not may(member, f"UPDATE {table} SET {column} = '' WHERE false")


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
