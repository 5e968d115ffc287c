"""Nothing is lost: the bucket beside the record, and a run for every upload that was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from flows.parameters import whole_number
from tasks.bucket_comparison import Found, allowed_places
from tasks.errors import EdgeError, SetupError
from tasks.flow_runs import Start
from tasks.publishing import tell_overdue
from tasks.reconciliation import OLD, TOLD_LATE, WAITING, YOUNG, Gap, Missed, Span, reconcile
from tasks.record.reviews import waiting

ARTIFACT = "reconciliation"
MISSED = "reconciliation-missed"
COUNTS = (*Found, *Start, WAITING, YOUNG, OLD, TOLD_LATE)


@flow(name="reconciliation", validate_parameters=False, persist_result=False)
def reconciliation(
    bucket: str = "",
    prefix: str = "",
    since: str = "",
    grace_minutes: int = 20,
    limit: int = 500,
    review_hours: int = 24,
    dry_run: bool = False,
) -> State[None]:
    """Find uploads that have no verdict, and start a run for each; tell what no run has told.

    An event can be lost on its way; what lies in the bucket cannot. An upload whose run is under
    way is not started again; one whose runs all failed is started five times, and then reported.

    Args:
        bucket: Only this bucket; empty for every place in DOCVERIFY_ALLOWED_UPLOADS.
        prefix: Only keys that begin so, below the prefix of the place if it has one.
        since: Only uploads from this day on, as 2026-11-30; empty for all.
        grace_minutes: Leave alone what was uploaded within so many minutes: its run is under way.
        limit: Start at most so many runs of each place; the next reconciliation goes on.
        review_hours: Tell the automations when a referred document waits longer for a person.
        dry_run: Compare and report, and start nothing.
    """
    now = datetime.now(UTC)
    try:
        until = now - timedelta(minutes=whole_number("grace_minutes", grace_minutes))
        most = 0 if dry_run else whole_number("limit", limit)
        span = Span(_day(since), until, most)
        gaps = [reconcile(place, span) for place in allowed_places(bucket, prefix)]
        longest = timedelta(hours=whole_number("review_hours", review_hours))
        if not dry_run:
            _look_at_queue(now, longest)
    except EdgeError as error:
        return Failed(message=str(error))
    create_table_artifact(_table(gaps), key=ARTIFACT, description=_summary(gaps))
    if rows := [_row(each) for gap in gaps for each in gap.missed]:
        create_table_artifact(rows, key=MISSED, description="Missed uploads and their runs")
    return Completed(message=_summary(gaps))


def _look_at_queue(now: datetime, limit: timedelta) -> None:
    """Tell when a document waits too long; the queue is in the order of its age."""
    queue = waiting()
    if queue and now - queue[0].since > limit:
        tell_overdue(len(queue), now - queue[0].since)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except (TypeError, ValueError):
        raise SetupError("the parameter since must be a day like 2026-11-30, or empty") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def _table(gaps: Sequence[Gap]) -> list[dict[str, str | int]]:
    """Counts of each place, the ones that are not zero."""
    return [
        {"bucket": gap.place.bucket, "uploads": each, "count": gap.counts[each]}
        for gap in gaps
        for each in COUNTS
        if gap.counts[each] or each in (Found.RECORDED, Found.MISSED)
    ]


def _row(missed: Missed) -> dict[str, str | int]:
    """Say which run it has; keys may name people, so none is shown."""
    return {
        "uploaded": missed.version.modified.isoformat(timespec="seconds"),
        "bytes": missed.version.size,
        "what was done": missed.start,
        "run": f"/runs/flow-run/{missed.run_id}",
    }


def _summary(gaps: Sequence[Gap]) -> str:
    total = sum((gap.counts for gap in gaps), Counter[str]())
    uploads = sum(total[each] for each in (Found.RECORDED, Found.MISSED, Found.PARKED, YOUNG, OLD))
    done = ", ".join(f"{total[each]} {each}" for each in (*Start, WAITING) if total[each])
    missed = f"{total[Found.MISSED]} missed{f' ({done})' if done else ''}"
    parked = f", {total[Found.PARKED]} parked" if total[Found.PARKED] else ""
    late = f", {total[TOLD_LATE]} told late" if total[TOLD_LATE] else ""
    return f"{uploads} uploads: {total[Found.RECORDED]} recorded, {missed}{parked}{late}."
