"""Uploads that were missed: found by comparing bucket and record, and started."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from httpx import HTTPError
from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy.exc import DBAPIError

from tasks import flow_runs
from tasks.bucket_comparison import Found, Place, Version, compare
from tasks.errors import may_work_later, only_our_errors
from tasks.flow_runs import VERIFICATION, Runs, Start, deployed
from tasks.publishing import tell_untold
from tasks.record.verdicts import explained

YOUNG = "young"
"""Uploaded so lately that its run may be under way."""
OLD = "old"
"""Uploaded before the time that was asked for."""
TOLD_LATE = "told late"
"""Verdicts whose event their run did not send, or is not known to have sent."""
WAITING = "waiting"
"""Missed, and left for the next reconciliation."""
SHOWN = 100


@dataclass(frozen=True)
class Span:
    """The uploads that a reconciliation is about, and how many runs it may start."""

    since: datetime | None
    until: datetime
    limit: int


@dataclass(frozen=True)
class Missed:
    """A missed upload and what was done; its key is not told, for Prefect shows this."""

    version: Version
    start: Start
    run_id: UUID


@dataclass
class Gap:
    """What a place has that the record has not: counts of all, and the first that were missed."""

    place: Place
    counts: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)


@task(
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_jitter_factor=0.5,
    retry_condition_fn=may_work_later,
    cache_policy=NO_CACHE,
    persist_result=False,
)
@only_our_errors()
def reconcile(place: Place, span: Span) -> Gap:
    """Compare bucket and record, and start a run for what was missed and has none under way.

    What was decided and not told is told. Doing it again starts and tells none again. With a limit
    of 0, nothing is started or told.
    """
    gap = Gap(place)
    try:
        with flow_runs.prefect_client() as client:
            deployment = Runs(client, deployed(VERIFICATION)) if span.limit else None
            for each in compare(place):
                what: str = each.found
                if each.found is Found.MISSED and each.version:
                    what = _age(each.version, span) or what
                    if what == Found.MISSED:
                        gap.counts[_start(gap, each.version, span, deployment)] += 1
                gap.counts[what] += 1
        if span.limit:
            gap.counts[TOLD_LATE] = tell_untold(place, span.until)
    except DBAPIError as error:
        raise explained(error) from None
    except HTTPError as error:
        raise flow_runs.explained(error) from None
    return gap


def _age(version: Version, span: Span) -> str | None:
    if version.modified > span.until:
        return YOUNG
    return OLD if span.since and version.modified < span.since else None


def _start(gap: Gap, version: Version, span: Span, deployment: Runs | None) -> str:
    """Start a run while more may be started: what is given up must not hold up what follows."""
    if not deployment or gap.counts[Start.STARTED] >= span.limit:
        return WAITING
    start, run_id = deployment.start(gap.place.bucket, version)
    if len(gap.missed) < SHOWN:
        gap.missed.append(Missed(version, start, run_id))
    return start
