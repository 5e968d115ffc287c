"""The tables of operation, beside those of the record: reviews, legal holds, stages."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    Uuid,
    func,
)

from tasks.record.tables import documents, metadata

documents_in_order = Index(
    "documents_in_order",
    documents.c.bucket,
    documents.c.key,
    documents.c.version_id,
    documents.c.id,
)
"""In the collation "C", which the migration names: bytewise, as S3 lists."""

review_claims = Table(
    "review_claims",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    comment="who has which referred document before them; there is at most one",
)

review_events = Table(
    "review_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("verdict_id", ForeignKey("verdicts.id"), nullable=False, index=True),
    Column("reviewer", Text, nullable=False, comment="as given: nobody's identity is checked"),
    Column("action", Text, nullable=False),
    Column("reason", Text, comment="a code"),
    Column("note", Text, comment="free text of the reviewer; may be personal data"),
    Column("decision_id", ForeignKey("verdicts.id"), comment="the verdict that the person gave"),
    Column("flow_run_id", Uuid, index=True, comment="none: from the command line"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("action IN ('claimed', 'released', 'decided')", name="review_events_action"),
    CheckConstraint(
        "action <> 'decided' OR (reason IS NOT NULL AND decision_id IS NOT NULL)",
        name="review_events_decided_with_reason",
    ),
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="nothing of these documents is purged",
)

stages = Table(
    "stages",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)
