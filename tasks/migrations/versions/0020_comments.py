"""Comments of tables and columns that name the thing that they are about."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = depends_on = None

# By table and column; the column is empty for the comment of the table. First the previous comment.
COMMENTS: dict[tuple[str, str], tuple[str, str]] = {
    ("documents", "application_id"): (
        "as the upload named it; none: it named none",
        "as the upload states it; null: it states none",
    ),
    ("documents", "etag"): (
        "null: of an earlier version",
        "null: recorded by an earlier version",
    ),
    ("claims", ""): (
        "documents that a run works on; a row ends with the verdict or failure, or expires",
        "documents that a run is working on; a row ends with the verdict or failure, or expires",
    ),
    ("claims", "expires_at"): (
        "then another run may claim it",
        "from then on, another run may claim the document",
    ),
    ("failures", "parked_at"): (
        "from then on, nothing retries it automatically",
        "since when it is not retried automatically",
    ),
    ("failures", "retry_at"): (
        "from then on, it is tried again; null: at once, unless it is parked",
        "when it is tried again; null: immediately, unless it is parked",
    ),
    ("readings", ""): (
        "personal data: everything that was read, so that it can be decided again",
        "personal data: the whole reading, so that the document can be decided again",
    ),
    ("verdicts", "kind"): (
        "passport, card, visa, licence or unknown; null: of an earlier version, and its reading is "
        "not kept",
        "passport, card, visa, licence or unknown; null: recorded by an earlier version, and the "
        "reading is not kept",
    ),
    ("overrides", ""): (
        "current verdicts that a supervisor has replaced with a decision of their own",
        "current verdicts that a supervisor has replaced by another decision",
    ),
    ("engine_choices", "read_by"): (
        "the engine whose reading was decided on",
        "the engine whose reading the decision is based on",
    ),
    ("engine_choices", "failure"): (
        "why the second engine read nothing; or empty",
        "why the second engine read nothing; empty if it read",
    ),
    ("legal_holds", ""): (
        "documents of which nothing is deleted until the hold ends",
        "documents whose data is kept until the hold ends",
    ),
    ("stages", "seconds"): (
        "by the clock",
        "elapsed time",
    ),
    ("delivery_targets", ""): (
        "where verdicts are delivered to; a target begins with the first run that has its setting",
        "where verdicts are delivered to; the first run that has its setting adds a target",
    ),
    ("desk_views", ""): (
        "each look at personal data; no role of the desk can change a row",
        "every view of personal data; no role of the desk can change a row",
    ),
    ("desk_decisions", "wanted"): (
        "which image the applicant is asked for",
        "the image that the applicant is asked for",
    ),
    ("desk_decisions", "why"): (
        "code of the check that says why",
        "code of the check that explains why",
    ),
    ("desk_decisions", "needs_approval"): (
        "of a second person",
        "by a second person",
    ),
    ("desk_decisions", "ended_at"): (
        "none: it waits",
        "null: it is waiting",
    ),
    ("field_corrections", "old_value"): (
        "as it was read; none: it was not read",
        "as it was read; null: it was not read",
    ),
    ("field_corrections", "new_value"): (
        "as it is printed",
        "as printed",
    ),
}


def upgrade() -> None:
    """Write the new comments."""
    for (table, column), (_, comment) in COMMENTS.items():
        write_comment(table, column, comment)


def downgrade() -> None:
    """Write the previous comments."""
    for (table, column), (comment, _) in COMMENTS.items():
        write_comment(table, column, comment)


def write_comment(table: str, column: str, comment: str) -> None:
    """Set the comment of a column or, without a column, of a table."""
    if column:
        op.alter_column(table, column, comment=comment)
    else:
        op.create_table_comment(table, comment)
