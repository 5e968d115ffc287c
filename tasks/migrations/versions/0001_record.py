"""Documents, verdicts, check results and, in a separate table, holder fields."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the four tables of the record."""
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text, nullable=False, comment="empty: the bucket keeps none"),
        sa.Column(
            "sha256",
            sa.Text,
            nullable=False,
            comment="etag:… where too large to be retrieved",
        ),
        sa.Column("size", sa.BigInteger, nullable=False, comment="bytes"),
        sa.Column(
            "first_seen", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.UniqueConstraint("bucket", "key", "version_id", "sha256", name="documents_identity"),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("pipeline_version", sa.Text, nullable=False),
        sa.Column("policy_name", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("flow_run_id", sa.Uuid, comment="of Prefect; it forgets its runs after days"),
        sa.Column(
            "decided_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.CheckConstraint(
            "outcome IN ('verified', 'referred', 'resubmit', 'rejected')", name="verdicts_outcome"
        ),
        sa.UniqueConstraint(
            "document_id",
            "pipeline_version",
            "policy_name",
            "policy_version",
            name="verdicts_first_writer_wins",
        ),
    )
    op.create_table(
        "check_results",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("position", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("sources", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.CheckConstraint(
            "status IN ('passed', 'failed', 'inconclusive', 'not_performed')",
            name="check_results_status",
        ),
    )
    op.create_table(
        "holder_fields",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("source", sa.Text, primary_key=True, comment="mrz or viz"),
        sa.Column("document_number", sa.Text),
        sa.Column("surname", sa.Text),
        sa.Column("given_names", sa.Text),
        sa.Column("nationality", sa.Text),
        sa.Column("birth_date", sa.Date),
        sa.Column("sex", sa.Text),
        sa.Column("issue_date", sa.Date),
        sa.Column("expiry_date", sa.Date),
        comment="personal data: nothing of it stands in any other table",
    )
