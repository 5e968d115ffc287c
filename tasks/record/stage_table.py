"""The table of how long each stage of a document took, as the migrations create it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Double, ForeignKey, Identity, Table, Text, func

from tasks.record.metadata import metadata

stages = Table(
    "stages",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("seconds", Double, nullable=False, comment="elapsed time"),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    comment="how long each stage of a document took",
)
