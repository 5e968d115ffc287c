"""Events that a Prefect server has stored."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import requests
from prefect.client.orchestration import get_client

from deploy.local.prefect_server import EmbeddedPrefect
from tests.support.polling import PATIENCE, eventually


def stored_events(prefect: EmbeddedPrefect, **wanted: list[str]) -> list[dict[str, Any]]:
    """Return the events that have one of the ids, or are of one of the resources."""
    filters = {"occurred": {"since": "2020-01-01T00:00:00Z"}}
    filters |= {name: {"id": values} for name, values in wanted.items()}
    answer = requests.post(
        f"{prefect.api_url}/events/filter", json={"filter": filters, "limit": 50}, timeout=PATIENCE
    )
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def send_heartbeats(run: UUID, *moments: datetime) -> None:
    """Send heartbeats of a run, and wait until Prefect has stored them."""
    about = {"prefect.resource.id": f"prefect.flow-run.{run}"}
    heartbeat = {"event": "prefect.flow-run.heartbeat", "resource": about}
    occurred = {str(uuid4()): moment.isoformat() for moment in moments}
    span = {"since": min(occurred.values()), "until": max(occurred.values())}
    query = {"filter": {"id": {"id": list(occurred)}, "occurred": span}}
    with get_client(sync_client=True) as client:
        events = [heartbeat | {"id": each, "occurred": at} for each, at in occurred.items()]
        client.request("POST", "/events", json=events)

        def count() -> int:
            return len(client.request("POST", "/events/filter", json=query).json()["events"])

        eventually(count, lambda found: found == len(moments))
