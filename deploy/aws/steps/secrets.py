"""The secrets of the runs: taken from variables or a prompt, stored in Secrets Manager."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from typing import Any

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list

RECOVERY_DAYS = 7  # in which a removed secret can be restored


def check(target: Target) -> Finding:
    """Check that every secret exists; the values are not read."""
    if not target.environment.in_containers:
        return not_needed("processes get DATABASE_URL from the environment of their worker")
    wanted = target.environment.secrets
    found = {name: describe_secret(target, name) for name in wanted}
    absent = [name for name, each in found.items() if not is_usable(each)]
    if absent:
        return missing(", ".join(absent))
    return done(", ".join(wanted))


def apply(target: Target) -> None:
    """Store the secrets that do not exist yet."""
    for name in target.environment.secrets:
        found = describe_secret(target, name)
        if not is_usable(found):
            store_secret(target, name, found)


def renew(target: Target) -> None:
    """Store every secret again; runs that start after that get the new values."""
    for name in target.environment.secrets:
        store_secret(target, name, describe_secret(target, name))


def destroy(target: Target) -> str:
    """Remove the secrets that this environment owns; they can be restored for some days."""
    removed = [name for name in target.environment.secrets if remove_secret(target, name)]
    if not removed:
        return "was not there"
    return f"{', '.join(removed)} (can be restored for {RECOVERY_DAYS} days)"


def secret_id(target: Target, name: str) -> str:
    """Return the name of the secret in Secrets Manager."""
    return f"docverify/{target.environment.name}/{name}"


def references(target: Target) -> list[dict[str, str]]:
    """Return each variable and the ARN of its secret, in the form of ECS; raise NotYet."""
    found = []
    for name in target.environment.secrets:
        secret = describe_secret(target, name)
        if secret is None or not is_usable(secret):
            raise NotYet(f"the secret {name}")
        found.append({"name": name, "valueFrom": str(secret["ARN"])})
    return found


def read_secret(name: str) -> str:
    """Return the variable with this name, or ask for it; raise DeployError without either."""
    has_terminal = sys.stdin is not None and sys.stdin.isatty()
    found = os.environ.get(name) or (getpass(f"{name} (not shown): ") if has_terminal else "")
    if not found.strip():
        raise DeployError(f"the secret {name} is not set: set the environment variable {name}")
    return found.strip()


def describe_secret(target: Target, name: str) -> dict[str, Any] | None:
    """Return the description of a secret without its value; None if it does not exist."""
    client = target.aws("secretsmanager")
    try:
        found: dict[str, Any] = client.describe_secret(SecretId=secret_id(target, name))
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def is_usable(found: dict[str, Any] | None) -> bool:
    """Return whether a secret exists, has a value, and is not marked for removal."""
    return (
        found is not None and "DeletedDate" not in found and bool(found.get("VersionIdsToStages"))
    )


def store_secret(target: Target, name: str, found: dict[str, Any] | None) -> None:
    """Store a secret's value: create the secret, restore it, or give it a new version."""
    client, secret = target.aws("secretsmanager"), secret_id(target, name)
    stored = read_secret(name)
    if found is None:
        client.create_secret(Name=secret, SecretString=stored, Tags=to_tag_list(target.tags))
        return
    if "DeletedDate" in found:
        client.restore_secret(SecretId=secret)
    client.put_secret_value(SecretId=secret, SecretString=stored)


def remove_secret(target: Target, name: str) -> bool:
    """Remove a secret, and return whether this environment owned it."""
    found = describe_secret(target, name)
    if (
        found is None
        or "DeletedDate" in found
        or not target.owns(from_tag_list(found.get("Tags", [])))
    ):
        return False
    target.aws("secretsmanager").delete_secret(
        SecretId=secret_id(target, name), RecoveryWindowInDays=RECOVERY_DAYS
    )
    return True
