"""Redecision: decide recorded documents again under another policy or a newer version."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from prefect import State, flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.parameters import (
    MAX_COUNT,
    OutcomeFilter,
    PolicyName,
    build_failure,
    check_whole_number,
    find_outcome,
)
from tasks.dispatch import dispatch
from tasks.errors import EdgeError, may_work_later, only_our_errors
from tasks.policies import read_policy
from tasks.record.redecision import Batch, DecidedDocument, Selection, Skip, decide_again
from tasks.run_labels import show_key

ARTIFACT = "redecision"
DOCUMENTS = "redecision-documents"
MAX_LISTED = 1_000
SKIPPED = {
    Skip.UNREADABLE: "{} readings could not be decoded.",
    Skip.OUTDATED: "{} documents must be read again: an earlier version did not read all that the "
    "checks need now. They keep their verdicts.",
    Skip.OVERRULED: "{} verdicts have no effect: a person or a policy that is not weaker decided "
    "these documents.",
}
BATCH_READINGS = 500


@flow(name="redecision", validate_parameters=False, persist_result=False)
def redecision(
    policy: PolicyName = "standard",
    bucket: str = "",
    prefix: str = "",
    outcome: OutcomeFilter = "",
    limit: int = 0,
    dry_run: bool = True,
    as_of_upload: bool = False,
) -> State[None]:
    """Decide recorded documents again, without reading them again.

    The readings are on record, so a new policy or a new version of the checks needs no OCR. Each
    new verdict is linked to the one that it supersedes, and is announced like every verdict. A
    second run under the same policy finds nothing left to do.

    A verdict under a weaker policy does not end a referral or a rejection. Documents that an
    earlier version read without all the facts that the checks need now keep their verdicts, and
    are listed to be read again.

    Args:
        policy: The policy to decide under: `lenient`, `standard`, `strict`, or your organisation's
            own.
        bucket: Only documents of this bucket; empty for all.
        prefix: Only documents whose key begins with this; empty for all.
        outcome: Only documents whose current verdict has this outcome; empty for all.
        limit: How many documents at most; 0 for all.
        dry_run: Count the changes, and write nothing. Switch it off to record the verdicts.
        as_of_upload: Decide each document as of the day of its upload. If off, the day is today, so
            a document that has expired since its upload counts as expired.
    """
    try:
        chosen = read_policy(policy)
        today = None if as_of_upload is True else datetime.now(UTC).date()
        selection = Selection(
            chosen, today, bucket, prefix, find_outcome(outcome), dry_run is not False
        )
        most = check_whole_number("limit", limit, most=MAX_COUNT)
        total = decide_all(selection, most, UUID(flow_run.id))
        if not selection.dry_run:
            announce_all()
    except EdgeError as error:
        return build_failure(error)
    message = summarise(selection, total)
    create_table_artifact(
        [build_row(each) for each in total.documents],
        key=DOCUMENTS,
        description="Documents that are skipped or whose outcome changes"
        + (f" (the first {MAX_LISTED})" if len(total.documents) == MAX_LISTED else ""),
    )
    table = [
        {"before": before, "after": after, "documents": count}
        for (before, after), count in sorted((total.changes + total.skipped).items())
    ]
    create_table_artifact(table, key=ARTIFACT, description=message)
    return Completed(message=message)


def decide_all(
    selection: Selection, limit: int, run: UUID, batch_readings: int = BATCH_READINGS
) -> Batch:
    """Decide the readings in the order of their ids, in batches, so that memory stays flat."""
    total = Batch(0, 0, Counter(), Counter())
    while size := min(batch_readings, limit - total.read) if limit else batch_readings:
        batch = decide_again(selection, total.last, size, run)
        total = Batch(
            batch.last,
            total.read + batch.read,
            total.changes + batch.changes,
            total.skipped + batch.skipped,
            (total.documents + batch.documents)[:MAX_LISTED],
        )
        if batch.read < size:
            break
    return total


@task(
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def announce_all() -> int:
    """Announce all verdicts that are not announced yet; count them."""
    return dispatch()


def build_row(document: DecidedDocument) -> dict[str, str | int]:
    """Return a document whose outcome changes or that is skipped, as a row of a table."""
    return {
        "document": document.document_id,
        "upload": show_key(f"{document.bucket}/{document.key}"),
        "before": document.before,
        "after": document.after,
    }


def summarise(selection: Selection, total: Batch) -> str:
    """Return in one sentence how many verdicts changed, or would change in a dry run."""
    policy = f"policy {selection.policy.name} (version {selection.policy.version})"
    changed = sum(count for (before, after), count in total.changes.items() if before != after)
    start, verb = ("Dry run: with", "would change") if selection.dry_run else ("With", "changed")
    skips = Counter(skip for _, skip in total.skipped.elements())
    remarks = "".join(f" {SKIPPED[skip].format(skips[skip])}" for skip in Skip if skips[skip])
    return f"{start} {policy}, {changed} of {total.read} verdicts {verb}.{remarks}"
