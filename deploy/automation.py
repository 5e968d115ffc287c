"""Automations as files: applied by name, as often as one likes."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound

AUTOMATIONS = Path(__file__).parents[1] / "automations"
DOCUMENT_VERIFICATION = AUTOMATIONS / "document-verification.json"


class DeploymentMissing(Exception):
    """An automation runs a deployment that the server does not have."""


def apply(client: SyncPrefectClient, file: Path) -> UUID:
    """Make the server have exactly one automation of the file's name, as the file says."""
    automation = _read(client, file)
    existing = client.read_automations_by_name(automation.name)
    for duplicate in existing[1:]:
        client.delete_automation(duplicate.id)
    if not existing:
        return client.create_automation(automation)
    client.update_automation(existing[0].id, automation)
    return existing[0].id


def _read(client: SyncPrefectClient, file: Path) -> AutomationCore:
    content = json.loads(file.read_text())
    actions = [_with_deployment_id(client, action) for action in content["actions"]]
    return AutomationCore.model_validate(content | {"actions": actions})


def _with_deployment_id(client: SyncPrefectClient, action: dict[str, Any]) -> dict[str, Any]:
    if "deployment_id" not in action:
        return action
    return action | {"deployment_id": _deployment_id(client, action["deployment_id"])}


def _deployment_id(client: SyncPrefectClient, name: str) -> UUID:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        raise DeploymentMissing(
            f"{client.api_url} has no deployment {name}: deploy the flow before its automation"
        ) from None
