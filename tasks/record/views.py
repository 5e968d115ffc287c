"""The views of the record: what other systems may read, with a meaning for every column."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    MetaData,
    Table,
    Text,
    text,
)

view_metadata = MetaData()

current_verdicts = Table(
    "current_verdicts",
    view_metadata,
    Column("document_id", BigInteger, primary_key=True, comment="row of `documents`"),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text, nullable=False, comment="empty: the bucket keeps no versions"),
    Column("etag", Text, comment="ETag of the object; null: recorded by an earlier version"),
    Column("sha256", Text, nullable=False, comment="of the content; etag:… if it is too large"),
    Column("first_seen", DateTime(timezone=True), nullable=False),
    Column("application_id", Text, comment="as the upload states it; null: it states none"),
    Column(
        "replaces_document_id",
        BigInteger,
        comment="the document of the same application that was sent back; null: none",
    ),
    Column(
        "is_newest",
        Boolean,
        nullable=False,
        comment="whether no later document has this key; a later one may have no verdict yet",
    ),
    Column("verdict_id", BigInteger, nullable=False, comment="row of `verdicts`"),
    Column("outcome", Text, nullable=False, comment="verified, referred, resubmit or rejected"),
    Column("reasons", ARRAY(Text), nullable=False, comment="codes of checks, or a person's reason"),
    Column("summary", Text, nullable=False, comment="the decision in one sentence"),
    Column("applicant_message", Text, nullable=False, comment="may be shown to the applicant"),
    Column("kind", Text, comment="passport, card, visa, licence or unknown"),
    Column("decided_by", Text, nullable=False, comment="machine or person"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("risk", Double, nullable=False, comment="0 to 1, by the weights of the policy"),
    Column("engine", Text, nullable=False, comment="engine that read the document"),
    Column(
        "policy_name",
        Text,
        comment="of this verdict; for a person's decision, of the verdict that it is about, if any",
    ),
    Column("policy_version", Text),
    Column("pipeline_version", Text, nullable=False),
    Column(
        "previous_verdict_id",
        BigInteger,
        comment="the verdict that it supersedes; null: it is the first one",
    ),
    Column("previous_outcome", Text),
    Column(
        "basis_verdict_id",
        BigInteger,
        comment="the verdict with the check results and fields: the same one, or the one that a "
        "person decided about",
    ),
    comment="the current verdict of each document: the newest that was not overruled, by any "
    "engine; no personal data",
)

current_holders = Table(
    "current_holders",
    view_metadata,
    Column("document_id", BigInteger, primary_key=True, comment="row of `documents`"),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text, nullable=False),
    Column("is_newest", Boolean, nullable=False, comment="as in `current_verdicts`"),
    Column("verdict_id", BigInteger, nullable=False, comment="the current verdict"),
    Column("outcome", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Text, nullable=False, comment="machine or person"),
    Column("kind", Text),
    Column("basis_verdict_id", BigInteger, comment="the verdict whose fields these are"),
    Column(
        "sources",
        ARRAY(Text),
        nullable=False,
        comment="the sources that were read: mrz, barcode, viz",
    ),
    Column("document_number", Text),
    Column("surname", Text),
    Column("given_names", Text),
    Column("nationality", Text),
    Column("birth_date", Date),
    Column("sex", Text),
    Column("issue_date", Date),
    Column("expiry_date", Date),
    Column("issuing_state", Text),
    comment=(
        "personal data: the fields of each document that has any, from the MRZ, else the barcode, "
        "else the printed text; after a person's decision, the fields of the verdict that it is "
        "about"
    ),
)


def comment_views(connection: Connection) -> None:
    """Write the meaning of the views and their columns into the database."""
    for view in view_metadata.tables.values():
        _comment(connection, f"VIEW {view.name}", view.comment)
        for column in view.columns:
            _comment(connection, f"COLUMN {view.name}.{column.name}", column.comment)


def _comment(connection: Connection, what: str, meaning: str | None) -> None:
    quoted = f"'{meaning.replace(chr(39), chr(39) * 2)}'" if meaning else "NULL"
    connection.execute(text(f"COMMENT ON {what} IS {quoted}".replace(":", "\\:")))
