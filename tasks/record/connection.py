"""Connections to the record, and its errors explained: the one place that knows psycopg2's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from tasks.errors import EdgeError, SetupError, WorldError
from tasks.settings import read_settings

CONNECT_SECONDS = 10
STATEMENT_MILLISECONDS = 30_000
KEEPALIVE = {  # Give up on a host that is gone after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
RETENTION = "docverify_retention"
"""The role that purges personal data; the roles are created by `tasks.migrations.roles`."""
NO_RIGHT = "42501"  # PostgreSQL's code: insufficient_privilege
# Since PostgreSQL 16, a member of a role may be forbidden to take it on.
MAY_BECOME_RETENTION = text(
    "SELECT pg_has_role(oid, CASE WHEN current_setting('server_version_num')::int >= 160000"
    " THEN 'SET' ELSE 'MEMBER' END) FROM pg_roles WHERE rolname = :role"
).bindparams(role=RETENTION)
# No connection, a restart, a deadlock, a timeout; a standby that was just promoted or demoted.
TEMPORARY = (OperationalError, InterfaceError, InternalError)


@contextmanager
def transaction() -> Iterator[Connection]:
    """Connect to the record, and commit when the block ends without an error.

    Raise WorldError when the database does not answer, SetupError when it refuses.
    """
    with explain_database_errors(), database().begin() as connection:
        yield connection


@contextmanager
def retention_transaction() -> Iterator[Connection]:
    """Connect to the record with the rights to purge, and commit like `transaction`.

    The user of DOCVERIFY_RETENTION_DATABASE_URL, or else of DATABASE_URL, takes on the role of
    retention for the transaction if it is a member. Raise SetupError if it may not purge.
    """
    url = read_settings().retention_database_url.get_secret_value()
    engine = connect(url) if url else database()
    try:
        with explain_database_errors(), engine.begin() as connection:
            if connection.scalar(MAY_BECOME_RETENTION):
                connection.execute(text(f"SET LOCAL ROLE {RETENTION}"))
            yield connection
    except SetupError as error:
        if error.code != NO_RIGHT:
            raise
        raise SetupError(
            "the user of the database may not purge: run `python -m tasks.migrations` as the owner "
            f"of the tables, then make the user a member of {RETENTION}, or set "
            "DOCVERIFY_RETENTION_DATABASE_URL to the URL of a member",
            NO_RIGHT,
        ) from None


def allow_changes(connection: Connection) -> None:
    """Let the owner of the tables change rows that are written once, in this transaction."""
    connection.execute(text("SELECT set_config('docverify.maintenance', 'on', true)"))


@contextmanager
def explain_database_errors() -> Iterator[None]:
    """Raise every error of the database as WorldError or SetupError."""
    try:
        yield
    except DBAPIError as error:
        raise explain_database_error(error) from None


def database() -> Engine:
    """Return the database of DATABASE_URL; raise SetupError if that is not a valid URL."""
    url = read_settings().database_url.get_secret_value()
    if not url:
        raise SetupError("DATABASE_URL is not set: give postgresql://user:password@host/database")
    return connect(url)


@cache
def connect(url: str) -> Engine:
    """Prepare connections to PostgreSQL; raise SetupError if the URL is not a PostgreSQL URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError(
            "DATABASE_URL is not a URL like postgresql://user:password@host/database: "
            "are the special characters of the password percent-encoded?"
        )
    options = f"{parsed.query.get('options', '')} -c statement_timeout={STATEMENT_MILLISECONDS}"
    return create_engine(
        parsed.set(drivername="postgresql+psycopg2").difference_update_query(["options"]),
        poolclass=NullPool,
        hide_parameters=True,  # An error must not quote what was written.
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": options.strip(),
            "application_name": "docverify",
            **KEEPALIVE,
        },
    )


def explain_database_error(error: DBAPIError) -> EdgeError:
    """Return what a database error means for us, without the values that it may quote."""
    code = getattr(error.orig, "pgcode", None) or ""
    is_temporary = isinstance(error, TEMPORARY) or error.connection_invalidated
    if code.startswith("42"):  # syntax error or access rule violation
        return SetupError(
            f"the database lacks our tables, or the user lacks rights to them ({code}): "
            "run `python -m tasks.migrations` as the owner of the tables",
            code,
        )
    if is_temporary and code:
        return WorldError(f"the database cannot do it now ({code})", code)
    if is_temporary:
        return WorldError(
            "the database of DATABASE_URL does not answer: "
            "check that it runs, and the URL's host, port, user and password",
            "no-answer",
        )
    if not code:
        return SetupError("DATABASE_URL has an option that PostgreSQL does not know")
    return SetupError(f"the database refused the record ({code})", code)
