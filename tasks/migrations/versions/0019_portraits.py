"""Signatures of portraits, by which one photo under several names is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BIT

revision = "0019"
down_revision = "0018"
branch_labels = depends_on = None


def upgrade() -> None:
    """Create the table of signatures; it stays empty unless the operator has portraits compared."""
    op.create_table(
        "portrait_signatures",
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("signature", BIT(512), nullable=False, comment="of the largest portrait"),
        comment="biometric data, only where DOCVERIFY_COMPARE_PORTRAITS is set: to find one photo "
        "under several names",
    )


def downgrade() -> None:
    """Drop the signatures."""
    op.drop_table("portrait_signatures")
