"""Stale runs: runs that Prefect shows as under way although nothing is executing them.

A process or container that is killed from outside reports nothing. Its run stays Pending or Running
forever, and occupies a slot of its queue. Such a run is ended here, regardless of who started it
and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed

from tasks.flow_runs import VERIFICATION, deployed_name, read_runs
from tasks.record.claims import CLAIM_DURATION, RUN_SECONDS, list_claiming_runs, release_claims
from tasks.run_limits import LIMIT_SECONDS
from tasks.signs_of_life import (
    WarmWorkers,
    find_heartbeats,
    find_last_step,
    read_time,
    were_events_received,
)

LONG_DEPLOYMENTS = (
    "reconciliation-deployment",
    "retry-parked-deployment",
    "retention-deployment",
    "daily-report-deployment",
    "backfill-deployment",
    "backfill-chunk-deployment",
    "redecision-deployment",
    "review-deployment",
)
"""Deployments whose runs may take hours; LIMIT_SECONDS has the time limits of some of them."""
FLOW = VERIFICATION.partition("/")[0]
ACTIVE = ["SCHEDULED", "PENDING", "RUNNING", "PAUSED"]
BEGUN = ["PENDING", "RUNNING", "CANCELLING"]
MISSED_HEARTBEATS = 5
"""Heartbeats in a row after which a run is stale: an event can be lost."""
LIVING_HEARTBEATS = 2
"""Heartbeats within which Prefect hears from a living run once it receives events again."""


@dataclass(frozen=True)
class Patience:
    """How long a run may give no sign of life, by its state.

    Attributes:
        pending: Until it has started; ECS may need minutes to find capacity and pull the image.
        verification: Running, for a run of document verification, which Prefect ends earlier.
        overtime: After its time limit, for another run; Prefect ends a living one at the limit.
        silence: Since the last heartbeat, for a run that sends them; at least MISSED_HEARTBEATS
            times as long as between two of them.
        unheard: Since the last thing that Prefect knows of it, for another run without heartbeats.
        worker: Since the last heartbeat of the warm worker that executes it.
        second_look: After an outage of Prefect, until living workers and runs give their next sign
            of life. Runs with heartbeats may take two of them longer.
        cancelling: Until its cancellation is carried out.
        waiting: For a slot; then another run of the same upload is started.
    """

    pending: timedelta = timedelta(minutes=30)
    verification: timedelta = CLAIM_DURATION
    overtime: timedelta = timedelta(minutes=1)
    silence: timedelta = timedelta(minutes=15)
    unheard: timedelta = timedelta(hours=6)
    worker: timedelta = timedelta(minutes=5)
    second_look: timedelta = timedelta(seconds=45)
    cancelling: timedelta = timedelta(minutes=15)
    waiting: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class StaleRun:
    """A run that was ended because nothing executes it.

    Attributes:
        run_id: Id of the run.
        state: The state that it had.
        cause: Why it is stale, and what to check.
    """

    run_id: UUID
    state: str
    cause: str


def end_stale_runs(
    client: SyncPrefectClient, now: datetime, patience: Patience = Patience()
) -> list[StaleRun]:
    """End the stale runs of this environment, and release the claims of runs that have ended.

    Raise HTTPError when Prefect does not answer, WorldError or SetupError when the record does not.
    """
    ended = []
    workers = WarmWorkers(client)
    # A list, because ended runs would be missing on the next page.
    for run, cause in list(find_stale_runs(client, workers, now, patience)):
        if end_if_unchanged(client, run, cause):
            ended.append(StaleRun(UUID(run["id"]), run["state"]["name"], cause))
    release_claims_of_ended_runs(client)
    return ended


def end_if_unchanged(client: SyncPrefectClient, run: Mapping[str, Any], cause: str) -> bool:
    """End a stale run, unless it began, ended or was deleted since it was listed."""
    is_cancelled = run["state"]["type"] == "CANCELLING"
    state: State[Any] = (Cancelled if is_cancelled else Crashed)(message=cause)
    try:
        present = client.read_flow_run(UUID(run["id"])).state
        if present is None or str(present.id) != run["state"]["id"]:
            return False
        answer = client.set_flow_run_state(UUID(run["id"]), state)
    except ObjectNotFound:
        return False
    return answer.status is SetStateStatus.ACCEPT


def find_stale_runs(
    client: SyncPrefectClient, workers: WarmWorkers, now: datetime, patience: Patience
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the stale runs of this environment's deployments, each with the cause."""
    begun = {"state": {"type": {"any_": BEGUN}}}
    document = {"name": {"any_": [deployed_name(VERIFICATION).partition("/")[2]]}}
    alone = {"deployment_id": {"is_null_": True}}
    of_documents = (
        {"deployments": document, "flow_runs": begun},
        # Started by another run, or without a deployment.
        {"flows": {"name": {"any_": [FLOW]}}, "flow_runs": begun | alone},
    )
    for criteria in of_documents:
        for run in read_runs(client, criteria):
            if cause := explain_stale_document(run, workers, now, patience):
                yield run, cause
    names = [deployed_name(each) for each in LONG_DEPLOYMENTS]
    of_others = {"deployments": {"name": {"any_": names}}, "flow_runs": begun}
    for run in read_runs(client, of_others):
        if cause := explain_stale_run(client, run, workers, now, patience):
            yield run, cause


