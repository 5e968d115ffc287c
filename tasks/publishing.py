"""What others see of a verdict: an artifact for people, an event for automations."""

from __future__ import annotations

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from docverify.report import markdown
from docverify.verdict import Verdict
from tasks.postgres import Record

ARTIFACT = "document-verification"


@task(cache_policy=NO_CACHE, persist_result=False)
def publish(record: Record, verdict: Verdict) -> None:
    """Show the redacted verdict in the UI and tell the automations its outcome.

    A replay shows what is recorded, and emits no second event.
    """
    if record.replayed:
        create_markdown_artifact(f"Recorded before: {record.summary}", key=ARTIFACT)
        return
    create_markdown_artifact(markdown(verdict), key=ARTIFACT)
    emit_event(
        f"document.{record.outcome}",
        resource={"prefect.resource.id": f"document.{record.document_id}"},
        payload={
            "outcome": record.outcome,
            "reasons": list(verdict.reasons),
            "verdict_id": record.verdict_id,
            "policy": f"{verdict.policy_name} {verdict.policy_version}",
        },
    )
