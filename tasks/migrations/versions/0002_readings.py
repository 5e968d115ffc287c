"""Readings and applicants, to decide again without reading again; links between verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = "verdicts_first_writer_wins"
OLD_KEY = ("document_id", "pipeline_version", "policy_name", "policy_version")
NEW_KEY = (
    *("document_id", "engine", "reader_version"),
    *("pipeline_version", "policy_name", "policy_version"),
)
OLD_COMMENT = "personal data: nothing of it stands in any other table"
NEW_COMMENT = "personal data: what each source says; besides readings and applicants only here"


def upgrade() -> None:
    """Create the two tables, and let a verdict name the engine and the reader that it rests on."""
    op.create_table(
        "readings",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("reader_version", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="JSON of the reading, zlib"),
        sa.Column(
            "read_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.UniqueConstraint(
            *("document_id", "engine", "reader_version"), name="readings_first_writer_wins"
        ),
        comment="personal data: all that was read, to decide again without reading again",
    )
    op.create_table(
        "applicants",
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id"), primary_key=True),
        sa.Column("name", sa.Text),
        sa.Column("birth_date", sa.Date),
        sa.Column(
            "unreadable",
            sa.ARRAY(sa.Text),
            nullable=False,
            comment="fields given in no readable way",
        ),
        comment="personal data: what was given of the applicant with the upload",
    )
    # What earlier verdicts were made by: there was one reader, no risk and no message.
    for column, value in (
        (sa.Column("reader_version", sa.Text, nullable=False), "1"),
        (
            sa.Column(
                *("applicant_message", sa.Text),
                nullable=False,
                comment="may be shown to the applicant",
            ),
            "",
        ),
        (
            sa.Column(
                "risk", sa.Double, nullable=False, comment="0 to 1, by the weights of the policy"
            ),
            "0",
        ),
    ):
        column.server_default = sa.DefaultClause(value)
        op.add_column("verdicts", column)
        op.alter_column("verdicts", column.name, server_default=None)
    op.add_column(
        "verdicts",
        sa.Column(
            "previous_id",
            sa.BigInteger,
            sa.ForeignKey("verdicts.id", name="verdicts_previous_id_fkey"),
            comment="the verdict on the same document by the same engine that this one supersedes",
        ),
    )
    op.drop_constraint(KEY, "verdicts")
    op.create_unique_constraint(KEY, "verdicts", NEW_KEY)
    op.create_table_comment("holder_fields", NEW_COMMENT, existing_comment=OLD_COMMENT)


def downgrade() -> None:
    """Keep one verdict per policy, the newest by any engine.

    The verdicts that have no place there are lost, and so are all readings.
    """
    op.execute(
        """
        CREATE TEMPORARY TABLE superseded ON COMMIT DROP AS
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY document_id, pipeline_version, policy_name, policy_version
                ORDER BY id DESC
            ) AS age FROM verdicts
        ) AS numbered WHERE age > 1
        """
    )
    op.drop_column("verdicts", "previous_id")
    for table in ("check_results", "holder_fields"):
        op.execute(
            f"DELETE FROM {table} WHERE verdict_id IN (SELECT id FROM superseded)"  # noqa: S608 (ours)
        )
    op.execute("DELETE FROM verdicts WHERE id IN (SELECT id FROM superseded)")
    op.drop_constraint(KEY, "verdicts")
    for column in ("risk", "applicant_message", "reader_version"):
        op.drop_column("verdicts", column)
    op.create_unique_constraint(KEY, "verdicts", OLD_KEY)
    op.create_table_comment("holder_fields", OLD_COMMENT, existing_comment=NEW_COMMENT)
    op.drop_table("applicants")
    op.drop_table("readings")
