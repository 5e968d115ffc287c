"""Rights on the record: seven roles, whose members are the users of people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, text

from tasks.record.connection import RETENTION

APP, READER, HOLDER_READER = "docverify_app", "docverify_reader", "docverify_holder_reader"
SUPERVISOR = "docverify_supervisor"
API, DESK = "docverify_api", "docverify_desk"
ROLES = (APP, READER, HOLDER_READER, SUPERVISOR, API, RETENTION, DESK)

READ = "SELECT"
APPEND = "SELECT, INSERT"
WRITE = "SELECT, INSERT, UPDATE, DELETE"
PURGE = "SELECT (ctid, {0}), DELETE"
"""Rights on a table; a purge may read only which document or verdict a row belongs to."""

APP_RIGHTS = {
    # Written once: a newer verdict, the end of a hold and a step of a review are separate rows.
    **dict.fromkeys(("documents", "verdicts", "check_results", "engine_choices"), APPEND),
    **dict.fromkeys(("review_events", "legal_holds", "hold_ends"), APPEND),
    "policy_versions": APPEND,
    "overrides": READ,
    # Personal data, which only retention deletes; a second engine's reading replaces the first.
    "holder_fields": APPEND,
    "applicants": APPEND,
    "readings": "SELECT, INSERT, DELETE",
    "fingerprints": "SELECT, INSERT, UPDATE",
    "portrait_signatures": APPEND,
    # Current work, and measurements.
    **dict.fromkeys(("claims", "failures", "outbox", "review_claims"), WRITE),
    **dict.fromkeys(("feed", "deliveries", "delivery_targets", "api_tokens"), WRITE),
    # The owner compares policies: a false row would let a weaker policy end a referral.
    **dict.fromkeys(("policy_strictness", "field_corrections"), READ),
    "stages": APPEND,
    # A due decision is recorded even if no desk is running; who decided what cannot be changed.
    "desk_decisions": "SELECT, UPDATE (ended_at, ending, note, decision_id)",
    **dict.fromkeys(("current_verdicts", "current_holders"), READ),
}
READER_RIGHTS = {
    **dict.fromkeys(("documents", "verdicts", "check_results", "engine_choices", "claims"), READ),
    **dict.fromkeys(("failures", "policy_versions", "policy_strictness", "stages"), READ),
    **dict.fromkeys(("outbox", "feed", "deliveries", "delivery_targets"), READ),
    "current_verdicts": READ,
    # Without the note, which may be personal data.
    "review_events": (
        "SELECT (id, verdict_id, reviewer, action, reason, decision_id, flow_run_id, at)"
    ),
}
HOLDER_RIGHTS = dict.fromkeys(
    ("holder_fields", "applicants", "current_holders", "review_events"), READ
)
API_RIGHTS = {
    **dict.fromkeys(("current_verdicts", "current_holders", "documents"), READ),
    **dict.fromkeys(("check_results", "overrides"), READ),
    **dict.fromkeys(("policy_versions", "policy_strictness", "api_tokens"), READ),
    **dict.fromkeys(("verdicts", "review_events", "outbox"), APPEND),
    "review_claims": WRITE,
    **dict.fromkeys(("deliveries", "delivery_targets"), APPEND),
    "feed": "SELECT, INSERT, UPDATE",
}
"""What the read API needs: no readings, no data of applicants, and of tokens only the hashes."""
DESK_RIGHTS = {
    **dict.fromkeys(("documents", "applicants", "readings", "fingerprints"), READ),
    "portrait_signatures": READ,
    **dict.fromkeys(("policy_versions", "policy_strictness", "overrides"), READ),
    # A corrected field is decided again: a verdict with its results and fields.
    **dict.fromkeys(("verdicts", "check_results", "holder_fields", "engine_choices"), APPEND),
    **dict.fromkeys(("review_events", "field_corrections", "desk_views", "desk_keys"), APPEND),
    **dict.fromkeys(("outbox", "deliveries", "delivery_targets"), APPEND),
    "feed": "SELECT, INSERT, UPDATE",
    # Who decided what cannot be changed; a second person can approve it, and it ends.
    "desk_decisions": (
        "SELECT, INSERT,"
        " UPDATE (approver, approver_subject, due_at, ended_at, ending, note, decision_id)"
    ),
    **dict.fromkeys(("review_claims", "desk_sessions"), WRITE),
}
"""What the review desk needs; it cannot change a recorded view of personal data."""
RIGHTS: Mapping[str, Mapping[str, str]] = {
    APP: APP_RIGHTS,
    READER: READER_RIGHTS,
    HOLDER_READER: {**READER_RIGHTS, **HOLDER_RIGHTS},
    SUPERVISOR: {**APP_RIGHTS, "overrides": APPEND},
    API: API_RIGHTS,
    RETENTION: {
        **dict.fromkeys(("documents", "verdicts", "claims", "legal_holds", "hold_ends"), READ),
        **dict.fromkeys(("readings", "applicants", "fingerprints"), PURGE.format("document_id")),
        **dict.fromkeys(("field_corrections", "portrait_signatures"), PURGE.format("document_id")),
        "holder_fields": PURGE.format("verdict_id"),
        "review_events": "SELECT (ctid, verdict_id, action, note), UPDATE (note)",
    },
    DESK: DESK_RIGHTS,
}
"""The rights of each role on each table; on all others, a role has no right."""

MISSING = (
    "the roles {0} do not exist, and this user may not create them. An administrator can: "
    "{1} After that, run `python -m tasks.migrations` again."
)


def grant_rights(connection: Connection) -> str:
    """Create the roles and grant their rights; this can be repeated at any time.

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

    Roles belong to the whole server, so another database may create the role at the same time.
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
    """Build the statements that grant the rights of all roles, and revoke all others."""
    every = ", ".join(ROLES)
    yield f"GRANT USAGE ON SCHEMA {schema} TO {every}"
    yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {every}"
    for table in tables:
        yield f"REVOKE ALL ON {schema}.{table} FROM {every}"
        for role, rights in RIGHTS.items():
            if table in rights:
                yield f"GRANT {rights[table]} ON {schema}.{table} TO {role}"
