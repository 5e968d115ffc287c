"""The automations of automations/: applied by name, so that applying again changes nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound

from tasks.publishing import NO_BUCKET

AUTOMATIONS = Path(__file__).parents[2] / "automations"
DOCUMENT_VERIFICATION = AUTOMATIONS / "document-verification.json"
FILE_RESOURCE = "bucket.file."
OUR_RESOURCE = "docverify."
RESOURCE_ID = "prefect.resource.id"
RESOURCE_NAME = "prefect.resource.name"


class DeploymentMissing(Exception):
    """An automation runs a deployment that the server does not have."""


class BlockMissing(Exception):
    """An automation sends alerts through a block that the server does not have."""


@dataclass(frozen=True)
class Scope:
    """The scope that separates the automations of one environment from others on the same server.

    Attributes:
        suffix: End of the names of its automations and deployments.
        bucket: Only files of this bucket match; empty for every bucket.
        notification: Block that sends alerts, TYPE/NAME; empty for no alerts.
    """

    suffix: str = ""
    bucket: str = ""
    notification: str = ""


EVERYTHING = Scope()


def files(scope: Scope = EVERYTHING) -> list[Path]:
    """Return the files of the automations that can be applied: those that alert need a block.

    The folder also holds webhook.json, which is not an automation: it has no "trigger".
    """
    found = sorted(AUTOMATIONS.glob("*.json"))
    contents = {file: json.loads(file.read_text()) for file in found}
    return [
        file
        for file, content in contents.items()
        if "trigger" in content and (scope.notification or not sends_alerts(content))
    ]


def apply(client: SyncPrefectClient, file: Path, scope: Scope = EVERYTHING) -> UUID:
    """Create or update the automation of a file, remove duplicates, and return its id."""
    automation = read_automation(client, file, scope)
    existing = client.read_automations_by_name(automation.name)
    for duplicate in existing[1:]:
        client.delete_automation(duplicate.id)
    if not existing:
        return client.create_automation(automation)
    client.update_automation(existing[0].id, automation)
    return existing[0].id


def state(
    client: SyncPrefectClient, file: Path, scope: Scope = EVERYTHING
) -> Literal["same", "different", "missing"]:
    """Compare the automation on the server with the file."""
    wanted = read_automation(client, file, scope)
    existing = client.read_automations_by_name(wanted.name)
    if not existing:
        return "missing"
    # Compared as models, because they contain sets, whose order is arbitrary.
    found = AutomationCore.model_validate(
        existing[0].model_dump(include=set(type(wanted).model_fields))
    )
    return "same" if found == wanted and len(existing) == 1 else "different"


def remove(client: SyncPrefectClient, file: Path, scope: Scope = EVERYTHING) -> bool:
    """Remove every automation with the name of the file, and return whether there was one."""
    existing = client.read_automations_by_name(automation_name(file, scope))
    for each in existing:
        client.delete_automation(each.id)
    return bool(existing)


def automation_name(file: Path, scope: Scope) -> str:
    """Return the name of a file's automation in this scope."""
    return str(json.loads(file.read_text())["name"]) + scope.suffix


def sends_alerts(content: dict[str, Any]) -> bool:
    """Return whether an automation needs the alert block."""
    return any(action["type"] == "send-notification" for action in content["actions"])


def read_automation(client: SyncPrefectClient, file: Path, scope: Scope) -> AutomationCore:
    """Read a file as an automation of this scope."""
    content = json.loads(file.read_text())
    content["name"] = automation_name(file, scope)
    trigger = content["trigger"]
    for field in ("match", "match_related"):
        trigger[field] = scope_match(trigger[field], scope)
    content["actions"] = [resolve_names(client, action, scope) for action in content["actions"]]
    return AutomationCore.model_validate(content)


def scope_match(match: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Restrict a match to the bucket and names of one environment of the workspace."""
    scoped: dict[str, Any] = {
        key: [name + scope.suffix for name in each]
        if isinstance(each, list)
        else each + scope.suffix
        for key, each in match.items()
        if key == RESOURCE_NAME
    }
    about = str(match.get(RESOURCE_ID, ""))
    if about.startswith(FILE_RESOURCE) and scope.bucket:
        # The environment without a suffix also accepts events that name no bucket.
        scoped["bucket"] = scope.bucket if scope.suffix else [scope.bucket, NO_BUCKET]
    if about.startswith(OUR_RESOURCE):
        scoped[RESOURCE_ID] = about + scope.suffix
    return match | scoped


def resolve_names(
    client: SyncPrefectClient, action: dict[str, Any], scope: Scope
) -> dict[str, Any]:
    """Replace the names of deployments and blocks by their ids on the server."""
    if "deployment_id" in action:
        deployment = action["deployment_id"] + scope.suffix
        return action | {"deployment_id": find_deployment_id(client, deployment)}
    if "block_document_id" in action:
        return action | {"block_document_id": find_block_id(client, scope.notification)}
    return action


def find_deployment_id(client: SyncPrefectClient, name: str) -> UUID:
    """Return the id of a deployment; raise DeploymentMissing if it does not exist."""
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        raise DeploymentMissing(
            f"{client.api_url} has no deployment {name}: deploy the flow before its automation"
        ) from None


def find_block_id(client: SyncPrefectClient, name: str) -> UUID:
    """Return the id of a block; raise BlockMissing if it does not exist."""
    block_type, _, block = name.partition("/")
    try:
        return client.read_block_document_by_name(block, block_type).id
    except ObjectNotFound:
        raise BlockMissing(
            f"{client.api_url} has no block {name}: create it, or change `notification`"
        ) from None
