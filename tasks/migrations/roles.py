"""Rights on the record: five roles, of which people and programs are made members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, text

APP, READER, HOLDER_READER = "docverify_app", "docverify_reader", "docverify_holder_reader"
SUPERVISOR = "docverify_supervisor"
API = "docverify_api"
ROLES = (APP, READER, HOLDER_READER, SUPERVISOR, API)

VERDICTS = (
    *("documents", "verdicts", "check_results", "engine_choices", "claims", "failures"),
    *("policy_versions", "policy_strictness", "stages", "outbox", "feed", "deliveries"),
    *("delivery_targets", "current_verdicts"),
)
"""Tables and views without personal data."""
HOLDERS = ("holder_fields", "applicants", "current_holders", "review_events")
WRITTEN_ONCE = (
    *("documents", "verdicts", "check_results", "engine_choices"),
    *("policy_versions", "policy_strictness"),
)
"""Rows that no one changes: a newer verdict is a row of its own."""
PURGED = ("holder_fields", "applicants", "readings")
"""Rows that are written once as well, and deleted when their time is over."""
OVERRIDES = "overrides"
"""The permission to decide against the current verdict: only a supervisor writes it."""

RIGHTS_OF_API = {
    **dict.fromkeys(("current_verdicts", "current_holders", "documents"), "SELECT"),
    **dict.fromkeys(("check_results", "overrides"), "SELECT"),
    **dict.fromkeys(("policy_strictness", "api_tokens"), "SELECT"),
    **dict.fromkeys(("verdicts", "review_events", "outbox"), "SELECT, INSERT"),
    "review_claims": "SELECT, INSERT, UPDATE, DELETE",
    **dict.fromkeys(("deliveries", "delivery_targets"), "SELECT, INSERT"),
    "feed": "SELECT, INSERT, UPDATE",
}
"""What the read API needs: no readings, no data of applicants, and of tokens only the hashes."""
REVIEW_EVENTS = "id, verdict_id, reviewer, action, reason, decision_id, flow_run_id, at"
"""The columns of `review_events` without the note, which may be personal data."""

MISSING = (
    "the roles {0} do not exist, and this user may not create them. An administrator can: "
    "{1} After that, run `python -m tasks.migrations` again."
)


def grant_rights(connection: Connection) -> str:
    """Create the roles and grant their rights; it can be repeated at any time.

    Return what an administrator must do if this user may not create roles, otherwise nothing.
    """
    known = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    missing = [name for name in ROLES if name not in known]
    if missing and not may_create_roles(connection):
        commands = " ".join(f"CREATE ROLE {name} NOLOGIN;" for name in missing)
        return MISSING.format(", ".join(missing), commands)
    for name in missing:
        connection.execute(text(create_role(name)))
    schema = str(connection.scalar(text("SELECT quote_ident(current_schema())")))
    for statement in build_grants(list_tables(connection), schema):
        connection.execute(text(statement))
    return ""


def may_create_roles(connection: Connection) -> bool:
    """Return whether the user of this connection may create roles."""
    query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    return bool(connection.scalar(text(query)))


def create_role(name: str) -> str:
    """Build the statement that creates a role.

    Roles belong to all databases of a server, so another one may create it at the same time.
    """
    return (
        f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )


def list_tables(connection: Connection) -> list[str]:
    """List the tables and views of the record."""
    query = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() "
        "AND table_name <> 'alembic_version' ORDER BY 1"
    )
    return list(connection.scalars(text(query)))


def build_grants(tables: Iterable[str], schema: str) -> Iterator[str]:
    """Build the statements that grant the rights of all roles.

    A table that is added later is the program's at once; a reader needs a grant here first.
    """
    every = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA {schema} TO {every}"
    for table in tables:
        yield f"REVOKE ALL ON {schema}.{table} FROM {every}"
        yield f"GRANT {rights_of_app(table)} ON {schema}.{table} TO {APP}, {SUPERVISOR}"
        if table in VERDICTS:
            yield f"GRANT SELECT ON {schema}.{table} TO {READER}, {HOLDER_READER}"
        if table in HOLDERS:
            yield f"GRANT SELECT ON {schema}.{table} TO {HOLDER_READER}"
        if rights := RIGHTS_OF_API.get(table):
            yield f"GRANT {rights} ON {schema}.{table} TO {API}"
    yield f"GRANT SELECT ({REVIEW_EVENTS}) ON {schema}.review_events TO {READER}"
    yield f"GRANT INSERT ON {schema}.{OVERRIDES} TO {SUPERVISOR}"
    rights = "SELECT, INSERT, UPDATE, DELETE"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON TABLES TO {APP}"


def rights_of_app(table: str) -> str:
    """Return the rights of the program on a table."""
    if table in (OVERRIDES, "current_verdicts", "current_holders"):
        return "SELECT"
    if table in WRITTEN_ONCE:
        return "SELECT, INSERT"
    return "SELECT, INSERT, DELETE" if table in PURGED else "SELECT, INSERT, UPDATE, DELETE"
