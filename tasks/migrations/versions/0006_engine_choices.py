"""Which engine's reading was used, under policies that name a second engine."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "engine_choices",
        sa.Column("verdict_id", sa.BigInteger, sa.ForeignKey("verdicts.id"), primary_key=True),
        sa.Column("first_engine", sa.Text, nullable=False),
        sa.Column("second_engine", sa.Text, nullable=False),
        sa.Column("read_by", sa.Text, nullable=False, comment="the one whose reading was judged"),
        sa.Column(
            *("doubt", sa.Text),
            comment="about what the first one read; none: the second was not asked",
        ),
        sa.Column(
            *("failure", sa.Text),
            nullable=False,
            comment="why the second one read nothing, or empty",
        ),
        comment="verdicts under policies that name a second engine: a row for each",
    )


def downgrade() -> None:
    """Drop the table; the summaries of the verdicts still name the engine."""
    op.drop_table("engine_choices")
