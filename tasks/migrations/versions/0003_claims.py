"""Claims, failures and fingerprints; links between the documents of a key."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

DOCUMENTS = "a row is a document that a run began; whether it was judged, verdicts tell"


def _moment(name: str, **options: Any) -> sa.Column[Any]:  # noqa: ANN401 (what a column takes)
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _document(**options: Any) -> sa.Column[Any]:  # noqa: ANN401 (what a column takes)
    return sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), **options)


def upgrade() -> None:
    """Create the three tables and the link."""
    op.add_column(
        "documents",
        sa.Column(
            *("previous_id", sa.BigInteger),
            sa.ForeignKey("documents.id", name="documents_previous_id_fkey"),
            comment="the document that came before under the same key",
        ),
    )
    op.create_table_comment("documents", DOCUMENTS)
    op.create_table(
        "claims",
        _document(primary_key=True),
        sa.Column("engine", sa.Text, primary_key=True),
        sa.Column("reader_version", sa.Text, primary_key=True),
        sa.Column("pipeline_version", sa.Text, primary_key=True),
        sa.Column("policy_name", sa.Text, primary_key=True),
        sa.Column("policy_version", sa.Text, primary_key=True),
        sa.Column("flow_run_id", sa.Uuid, nullable=False, comment="the run that works on it"),
        _moment("claimed_at", nullable=False, server_default=sa.func.now()),
        _moment("expires_at", nullable=False),
        comment="work in hand; a row goes with its verdict or its failure, "
        "and expires with a dead run",
    )
    op.create_table(
        "failures",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("bucket", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text, nullable=False, comment="as asked for; empty: the newest"),
        sa.Column("etag", sa.Text, nullable=False, comment="as asked for; may be empty"),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("policy_name", sa.Text, nullable=False),
        _document(comment="none where it was not retrieved"),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column(
            *("reason", sa.Text), nullable=False, comment="what to do; holds no value of a person"
        ),
        sa.Column("tries", sa.Integer, nullable=False, comment="runs that ended so"),
        sa.Column("flow_run_id", sa.Uuid, comment="the last of them"),
        _moment("first_failed_at", nullable=False, server_default=sa.func.now()),
        _moment("last_failed_at", nullable=False, server_default=sa.func.now()),
        _moment("parked_at", comment="since then nothing tries by itself"),
        sa.CheckConstraint("fault IN ('world', 'setup', 'defect', 'died')", name="failures_fault"),
        sa.UniqueConstraint(
            *("bucket", "key", "version_id", "etag", "engine", "policy_name"),
            name="failures_identity",
        ),
        comment="uploads without a verdict, and why; a row goes with the verdict",
    )
    op.create_table(
        "fingerprints",
        _document(primary_key=True),
        sa.Column("engine", sa.Text, primary_key=True),
        sa.Column("reader_version", sa.Text, primary_key=True),
        sa.Column("number", sa.LargeBinary, comment="keyed HMAC of issuer, kind and number"),
        sa.Column("person", sa.LargeBinary, comment="keyed HMAC of name and birth date"),
        sa.Column("picture", sa.BigInteger, comment="perceptual hash of the document"),
        sa.Column(
            "bands",
            sa.ARRAY(sa.Integer),
            comment="the four 16-bit parts of the hash, each with its place: parts that are alike "
            "find pictures that are",
        ),
        comment="personal data under pseudonyms: "
        "what finds a document or a picture that came before",
    )
    op.create_index("fingerprints_number", "fingerprints", ["number"])
    op.create_index("fingerprints_bands", "fingerprints", ["bands"], postgresql_using="gin")


def downgrade() -> None:
    """Drop claims, failures and fingerprints; the verdicts stay."""
    for table in ("fingerprints", "failures", "claims"):
        op.drop_table(table)
    op.drop_column("documents", "previous_id")
    op.drop_table_comment("documents", existing_comment=DOCUMENTS)
