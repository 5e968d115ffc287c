"""Attempts to change, forge or backdate the record as a member of each role, and their results."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from docverify.verdict import Outcome
from tasks.migrations.roles import API, APP, HOLDER_READER, READER, ROLES, SUPERVISOR
from tasks.record.connection import RETENTION
from tasks.record.holds import hold
from tasks.record.reviews import claim_review, decide_review
from tasks.record.verdicts import write_to_database
from tests.support.members import login
from tests.support.verdicts import READING, VERDICT, an_upload

NO_RIGHT, WRITTEN_ONCE, REPEATED = "42501", "23001", "23505"

VERDICT_COLUMNS = (
    "document_id, reader_version, pipeline_version, policy_name, policy_version, engine, outcome,"
    " reasons, summary, applicant_message, risk"
)
PERSON = (
    f"INSERT INTO verdicts ({VERDICT_COLUMNS}) SELECT document_id, '9', '9', 'person',"
    " id::text, engine, 'verified', '{{original_seen}}', '', '', 0 FROM verdicts WHERE id = {}"
)
DECIDE_FREE, DECIDE_CLAIMED = PERSON.format(":free"), PERSON.format(":claimed")
DECIDE_DECIDED = PERSON.format(":decision")
DECIDED = (
    "INSERT INTO review_events (verdict_id, reviewer, action, reason, decision_id)"
    " SELECT {}, '{}', '{}', 'original_seen', max(id) FROM verdicts"
)
COMMIT = "SET CONSTRAINTS ALL IMMEDIATE"
OWN_TABLES = (
    "CREATE TEMP TABLE overrides AS SELECT :decision AS verdict_id, 'Bo' AS supervisor, now() AS at"
)


@dataclass(frozen=True)
class Attempt:
    """Statements of one transaction, and the code of the error that ends it ("": none)."""

    role: str
    statements: tuple[str, ...]
    code: str


def refused(role: str, *statements: str, code: str = NO_RIGHT) -> Attempt:
    return Attempt(role, statements, code)


def done(role: str, *statements: str) -> Attempt:
    return Attempt(role, statements, "")


WRITERS = (APP, SUPERVISOR)
READERS = (READER, HOLDER_READER, RETENTION)
ATTEMPTS = [
    # What is recorded is changed or deleted.
    *(
        refused(role, statement)
        for role in ROLES
        for statement in (
            "UPDATE verdicts SET outcome = 'verified' WHERE id = :free",
            "DELETE FROM verdicts WHERE id = :free",
            "UPDATE documents SET sha256 = 'other'",
            "DELETE FROM check_results",
            "UPDATE review_events SET reviewer = 'Bo'",
            "UPDATE review_events SET at = '2020-01-01'",
            "DELETE FROM review_events",
            "UPDATE legal_holds SET reason = ''",
            "DELETE FROM legal_holds",
            "DELETE FROM hold_ends",
            "UPDATE overrides SET reason = ''",
            "TRUNCATE review_events",
            "TRUNCATE verdicts CASCADE",
            "UPDATE policy_versions SET content = '{}'",
            "INSERT INTO policy_strictness SELECT one.digest, two.digest"
            " FROM policy_versions one, policy_versions two",
            "UPDATE policy_strictness SET weaker = stricter",
            "DELETE FROM policy_strictness",
            "UPDATE desk_views SET name = 'Bo'",
            "DELETE FROM desk_views",
            "UPDATE field_corrections SET new_value = 'X'",
            "UPDATE desk_decisions SET subject = 'another'",
            "UPDATE desk_decisions SET outcome = 'verified'",
            "DELETE FROM desk_decisions",
            "UPDATE alembic_version SET version_num = '0001'",
        )
    ),
    # Readers write nothing; a row of theirs needs a right first.
    *(
        refused(role, statement)
        for role in READERS
        for statement in (
            DECIDE_CLAIMED,
            "INSERT INTO legal_holds (document_id, reason, held_by) VALUES (:document, 'x', 'x')",
            "INSERT INTO hold_ends (hold_id, ended_by) VALUES (:hold, 'x')",
            "INSERT INTO overrides (verdict_id, supervisor, reason) VALUES (:free, 'x', 'x')",
        )
    ),
    # The rules are switched off.
    *(
        refused(role, statement)
        for role in ROLES
        for statement in (
            "ALTER TABLE verdicts DISABLE TRIGGER ALL",
            "ALTER TABLE review_events DISABLE TRIGGER review_events_written_once",
            "DROP TRIGGER verdicts_rank ON verdicts",
            "DROP TABLE review_events",
            "SET session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RETURN NEW; END'",
            "CREATE TABLE public.verdicts_of_mine (id int)",
            "ALTER ROLE docverify_app BYPASSRLS",
        )
    ),
    # The rights of another role.
    *(
        refused(role, f"SET ROLE {other}")
        for role in ROLES
        for other in ("docverify_supervisor", "docverify_retention", "postgres")
        if other != role
    ),
    refused(RETENTION, "SET ROLE docverify_app"),
    # The owner's way to correct a row is not open to the roles.
    *(
        refused(
            role,
            "SET docverify.maintenance = 'on'",
            DECIDE_FREE,
            code=WRITTEN_ONCE,
        )
        for role in WRITERS
    ),
    # Notes and personal data.
    *(refused(role, "UPDATE review_events SET note = NULL") for role in ROLES if role != RETENTION),
    done(RETENTION, "UPDATE review_events SET note = NULL"),
    refused(RETENTION, "UPDATE review_events SET note = 'another note'", code=WRITTEN_ONCE),
    *(
        refused(role, f"DELETE FROM {table}")
        for role in WRITERS
        for table in ("holder_fields", "applicants", "fingerprints")
    ),
    done(RETENTION, "DELETE FROM holder_fields"),
    *(
        refused(RETENTION, f"SELECT {column} FROM {table}")
        for column, table in (
            ("surname", "holder_fields"),
            ("content", "readings"),
            ("name", "applicants"),
            ("person", "fingerprints"),
        )
    ),
    # A decision without a claim, without its event, or with one of another person or verdict.
    *(
        attempt
        for role in (*WRITERS, API)
        for attempt in (
            refused(role, DECIDE_FREE, code=WRITTEN_ONCE),
            refused(role, DECIDE_CLAIMED, COMMIT, code=WRITTEN_ONCE),
            refused(role, DECIDE_DECIDED, code=WRITTEN_ONCE),
            refused(role, OWN_TABLES, DECIDE_DECIDED, code=WRITTEN_ONCE),
            refused(
                role,
                DECIDE_CLAIMED,
                DECIDED.format(":claimed", "Bo", "decided"),
                code=WRITTEN_ONCE,
            ),
            refused(
                role,
                DECIDE_CLAIMED,
                DECIDED.format(":claimed", "Bo", "overridden"),
                COMMIT,
                code=WRITTEN_ONCE,
            ),
            refused(role, DECIDED.format(":claimed", "Anna", "decided"), code=WRITTEN_ONCE),
            done(role, DECIDE_CLAIMED, DECIDED.format(":claimed", "Anna", "decided"), COMMIT),
        )
    ),
    # Rows that are added to a verdict afterwards.
    *(
        refused(role, statement, code=WRITTEN_ONCE)
        for role in WRITERS
        for statement in (
            "INSERT INTO check_results SELECT :free, 99, 'code', 'passed', 'note', NULL, '{}', ''",
            "INSERT INTO holder_fields (verdict_id, source, surname) VALUES (:free, 'viz', 'X')",
        )
    ),
    refused(APP, "INSERT INTO overrides (verdict_id, supervisor, reason) VALUES (:free, 'x', 'x')"),
    refused(
        APP,
        "INSERT INTO hold_ends (hold_id, ended_by) VALUES (:hold, 'x'), (:hold, 'y')",
        code=REPEATED,
    ),
]


@pytest.fixture(name="engines", scope="module")
def _engines(database):
    return {role: login(database, role) for role in ROLES}


@pytest.fixture(name="record", scope="module")
def _record(database):
    """Record a referral nobody has, one that Anna has claimed, one that she decided, and a hold."""
    referred = [
        write_to_database.fn(
            *an_upload(), READING, replace(VERDICT, outcome=Outcome.REFERRED), None
        )
        for _ in range(3)
    ]
    free, claimed, decided = (each.verdict_id for each in referred)
    for each in (claimed, decided):
        claim_review("Anna", each)
    decision = decide_review("Anna", decided, "rejected", "document_altered", "a note")
    return {
        "free": free,
        "claimed": claimed,
        "decision": decision.verdict_id,
        "document": referred[0].document_id,
        "hold": hold(referred[0].document_id, "court order", "Anna"),
    }


def describe(attempt: Attempt) -> str:
    return f"{attempt.role}-{attempt.statements[-1][:50]}"


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=describe)
def test_each_attempt_ends_as_stated(attempt, engines, record):
    assert try_statements(engines[attempt.role], attempt.statements, record) == attempt.code


def try_statements(engine, statements, values) -> str:
    """Run statements in a transaction that is rolled back; return the code of the error."""
    with engine.connect() as connection:
        for statement in statements:
            try:
                connection.execute(text(statement), values)
            except DBAPIError as error:
                return error.orig.pgcode
    return ""


@pytest.mark.parametrize(
    ("table", "time", "statement"),
    [
        (
            *("documents", "first_seen"),
            "INSERT INTO documents (bucket, key, version_id, sha256, size, first_seen)"
            " VALUES ('b', 'k', 'v', 'x', 1, '2020-01-01')",
        ),
        (
            *("verdicts", "decided_at"),
            f"INSERT INTO verdicts ({VERDICT_COLUMNS}, decided_at) VALUES (:document, '9', '9',"
            " 'standard', '9', 'local', 'referred', '{}', '', '', 0, '2020-01-01')",
        ),
        (
            *("review_events", "at"),
            "INSERT INTO review_events (verdict_id, reviewer, action, at)"
            " VALUES (:free, 'Bo', 'released', '2020-01-01')",
        ),
        (
            *("legal_holds", "held_at"),
            "INSERT INTO legal_holds (document_id, reason, held_by, held_at)"
            " VALUES (:document, 'x', 'x', '2020-01-01')",
        ),
        (
            *("hold_ends", "ended_at"),
            "INSERT INTO hold_ends (hold_id, ended_by, ended_at) VALUES (:hold, 'x', '2020-01-01')",
        ),
        (
            *("overrides", "at"),
            "INSERT INTO overrides (verdict_id, supervisor, reason, at)"
            " VALUES (:free, 'x', 'x', '2020-01-01')",
        ),
    ],
)
def test_the_time_of_a_row_is_the_databases_whatever_is_written(
    table, time, statement, engines, record
):
    with engines[SUPERVISOR].connect() as connection:
        connection.execute(text("SELECT now()"))
        row = connection.execute(
            text(f"{statement} RETURNING {time} >= now() AND {time} <= clock_timestamp()"), record
        )
        assert row.scalar() is True, table


WORK_IN_HAND = {
    *("api_tokens", "claims", "deliveries", "delivery_targets", "desk_sessions", "failures"),
    *("outbox", "stages"),
}
"""Tables whose times are of work, and prove nothing."""


def test_every_row_of_the_record_gets_its_time_from_the_database(database):
    columns = (
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND column_default LIKE 'now()%'"
    )
    triggers = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'write_time'::regproc"
    with database.connect() as connection:
        with_time = set(connection.scalars(text(columns)))
        written = set(connection.scalars(text(triggers)))

    assert with_time == written | WORK_IN_HAND


def test_the_owner_changes_a_row_only_after_saying_so(database, record):
    change = ("UPDATE verdicts SET risk = 0 WHERE id = :free",)
    assert try_statements(database, change, record) == WRITTEN_ONCE
    maintenance = "SET LOCAL docverify.maintenance = 'on'"
    assert try_statements(database, (maintenance, *change), record) == ""
