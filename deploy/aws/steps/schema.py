"""The tables of the record, in the database of DATABASE_URL."""

from __future__ import annotations

import os

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.target import Target
from tasks.errors import EdgeError
from tasks.migrations import __path__ as MIGRATIONS
from tasks.migrations import migrate
from tasks.record.connection import connect, explain_database_error


def check(target: Target) -> Finding:
    """Compare the database's schema with this version's, if the database is named here."""
    url = database_url(target)
    if not url:
        return not_needed(
            "DATABASE_URL is not set here: run `python -m tasks.migrations` where it is reached"
        )
    found, newest = revision(url), newest_revision()
    if found is None:
        return missing(f"migration {newest}")
    return done(f"migration {newest}") if found == newest else differs(f"{found}, not {newest}")


def apply(target: Target) -> None:
    """Bring the database to this version's schema."""
    try:
        migrate(connect(database_url(target)))
    except EdgeError as error:
        raise DeployError(str(error)) from None


def destroy(_target: Target) -> str:
    """Leave the record: it is what all this was for."""
    return "left as it is"


def database_url(_target: Target) -> str:
    """Return the database that is named here; the secret's value is not read."""
    return os.environ.get("DATABASE_URL", "")


def newest_revision() -> str:
    """Return the migration that this version needs."""
    return str(ScriptDirectory(next(iter(MIGRATIONS))).get_current_head())


def revision(url: str) -> str | None:
    """Ask the database for its migration; raises DeployError when it is not reached."""
    try:
        with connect(url).connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise DeployError(
            f"the database of DATABASE_URL: {explain_database_error(error)}. "
            "If only runs reach it, unset DATABASE_URL here once its secret is stored"
        ) from None
    except EdgeError as error:
        raise DeployError(str(error)) from None
