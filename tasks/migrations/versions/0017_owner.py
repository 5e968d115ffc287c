"""What no program may choose: which policy is stricter, and when a reviewer decided at the desk."""

from alembic import op

revision = "0017"
down_revision = "0016"

BEFORE = "the policies under which documents were decided, one row for each content"
SINCE = "the presets, and the policies under which documents were decided, one row for each content"


def upgrade() -> None:
    """Write the time of a decision as of all other rows; each migration compares the presets."""
    op.create_table_comment("policy_versions", SINCE)
    op.execute(
        "CREATE TRIGGER desk_decisions_time BEFORE INSERT ON desk_decisions"
        " FOR EACH ROW EXECUTE FUNCTION write_time('decided_at')"
    )


def downgrade() -> None:
    """Drop the trigger, and change the comment back."""
    op.execute("DROP TRIGGER desk_decisions_time ON desk_decisions")
    op.create_table_comment("policy_versions", BEFORE)
