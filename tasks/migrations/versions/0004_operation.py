"""Reviews, legal holds, stages, and an index of documents in the order in which S3 lists them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the four tables, and the index for reconciliation."""
    op.create_index(
        "documents_in_order",
        "documents",
        ["bucket", sa.text('key COLLATE "C"'), sa.text('version_id COLLATE "C"'), "id"],
    )
    op.create_table(
        "review_claims",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        comment="who has which referred document before them; there is at most one",
    )
    op.create_table(
        "review_events",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            *("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id")), nullable=False, index=True
        ),
        sa.Column(
            "reviewer", sa.Text, nullable=False, comment="as given: nobody's identity is checked"
        ),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, comment="a code"),
        sa.Column("note", sa.Text, comment="free text of the reviewer; may be personal data"),
        sa.Column(
            *("decision_id", sa.BigInteger, sa.ForeignKey("verdicts.id")),
            comment="the verdict that the person gave",
        ),
        sa.Column("flow_run_id", sa.Uuid, index=True, comment="none: from the command line"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "action IN ('claimed', 'released', 'decided')", name="review_events_action"
        ),
        sa.CheckConstraint(
            "action <> 'decided' OR (reason IS NOT NULL AND decision_id IS NOT NULL)",
            name="review_events_decided_with_reason",
        ),
    )
    op.create_table(
        "legal_holds",
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("held_by", sa.Text, nullable=False),
        sa.Column(
            "held_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        comment="nothing of these documents is purged",
    )
    op.create_table(
        "stages",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column(
            *("at", sa.DateTime(timezone=True)),
            nullable=False,
            server_default=sa.func.now(),
            index=True,
        ),
    )


def downgrade() -> None:
    """Drop the four tables: the history of reviews is lost, the verdicts stay."""
    for table in ("stages", "legal_holds", "review_events", "review_claims"):
        op.drop_table(table)
    op.drop_index("documents_in_order", "documents")
