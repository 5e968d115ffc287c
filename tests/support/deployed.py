"""What the deploy script printed, and the runs that uploads start in an environment."""

import re

from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.events import Event

from services.gateway.template import render
from tests.support.sns_messages import compact, envelope, record, s3_message


def marks(output: str) -> dict[str, str]:
    """Return what happened to each step."""
    lines = re.finditer(r"^[·+] (\S+) +(created|changed|unchanged)", output, re.MULTILINE)
    return {line[1]: line[2] for line in lines}


def changed_steps(output: str) -> list[str]:
    """Return the steps that the script created or changed."""
    return [step for step, happened in marks(output).items() if happened != "unchanged"]


def emit(client, bucket: str, key: str) -> None:
    """Post the event that the webhook creates for an upload."""
    message = compact(s3_message(record(key, bucket=bucket)))
    event = Event.model_validate_json(render("POST", {}, envelope(message)))
    client.request("POST", "/events", json=[event.model_dump(mode="json")])


def keys_of_runs(client, deployment: str) -> list[str]:
    """Return the keys that the runs of a deployment have."""
    only = DeploymentFilter(name=DeploymentFilterName(any_=[deployment]))
    return [run.parameters["key"] for run in client.read_flow_runs(deployment_filter=only)]
