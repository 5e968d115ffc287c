"""The tables of what is delivered to other systems, and of the tokens that they read with."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
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
    UniqueConstraint,
    func,
)

from tasks.record.metadata import metadata

feed = Table(
    "feed",
    metadata,
    Column("verdict_id", ForeignKey("verdicts.id"), primary_key=True),
    Column("position", BigInteger, comment="order in the feed; null: not listed yet"),
    UniqueConstraint("position", name="feed_order"),
    comment="verdicts that took effect, in the order in which the API lists them",
)

delivery_targets = Table(
    "delivery_targets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="where verdicts are delivered to; the first run that has its setting adds a target",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("verdict_id", ForeignKey("verdicts.id"), nullable=False),
    Column("target", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_attempt_at", DateTime(timezone=True)),
    Column("last_error", Text, comment="of the last attempt; null: it succeeded"),
    Column("delivered_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="deliveries_state"),
    UniqueConstraint("verdict_id", "target", name="deliveries_identity"),
    comment="verdicts on their way to other systems; a row for each verdict and target",
)
Index("deliveries_due", deliveries.c.state, deliveries.c.next_attempt_at)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="of the system that uses it"),
    Column("sha256", LargeBinary, nullable=False, comment="of the token"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), comment="null: never"),
    Column("revoked_at", DateTime(timezone=True), comment="null: not revoked"),
    UniqueConstraint("sha256", name="api_tokens_identity"),
    comment="tokens of the read API; the token itself is not stored",
)
