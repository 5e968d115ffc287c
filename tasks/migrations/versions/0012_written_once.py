"""What persons decide and hold is written once, at the time of the database."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TIMES = {
    "documents": "first_seen",
    "readings": "read_at",
    "policy_versions": "first_used",
    "verdicts": "decided_at",
    "overrides": "at",
    "review_events": "at",
    "legal_holds": "held_at",
    "hold_ends": "ended_at",
}
"""The column of each table that holds when its row was written."""

WRITTEN_ONCE = (
    *("documents", "policy_versions", "verdicts", "check_results", "engine_choices"),
    *("overrides", "legal_holds", "hold_ends"),
)
"""Tables whose rows nobody changes; `review_events` only loses its notes."""

DETAILS = ("check_results", "holder_fields", "engine_choices")
"""Rows that are written together with their verdict, never afterwards."""

# A function finds tables only in the schema of the record, never in one of the session's own.
FUNCTIONS = """
CREATE FUNCTION is_maintenance() RETURNS boolean
LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
    -- The owner of the tables may correct them; it must say so first, in each session.
    SELECT coalesce(current_setting('docverify.maintenance', true), '') = 'on'
        AND pg_has_role(relowner, 'USAGE')
    FROM pg_class WHERE oid = 'verdicts'::regclass;
$$;

CREATE FUNCTION write_time() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    -- Not the beginning of the transaction, which can be kept open for hours; never before it.
    IF NOT is_maintenance() THEN
        NEW := jsonb_populate_record(
            NEW, jsonb_build_object(TG_ARGV[0], greatest(clock_timestamp(), now()))
        );
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT is_maintenance() THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            format('%s: rows are written once and never changed or deleted', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION refuse_other_change() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT is_maintenance()
        AND (NEW.note IS NOT NULL OR to_jsonb(NEW) - 'note' <> to_jsonb(OLD) - 'note')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            'review_events: rows are written once; only their notes are purged';
    END IF;
    RETURN NEW;
END;
$$;

CREATE FUNCTION refuse_later_details() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT is_maintenance() AND EXISTS (
        SELECT FROM added JOIN verdicts ON verdicts.id = added.verdict_id
        WHERE verdicts.decided_at < now()
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            format('%s: rows are written in the transaction of their verdict', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_claim_of_person() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT is_maintenance() AND NOT EXISTS (
        SELECT FROM review_claims
        WHERE review_claims.verdict_id = NEW.previous_id AND review_claims.expires_at > now()
    ) AND NOT EXISTS (
        SELECT FROM overrides
        WHERE overrides.verdict_id = NEW.previous_id AND overrides.at >= now()
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            'verdicts: a person claims a referral, or overrides a verdict, before deciding it';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_event_of_person() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT is_maintenance() AND NOT EXISTS (
        SELECT FROM review_events event
        WHERE event.decision_id = NEW.id
            AND event.verdict_id = NEW.previous_id
            AND event.at >= now()
            AND (event.action = 'decided' OR event.action = 'overridden' AND EXISTS (
                SELECT FROM overrides
                WHERE overrides.verdict_id = NEW.previous_id
                    AND overrides.supervisor = event.reviewer
                    AND overrides.at >= now()
            ))
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            'verdicts: the decision of a person needs a review event in the same transaction';
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION check_event() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NEW.action IN ('decided', 'overridden') AND NOT is_maintenance() THEN
        IF NOT EXISTS (
            SELECT FROM verdicts
            WHERE verdicts.id = NEW.decision_id
                AND verdicts.previous_id = NEW.verdict_id
                AND verdicts.policy_name = 'person'
                AND verdicts.decided_at >= now()
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'review_events: a decision is written in the transaction of its verdict';
        END IF;
        IF NEW.action = 'decided' AND NOT EXISTS (
            SELECT FROM review_claims
            WHERE review_claims.verdict_id = NEW.verdict_id
                AND review_claims.reviewer = NEW.reviewer
                AND review_claims.expires_at > now()
        ) THEN
            RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
                'review_events: only the reviewer who claimed the document decides it';
        END IF;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER verdicts_claimed AFTER INSERT ON verdicts
FOR EACH ROW WHEN (NEW.policy_name = 'person') EXECUTE FUNCTION check_claim_of_person();

CREATE CONSTRAINT TRIGGER verdicts_decided AFTER INSERT ON verdicts
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.policy_name = 'person') EXECUTE FUNCTION check_event_of_person();

CREATE TRIGGER review_events_decided AFTER INSERT ON review_events
FOR EACH ROW EXECUTE FUNCTION check_event();

CREATE TRIGGER review_events_written_once BEFORE UPDATE ON review_events
FOR EACH ROW EXECUTE FUNCTION refuse_other_change();

CREATE TRIGGER review_events_kept BEFORE DELETE OR TRUNCATE ON review_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Keep the history of holds, then create the functions and the triggers."""
    op.drop_constraint("legal_holds_pkey", "legal_holds")
    op.add_column("legal_holds", sa.Column("id", sa.BigInteger, sa.Identity(always=True)))
    op.create_primary_key("legal_holds_pkey", "legal_holds", ["id"])
    op.create_index("ix_legal_holds_document_id", "legal_holds", ["document_id"])
    op.create_table_comment(
        "legal_holds", "nothing of these documents is purged until the hold has an end"
    )
    op.create_table(
        "hold_ends",
        sa.Column("hold_id", sa.BigInteger, sa.ForeignKey("legal_holds.id"), primary_key=True),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column(
            *("ended_at", sa.DateTime(timezone=True)),
            nullable=False,
            server_default=sa.func.now(),
        ),
        comment="the legal holds that have ended",
    )
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(FUNCTIONS.format(schema=schema))
    for table, column in TIMES.items():
        op.execute(
            f"CREATE TRIGGER {table}_time BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION write_time('{column}')"
        )
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER {table}_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table in DETAILS:
        op.execute(
            f"CREATE TRIGGER {table}_with_verdict AFTER INSERT ON {table}"
            " REFERENCING NEW TABLE AS added"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_later_details()"
        )


def downgrade() -> None:
    """Drop the rules, and the holds that have ended: they would begin again."""
    for name in (
        *("write_time", "refuse_change", "refuse_other_change", "refuse_later_details"),
        *("check_claim_of_person", "check_event_of_person", "check_event"),
    ):
        op.execute(f"DROP FUNCTION {name}() CASCADE")
    op.execute("DROP FUNCTION is_maintenance()")
    op.drop_constraint("hold_ends_hold_id_fkey", "hold_ends")
    op.execute("DELETE FROM legal_holds WHERE id IN (SELECT hold_id FROM hold_ends)")
    op.execute(
        "DELETE FROM legal_holds later USING legal_holds earlier"
        " WHERE later.document_id = earlier.document_id AND later.id > earlier.id"
    )
    op.drop_table("hold_ends")
    op.drop_index("ix_legal_holds_document_id", "legal_holds")
    op.drop_column("legal_holds", "id")
    op.create_primary_key("legal_holds_pkey", "legal_holds", ["document_id"])
    op.create_table_comment("legal_holds", "nothing of these documents is purged")
