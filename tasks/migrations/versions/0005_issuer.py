"""The issuer that each source names."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; barcodes are now a source as well."""
    op.add_column("holder_fields", sa.Column("issuing_state", sa.Text))
    op.alter_column("holder_fields", "source", comment="mrz, viz or barcode")


def downgrade() -> None:
    """Drop the column and its values."""
    op.alter_column("holder_fields", "source", comment="mrz or viz")
    op.drop_column("holder_fields", "issuing_state")
