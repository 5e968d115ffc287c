"""Connections to the record, and transactions on it.

Each transaction has its own connection and leaves nothing behind: its limits apply only to itself,
as poolers in transaction mode require.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from random import uniform
from time import monotonic, sleep
from typing import Any

import psycopg2
from psycopg2.extensions import connection as PsycopgConnection
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from tasks.errors import SetupError, WorldError
from tasks.record.answers import open_connection
from tasks.record.database_errors import BY_CODE, explain_database_error, find_explanation
from tasks.record.logins import Login, SecretLogin, TokenLogin
from tasks.settings import read_settings

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
MIGRATION_SECONDS = 3600  # for one statement of a migration, such as an index on a large table
GRACE_SECONDS = 5  # after which the server itself should have ended a statement
CROWDED_SECONDS = 20  # for which a connection attempt waits until the server has a free connection
MAX_PAUSE_SECONDS = 2.0
CROWDED, WRONG_PASSWORD = "53300", "28P01"  # PostgreSQL's codes
KEEPALIVE = {  # Give up on a host that has disappeared after half a minute, not after hours.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
RETENTION = "docverify_retention"
"""The role that purges personal data; the roles are created by `tasks.migrations.roles`."""
NO_RIGHT = "42501"  # PostgreSQL's code: insufficient_privilege
# Since PostgreSQL 16, a member of a role may lack the right to switch to it.
MAY_BECOME_RETENTION = text(
    "SELECT pg_has_role(oid, CASE WHEN current_setting('server_version_num')::int >= 160000"
    " THEN 'SET' ELSE 'MEMBER' END) FROM pg_roles WHERE rolname = :role"
).bindparams(role=RETENTION)


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

    The user of DOCVERIFY_RETENTION_DATABASE_URL, or else of DATABASE_URL, switches to the role of
    retention for the transaction if it is a member. Raise SetupError if it may not purge.
    """
    settings = read_settings()
    url = settings.retention_database_url.get_secret_value()
    own = find_login("", uses_tokens=settings.database_iam)
    engine = connect(url, own) if url else database()
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


def database(statement_seconds: int = STATEMENT_SECONDS) -> Engine:
    """Return the database of DATABASE_URL; raise SetupError if that is not a valid URL.

    The database ends a statement after `statement_seconds`.
    """
    settings = read_settings()
    url = settings.database_url.get_secret_value()
    if not url:
        raise SetupError("DATABASE_URL is not set: give postgresql://user:password@host/database")
    login = find_login(settings.database_secret, uses_tokens=settings.database_iam)
    return connect(url, login, statement_seconds)


@cache
def find_login(secret_id: str, *, uses_tokens: bool) -> Login:
    """Return where user and password come from."""
    if secret_id:
        return SecretLogin(secret_id)
    return TokenLogin() if uses_tokens else Login()


@cache
def connect(
    url: str, login: Login | None = None, statement_seconds: int = STATEMENT_SECONDS
) -> Engine:
    """Prepare connections to PostgreSQL; raise SetupError if the URL is not a PostgreSQL URL.

    Without a login, user and password are those of the URL. The `connect_timeout` of the URL, in
    seconds, replaces ours.
    """
    parsed = parse_url(url)
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg2"),
        poolclass=NullPool,
        hide_parameters=True,  # Errors must not quote written values.
        use_native_hstore=False,  # It would cost a query per connection.
        connect_args={"application_name": "docverify", **KEEPALIVE},
    )
    limit = f"SET LOCAL statement_timeout = {statement_seconds * 1000}"

    @event.listens_for(engine, "do_connect")
    def _open(
        _dialect: object, _record: object, _: object, parameters: Mapping[str, Any]
    ) -> PsycopgConnection:
        return open_patiently(parameters, login or Login(), statement_seconds + GRACE_SECONDS)

    @event.listens_for(engine, "begin")
    def _limit_statements(connection: Connection) -> None:
        # Not as `options` of the connection, which RDS Proxy and PgBouncer refuse.
        connection.exec_driver_sql(limit)

    return engine


def parse_url(url: str) -> URL:
    """Parse the URL of a PostgreSQL; raise SetupError if it is not one."""
    try:
        parsed = make_url(url.strip())  # Secret files end with a line end.
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError(
            "DATABASE_URL is not a URL like postgresql://user:password@host/database: "
            "are the special characters of the password percent-encoded?"
        )
    return parsed


def open_patiently(
    parameters: Mapping[str, Any], login: Login, answer_seconds: float
) -> PsycopgConnection:
    """Open a connection; wait for a free one, and read a rotated password again.

    The pauses grow and are random, so that runs that start together do not retry together.
    """
    deadline = monotonic() + CROWDED_SECONDS
    pause = 0.1
    while True:
        try:
            return open_renewed(parameters, login, answer_seconds)
        except psycopg2.OperationalError as error:
            if name_refusal(error) != CROWDED or monotonic() >= deadline:
                raise
        sleep(uniform(pause / 2, pause))  # noqa: S311 - no secret
        pause = min(2 * pause, MAX_PAUSE_SECONDS)


def open_renewed(
    parameters: Mapping[str, Any], login: Login, answer_seconds: float
) -> PsycopgConnection:
    """Open a connection; if its password is refused, try again with the current one."""
    try:
        return open_with_limits(login.complete(parameters), answer_seconds)
    except psycopg2.OperationalError as error:
        if name_refusal(error) != WRONG_PASSWORD or not login.renew():
            raise
    try:
        return open_with_limits(login.complete(parameters), answer_seconds)
    except psycopg2.OperationalError as error:
        if name_refusal(error) != WRONG_PASSWORD:
            raise
        # The database has the new password some seconds before the secret does.
        raise WorldError(BY_CODE[WRONG_PASSWORD].message, WRONG_PASSWORD) from None


def name_refusal(error: psycopg2.OperationalError) -> str:
    """Return the code of a refused connection; empty if it is not known."""
    found = find_explanation(str(error))
    return found.code if found else ""


def open_with_limits(parameters: Mapping[str, Any], answer_seconds: float) -> PsycopgConnection:
    """Open a connection; the URL may set its own `connect_timeout`, in seconds."""
    given = str(parameters.get("connect_timeout", ""))
    seconds = float(given) if given.isdecimal() and int(given) > 0 else CONNECT_SECONDS
    return open_connection(parameters, seconds, answer_seconds)
