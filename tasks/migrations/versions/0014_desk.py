"""The desk: sessions, looks at personal data, decisions that can be undone, corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NOW = {"nullable": False, "server_default": sa.func.now()}


def upgrade() -> None:
    """Create the tables of the desk, and the indexes that its queue and search use."""
    op.create_table(
        "desk_sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True, comment="SHA-256 of the cookie"),
        sa.Column("purpose", sa.Text, nullable=False, comment="link, oidc or session"),
        sa.Column("subject", sa.Text, nullable=False, comment="who signed in; empty before that"),
        sa.Column("name", sa.Text, nullable=False, comment="as recorded with decisions"),
        sa.Column("roles", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("form_token", sa.Text, nullable=False, comment="what each form must send"),
        sa.Column("details", sa.Text, nullable=False, comment="of a sign-in that is under way"),
        _moment("created_at", **NOW),
        _moment("expires_at", nullable=False),
        sa.CheckConstraint("purpose IN ('link', 'oidc', 'session')", name="desk_sessions_purpose"),
        comment="who is signed in at the desk",
    )
    op.create_table(
        "desk_views",
        _number(),
        _moment("at", **NOW),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("documents.id")),
        sa.Column("what", sa.Text, nullable=False, comment="case, image or search"),
        sa.Column("results", sa.Integer, nullable=False, comment="documents that were shown"),
        comment="each look at personal data; no role of the desk can change a row",
    )
    op.create_index("desk_views_document", "desk_views", ["document_id"])
    op.create_table(
        "desk_decisions",
        _number(),
        _verdict("verdict_id", nullable=False, comment="the verdict that it decides"),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, comment="a code"),
        sa.Column("note", sa.Text, comment="free text of the reviewer; may be personal data"),
        sa.Column("wanted", sa.Text, comment="which image the applicant is asked for"),
        sa.Column("why", sa.Text, comment="code of the check that says why"),
        sa.Column("needs_approval", sa.Boolean, nullable=False, comment="of a second person"),
        _moment("decided_at", **NOW),
        _moment("due_at", nullable=False, comment="until then it can be undone"),
        _moment("ended_at", comment="none: it waits"),
        sa.Column("ending", sa.Text, comment="recorded, undone, declined or superseded"),
        sa.Column("approver_subject", sa.Text),
        sa.Column("approver", sa.Text, comment="the second person"),
        _verdict("decision_id", comment="the verdict that was recorded"),
        sa.CheckConstraint(
            "ending IN ('recorded', 'undone', 'declined', 'superseded')",
            name="desk_decisions_ending",
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ending IS NULL)", name="desk_decisions_ended_once"
        ),
        sa.CheckConstraint(
            "approver_subject <> subject AND approver <> reviewer", name="desk_decisions_four_eyes"
        ),
        sa.CheckConstraint(
            "ending <> 'recorded' OR NOT needs_approval OR approver_subject IS NOT NULL",
            name="desk_decisions_approved",
        ),
        comment="what reviewers decided at the desk; a row becomes a verdict when it is due",
    )
    op.create_index(
        "desk_decisions_waiting",
        "desk_decisions",
        ["verdict_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "field_corrections",
        _number(),
        _verdict("verdict_id", nullable=False, comment="the verdict that was current"),
        sa.Column(
            "document_id", sa.BigInteger, sa.ForeignKey("documents.id"), nullable=False, index=True
        ),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("reader_version", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("old_value", sa.Text, comment="as it was read; none: it was not read"),
        sa.Column("new_value", sa.Text, nullable=False, comment="as it is printed"),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        _moment("at", **NOW),
        comment="personal data: printed values that a reviewer corrected",
    )
    # The queue: few verdicts refer their document, and most of these are not current any more.
    op.create_index(
        "verdicts_referred",
        "verdicts",
        ["id"],
        postgresql_where=sa.text("outcome = 'referred' AND overruled_by_id IS NULL"),
    )
    op.create_index("verdicts_decided_at", "verdicts", ["decided_at"])
    op.execute(
        "CREATE INDEX holder_fields_number ON holder_fields"
        " (upper(document_number) text_pattern_ops)"
    )
    op.execute(
        "CREATE INDEX holder_fields_surname ON holder_fields (upper(surname) text_pattern_ops)"
    )
    op.execute(
        "CREATE TRIGGER desk_views_written_once BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_views"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for table in ("desk_views", "field_corrections"):
        op.execute(
            f"CREATE TRIGGER {table}_time BEFORE INSERT ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION write_time('at')"
        )


def downgrade() -> None:
    """Drop the tables and the indexes."""
    for index in ("holder_fields_surname", "holder_fields_number", "verdicts_decided_at"):
        op.execute(f"DROP INDEX {index}")
    op.execute("DROP INDEX verdicts_referred")
    for table in ("field_corrections", "desk_decisions", "desk_views", "desk_sessions"):
        op.drop_table(table)


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _moment(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)  # type: ignore[arg-type]


def _verdict(name: str, **options: object) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey("verdicts.id"), **options)  # type: ignore[arg-type]
