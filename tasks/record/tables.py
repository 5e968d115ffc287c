"""The tables of the record, as the migrations create them."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import BIT

from tasks.record.metadata import metadata as metadata

documents = Table(
    "documents",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text, nullable=False, comment="empty if the bucket keeps no versions"),
    Column("sha256", Text, nullable=False, comment="etag:… for a file that is too large"),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("first_seen", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "previous_id",
        ForeignKey("documents.id"),
        comment="the previous document under the same key",
    ),
    Column("application_id", Text, comment="as the upload states it; null: it states none"),
    Column(
        "replaces_id",
        ForeignKey("documents.id"),
        index=True,
        comment="the document of the same application that was sent back, and that this one "
        "replaces",
    ),
    Column("etag", Text, comment="null: recorded by an earlier version"),
    UniqueConstraint("bucket", "key", "version_id", "sha256", name="documents_identity"),
    comment="one row for each document that a run has started on; its verdicts are in verdicts",
)

documents_in_order = Index(
    "documents_in_order",
    *(documents.c.bucket, documents.c.key, documents.c.version_id, documents.c.id),
)
"""In the order in which S3 lists keys: bytewise, by the collation "C" that the migration names."""

documents_of_application = Index(
    "documents_of_application", documents.c.bucket, documents.c.application_id
)

claims = Table(
    "claims",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("reader_version", Text, primary_key=True),
    Column("pipeline_version", Text, primary_key=True),
    Column("policy_name", Text, primary_key=True),
    Column("policy_version", Text, primary_key=True),
    Column("flow_run_id", Uuid, nullable=False, comment="the run that works on the document"),
    Column("claimed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "expires_at",
        DateTime(timezone=True),
        nullable=False,
        comment="from then on, another run may claim the document",
    ),
    comment="documents that a run is working on; a row ends with the verdict or failure, or "
    "expires",
)

failures = Table(
    "failures",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bucket", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version_id", Text, nullable=False, comment="as requested; empty: the newest version"),
    Column("etag", Text, nullable=False, comment="as requested; may be empty"),
    Column("engine", Text, nullable=False),
    Column("policy_name", Text, nullable=False),
    Column("document_id", ForeignKey("documents.id"), comment="null if the file was not retrieved"),
    Column("fault", Text, nullable=False, comment="world, setup, defect or died"),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="what to do, without personal data"),
    Column("tries", Integer, nullable=False, comment="number of runs that failed"),
    Column("flow_run_id", Uuid, comment="the last run that failed"),
    Column("first_failed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_failed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "parked_at", DateTime(timezone=True), comment="since when it is not retried automatically"
    ),
    Column(
        "cause_since",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.now(),
        comment="since when every failed run had this fault",
    ),
    Column(
        "deaths",
        Integer,
        nullable=False,
        server_default="0",
        comment="number of runs that died, or whose reader was killed",
    ),
    Column(
        "retry_at",
        DateTime(timezone=True),
        comment="when it is tried again; null: immediately, unless it is parked",
    ),
    CheckConstraint("fault IN ('world', 'setup', 'defect', 'died')", name="failures_fault"),
    UniqueConstraint(
        *("bucket", "key", "version_id", "etag", "engine", "policy_name"), name="failures_identity"
    ),
    comment="uploads without a verdict, with the reason; the verdict deletes the row",
)

readings = Table(
    "readings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("engine", Text, nullable=False),
    Column("reader_version", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, comment="JSON, compressed with zlib"),
    Column("read_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint(
        *("document_id", "engine", "reader_version"), name="readings_first_writer_wins"
    ),
    comment="personal data: the whole reading, so that the document can be decided again",
)

applicants = Table(
    "applicants",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("name", Text),
    Column("birth_date", Date),
    Column(
        "unreadable", ARRAY(Text), nullable=False, comment="fields whose value could not be read"
    ),
    comment="personal data: what the upload stated about the applicant",
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("reader_version", Text, primary_key=True),
    Column("number", LargeBinary, comment="keyed HMAC of issuer, kind and number"),
    Column("person", LargeBinary, comment="keyed HMAC of name and birth date"),
    Column("picture", BigInteger, comment="perceptual hash of the document"),
    Column(
        "bands",
        ARRAY(Integer),
        comment="the four 16-bit quarters of the hash with their positions, to find similar images",
    ),
    Index("fingerprints_number", "number"),
    Index("fingerprints_person", "person"),
    Index("fingerprints_bands", "bands", postgresql_using="gin"),
    comment="personal data under pseudonyms: to find similar documents",
)

portrait_signatures = Table(
    "portrait_signatures",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("signature", BIT(512), nullable=False, comment="of the largest portrait"),
    comment="biometric data, only where DOCVERIFY_COMPARE_PORTRAITS is set: to find one photo "
    "under several names",
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the content"),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", JSON, nullable=False),
    Column("first_used", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="the presets, and the policies under which documents were decided, one row for each "
    "content",
)

policy_strictness = Table(
    "policy_strictness",
    metadata,
    Column("stricter", ForeignKey("policy_versions.digest"), primary_key=True),
    Column("weaker", ForeignKey("policy_versions.digest"), primary_key=True),
    comment="pairs of comparable policies: the first is at least as strict as the second",
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("reader_version", Text, nullable=False),
    Column("pipeline_version", Text, nullable=False),
    Column("policy_name", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="verified, referred, resubmit or rejected"),
    Column("reasons", ARRAY(Text), nullable=False, comment="codes of the deciding checks"),
    Column("summary", Text, nullable=False),
    Column("applicant_message", Text, nullable=False, comment="may be shown to the applicant"),
    Column("risk", Double, nullable=False, comment="0 to 1, by the weights of the policy"),
    Column(
        "previous_id",
        ForeignKey("verdicts.id"),
        comment="the verdict on the same document by the same engine that this one supersedes",
    ),
    Column("flow_run_id", Uuid, comment="a run of Prefect, which deletes its runs after some days"),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column(
        "policy_digest",
        Text,
        comment="of the policy's content; null: a person's verdict, or content not on record",
    ),
    Column(
        "overruled_by_id",
        ForeignKey("verdicts.id"),
        comment="the verdict that stays current instead; null: this one took effect",
    ),
    Column(
        "kind",
        Text,
        comment="passport, card, visa, licence or unknown; null: recorded by an earlier version, "
        "and the reading is not kept",
    ),
    CheckConstraint(
        "outcome IN ('verified', 'referred', 'resubmit', 'rejected')", name="verdicts_outcome"
    ),
    UniqueConstraint(
        *("document_id", "engine", "reader_version"),
        *("pipeline_version", "policy_name", "policy_version"),
        name="verdicts_first_writer_wins",
    ),
    comment="the decisions; a row is never changed",
)
"""Triggers set `previous_id` and `overruled_by_id`, regardless of what the program writes there,
and announce a verdict that takes effect: in `outbox`, in `feed`, and in `deliveries` for each
target. One of them refuses the decision of a person whose reason does not fit the outcome.
"""

overrides = Table(
    "overrides",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("supervisor", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="code of the reason"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="current verdicts that a supervisor has replaced by another decision",
)

outbox = Table(
    "outbox",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    comment="verdicts whose event may not have been sent; reconciliation sends it",
)

engine_choices = Table(
    "engine_choices",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("first_engine", Text, nullable=False),
    Column("second_engine", Text, nullable=False),
    Column(
        "read_by", Text, nullable=False, comment="the engine whose reading the decision is based on"
    ),
    Column("doubt", Text, comment="why the first reading was uncertain; null: it was not"),
    Column(
        "failure",
        Text,
        nullable=False,
        comment="why the second engine read nothing; empty if it read",
    ),
    comment="one row for each verdict under a policy that names a second engine",
)

check_results = Table(
    "check_results",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column(
        "position",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="order within the verdict",
    ),
    Column("code", Text, nullable=False),
    Column("status", Text, nullable=False, comment="passed, failed, inconclusive or not_performed"),
    Column("severity", Text, nullable=False, comment="note, refer, resubmit or reject"),
    Column("field", Text),
    Column("sources", ARRAY(Text), nullable=False),
    Column("evidence", Text, nullable=False),
    CheckConstraint(
        "status IN ('passed', 'failed', 'inconclusive', 'not_performed')",
        name="check_results_status",
    ),
    comment="one row for each check of a verdict",
)

holder_fields = Table(
    "holder_fields",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("source", Text, primary_key=True, comment="mrz, viz or barcode"),
    Column("document_number", Text),
    Column("surname", Text),
    Column("given_names", Text),
    Column("nationality", Text),
    Column("birth_date", Date),
    Column("sex", Text),
    Column("issue_date", Date),
    Column("expiry_date", Date),
    Column("issuing_state", Text),
    comment="personal data: what each source states about the holder",
)

review_claims = Table(
    "review_claims",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("reviewer", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("subject", Text, comment="who signed in at the desk; null: only the name is known"),
    comment="reservations of referred documents, at most one for each",
)

review_events = Table(
    "review_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("verdict_id", ForeignKey("verdicts.id"), nullable=False, index=True),
    Column("reviewer", Text, nullable=False, comment="as given; the record does not verify it"),
    Column("action", Text, nullable=False),
    Column("reason", Text, comment="code of the reason"),
    Column("note", Text, comment="free text of the reviewer; may be personal data"),
    Column("decision_id", ForeignKey("verdicts.id"), comment="the verdict that the person gave"),
    Column("flow_run_id", Uuid, index=True, comment="null: from the command line"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint(
        "action IN ('claimed', 'released', 'decided', 'overridden', 'appealed')",
        name="review_events_action",
    ),
    CheckConstraint(
        "action NOT IN ('decided', 'overridden')"
        " OR (reason IS NOT NULL AND decision_id IS NOT NULL)",
        name="review_events_decided_with_reason",
    ),
    comment="what reviewers did with referred documents",
)

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("document_id", ForeignKey("documents.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    comment="documents whose data is kept until the hold ends",
)

hold_ends = Table(
    "hold_ends",
    metadata,
    Column("hold_id", ForeignKey("legal_holds.id"), primary_key=True),
    Column("ended_by", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="the legal holds that have ended",
)

# The tables of stages, deliveries and the API are in the same metadata, after these.
from tasks.record.stage_table import stages as stages  # noqa: E402, I001
from tasks.record import delivery_tables  # noqa: E402, F401
