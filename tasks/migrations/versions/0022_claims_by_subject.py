"""Claims and second approvals by who signed in: two people may have the same name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = depends_on = None

TABLE, FOUR_EYES = "desk_decisions", "desk_decisions_four_eyes"
SUBJECTS_DIFFER = "approver_subject <> subject"
NAMES_DIFFER = f"{SUBJECTS_DIFFER} AND approver <> reviewer"


def upgrade() -> None:
    """Add the column, and compare only who signed in."""
    comment = "who signed in at the desk; null: only the name is known"
    op.add_column("review_claims", sa.Column("subject", sa.Text, comment=comment))
    op.drop_constraint(FOUR_EYES, TABLE)
    op.create_check_constraint(FOUR_EYES, TABLE, SUBJECTS_DIFFER)


def downgrade() -> None:
    """Drop the column; names must differ again in decisions from now on."""
    op.drop_constraint(FOUR_EYES, TABLE)
    op.create_check_constraint(FOUR_EYES, TABLE, NAMES_DIFFER, postgresql_not_valid=True)
    op.drop_column("review_claims", "subject")
