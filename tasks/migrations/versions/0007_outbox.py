"""Outbox: verdicts whose event is not known to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table; the events of earlier verdicts are not sent again."""
    op.create_table(
        "outbox",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column(
            *("since", sa.DateTime(timezone=True)),
            nullable=False,
            server_default=sa.func.now(),
            index=True,
        ),
        comment="verdicts whose event is not known to be sent; reconciliation sends what stays "
        "here",
    )


def downgrade() -> None:
    """Drop the table: events that are still in it are never sent."""
    op.drop_table("outbox")
