"""When a failed upload is tried again: tries of the world's faults are counted over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = depends_on = None

COLUMNS = (
    sa.Column(
        "cause_since",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment="since when every failed run had this fault",
    ),
    sa.Column(
        "deaths",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="number of runs that died, or whose reader was killed",
    ),
    sa.Column(
        "retry_at",
        sa.DateTime(timezone=True),
        comment="from then on, it is tried again; null: at once, unless it is parked",
    ),
)


def upgrade() -> None:
    """Add the columns; of earlier failures, the first one began the cause."""
    for column in COLUMNS:
        op.add_column("failures", column)
    op.execute("UPDATE failures SET cause_since = first_failed_at")
    op.execute("UPDATE failures SET deaths = tries WHERE fault = 'died'")


def downgrade() -> None:
    """Drop the columns."""
    for column in COLUMNS:
        op.drop_column("failures", column.name)
