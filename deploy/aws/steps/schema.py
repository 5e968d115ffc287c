"""The tables of the record, in the database of DATABASE_URL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.target import Target
from tasks.errors import EdgeError
from tasks.migrations import __path__ as MIGRATIONS
from tasks.migrations import migrate
from tasks.record.connection import MIGRATION_SECONDS, STATEMENT_SECONDS, connect, find_login
from tasks.record.database_errors import explain_database_error

#: The URL of the user that owns the tables. No run gets it; it is stored only if the environment
#: lists it in `secrets`, and then for the migrations alone.
OWNER_VARIABLE = "DOCVERIFY_OWNER_DATABASE_URL"
OWNS_TABLES = text(
    "SELECT EXISTS (SELECT FROM pg_class WHERE relname IN ('documents', 'verdicts')"
    " AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'MEMBER'))"
)


def check(target: Target) -> Finding:
    """Compare the database's migration with this version's, if DATABASE_URL is set here."""
    url = owner_url()
    if not url:
        return not_needed(
            "DATABASE_URL is not set here: run `python -m tasks.migrations` where the database is "
            "reachable"
        )
    found, newest = read_revision(target, url), newest_revision()
    if found is None:
        return missing(f"migration {newest}")
    return done(f"migration {newest}") if found == newest else differs(f"{found}, not {newest}")


def apply(target: Target) -> None:
    """Bring the database to this version's schema."""
    try:
        migrate(connect_to_record(target, owner_url(), MIGRATION_SECONDS))
    except EdgeError as error:
        raise DeployError(str(error)) from None


def destroy(_target: Target) -> str:
    """Leave the database: it holds the record."""
    return "kept unchanged"


def database_url() -> str:
    """Return DATABASE_URL of this environment; the stored secret is not read."""
    return os.environ.get("DATABASE_URL", "")


def owner_url() -> str:
    """Return the URL of the owner of the tables: that of its own variable, or DATABASE_URL."""
    return os.environ.get(OWNER_VARIABLE, "") or database_url()


def owns_tables(target: Target) -> bool:
    """Return whether the user of DATABASE_URL may change the tables; raise DeployError.

    A member of the owner's role may, and so may a superuser.
    """
    with explain_refusal(), connect_to_record(target, database_url()).connect() as connection:
        return bool(connection.scalar(OWNS_TABLES))


def newest_revision() -> str:
    """Return the newest migration of this version."""
    return str(ScriptDirectory(next(iter(MIGRATIONS))).get_current_head())


def connect_to_record(
    target: Target, url: str, statement_seconds: int = STATEMENT_SECONDS
) -> Engine:
    """Connect with the password of the URL; without one, as the runs of this environment do.

    The database ends a statement after `statement_seconds`.
    """
    environment = target.environment
    engine = connect(url, statement_seconds=statement_seconds)
    if engine.url.password:
        return engine
    uses_tokens = bool(environment.database_user)
    login = find_login(environment.database_secret, uses_tokens=uses_tokens)
    return connect(url, login, statement_seconds)


def read_revision(target: Target, url: str) -> str | None:
    """Return the database's migration; raise DeployError if the database is not reachable."""
    with explain_refusal(), connect_to_record(target, url).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def explain_refusal() -> Iterator[None]:
    """Raise DeployError for what the database refuses in the block."""
    try:
        yield
    except DBAPIError as error:
        raise DeployError(
            f"the database of DATABASE_URL: {explain_database_error(error)}. If only runs can "
            "reach it, unset DATABASE_URL here once its secret is stored"
        ) from None
    except EdgeError as error:
        raise DeployError(str(error)) from None
