"""The Prefect block that sends alerts to a chat, through the chat's webhook.

Its URL is a secret: it comes from a variable or a prompt, and Prefect stores it. An existing block,
or one of another type, is used unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from prefect.blocks.notifications import (
    AppriseNotificationBlock,
    MicrosoftTeamsWebhook,
    SlackWebhook,
)
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.steps import secrets
from deploy.aws.target import Target

URL_VARIABLE = "DOCVERIFY_NOTIFICATION_URL"
TYPES: Mapping[str, type[AppriseNotificationBlock]] = {
    "slack-webhook": SlackWebhook,
    "ms-teams-webhook": MicrosoftTeamsWebhook,
}


def check(target: Target) -> Finding:
    """Check that the block of the environment exists."""
    name = target.environment.notification
    if not name:
        return not_needed("`notification` is not set: no alerts are sent")
    if exists(target):
        return done(name)
    if not can_be_created(target):
        raise DeployError(
            f"the block {name} does not exist: create it in Prefect. This script creates only "
            f"blocks of the types {', '.join(TYPES)}"
        )
    return missing(name)


def apply(target: Target) -> None:
    """Create the block, or give it the URL that is set now."""
    kind, _, name = target.environment.notification.partition("/")
    TYPES[kind](url=SecretStr(secrets.read_secret(URL_VARIABLE))).save(name, overwrite=True)


def renew(target: Target) -> None:
    """Store the URL again, if the variable is set."""
    if can_be_created(target) and URL_VARIABLE in os.environ:
        apply(target)


def destroy(target: Target) -> str:
    """Leave the block, because others in the workspace may use it."""
    return "kept unchanged" if target.environment.notification else "did not exist"


def can_be_created(target: Target) -> bool:
    """Return whether the named block is of a type that this step creates."""
    return target.environment.notification.partition("/")[0] in TYPES


def exists(target: Target) -> bool:
    """Return whether Prefect has the block."""
    kind, _, name = target.environment.notification.partition("/")
    try:
        target.prefect.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        return False
    return True