def explain_stale_document(
    run: Mapping[str, Any], workers: WarmWorkers, now: datetime, patience: Patience
) -> str:
    """Return why a run of document verification is stale; empty if it is not."""
    age = now - read_time(run["state"]["timestamp"])
    if run["state"]["type"] == "RUNNING" and age > patience.verification:
        return explain_overtime(age, RUN_SECONDS)
    return explain_stale_start(run, workers, now, patience)


def explain_overtime(age: timedelta, limit_seconds: int) -> str:
    """Return why a run that has been running for longer than its time limit is stale."""
    limit = show_minutes(timedelta(seconds=limit_seconds))
    return (
        f"Running for {show_minutes(age)}, although a run may take {limit}: "
        "its process or container is gone, or it hangs."
    )


def explain_stale_run(
    client: SyncPrefectClient,
    run: Mapping[str, Any],
    workers: WarmWorkers,
    now: datetime,
    patience: Patience,
) -> str:
    """Return why a run that may take hours is stale; empty if it is not."""
    age = now - read_time(run["state"]["timestamp"])
    if run["state"]["type"] != "RUNNING" or age <= patience.silence:
        return explain_stale_start(run, workers, now, patience)
    limit = LIMIT_SECONDS.get(client.read_flow(UUID(run["flow_id"])).name)
    if limit and age > timedelta(seconds=limit) + patience.overtime:
        return explain_overtime(age, limit)
    heartbeats, last_step = find_heartbeats(client, run["id"]), find_last_step(client, run)
    silence = min(now - each for each in (last_step, *heartbeats))
    most, grace = patience.unheard, patience.second_look
    if len(heartbeats) > 1:
        interval = heartbeats[0] - heartbeats[1]
        most = max(patience.silence, MISSED_HEARTBEATS * interval)
        grace += LIVING_HEARTBEATS * interval
    if silence > most and were_events_received(client, now - silence + grace, now - grace):
        return (
            f"Running without a sign of life for {show_minutes(silence)}: "
            "its process or container is gone."
        )
    return explain_stale_start(run, workers, now, patience)


def explain_stale_start(
    run: Mapping[str, Any], workers: WarmWorkers, now: datetime, patience: Patience
) -> str:
    """Return why a run that did not start, or lost its worker, is stale; empty if it is not."""
    kind, age = run["state"]["type"], now - read_time(run["state"]["timestamp"])
    if kind == "PENDING" and age > patience.pending:
        return (
            f"Pending for {show_minutes(age)} and not started: it got no process or container. "
            "Check the worker, and on ECS the capacity and the events of the cluster."
        )
    if kind == "CANCELLING" and age > patience.cancelling:
        return "Its cancellation was requested, and nothing was left to carry it out."
    silence = workers.measure_silence(run, now) if kind == "RUNNING" else None
    if silence is None or min(silence, age) <= patience.worker:
        return ""
    workers.look_again(patience.second_look)
    silence = workers.measure_silence(run, now)
    if silence is None or silence <= patience.worker:
        return ""
    return (
        f"The worker that executed the run has given no sign of life for {show_minutes(silence)}: "
        "its host or container is gone."
    )


