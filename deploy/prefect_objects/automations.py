"""Automations as files: applied by name, as often as one likes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound

AUTOMATIONS = Path(__file__).parents[2] / "automations"
DOCUMENT_VERIFICATION = AUTOMATIONS / "document-verification.json"
_FILES = "bucket.file."
_OURS = "docverify."
_ID = "prefect.resource.id"
_NAME = "prefect.resource.name"


class DeploymentMissing(Exception):
    """An automation runs a deployment that the server does not have."""


class BlockMissing(Exception):
    """An automation tells people by a block that the server does not have."""


@dataclass(frozen=True)
class Scope:
    """What tells the automations of one environment from those of another on the same server."""

    suffix: str = ""
    """Ends the names of its automations and deployments."""
    bucket: str = ""
    """The bucket whose files it hears of; empty for every one."""
    notification: str = ""
    """The block that tells people, TYPE/NAME; empty for none."""


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
        if "trigger" in content and (scope.notification or not _tells_people(content))
    ]


def apply(client: SyncPrefectClient, file: Path, scope: Scope = EVERYTHING) -> UUID:
    """Make the server have exactly one automation of the file's name, as the file says."""
    automation = _read(client, file, scope)
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
    """Compare what the server has of the file's name with what the file says."""
    wanted = _read(client, file, scope)
    existing = client.read_automations_by_name(wanted.name)
    if not existing:
        return "missing"
    # As models, for they have sets, which are written in any order.
    found = AutomationCore.model_validate(
        existing[0].model_dump(include=set(type(wanted).model_fields))
    )
    return "same" if found == wanted and len(existing) == 1 else "different"


def remove(client: SyncPrefectClient, file: Path, scope: Scope = EVERYTHING) -> bool:
    """Remove every automation of the file's name, and say whether there was one."""
    existing = client.read_automations_by_name(_name(file, scope))
    for each in existing:
        client.delete_automation(each.id)
    return bool(existing)


def _name(file: Path, scope: Scope) -> str:
    return str(json.loads(file.read_text())["name"]) + scope.suffix


def _tells_people(content: dict[str, Any]) -> bool:
    return any(action["type"] == "send-notification" for action in content["actions"])


def _read(client: SyncPrefectClient, file: Path, scope: Scope) -> AutomationCore:
    content = json.loads(file.read_text())
    content["name"] = _name(file, scope)
    trigger = content["trigger"]
    for field in ("match", "match_related"):
        trigger[field] = _match(trigger[field], scope)
    content["actions"] = [_resolved(client, action, scope) for action in content["actions"]]
    return AutomationCore.model_validate(content)


def _match(match: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Hear of one environment's bucket and names: others may be in the same workspace."""
    scoped = {key: each + scope.suffix for key, each in match.items() if key == _NAME}
    about = str(match.get(_ID, ""))
    if about.startswith(_FILES) and scope.bucket:
        scoped["bucket"] = scope.bucket
    if about.startswith(_OURS):
        scoped[_ID] = about + scope.suffix
    return match | scoped


def _resolved(client: SyncPrefectClient, action: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Put the ids that the server gave for names: deployments and blocks."""
    if "deployment_id" in action:
        deployment = action["deployment_id"] + scope.suffix
        return action | {"deployment_id": _deployment_id(client, deployment)}
    if "block_document_id" in action:
        return action | {"block_document_id": _block_id(client, scope.notification)}
    return action


def _deployment_id(client: SyncPrefectClient, name: str) -> UUID:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        raise DeploymentMissing(
            f"{client.api_url} has no deployment {name}: deploy the flow before its automation"
        ) from None


def _block_id(client: SyncPrefectClient, name: str) -> UUID:
    block_type, _, block = name.partition("/")
    try:
        return client.read_block_document_by_name(block, block_type).id
    except ObjectNotFound:
        raise BlockMissing(
            f"{client.api_url} has no block {name}: create it there, or change `notification`"
        ) from None
