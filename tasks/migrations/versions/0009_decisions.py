"""Decisions of persons: reasons that fit the outcome, and appeals against rejections."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ALLOWED = {
    "verified": ("details_confirmed", "original_seen", "other"),
    "rejected": (
        *("document_altered", "document_not_accepted", "document_expired"),
        *("not_the_applicant", "other"),
    ),
    "resubmit": ("picture_not_usable", "side_missing", "other"),
}
ACTIONS = "action IN ('claimed', 'released', 'decided', 'overridden')"
NEW_ACTIONS = "action IN ('claimed', 'released', 'decided', 'overridden', 'appealed')"

MAY_BE_DECIDED = """
CREATE FUNCTION person_may_decide(verdict verdicts) RETURNS boolean
LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
    SELECT verdict.outcome = 'referred'
        OR EXISTS (SELECT FROM overrides WHERE overrides.verdict_id = verdict.id)
        OR verdict.outcome = 'rejected' AND verdict.policy_name <> 'person' AND EXISTS (
            SELECT FROM review_events event
            JOIN verdicts appealed ON appealed.id = event.verdict_id
            WHERE appealed.document_id = verdict.document_id AND event.action = 'appealed'
        );
$$;
"""
RANK = """
CREATE OR REPLACE FUNCTION rank_verdict() RETURNS trigger
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
            AND {condition}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE =
            '{message}';
    END IF;
    RETURN NEW;
END;
$$;
"""
CONDITION = (
    "(decided.outcome = 'referred'"
    " OR EXISTS (SELECT FROM overrides WHERE overrides.verdict_id = decided.id))"
)
MESSAGE = "a person decides a current referral, or a verdict that a supervisor has set aside"
NEW_MESSAGE = (
    "a person decides a current referral, an appealed rejection, or a verdict that a supervisor"
    " has set aside"
)


def upgrade() -> None:
    """Add the rules; the constraint does not look at the decisions that are on record."""
    pairs = ", ".join(
        f"'{outcome} {reason}'" for outcome, reasons in ALLOWED.items() for reason in reasons
    )
    op.create_check_constraint(
        "verdicts_person_reason",
        "verdicts",
        "policy_name <> 'person' OR cardinality(reasons) = 1"
        f" AND outcome || ' ' || coalesce(reasons[1], '') IN ({pairs})",
        postgresql_not_valid=True,
    )
    _constrain_actions(NEW_ACTIONS)
    op.execute(MAY_BE_DECIDED.format(schema=_schema()))
    _replace_trigger("person_may_decide(decided)", NEW_MESSAGE)


def downgrade() -> None:
    """Drop the rules, and the record of the appeals."""
    _replace_trigger(CONDITION, MESSAGE)
    op.execute("DROP FUNCTION person_may_decide(verdicts)")
    op.execute("DELETE FROM review_events WHERE action = 'appealed'")
    _constrain_actions(ACTIONS)
    op.drop_constraint("verdicts_person_reason", "verdicts")


def _schema() -> str:
    return str(op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())")))


def _replace_trigger(condition: str, message: str) -> None:
    op.execute(RANK.format(schema=_schema(), condition=condition, message=message))


def _constrain_actions(actions: str) -> None:
    op.drop_constraint("review_events_action", "review_events")
    op.create_check_constraint("review_events_action", "review_events", actions)
