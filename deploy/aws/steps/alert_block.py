"""The block that tells people, by a webhook of their chat whose URL is known here.

Its URL is a secret: it comes from a variable or a prompt, and is kept by Prefect. A block of
another type, or one that is there, is used as it is.
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

URL = "DOCVERIFY_NOTIFICATION_URL"
TYPES: Mapping[str, type[AppriseNotificationBlock]] = {
    "slack-webhook": SlackWebhook,
    "ms-teams-webhook": MicrosoftTeamsWebhook,
}


def check(target: Target) -> Finding:
    """Look for the block that the environment names."""
    name = target.environment.notification
    if not name:
        return not_needed("`notification` names no block: nobody is told")
    if _exists(target):
        return done(name)
    if not _can_be_made(target):
        raise DeployError(
            f"there is no block {name}: create it in Prefect; only blocks of the types "
            f"{', '.join(TYPES)} are made by this"
        )
    return missing(name)


def apply(target: Target) -> None:
    """Make the block."""
    kind, _, name = target.environment.notification.partition("/")
    TYPES[kind](url=SecretStr(secrets.value(URL))).save(name, overwrite=True)


def renew(target: Target) -> None:
    """Give the block another URL, if one is named here."""
    if _can_be_made(target) and URL in os.environ:
        apply(target)


def destroy(target: Target) -> str:
    """Leave the block: others in the workspace may use it."""
    return "left as it is" if target.environment.notification else "was not there"


def _can_be_made(target: Target) -> bool:
    return target.environment.notification.partition("/")[0] in TYPES


def _exists(target: Target) -> bool:
    kind, _, name = target.environment.notification.partition("/")
    try:
        target.prefect.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        return False
    return True
