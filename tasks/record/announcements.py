"""Announcements: what other systems receive about a verdict, by event, webhook or API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Row, Select, case, func, select

from docverify.policy_file import PERSON
from docverify.verdict import Outcome
from tasks.record.tables import documents, verdicts

IDS = UUID("5f1b3a34-7c0e-5d0a-9d53-0a4a3f1f6f0e")  # our namespace for the ids of announcements


class Announcement(BaseModel):
    """A verdict that took effect, without personal data.

    Keep, for each document, the announcement with the highest `verdict_id`: announcements may
    arrive repeatedly and in any order.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal["1"] = Field("1", description="version of this schema")
    id: UUID = Field(description="equal for every copy of this announcement, however it is sent")
    document_id: int = Field(description="one version of an object: a new upload is a new document")
    verdict_id: int = Field(description="increases with every verdict of a document")
    bucket: str
    key: str = Field(description="key of the object, not URL-encoded")
    version_id: str = Field(description="empty if the bucket keeps no versions")
    etag: str | None = Field(description="null if an earlier version of docverify recorded it")
    application_id: str | None = Field(description="as the upload states it; null: it states none")
    outcome: Outcome
    previous_outcome: Outcome | None = Field(description="null for the first verdict")
    previous_verdict_id: int | None = Field(description="the verdict that this one supersedes")
    decided_by: Literal["machine", "person"]
    reasons: list[str] = Field(description="codes of checks, or the reason that a person gave")
    kind: str | None = Field(description="passport, card, visa, licence or unknown; null: not kept")
    applicant_message: str = Field(description="text that the applicant may be shown")
    policy: str = Field(description="name and version of the policy; for a person, `person` and id")
    engine: str = Field(description="engine that read the document")
    pipeline_version: str
    decided_at: AwareDatetime


def build_id(verdict_id: int) -> UUID:
    """Return the id of the announcement of a verdict."""
    return uuid5(IDS, str(verdict_id))


def read_announcements(
    connection: Connection, verdict_ids: Sequence[int]
) -> dict[int, Announcement]:
    """Read the announcements of verdicts, by their ids."""
    rows = connection.execute(select_announcements().where(verdicts.c.id.in_(verdict_ids)))
    return {row.verdict_id: parse_announcement(row) for row in rows}


def select_announcements() -> Select[Any]:
    """Select the content of announcements of verdicts, except their ids."""
    previous = verdicts.alias()
    by = case((verdicts.c.policy_name == PERSON, "person"), else_="machine")
    policy = func.concat_ws(" ", verdicts.c.policy_name, verdicts.c.policy_version)
    return (
        select(
            *(verdicts.c.document_id, verdicts.c.id.label("verdict_id")),
            *(documents.c.bucket, documents.c.key, documents.c.version_id, documents.c.etag),
            documents.c.application_id,
            verdicts.c.outcome,
            previous.c.outcome.label("previous_outcome"),
            previous.c.id.label("previous_verdict_id"),
            by.label("decided_by"),
            *(verdicts.c.reasons, verdicts.c.kind, verdicts.c.applicant_message),
            policy.label("policy"),
            *(verdicts.c.engine, verdicts.c.pipeline_version, verdicts.c.decided_at),
        )
        .join_from(verdicts, documents)
        .outerjoin(previous, previous.c.id == verdicts.c.previous_id)
    )


def parse_announcement(row: Row[Any]) -> Announcement:
    """Return a row of `select_announcements` as an announcement."""
    values = {name: row._mapping[name] for name in Announcement.model_fields if name in row._fields}
    return Announcement(id=build_id(row.verdict_id), **values)
