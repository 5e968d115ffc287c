"""The desk: what a person decided never changes, and an ended decision not at all."""

from alembic import op

revision = "0016"
down_revision = "0015"

KEEP = """
CREATE FUNCTION keep_desk_decision() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF is_maintenance() THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    IF TG_OP <> 'UPDATE' OR OLD.ended_at IS NOT NULL
        OR (OLD.verdict_id, OLD.subject, OLD.reviewer, OLD.outcome, OLD.reason, OLD.decided_at)
            IS DISTINCT FROM
            (NEW.verdict_id, NEW.subject, NEW.reviewer, NEW.outcome, NEW.reason, NEW.decided_at)
        OR OLD.needs_approval AND NOT NEW.needs_approval
        OR OLD.approver_subject IS NOT NULL
            AND OLD.approver_subject IS DISTINCT FROM NEW.approver_subject
    THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            'desk_decisions: what was decided never changes, and an ended decision not at all';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER desk_decisions_kept BEFORE UPDATE OR DELETE ON desk_decisions
FOR EACH ROW EXECUTE FUNCTION keep_desk_decision();
"""


def upgrade() -> None:
    """Create the trigger."""
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.execute(KEEP.format(schema=schema))


def downgrade() -> None:
    """Drop the trigger."""
    op.execute("DROP TRIGGER desk_decisions_kept ON desk_decisions")
    op.execute("DROP FUNCTION keep_desk_decision()")
