"""The schema of the record: the migrations create it, keep what is there, and can be undone."""

from dataclasses import replace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from docverify.page import Engine, Reading
from tasks.errors import SetupError
from tasks.migrations import configure, migrate
from tasks.record.connection import connect
from tasks.record.tables import metadata, verdicts
from tasks.record.verdicts import write_to_database
from tasks.s3 import File, Upload
from tests.support.verdicts import VERDICT, write


def test_the_migrations_create_the_tables_of_the_code(database):
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(database):
    migrate(database)

    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_schema_of_a_newer_version_is_explained(empty_database_url):
    engine = connect(empty_database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SetupError, match="a schema that this version does not know"):
        migrate(engine)


def schema_of(engine) -> list:
    """Return every column with its type, and every constraint, as PostgreSQL describes them."""
    columns = text(
        "SELECT table_name, column_name, data_type, is_nullable, column_default "
        "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
    )
    constraints = text(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
    )
    with engine.connect() as connection:
        return [connection.execute(query).all() for query in (columns, constraints)]


def moved(engine, move, revision: str) -> None:
    with engine.begin() as connection:
        move(configure(connection), revision)


def test_a_record_of_the_first_schema_can_be_upgraded_and_downgraded(
    empty_database_url, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    engine = connect(empty_database_url)
    moved(engine, command.upgrade, "0001")
    first_schema = schema_of(engine)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO documents (bucket, key, version_id, sha256, size) "
                "VALUES ('b', 'k', 'v', 'h', 1); "
                "INSERT INTO verdicts (document_id, pipeline_version, policy_name, policy_version,"
                " engine, outcome, reasons, summary) "
                "VALUES (1, '1', 'standard', '1', 'local', 'verified', '{}', 's')"
            )
        )

    migrate(engine)
    newest_schema = schema_of(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        (old,) = connection.execute(select(verdicts)).all()
    assert (old.reader_version, old.risk, old.applicant_message, old.previous_id) == (
        "1",
        0,
        "",
        None,
    )
    upload, file = Upload("b", "k"), File(b"x", "h", 1, "v")
    newer = write(upload, file, replace(VERDICT, policy_version="1"))
    cloud = write_to_database.fn(upload, file, Reading(Engine.TEXTRACT), VERDICT, None)
    write(upload, file, VERDICT)

    moved(engine, command.downgrade, "0001")
    assert schema_of(engine) == first_schema
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT id, engine FROM verdicts ORDER BY id")).all()
        orphans = text(
            "SELECT count(*) FROM check_results WHERE verdict_id NOT IN (SELECT id FROM verdicts)"
        )
        assert connection.execute(orphans).scalar_one() == 0
    assert len(kept) == 3  # Of the old pipeline, and of ours under two versions of the policy.
    assert newer.verdict_id in [each.id for each in kept]
    assert cloud.verdict_id not in [each.id for each in kept]

    moved(engine, command.upgrade, "head")
    assert schema_of(engine) == newest_schema
