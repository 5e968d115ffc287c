"""Who may do what with the record: three roles, which people and programs are made members of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, text

APP, READER, HOLDER_READER = "docverify_app", "docverify_reader", "docverify_holder_reader"
ROLES = (APP, READER, HOLDER_READER)

VERDICTS = ("documents", "verdicts", "check_results", "engine_choices", "claims", "failures")
"""Tables that hold nothing of a person."""
HOLDERS = ("holder_fields", "applicants")
WRITTEN_ONCE = ("documents", "verdicts", "check_results", "engine_choices")
"""What stands there, nobody changes: a newer verdict is a row of its own."""
PURGED = ("holder_fields", "applicants", "readings")
"""Written once as well, and deleted when their time is over."""

MISSING = (
    "the roles {0} are not there, and this user may not create them. An administrator can: "
    "{1} After that, run `python -m tasks.migrations` again."
)


def grant_rights(connection: Connection) -> str:
    """Make the roles and give them their rights, again as often as you like.

    Returns what an administrator must do where this user may not make them, or nothing.
    """
    if (missing := _missing(connection)) and not _may_create(connection):
        commands = " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in missing)
        return MISSING.format(", ".join(missing), commands)
    for name in missing:
        connection.execute(text(_creation(name)))
    for statement in _grants(_tables(connection), _schema(connection)):
        connection.execute(text(statement))
    return ""


def _missing(connection: Connection) -> list[str]:
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    return [name for name in ROLES if name not in known]


def _may_create(connection: Connection) -> bool:
    query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    return bool(connection.scalar(text(query)))


def _creation(name: str) -> str:
    """Roles belong to all databases of a server: another one may make them at the same time."""
    return (
        f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


def _schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT quote_ident(current_schema())")))


def _tables(connection: Connection) -> list[str]:
    query = (
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
        "AND tablename <> 'alembic_version' ORDER BY 1"
    )
    return list(connection.scalars(text(query)))


def _grants(tables: Iterable[str], schema: str) -> Iterator[str]:
    every = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA {schema} TO {every}"
    for table in tables:
        yield f"REVOKE ALL ON {schema}.{table} FROM {every}"
        yield f"GRANT {_of_app(table)} ON {schema}.{table} TO {APP}"
        if table in VERDICTS:
            yield f"GRANT SELECT ON {schema}.{table} TO {READER}, {HOLDER_READER}"
        if table in HOLDERS:
            yield f"GRANT SELECT ON {schema}.{table} TO {HOLDER_READER}"
    # What is added later is the program's at once, and a reader's only when it is said.
    rights = "SELECT, INSERT, UPDATE, DELETE"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON TABLES TO {APP}"


def _of_app(table: str) -> str:
    if table in WRITTEN_ONCE:
        return "SELECT, INSERT"
    return "SELECT, INSERT, DELETE" if table in PURGED else "SELECT, INSERT, UPDATE, DELETE"
