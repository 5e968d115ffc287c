"""Applications: what an upload belongs to, and which document of it a new one replaces."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; nothing is known of the applications of earlier documents."""
    op.add_column(
        "documents",
        sa.Column("application_id", sa.Text, comment="as the upload named it; none: it named none"),
    )
    op.add_column(
        "documents",
        sa.Column(
            *("replaces_id", sa.BigInteger),
            sa.ForeignKey("documents.id", name="documents_replaces_id_fkey"),
            comment="the document of the same application that was sent back, and that this one "
            "replaces",
        ),
    )
    op.create_index("ix_documents_replaces_id", "documents", ["replaces_id"])
    op.create_index("documents_of_application", "documents", ["bucket", "application_id"])


def downgrade() -> None:
    """Drop the columns, and with them which document replaced which."""
    for index in ("documents_of_application", "ix_documents_replaces_id"):
        op.drop_index(index, "documents")
    for column in ("replaces_id", "application_id"):
        op.drop_column("documents", column)
