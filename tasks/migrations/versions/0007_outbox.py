"""Verdicts whose event is not known to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; what was decided before is not told again."""
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
    """Drop it: what was not told then, nobody is told."""
    op.drop_table("outbox")
