"""The schema of the record, step by step (alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from tasks.errors import SetupError
from tasks.migrations.roles import grant_rights
from tasks.record.verdicts import explained


def migrate(engine: Engine) -> str:
    """Bring a database to the newest schema and rights; doing it again changes nothing.

    Returns what is left to do for an administrator, or nothing.

    Raises WorldError or SetupError when the database cannot be reached or refuses.
    """
    try:
        with engine.begin() as connection:
            command.upgrade(configured(connection), "head")
            return grant_rights(connection)
    except DBAPIError as error:
        raise explained(error) from None
    except CommandError:
        raise SetupError("the database has a schema that this version does not know") from None


def configured(connection: Connection) -> Config:
    """Tell alembic where the steps are, and where to take them."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
