"""Tables that runs leave as artifacts of Prefect."""

import json

from prefect import State
from prefect.client.orchestration import get_client


def read_table(state: State, key: str = "") -> list[dict]:
    """Read the table of a run that has ended; `key` names it where a run leaves several."""
    criteria = {"flow_runs": {"id": {"any_": [str(state.state_details.flow_run_id)]}}}
    if key:
        criteria["artifacts"] = {"key": {"any_": [key]}}
    with get_client(sync_client=True) as client:
        (artifact,) = client.request("POST", "/artifacts/filter", json=criteria).json()
    return json.loads(artifact["data"])
