"""Reconciliation: find missed uploads by comparing bucket and record, and start their runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from httpx import HTTPError
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks import flow_runs
from tasks.bucket_comparison import KeyRange, UploadState, Version, compare
from tasks.errors import may_work_later, only_our_errors
from tasks.flow_runs import VERIFICATION, DeploymentRuns, RunStart, deployed_name
from tasks.publishing import publish_outbox
from tasks.settings import retry_pauses
from tasks.webhook import deliver_due

YOUNG = "young"
"""Uploaded so recently that the run may still be under way."""
OLD = "old"
"""Uploaded before the day from which uploads were asked for."""
PUBLISHED_LATE = "published late"
"""Verdicts whose event their own run did not send, or is not known to have sent."""
WAITING = "waiting"
"""Missed, and left for the next reconciliation."""
MAX_DELIVERIES = 2_000  # attempts of a run
MAX_LISTED = 100  # missed uploads in the table of a run


@dataclass(frozen=True)
class Window:
    """Which uploads a reconciliation is about.

    Attributes:
        since: Uploads before this are left out; None for no limit.
        until: Uploads after this are left alone, because their runs may be under way.
        limit: How many runs it may start; 0 to start none.
    """

    since: datetime | None
    until: datetime
    limit: int


@dataclass(frozen=True)
class MissedUpload:
    """A missed upload and its run; Prefect shows this, so its key must not be shown."""

    version: Version
    start: RunStart
    run_id: UUID


@dataclass
class Gap:
    """What a place has and the record has not: counts of everything, and the first missed ones."""

    place: KeyRange
    counts: Counter[str] = field(default_factory=Counter)
    missed: list[MissedUpload] = field(default_factory=list)


@task(
    retries=2,
    retry_delay_seconds=retry_pauses(5, 30),
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def reconcile(place: KeyRange, window: Window) -> Gap:
    """Compare bucket and record, start the missing runs, and send the events that were not sent.

    An upload whose run is under way is not started. A second run starts and sends nothing again.
    With a limit of 0, nothing is started or sent.
    """
    gap = Gap(place)
    try:
        with flow_runs.prefect_client() as client:
            runs = DeploymentRuns(client, deployed_name(VERIFICATION)) if window.limit else None
            for each in compare(place):
                state: str = each.state
                if each.state is UploadState.MISSED and each.version:
                    state = age(each.version, window) or state
                    if state == UploadState.MISSED:
                        gap.counts[_start(gap, each.version, window, runs)] += 1
                gap.counts[state] += 1
    except HTTPError as error:
        raise flow_runs.explain_prefect_error(error) from None
    if window.limit:
        gap.counts[PUBLISHED_LATE] = publish_outbox(place, window.until)
        deliver_due(MAX_DELIVERIES)
    return gap


def age(version: Version, window: Window) -> str | None:
    """Return YOUNG or OLD for an upload outside the window; None for one inside."""
    if version.modified > window.until:
        return YOUNG
    return OLD if window.since and version.modified < window.since else None


def _start(gap: Gap, version: Version, window: Window, runs: DeploymentRuns | None) -> str:
    """Start a run while the limit allows; uploads that were given up do not count towards it."""
    if not runs or gap.counts[RunStart.STARTED] >= window.limit:
        return WAITING
    start, run_id = runs.start(gap.place.bucket, version)
    if len(gap.missed) < MAX_LISTED:
        gap.missed.append(MissedUpload(version, start, run_id))
    return start
