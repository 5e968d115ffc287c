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
REASON_FITS = """
CREATE FUNCTION reason_fits(outcome text, reasons text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT cardinality(reasons) = 1 AND outcome || ' ' || coalesce(reasons[1], '') IN ({pairs});
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
    {reason_rule}
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
REASON_RULE = """ELSIF NOT reason_fits(NEW.outcome, NEW.reasons) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
            'the decision of a person needs one reason that fits the outcome';"""
NEW_MESSAGE = (
    "a person decides a current referral, an appealed rejection, or a verdict that a supervisor"
    " has set aside"
)


def upgrade() -> None:
    """Add the rules for new decisions; the earlier ones stay as they are."""
    pairs = ", ".join(
        f"'{outcome} {reason}'" for outcome, reasons in ALLOWED.items() for reason in reasons
    )
    _constrain_actions(NEW_ACTIONS)
    op.execute(MAY_BE_DECIDED.format(schema=_schema()))
    op.execute(REASON_FITS.format(pairs=pairs))
    _replace_trigger("person_may_decide(decided)", NEW_MESSAGE, REASON_RULE)


def downgrade() -> None:
    """Drop the rules, and the record of the appeals."""
    _replace_trigger(CONDITION, MESSAGE)
    for function in ("person_may_decide(verdicts)", "reason_fits(text, text[])"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DELETE FROM review_events WHERE action = 'appealed'")
    _constrain_actions(ACTIONS)


def _schema() -> str:
    return str(op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())")))


def _replace_trigger(condition: str, message: str, reason_rule: str = "") -> None:
    values = {"condition": condition, "message": message, "reason_rule": reason_rule}
    op.execute(RANK.format(schema=_schema(), **values))


def _constrain_actions(actions: str) -> None:
    op.drop_constraint("review_events_action", "review_events")
    op.create_check_constraint("review_events_action", "review_events", actions)
