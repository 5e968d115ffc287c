"""What runs must know and nobody may see: kept by Secrets Manager, told by variable or prompt."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from typing import Any

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list

# A removed secret can be restored for so long.
RECOVERY_DAYS = 7


def check(target: Target) -> Finding:
    """Look which secrets are there; their values are not read."""
    if not target.environment.in_containers:
        return not_needed("processes get DATABASE_URL from the environment of their worker")
    wanted = target.environment.secrets
    found = {name: _description(target, name) for name in wanted}
    absent = [name for name, each in found.items() if not _is_usable(each)]
    if absent:
        return missing(", ".join(absent))
    return done(", ".join(wanted))


def apply(target: Target) -> None:
    """Store what is not there yet."""
    for name in target.environment.secrets:
        found = _description(target, name)
        if not _is_usable(found):
            _store(target, name, found)


def renew(target: Target) -> None:
    """Store everything anew; the runs that start from then on get it."""
    for name in target.environment.secrets:
        _store(target, name, _description(target, name))


def destroy(target: Target) -> str:
    """Remove our secrets; AWS keeps them for some days, in case."""
    removed = [name for name in target.environment.secrets if _remove(target, name)]
    if not removed:
        return "was not there"
    return f"{', '.join(removed)} (can be restored for {RECOVERY_DAYS} days)"


def secret_id(target: Target, name: str) -> str:
    """Return what the secret is called in Secrets Manager."""
    return f"docverify/{target.environment.name}/{name}"


def references(target: Target) -> list[dict[str, str]]:
    """Name each variable and the ARN of its secret, as ECS wants it; raises NotYet."""
    return [{"name": name, "valueFrom": _arn(target, name)} for name in target.environment.secrets]


def value(name: str) -> str:
    """Take a secret from the variable of its name, or ask for it; raises DeployError."""
    found = os.environ.get(name) or (getpass(f"{name} (not shown): ") if _has_terminal() else "")
    if not found.strip():
        raise DeployError(f"the secret {name} is not set: put it into the variable {name}")
    return found.strip()


def _arn(target: Target, name: str) -> str:
    found = _description(target, name)
    if found is None or not _is_usable(found):
        raise NotYet(f"the secret {name}")
    return str(found["ARN"])


def _description(target: Target, name: str) -> dict[str, Any] | None:
    client = target.aws("secretsmanager")
    try:
        found: dict[str, Any] = client.describe_secret(SecretId=secret_id(target, name))
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def _is_usable(found: dict[str, Any] | None) -> bool:
    return (
        found is not None and "DeletedDate" not in found and bool(found.get("VersionIdsToStages"))
    )


def _store(target: Target, name: str, found: dict[str, Any] | None) -> None:
    client, which = target.aws("secretsmanager"), secret_id(target, name)
    stored = value(name)
    if found is None:
        client.create_secret(Name=which, SecretString=stored, Tags=to_tag_list(target.tags))
        return
    if "DeletedDate" in found:
        client.restore_secret(SecretId=which)
    client.put_secret_value(SecretId=which, SecretString=stored)


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _remove(target: Target, name: str) -> bool:
    found = _description(target, name)
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
