"""Reconciliation: find missed uploads by comparing bucket and record, and start their runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun

from docverify.page import Engine
from docverify.policy import STANDARD
from tasks import flow_runs
from tasks.bucket_comparison import Comparison, KeyRange, UploadState, Version, Wait, compare
from tasks.errors import WorldError
from tasks.flow_runs import (
    VERIFICATION,
    DeploymentRuns,
    RunStart,
    deployed_name,
    read_try_number,
)
from tasks.publishing import publish_outbox
from tasks.record.failures import record_failure
from tasks.retried_tasks import retried_task
from tasks.s3 import Upload
from tasks.stale_runs import (
    StaleRun,
    cancel_missed_schedules,
    end_stale_runs,
    find_earlier_run,
    list_active_uploads,
)
from tasks.webhook import deliver_due

YOUNG = "young"
"""Uploaded so recently that the run may still be under way."""
OLD = "old"
"""Uploaded before the first day that was asked for."""
PUBLISHED_LATE = "published late"
"""Verdicts whose own run did not send the event, or may not have sent it."""
WAITING = "waiting"
"""Missed, but left to the next reconciliation."""
RECONCILIATION = "reconciliation-deployment"
OVERDUE = timedelta(hours=1)
"""Reconciliation starts the next try of an upload once it is overdue by this time."""
MAX_DELIVERIES = 2_000  # attempts of a run
MAX_LISTED = 100  # missed uploads in the table of a run


@dataclass(frozen=True)
class Window:
    """The uploads that a reconciliation is about.

    Attributes:
        since: Uploads before this are left out; None for no limit.
        until: Uploads after this are left alone, because their runs may be under way.
        limit: How many runs it may start; 0 to start none.
        now: The time at which pauses between tries must have ended; None: now.
    """

    since: datetime | None
    until: datetime
    limit: int
    now: datetime | None = None


@dataclass(frozen=True)
class MissedUpload:
    """A missed upload and its run, without its key, because Prefect shows this."""

    version: Version
    start: RunStart
    run_id: UUID


@dataclass(frozen=True)
class Tidying:
    """The effects of a reconciliation on this environment's runs, before anything is compared.

    Attributes:
        stale: The stale runs that were ended.
        missed_schedules: How many scheduled runs were cancelled.
        other: A reconciliation that is running and started before this one; None without one.
    """

    stale: tuple[StaleRun, ...] = ()
    missed_schedules: int = 0
    other: UUID | None = None


@dataclass
class Gap:
    """The uploads of a place that are missing in the record: all counts, and the first missed ones.

    Attributes:
        oldest: When the oldest missed upload was put; None if no upload is missed.
    """

    place: KeyRange
    counts: Counter[str] = field(default_factory=Counter)
    missed: list[MissedUpload] = field(default_factory=list)
    oldest: datetime | None = None


@retried_task(5, 30)
def reconcile(place: KeyRange, window: Window, started: set[UUID]) -> Gap:
    """Compare bucket and record, start the missing runs, and send the unsent events.

    An upload whose run is under way is not started. A second run starts and sends nothing again.
    With a limit of 0, nothing is started or sent.

    The started runs are added to `started`, which belongs to the flow: if a try of this task fails,
    the next try counts them as started, also for the limit.
    """
    gap, now = Gap(place), window.now or datetime.now(UTC)
    try:
        with flow_runs.prefect_client() as client:
            runs = UploadRuns(client, place.bucket, now) if window.limit else None
            for each in compare(place):
                state: str = each.state
                if each.state is UploadState.MISSED and each.version:
                    state = age(each.version, window) or state
                    if state == UploadState.MISSED:
                        gap.oldest = min(gap.oldest or each.version.modified, each.version.modified)
                        gap.counts[_start(gap, each, window, runs, started)] += 1
                gap.counts[state] += 1
    except HTTPError as error:
        raise flow_runs.explain_prefect_error(error) from None
    if window.limit:
        gap.counts[PUBLISHED_LATE] = publish_outbox(place, window.until)
        deliver_due(MAX_DELIVERIES)
    return gap


@retried_task(5, 30)
def tidy_runs(now: datetime, run_id: UUID | None = None) -> Tidying:
    """End the stale runs, cancel the missed schedules, and look for another reconciliation.

    `run_id` is the run of this reconciliation.
    """
    try:
        with flow_runs.prefect_client() as client:
            return Tidying(
                tuple(end_stale_runs(client, now)),
                cancel_missed_schedules(client, now),
                find_earlier_run(client, RECONCILIATION, run_id) if run_id else None,
            )
    except HTTPError as error:
        raise flow_runs.explain_prefect_error(error) from None


class UploadRuns:
    """The runs of the uploads of a bucket; without a missed upload, nothing is requested."""

    def __init__(self, client: SyncPrefectClient, bucket: str, now: datetime) -> None:
        """Send no request yet."""
        self.client, self.bucket, self.now = client, bucket, now
        self.runs = DeploymentRuns(client, deployed_name(VERIFICATION))

    @cached_property
    def active(self) -> dict[tuple[str, str], UUID]:
        """The uploads with a waiting or running run, no matter who started it, and these runs."""
        return list_active_uploads(self.client, self.bucket, self.now)

    def start(self, missed: Comparison, version: Version) -> tuple[RunStart, UUID | None]:
        """Start the run of a missed upload, unless one is under way or its next try is later."""
        for name in ((version.key, version.version_id), (version.key, "")):
            if name in self.active:
                return RunStart.UNDER_WAY, self.active[name]
        if missed.wait and self.now < missed.wait.retry_at + OVERDUE:
            return RunStart.PAUSED, missed.wait.flow_run_id
        upload = version.upload(self.bucket)
        tries = self.runs.read_tries(upload)
        last = tries[-1] if tries else None
        if last and not (last.state and last.state.is_final()):
            return RunStart.UNDER_WAY, last.id
        if last and not is_completed(last) and not is_counted(last, missed.wait):
            record_lost_run(upload, last)
            return RunStart.PAUSED, last.id
        return self.runs.start(upload, read_try_number(last) if last else 0)


def is_completed(run: FlowRun) -> bool:
    """Return whether a run ended without a failure: another run may have had the document."""
    return run.state is not None and run.state.is_completed()


def is_counted(run: FlowRun, wait: Wait | None) -> bool:
    """Return whether the failure of a run that has ended is on record."""
    if wait is None or run.state is None:
        return False
    return wait.flow_run_id == run.id or run.state.timestamp <= wait.failed_at


def record_lost_run(upload: Upload, run: FlowRun) -> None:
    """Record a run that ended before it could record its own failure; this may park the upload.

    Such runs never reached the record. The limit is a time and not a number of tries, so that hours
    without capacity do not exhaust it.
    """
    error = WorldError(
        "the run ended before it reached the record: check the worker, or on ECS the capacity and "
        "the events of the cluster",
        "no-run",
    )
    engine = run.parameters.get("engine", Engine.LOCAL)
    policy = run.parameters.get("policy", STANDARD.name)
    record_failure(upload, engine, policy, error, run.id)


def age(version: Version, window: Window) -> str | None:
    """Return YOUNG or OLD for an upload outside the window, None for one inside."""
    if version.modified > window.until:
        return YOUNG
    return OLD if window.since and version.modified < window.since else None


def _start(
    gap: Gap, missed: Comparison, window: Window, runs: UploadRuns | None, started: set[UUID]
) -> str:
    """Start a run if the limit allows it; uploads whose runs are not started do not count."""
    if not runs or not missed.version or gap.counts[RunStart.STARTED] >= window.limit:
        return WAITING
    start, run_id = runs.start(missed, missed.version)
    if run_id in started:
        start = RunStart.STARTED
    elif run_id and start is RunStart.STARTED:
        started.add(run_id)
    if run_id and len(gap.missed) < MAX_LISTED:
        gap.missed.append(MissedUpload(missed.version, start, run_id))
    return start
