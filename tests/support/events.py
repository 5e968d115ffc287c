"""Events that a Prefect server has stored."""

from typing import Any

import requests

from deploy.local.prefect_server import EmbeddedPrefect
from tests.support.polling import PATIENCE


def stored_events(prefect: EmbeddedPrefect, **wanted: list[str]) -> list[dict[str, Any]]:
    """Return the events that have one of the ids, or are of one of the resources."""
    filters = {"occurred": {"since": "2020-01-01T00:00:00Z"}}
    filters |= {name: {"id": values} for name, values in wanted.items()}
    answer = requests.post(
        f"{prefect.api_url}/events/filter", json={"filter": filters, "limit": 50}, timeout=PATIENCE
    )
    events: list[dict[str, Any]] = answer.json()["events"]
    return events
