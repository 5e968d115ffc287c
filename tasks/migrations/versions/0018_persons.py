"""Find the documents of the same person by an index, for the case page of the desk."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the index."""
    op.create_index("fingerprints_person", "fingerprints", ["person"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("fingerprints_person", "fingerprints")
