"""The tables of the desk, as the migrations create them, and indexes for its queries."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)

from tasks.record.tables import holder_fields, metadata, verdicts

__all__ = [
    "desk_decisions",
    "desk_keys",
    "desk_sessions",
    "desk_views",
    "field_corrections",
    "metadata",
]

desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the cookie"),
    Column("purpose", Text, nullable=False, comment="link, oidc or session"),
    Column("subject", Text, nullable=False, comment="who signed in; empty before that"),
    Column("name", Text, nullable=False, comment="as recorded with decisions"),
    Column("roles", ARRAY(Text), nullable=False),
    Column("form_token", Text, nullable=False, comment="what each form must send"),
    Column("details", Text, nullable=False, comment="of a sign-in that is under way"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("purpose IN ('link', 'oidc', 'session')", name="desk_sessions_purpose"),
    comment="who is signed in at the desk",
)

desk_keys = Table(
    "desk_keys",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="32 random bytes"),
    comment="secrets that all desks of this record share; the first desk makes them",
)

desk_views = Table(
    "desk_views",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("document_id", ForeignKey("documents.id")),
    Column("what", Text, nullable=False, comment="case, image or search"),
    Column("results", Integer, nullable=False, comment="documents that were shown"),
    Index("desk_views_document", "document_id"),
    comment="every view of personal data; no role of the desk can change a row",
)

desk_decisions = Table(
    "desk_decisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "verdict_id",
        ForeignKey("verdicts.id"),
        nullable=False,
        comment="the verdict that it decides",
    ),
    Column("subject", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="a code"),
    Column("note", Text, comment="free text of the reviewer; may be personal data"),
    Column("wanted", Text, comment="the image that the applicant is asked for"),
    Column("why", Text, comment="code of the check that explains why"),
    Column("needs_approval", Boolean, nullable=False, comment="by a second person"),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "due_at", DateTime(timezone=True), nullable=False, comment="until then it can be undone"
    ),
    Column("ended_at", DateTime(timezone=True), comment="null: it is waiting"),
    Column("ending", Text, comment="recorded, undone, declined or superseded"),
    Column("approver_subject", Text),
    Column("approver", Text, comment="the second person"),
    Column("decision_id", ForeignKey("verdicts.id"), comment="the verdict that was recorded"),
    CheckConstraint(
        "ending IN ('recorded', 'undone', 'declined', 'superseded')", name="desk_decisions_ending"
    ),
    CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", name="desk_decisions_ended_once"),
    CheckConstraint("approver_subject <> subject", name="desk_decisions_four_eyes"),
    CheckConstraint(
        "ending <> 'recorded' OR NOT needs_approval OR approver_subject IS NOT NULL",
        name="desk_decisions_approved",
    ),
    Index(
        "desk_decisions_waiting",
        "verdict_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    comment="what reviewers decided at the desk; a row becomes a verdict when it is due",
)

field_corrections = Table(
    "field_corrections",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "verdict_id",
        ForeignKey("verdicts.id"),
        nullable=False,
        comment="the verdict that was current",
    ),
    Column("document_id", ForeignKey("documents.id"), nullable=False, index=True),
    Column("engine", Text, nullable=False),
    Column("reader_version", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old_value", Text, comment="as it was read; null: it was not read"),
    Column("new_value", Text, nullable=False, comment="as printed"),
    Column("subject", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="personal data: printed values that a reviewer corrected",
)

Index(
    "verdicts_referred",
    verdicts.c.id,
    postgresql_where=text("outcome = 'referred' AND overruled_by_id IS NULL"),
)
Index("verdicts_decided_at", verdicts.c.decided_at)
Index(
    "holder_fields_number",
    func.upper(holder_fields.c.document_number),
    postgresql_ops={"upper": "text_pattern_ops"},
)
Index(
    "holder_fields_surname",
    func.upper(holder_fields.c.surname),
    postgresql_ops={"upper": "text_pattern_ops"},
)
