"""Rights on the record, tested by connecting as a member of each role."""

from uuid import uuid4

import pytest
from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from deploy.local.postgres_server import run_postgres
from tasks.migrations import migrate
from tasks.migrations.roles import APP, HOLDER_READER, READER
from tasks.record.connection import connect
from tasks.record.tables import metadata
from tasks.record.verdicts import write_to_database
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


@pytest.mark.parametrize(
    ("role", "read"),
    [
        (
            READER,
            {"documents", "verdicts", "check_results", "engine_choices", "claims", "failures"},
        ),
        (
            HOLDER_READER,
            {
                *("documents", "verdicts", "check_results", "engine_choices"),
                *("claims", "failures"),
                *("holder_fields", "applicants"),
            },
        ),
    ],
)
def test_a_reader_reads_only_the_tables_of_its_role_and_writes_nothing(role, read, database):
    member = login(database, role)

    assert {name for name in metadata.tables if may(member, f"SELECT 1 FROM {name}")} == read
    assert not any(may(member, f"DELETE FROM {name}") for name in metadata.tables)


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


def test_a_user_without_the_right_to_create_roles_learns_what_to_run():
    with run_postgres() as url:
        owner = login(connect(url), "")
        with connect(url).begin() as connection:
            connection.execute(text(f"GRANT ALL ON SCHEMA public TO {owner.url.username}"))

        remark = migrate(owner)
        assert "CREATE ROLE docverify_reader NOLOGIN;" in remark
        with connect(url).begin() as connection:
            for role in (APP, READER, HOLDER_READER):
                connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
        assert migrate(owner) == ""
        assert may(login(connect(url), READER), "SELECT 1 FROM verdicts")
