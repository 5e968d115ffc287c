"""Signs of life: when Prefect last heard from runs and from the workers that execute them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

WORKER_SEPARATOR = ":"
EVENTS_OF_RUNS = ("prefect.task-run.", "prefect.flow-run.heartbeat")
"""Beginnings of the names of events that runs send themselves, like their heartbeats."""


def name_executor(worker: str, pid: int) -> str:
    """Return a warm worker's name for the process that executes a run."""
    return f"{worker}{WORKER_SEPARATOR}{pid}"


class WarmWorkers:
    """The warm workers of the pools, whose names are in the runs that they execute."""

    def __init__(self, client: SyncPrefectClient) -> None:
        """Send no request yet: usually no run is asked about."""
        self.client = client
        self.seen: dict[str, dict[str, datetime]] = {}
        self.is_second_look = False

    def measure_silence(self, run: Mapping[str, Any], now: datetime) -> timedelta | None:
        """Return the time since the last heartbeat of a run's worker; None if no worker is known.

        Prefect forgets a worker some time after its last heartbeat. Then the limits of the run
        itself decide.
        """
        worker, separator, _ = (run.get("infrastructure_pid") or "").rpartition(WORKER_SEPARATOR)
        pool = run.get("work_pool_name")
        if not separator or not pool:
            return None
        if pool not in self.seen:
            self.seen[pool] = self.read(pool)
        last = self.seen[pool].get(worker)
        return now - last if last else None

    def look_again(self, pause: timedelta) -> None:
        """Wait once, and forget earlier information about the workers."""
        if not self.is_second_look:
            sleep(pause.total_seconds())
            self.seen.clear()
            self.is_second_look = True

    def read(self, pool: str) -> dict[str, datetime]:
        """Read when each worker of a pool gave its last sign of life."""
        try:
            found = self.client.read_workers_for_work_pool(pool, limit=200)
        except (ObjectNotFound, PrefectHTTPStatusError):
            return {}
        return {each.name: each.last_heartbeat_time for each in found if each.last_heartbeat_time}


def find_heartbeats(client: SyncPrefectClient, run_id: str) -> list[datetime]:
    """Return when a run sent its last two heartbeats, newest first; fewer if it sent fewer."""
    resource = {"id": [f"prefect.flow-run.{run_id}"]}
    criteria = {"event": {"name": ["prefect.flow-run.heartbeat"]}, "any_resource": resource}
    query = {"filter": criteria | {"order": "DESC"}, "limit": 2}
    events = client.request("POST", "/events/filter", json=query).json()["events"]
    return [read_time(each["occurred"]) for each in events]


def were_events_received(client: SyncPrefectClient, since: datetime, until: datetime) -> bool:
    """Return whether Prefect received an event that any run sent between two moments.

    If not, the events of a living run would not have arrived either. Each reconciliation sends
    some, so the next one can decide.
    """
    if since >= until:
        return False
    occurred = {"since": since.isoformat(), "until": until.isoformat()}
    criteria = {"event": {"prefix": list(EVENTS_OF_RUNS)}, "occurred": occurred}
    query = {"filter": criteria | {"order": "DESC"}, "limit": 1}
    return bool(client.request("POST", "/events/filter", json=query).json()["events"])


def find_last_step(client: SyncPrefectClient, run: Mapping[str, Any]) -> datetime:
    """Return when the newest task of a run, or a run that it started, changed; else its start."""
    query = {
        "task_runs": {"flow_run_id": {"any_": [run["id"]]}},
        "sort": "EXPECTED_START_TIME_DESC",
        "limit": 1,
    }
    steps = client.request("POST", "/task_runs/filter", json=query).json()
    moments = [(each.get("state") or {}).get("timestamp") or each["created"] for each in steps]
    return max(map(read_time, [*moments, run["state"]["timestamp"]]))


def read_time(text: str) -> datetime:
    """Read a moment as Prefect's API writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
