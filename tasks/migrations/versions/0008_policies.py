"""Policies, which of them is stricter, and the rule that a weaker one overrules nothing.

The rule is in the database, so that no run, redecision or program can break it.
"""

import json
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

PRESETS = Path(__file__).parents[1] / "presets_of_version_4.json"
"""The presets of version 4, whose content the record did not keep."""

ACTIONS = "action IN ('claimed', 'released', 'decided')"
NEW_ACTIONS = "action IN ('claimed', 'released', 'decided', 'overridden')"
REASONS = "action <> 'decided' OR (reason IS NOT NULL AND decision_id IS NOT NULL)"
NEW_REASONS = (
    "action NOT IN ('decided', 'overridden') OR (reason IS NOT NULL AND decision_id IS NOT NULL)"
)

# A function finds tables only in the schema of the record, never in one of the session's own.
FUNCTIONS = """
CREATE FUNCTION lock_document(document bigint) RETURNS void
LANGUAGE sql VOLATILE SET search_path = {schema}, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('docverify.document', document));
$$;

CREATE FUNCTION try_to_lock_document(document bigint) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = {schema}, pg_temp AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended('docverify.document', document));
$$;

CREATE FUNCTION find_overruling_verdict(
    document bigint, own_engine text, name text, version text, digest text
) RETURNS bigint
LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
    SELECT current.id FROM verdicts current
    WHERE current.document_id = document
        AND current.overruled_by_id IS NULL
        AND NOT EXISTS (
            SELECT FROM verdicts later
            WHERE later.document_id = document
                AND later.engine = current.engine
                AND later.overruled_by_id IS NULL
                AND later.id > current.id
        )
        AND (
            current.policy_name = 'person'
            OR current.outcome <> 'verified' AND NOT CASE
                WHEN current.policy_digest IS NULL OR digest IS NULL
                    THEN (current.policy_name, current.policy_version) = (name, version)
                ELSE current.policy_digest = digest OR EXISTS (
                    SELECT FROM policy_strictness known
                    WHERE known.stricter = digest AND known.weaker = current.policy_digest
                )
            END
        )
    ORDER BY current.engine = own_engine DESC, current.id DESC
    LIMIT 1;
$$;

CREATE FUNCTION rank_verdict() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    -- Two verdicts of a document at once: the second one waits, and then sees the first one.
    PERFORM lock_document(NEW.document_id);
    NEW.overruled_by_id := NULL;
    NEW.previous_id := (
        SELECT max(id) FROM verdicts
        WHERE document_id = NEW.document_id
            AND engine = NEW.engine
            AND overruled_by_id IS NULL
    );
    IF NEW.policy_name <> 'person' THEN
        NEW.overruled_by_id := find_overruling_verdict(
            NEW.document_id, NEW.engine, NEW.policy_name, NEW.policy_version, NEW.policy_digest
        );
        IF NEW.overruled_by_id IS NOT NULL THEN
            NEW.previous_id := NULL;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM verdicts decided
        WHERE decided.id = NEW.previous_id
            AND decided.id::text = NEW.policy_version
            AND (
                decided.outcome = 'referred'
                OR EXISTS (SELECT FROM overrides WHERE overrides.verdict_id = decided.id)
            )
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            'a person decides a current referral, or a verdict that a supervisor has set aside';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER verdicts_rank BEFORE INSERT ON verdicts
FOR EACH ROW EXECUTE FUNCTION rank_verdict();
"""


def upgrade() -> None:
    """Create the tables, the functions and the trigger; earlier verdicts keep their effect."""
    op.create_table(
        "policy_versions",
        sa.Column("digest", sa.Text, primary_key=True, comment="SHA-256 of the content"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column(
            *("first_used", sa.DateTime(timezone=True)),
            nullable=False,
            server_default=sa.func.now(),
        ),
        comment="the policies under which documents were decided; a row for each content",
    )
    op.create_table(
        "policy_strictness",
        _digest("stricter"),
        _digest("weaker"),
        comment="which policy is at least as strict as which; without a row, they are not compared",
    )
    op.create_table(
        "overrides",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("supervisor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, comment="a code"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        comment="current verdicts that a supervisor has set aside for a decision of their own",
    )
    op.add_column(
        "verdicts",
        sa.Column(
            *("policy_digest", sa.Text),
            comment="of the policy's content; none: a person, or a policy that was not kept",
        ),
    )
    op.add_column(
        "verdicts",
        sa.Column(
            *("overruled_by_id", sa.BigInteger),
            sa.ForeignKey("verdicts.id", name="verdicts_overruled_by_id_fkey"),
            comment="the verdict that stays current instead, because it is a person's or that of a "
            "policy that is not weaker; none: this one took effect",
        ),
    )
    _constrain_events(NEW_ACTIONS, NEW_REASONS)
    _add_earlier_policies()
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(FUNCTIONS.format(schema=schema))


def downgrade() -> None:
    """Drop the rule, and with it the verdicts that had no effect: they would become current."""
    op.execute("DROP TRIGGER verdicts_rank ON verdicts")
    for function in (
        *("rank_verdict()", "find_overruling_verdict(bigint, text, text, text, text)"),
        *("try_to_lock_document(bigint)", "lock_document(bigint)"),
    ):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("check_results", "holder_fields", "engine_choices", "outbox"):
        op.execute(
            f"DELETE FROM {table} WHERE verdict_id IN"  # noqa: S608 (ours)
            " (SELECT id FROM verdicts WHERE overruled_by_id IS NOT NULL)"
        )
    op.execute("DELETE FROM verdicts WHERE overruled_by_id IS NOT NULL")
    op.execute("UPDATE review_events SET action = 'decided' WHERE action = 'overridden'")
    _constrain_events(ACTIONS, REASONS)
    for column in ("overruled_by_id", "policy_digest"):
        op.drop_column("verdicts", column)
    for table in ("overrides", "policy_strictness", "policy_versions"):
        op.drop_table(table)


def _digest(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, sa.ForeignKey("policy_versions.digest"), primary_key=True)


def _constrain_events(actions: str, reasons: str) -> None:
    for name, rule in (("action", actions), ("decided_with_reason", reasons)):
        op.drop_constraint(f"review_events_{name}", "review_events")
        op.create_check_constraint(f"review_events_{name}", "review_events", rule)


def _add_earlier_policies() -> None:
    """Add the presets of version 4 that were used, so that present policies compare with them."""
    for content in json.loads(PRESETS.read_text()):
        written = json.dumps(content, sort_keys=True)
        values = {
            "digest": sha256(written.encode()).hexdigest(),
            "name": content["name"],
            "version": content["version"],
            "content": written,
        }
        op.get_bind().execute(
            sa.text(
                "INSERT INTO policy_versions (digest, name, version, content, first_used)"
                " SELECT :digest, :name, :version, CAST(:content AS json), min(decided_at)"
                " FROM verdicts WHERE policy_name = :name AND policy_version = :version"
                " HAVING count(*) > 0"
            ),
            values,
        )
        op.get_bind().execute(
            sa.text(
                "UPDATE verdicts SET policy_digest = :digest"
                " WHERE policy_name = :name AND policy_version = :version"
            ),
            values,
        )