def release_claims_of_ended_runs(client: SyncPrefectClient) -> None:
    """Release the claims of runs that have ended, so that no upload waits for them to expire.

    A crashed run counts as a death of its documents. A run that Prefect does not know keeps its
    claims, which expire by themselves.
    """
    claiming = list_claiming_runs()
    if not claiming:
        return
    ids = [str(each) for each in claiming]
    runs = {"id": {"any_": ids}}
    kinds = {
        UUID(run["id"]): run["state"]["type"]
        for run in read_runs(client, {"flow_runs": runs})
        if run.get("state")
    }
    release_claims(select_runs(kinds, ("CRASHED",)), died=True)
    release_claims(select_runs(kinds, ("CANCELLED", "FAILED", "COMPLETED")), died=False)


def select_runs(kinds: Mapping[UUID, str], wanted: Iterable[str]) -> list[UUID]:
    """Return the runs whose states are of one of the wanted types."""
    return [run for run, kind in kinds.items() if kind in wanted]


def list_active_uploads(
    client: SyncPrefectClient, bucket: str, now: datetime, patience: Patience = Patience()
) -> dict[tuple[str, str], UUID]:
    """List the uploads of a bucket whose runs wait or are running, and their runs.

    An upload is its key with its version id, or an empty text if the run has none. A stale run is
    not under way, and neither is one that has waited for a day.

    Raise HTTPError when Prefect does not answer.
    """
    criteria = {
        "deployments": {"name": {"any_": [deployed_name(VERIFICATION).partition("/")[2]]}},
        "flow_runs": {"state": {"type": {"any_": ACTIVE}}},
    }
    most = {"PENDING": patience.pending, "RUNNING": patience.verification}
    return {
        upload: UUID(run["id"])
        for run in read_runs(client, criteria)
        if now - read_time(run["state"]["timestamp"])
        <= most.get(run["state"]["type"], patience.waiting)
        for upload in list_uploads(run["parameters"], bucket)
    }


def list_uploads(parameters: Mapping[str, Any], bucket: str) -> Iterator[tuple[str, str]]:
    """Yield the uploads to a bucket that a run was asked to verify: the decoded key, the version.

    The version id is empty if none was asked for.
    """
    more = parameters.get("more")
    for each in (parameters, *(more if isinstance(more, list) else ())):
        key = each.get("key") if isinstance(each, Mapping) else None
        if isinstance(key, str) and each.get("bucket") == bucket:
            decoded = unquote_plus(key) if parameters.get("url_encoded") is True else key
            yield decoded, str(each.get("version_id") or "")


def cancel_missed_schedules(client: SyncPrefectClient, now: datetime) -> int:
    """Cancel the scheduled runs that are late, except the newest of each deployment; count them.

    Each scheduled run does all the work that is due, so the missed ones would only repeat it, one
    after the other.
    """
    names = [deployed_name(each) for each in LONG_DEPLOYMENTS]
    late = {
        "state": {"type": {"any_": ["SCHEDULED"]}},
        "tags": {"all_": ["auto-scheduled"]},
        "expected_start_time": {"before_": now.isoformat()},
    }
    newest: dict[str, Mapping[str, Any]] = {}
    missed = []
    criteria = {"deployments": {"name": {"any_": names}}, "flow_runs": late}
    for run in sorted(read_runs(client, criteria), key=lambda each: each["expected_start_time"]):
        if earlier := newest.get(run["deployment_id"]):
            missed.append(earlier)
        newest[run["deployment_id"]] = run
    state: State[Any] = Cancelled(message="A newer scheduled run does the same work.")
    cancelled = 0
    for each in missed:
        with suppress(ObjectNotFound):
            answer = client.set_flow_run_state(UUID(each["id"]), state)
            cancelled += answer.status is SetStateStatus.ACCEPT
    return cancelled


def find_earlier_run(client: SyncPrefectClient, deployment: str, run_id: UUID) -> UUID | None:
    """Return a running run of a deployment that started before another run; None without one.

    Stale runs must have been ended before. Prefect's own limit of a deployment would block new runs
    forever if a run and the server died together, because the server keeps its leases in memory.
    """
    running = {"state": {"type": {"any_": ["RUNNING"]}}}
    criteria = {
        "deployments": {"name": {"any_": [deployed_name(deployment)]}},
        "flow_runs": running,
    }
    own = client.read_flow_run(run_id).start_time
    for run in read_runs(client, criteria):
        started = read_time(run["start_time"]) if run["start_time"] else None
        if UUID(run["id"]) != run_id and started and (own is None or started < own):
            return UUID(run["id"])
    return None


def show_minutes(span: timedelta) -> str:
    """Return a time in minutes, as text."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
