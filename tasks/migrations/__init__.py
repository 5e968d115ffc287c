"""The schema of the record, step by step (alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from tasks.errors import SetupError
from tasks.migrations.roles import grant_rights
from tasks.record.connection import STATEMENT_SECONDS, explain_database_errors
from tasks.record.kinds import fill_kinds
from tasks.record.policies import compare_policies
from tasks.record.views import comment_views


def migrate(engine: Engine) -> str:
    """Bring a database to the newest schema and rights; a second run changes nothing.

    The policies on record are compared again, because the checks that they name may have changed.
    Verdicts of earlier versions get the kind of their document, if the reading was kept.

    Return what an administrator still has to do; empty if nothing is left.

    Raise WorldError or SetupError when the database does not answer or refuses.
    """
    try:
        with explain_database_errors(), engine.begin() as connection:
            # Runs have to wait behind a migration that waits for a lock.
            connection.execute(text(f"SET LOCAL lock_timeout = {STATEMENT_SECONDS * 1000}"))
            command.upgrade(configure(connection), "head")
            compare_policies(connection)
            comment_views(connection)
            to_do = grant_rights(connection)
        with explain_database_errors():
            fill_kinds(engine)
    except CommandError:
        raise SetupError("the database has a schema that this version does not know") from None
    return to_do


def configure(connection: Connection) -> Config:
    """Build alembic's configuration: where the migrations are, and the connection to use."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
