"""Comments of tables and columns in plain English."""

from alembic import op

revision = "0013"
down_revision = "0012"

# By table and column; the column is empty for the comment of the table. First the previous comment.
COMMENTS: dict[tuple[str, str], tuple[str | None, str]] = {
    ("documents", ""): (
        "a row is a document that a run began; whether it was judged, verdicts tell",
        "one row for each document that a run has started on; its verdicts are in verdicts",
    ),
    ("documents", "version_id"): (
        "empty: the bucket keeps none",
        "empty if the bucket keeps no versions",
    ),
    ("documents", "sha256"): (
        "etag:… where too large to be retrieved",
        "etag:… for a file that is too large",
    ),
    ("documents", "previous_id"): (
        "the document that came before under the same key",
        "the previous document under the same key",
    ),
    ("claims", ""): (
        "work in hand; a row goes with its verdict or its failure, and expires with a dead run",
        "documents that a run works on; a row ends with the verdict or failure, or expires",
    ),
    ("claims", "flow_run_id"): (
        "the run that works on it",
        "the run that works on the document",
    ),
    ("claims", "expires_at"): (
        None,
        "then another run may claim it",
    ),
    ("failures", ""): (
        "uploads without a verdict, and why; a row goes with the verdict",
        "uploads without a verdict, with the reason; the verdict deletes the row",
    ),
    ("failures", "version_id"): (
        "as asked for; empty: the newest",
        "as requested; empty: the newest version",
    ),
    ("failures", "etag"): (
        "as asked for; may be empty",
        "as requested; may be empty",
    ),
    ("failures", "document_id"): (
        "none where it was not retrieved",
        "null if the file was not retrieved",
    ),
    ("failures", "fault"): (
        None,
        "world, setup, defect or died",
    ),
    ("failures", "reason"): (
        "what to do; holds no value of a person",
        "what to do, without personal data",
    ),
    ("failures", "tries"): (
        "runs that ended so",
        "number of runs that failed",
    ),
    ("failures", "flow_run_id"): (
        "the last of them",
        "the last run that failed",
    ),
    ("failures", "parked_at"): (
        "since then nothing tries by itself",
        "from then on, nothing retries it automatically",
    ),
    ("readings", ""): (
        "personal data: all that was read, to decide again without reading again",
        "personal data: everything that was read, so that it can be decided again",
    ),
    ("readings", "content"): (
        "JSON of the reading, zlib",
        "JSON, compressed with zlib",
    ),
    ("applicants", ""): (
        "personal data: what was given of the applicant with the upload",
        "personal data: what the upload stated about the applicant",
    ),
    ("applicants", "unreadable"): (
        "fields given in no readable way",
        "fields whose value could not be read",
    ),
    ("fingerprints", ""): (
        "personal data under pseudonyms: what finds a document or a picture that came before",
        "personal data under pseudonyms: to find similar documents",
    ),
    ("fingerprints", "bands"): (
        "the four 16-bit parts of the hash, each with its place: parts that are alike find "
        "pictures that are",
        "the four 16-bit quarters of the hash with their positions, to find similar images",
    ),
    ("policy_versions", ""): (
        "the policies under which documents were decided; a row for each content",
        "the policies under which documents were decided, one row for each content",
    ),
    ("policy_strictness", ""): (
        "which policy is at least as strict as which; without a row, they are not compared",
        "pairs of comparable policies: the first is at least as strict as the second",
    ),
    ("verdicts", ""): (
        None,
        "the decisions; a row is never changed",
    ),
    ("verdicts", "outcome"): (
        None,
        "verified, referred, resubmit or rejected",
    ),
    ("verdicts", "reasons"): (
        None,
        "codes of the deciding checks",
    ),
    ("verdicts", "flow_run_id"): (
        "of Prefect; it forgets its runs after days",
        "a run of Prefect, which deletes its runs after some days",
    ),
    ("verdicts", "policy_digest"): (
        "of the policy's content; none: a person, or a policy that was not kept",
        "of the policy's content; null: a person's verdict, or content not on record",
    ),
    ("verdicts", "overruled_by_id"): (
        "the verdict that stays current instead, because it is a person's or that of a policy "
        "that is not weaker; none: this one took effect",
        "the verdict that stays current instead; null: this one took effect",
    ),
    ("overrides", ""): (
        "current verdicts that a supervisor has set aside for a decision of their own",
        "current verdicts that a supervisor has replaced with a decision of their own",
    ),
    ("overrides", "reason"): (
        "a code",
        "code of the reason",
    ),
    ("outbox", ""): (
        "verdicts whose event is not known to be sent; reconciliation sends what stays here",
        "verdicts whose event may not have been sent; reconciliation sends it",
    ),
    ("engine_choices", ""): (
        "verdicts under policies that name a second engine: a row for each",
        "one row for each verdict under a policy that names a second engine",
    ),
    ("engine_choices", "read_by"): (
        "the one whose reading was judged",
        "the engine whose reading was decided on",
    ),
    ("engine_choices", "doubt"): (
        "about what the first one read; none: the second was not asked",
        "why the first reading was uncertain; null: it was not",
    ),
    ("engine_choices", "failure"): (
        "why the second one read nothing, or empty",
        "why the second engine read nothing; or empty",
    ),
    ("check_results", ""): (
        None,
        "one row for each check of a verdict",
    ),
    ("check_results", "position"): (
        None,
        "order within the verdict",
    ),
    ("check_results", "status"): (
        None,
        "passed, failed, inconclusive or not_performed",
    ),
    ("check_results", "severity"): (
        None,
        "note, refer, resubmit or reject",
    ),
    ("holder_fields", ""): (
        "personal data: what each source says; besides readings and applicants only here",
        "personal data: what each source states about the holder",
    ),
    ("review_claims", ""): (
        "who has which referred document before them; there is at most one",
        "reservations of referred documents, at most one for each",
    ),
    ("review_events", ""): (
        None,
        "what reviewers did with referred documents",
    ),
    ("review_events", "reviewer"): (
        "as given: nobody's identity is checked",
        "as given; the record does not verify it",
    ),
    ("review_events", "reason"): (
        "a code",
        "code of the reason",
    ),
    ("review_events", "flow_run_id"): (
        "none: from the command line",
        "null: from the command line",
    ),
    ("legal_holds", ""): (
        "nothing of these documents is purged until the hold has an end",
        "documents of which nothing is deleted until the hold ends",
    ),
    ("stages", ""): (
        None,
        "how long each stage of a document took",
    ),
    ("stages", "seconds"): (
        None,
        "by the clock",
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


def write_comment(table: str, column: str, comment: str | None) -> None:
    """Set the comment of a column or, without a column, of a table; None removes it."""
    if column:
        op.alter_column(table, column, comment=comment)
    elif comment is None:
        op.drop_table_comment(table)
    else:
        op.create_table_comment(table, comment)
