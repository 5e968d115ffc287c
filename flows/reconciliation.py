"""Reconciliation: compare the bucket with the record, and start a run for every missed upload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.parameters import build_failure, check_whole_number, parse_day
from tasks.bucket_comparison import UploadState, places_to_compare
from tasks.dispatch import finish_due_decisions
from tasks.errors import EdgeError
from tasks.flow_runs import RunStart
from tasks.logs import is_json, log_event
from tasks.publishing import publish_failures, publish_overdue
from tasks.reconciliation import (
    OLD,
    PUBLISHED_LATE,
    WAITING,
    YOUNG,
    Gap,
    MissedUpload,
    Tidying,
    Window,
    reconcile,
    tidy_runs,
)
from tasks.record.failures import list_causes
from tasks.record.measurements import add_up, measure_record
from tasks.record.review_queue import list_waiting
from tasks.run_limits import LIMIT_SECONDS
from tasks.stale_runs import StaleRun

ARTIFACT = "reconciliation"
MISSED = "reconciliation-missed"
STALE = "reconciliation-stale-runs"
ALERT_PERIOD = timedelta(days=1)
"""How long after the last failed upload a cause still sends alerts."""
COUNTS = (*UploadState, *RunStart, WAITING, YOUNG, OLD, PUBLISHED_LATE)
ALWAYS_SHOWN = (UploadState.RECORDED, UploadState.MISSED)


@flow(
    name="reconciliation",
    validate_parameters=False,
    persist_result=False,
    timeout_seconds=LIMIT_SECONDS["reconciliation"],
)
def reconciliation(
    bucket: str = "",
    prefix: str = "",
    since: str = "",
    grace_minutes: int = 20,
    limit: int = 500,
    review_hours: int = 24,
    dry_run: bool = False,
) -> State[None]:
    """Find uploads without a verdict, start a run for each, and send events that were not sent.

    Each cause that leaves uploads without a verdict sends one event, with their number.

    An event can be lost on its way; an object in the bucket cannot. Runs that nothing is executing
    any more are ended first. An upload whose run is under way is not started again. An upload whose
    runs all end without a verdict is started again after growing pauses, and parked after three
    days. Due decisions of the review desk are recorded, in case no desk is running.

    Args:
        bucket: Only this bucket, which DOCVERIFY_ALLOWED_UPLOADS must allow; empty for every
            place that it allows.
        prefix: Only keys that begin with this; if no bucket is given, it follows the prefix of
            each allowed place.
        since: Only uploads from this day on, such as 2026-11-30; empty for all.
        grace_minutes: Skip uploads of the last minutes, because their runs may be under way.
        limit: How many runs to start at most for each place; the next reconciliation continues.
        review_hours: Send an event if a referred document has waited longer than this for a person.
        dry_run: Compare and report; start and end nothing.
    """
    now = datetime.now(UTC)
    try:
        until = now - timedelta(minutes=check_whole_number("grace_minutes", grace_minutes))
        max_runs = 0 if dry_run else check_whole_number("limit", limit)
        window = Window(parse_day("since", since), until, max_runs)
        longest = timedelta(hours=check_whole_number("review_hours", review_hours))
        tidying = Tidying() if dry_run else tidy_runs(now, UUID(flow_run.id))
        if not dry_run:  # First, so that a bucket that cannot be listed does not hide anything.
            finish_due_decisions()
            check_queue(now, longest)
            publish_failures(list_causes(now - ALERT_PERIOD))
        if tidying.other:
            other = f"Another reconciliation is running ({tidying.other}): nothing was compared."
            return Completed(message=other + describe_tidying(tidying))
        gaps = [reconcile(place, window, set()) for place in places_to_compare(bucket, prefix)]
    except EdgeError as error:
        return build_failure(error)
    if not (bucket or prefix or since):
        log_service(gaps, now)
    message = summarise(gaps) + describe_tidying(tidying)
    create_table_artifact(build_table(gaps), key=ARTIFACT, description=message)
    if rows := [build_row(each) for gap in gaps for each in gap.missed]:
        create_table_artifact(rows, key=MISSED, description="Missed uploads and their runs")
    if ended := [build_stale_row(each) for each in tidying.stale]:
        create_table_artifact(ended, key=STALE, description="Runs that nothing executed any more")
    return Completed(message=message)


def log_service(gaps: Sequence[Gap], now: datetime) -> None:
    """Log the waiting uploads of bucket and record as an event."""
    ages = [(now - each.oldest).total_seconds() for each in gaps if each.oldest]
    missed = sum(each.counts[UploadState.MISSED] for each in gaps)
    with suppress(EdgeError):  # Reconciliation has done its work.
        measured = add_up(measure_record().measurements) if is_json() else {}
        log_event("service", missed=missed, missed_oldest_seconds=max(ages, default=0), **measured)


def check_queue(now: datetime, longest: timedelta) -> None:
    """Send an event if the oldest referred document waits too long."""
    queue = list_waiting()
    if queue and now - queue[0].since > longest:
        publish_overdue(len(queue), now - queue[0].since)


def build_table(gaps: Sequence[Gap]) -> list[dict[str, str | int]]:
    """Return the counts of each place that are not zero."""
    return [
        {"bucket": gap.place.bucket, "uploads": each, "count": gap.counts[each]}
        for gap in gaps
        for each in COUNTS
        if gap.counts[each] or each in ALWAYS_SHOWN
    ]


def build_row(missed: MissedUpload) -> dict[str, str | int]:
    """Return a missed upload and its run, without the key, which may name a person."""
    return {
        "uploaded": missed.version.modified.isoformat(timespec="seconds"),
        "bytes": missed.version.size,
        "what was done": missed.start,
        "run": f"/runs/flow-run/{missed.run_id}",
    }


def build_stale_row(stale: StaleRun) -> dict[str, str]:
    """Return a stale run that was ended, and why."""
    run = f"/runs/flow-run/{stale.run_id}"
    return {"run": run, "was": stale.state, "cause": stale.cause}


def describe_tidying(tidying: Tidying) -> str:
    """Return a sentence about the runs that were ended or cancelled; empty without any."""
    missed = tidying.missed_schedules
    ended = [f"{len(tidying.stale)} stale runs ended"] if tidying.stale else []
    skipped = [f"{missed} missed schedules skipped"] if missed else []
    done = ", ".join([*ended, *skipped])
    return f" {done}." if done else ""


def summarise(gaps: Sequence[Gap]) -> str:
    """Return the counts of all places in one sentence."""
    total = sum((gap.counts for gap in gaps), Counter[str]())
    in_bucket = (*ALWAYS_SHOWN, UploadState.PARKED, YOUNG, OLD)
    uploads = sum(total[each] for each in in_bucket)
    done = ", ".join(f"{total[each]} {each}" for each in (*RunStart, WAITING) if total[each])
    missed = f"{total[UploadState.MISSED]} missed{f' ({done})' if done else ''}"
    parked = f", {total[UploadState.PARKED]} parked" if total[UploadState.PARKED] else ""
    late = f", {total[PUBLISHED_LATE]} {PUBLISHED_LATE}" if total[PUBLISHED_LATE] else ""
    return f"{uploads} uploads: {total[UploadState.RECORDED]} recorded, {missed}{parked}{late}."
