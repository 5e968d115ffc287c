"""The key with which all desks of a record sign cookies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = depends_on = None


def upgrade() -> None:
    """Create the table, which gets its row from the first desk that needs it."""
    op.create_table(
        "desk_keys",
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False, comment="32 random bytes"),
        comment="secrets that all desks of this record share; the first desk makes them",
    )


def downgrade() -> None:
    """Drop the key: people sign in again."""
    op.drop_table("desk_keys")
