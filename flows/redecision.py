"""Recorded documents, judged again under another policy or a newer version, without reading."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from docverify.verdict import Outcome
from tasks.errors import EdgeError, SetupError
from tasks.policies import PolicyName, policy_named
from tasks.record.redecision import Batch, Change, Selection, decide_again

ARTIFACT = "redecision"
BATCH = 500


@flow(name="redecision", validate_parameters=False, persist_result=False)
def redecision(
    policy: PolicyName = "standard",
    bucket: str = "",
    prefix: str = "",
    outcome: Literal["", "verified", "referred", "resubmit", "rejected"] = "",
    limit: int = 0,
    dry_run: bool = True,
    as_of_upload: bool = False,
) -> State[None]:
    """Judge recorded documents again, without reading them again.

    What was read is on record; so a new policy or a new version of the checks needs no OCR. Each
    new verdict is linked to the one that it supersedes. A second run under the same policy finds
    nothing left to do. No event is sent: nobody is told of a document.

    Args:
        policy: The policy to judge under: `lenient`, `standard`, `strict`, or one of the
            organisation's own.
        bucket: Only documents of this bucket; empty for all.
        prefix: Only documents whose key begins so; empty for all.
        outcome: Only documents whose newest verdict is this; empty for all.
        limit: At most so many documents; 0 for all.
        dry_run: Count what would change, and write nothing. Switch it off to record the verdicts.
        as_of_upload: Judge as of the day on which each document came in. Left off, the day is
            today, so what has expired since then is expired.
    """
    try:
        chosen = policy_named(policy)
        today = None if as_of_upload is True else datetime.now(UTC).date()
        selection = Selection(
            chosen, today, bucket, prefix, _outcome(outcome), dry_run is not False
        )
        total = _decide_all(selection, _limit(limit))
    except EdgeError as error:
        return Failed(message=str(error))
    create_table_artifact(_table(total), key=ARTIFACT, description=_summary(selection, total))
    return Completed(message=_summary(selection, total))


def _limit(limit: int) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise SetupError("the parameter limit must be a whole number from 0, which is for all")
    return limit


def _outcome(name: str) -> Outcome | None:
    if name and name not in tuple(Outcome):
        raise SetupError(f"there is no such outcome: choose one of {', '.join(Outcome)}, or none")
    return Outcome(name) if name else None


def _decide_all(selection: Selection, limit: int) -> Batch:
    """Go through the readings by their ids, so that memory stays flat."""
    total = Batch(0, 0, Counter())
    while size := min(BATCH, limit - total.read) if limit else BATCH:
        batch = decide_again(selection, total.last, size, UUID(flow_run.id))
        total = Batch(
            batch.last,
            total.read + batch.read,
            total.changes + batch.changes,
            total.unreadable + batch.unreadable,
        )
        if batch.read < size:
            break
    return total


def _table(total: Batch) -> list[dict[str, str | int]]:
    """Counts only: which outcome became which."""
    return [
        {"before": before, "after": after, "documents": count}
        for (before, after), count in sorted(total.changes.items())
    ]


def _summary(selection: Selection, total: Batch) -> str:
    policy = f"{selection.policy.name} {selection.policy.version}"
    changed = sum(count for change, count in total.changes.items() if _differs(change))
    start, verb = ("Dry run: u", "would change") if selection.dry_run else ("U", "changed")
    unreadable = f" {total.unreadable} could not be judged." if total.unreadable else ""
    return f"{start}nder {policy}, {changed} of {total.read} documents {verb}.{unreadable}"


def _differs(change: Change) -> bool:
    before, after = change
    return before != after
