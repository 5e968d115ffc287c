"""The secrets of the runs: taken from variables or a prompt, stored in Secrets Manager."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from getpass import getpass
from secrets import token_urlsafe
from typing import Any

from prefect.settings import get_current_settings

from deploy.aws.errors import DeployError, NotYet
from deploy.aws.plan import Finding, done, missing, not_needed
from deploy.aws.steps.schema import OWNER_VARIABLE
from deploy.aws.target import Target, from_tag_list, to_tag_list

#: Made by the script: no person needs to know it, and without it duplicates are never found.
MADE = "DOCVERIFY_HMAC_KEY"
#: The URL of the desk's own database user, and the desk's secret at the provider of its sign-in.
DESK_URL, DESK_CLIENT = "DOCVERIFY_DESK_DATABASE_URL", "DOCVERIFY_DESK_OIDC_CLIENT_SECRET"
WEBHOOK = "DOCVERIFY_WEBHOOK_SECRET"
#: Secrets of Prefect, the job variable that takes the ARN of each, and the setting with its value.
PREFECT_SECRETS = {
    "PREFECT_API_KEY": "prefect_api_key_secret_arn",
    "PREFECT_API_AUTH_STRING": "prefect_api_auth_string_secret_arn",
}
#: Secrets of a Prefect server. A worker on its machine would pass them on to each run.
SERVER_SECRETS = (
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL",
    "PREFECT_SERVER_DATABASE_PASSWORD",
)
RECOVERY_DAYS = 7  # in which a removed secret can be restored


def check(target: Target) -> Finding:
    """Check that every secret exists; the values are not read."""
    if not target.environment.in_containers:
        return not_needed(
            "processes get DATABASE_URL and DOCVERIFY_HMAC_KEY from the environment of their "
            "worker; without the second one, no document is compared with earlier ones"
        )
    wanted = wanted_secrets(target)
    found = {name: describe_secret(target, name) for name in wanted}
    absent = [name for name, each in found.items() if not is_usable(each)]
    if absent:
        return missing(", ".join(absent))
    return done(", ".join(wanted))


def apply(target: Target) -> None:
    """Store the secrets that do not exist yet."""
    for name in wanted_secrets(target):
        found = describe_secret(target, name)
        if not is_usable(found):
            store_secret(target, name, found)


def renew(target: Target) -> None:
    """Store every secret of the environment again; later runs get the new values.

    The key of the fingerprints stays: with another one, no earlier document would be found.
    """
    for name in wanted_secrets(target):
        if name == MADE and MADE not in target.environment.secrets:
            continue
        store_secret(target, name, describe_secret(target, name))


def destroy(target: Target) -> str:
    """Remove the secrets that this environment owns; they can be restored for some days."""
    removed = [name for name in wanted_secrets(target) if remove_secret(target, name)]
    if not removed:
        return "did not exist"
    return f"{', '.join(removed)} (can be restored for {RECOVERY_DAYS} days)"


def wanted_secrets(target: Target) -> tuple[str, ...]:
    """Return the names of the secrets: the environment's, and those that a container needs."""
    environment = target.environment
    names = dict.fromkeys((*environment.secrets, MADE))
    if environment.pool in ("ecs", "warm") or environment.desk:
        # A worker would pass these on as plain variables, which ecs:DescribeTasks shows.
        names |= dict.fromkeys(prefect_values())
    if environment.desk:
        names |= dict.fromkeys(desk_secrets(target).values())
    return tuple(names)


def unwanted_secrets(target: Target) -> list[str]:
    """Return the names of the secrets that the script stores for other settings.

    Those of Prefect depend on the profile of the person who deploys, so they are kept.
    """
    wanted = wanted_secrets(target) if target.environment.in_containers else ()
    return [name for name in (DESK_URL, DESK_CLIENT, OWNER_VARIABLE) if name not in wanted]


def run_secrets(target: Target) -> Mapping[str, str]:
    """Return the variables of a run that are secret, each with the name of its secret."""
    names = [name for name in target.environment.secrets if name != OWNER_VARIABLE]
    names.append(MADE)
    if target.environment.pool == "ecs":
        names += prefect_values()
    return {name: name for name in names}


def worker_secrets(target: Target) -> Mapping[str, str]:
    """Return the secret variables of a warm worker: those of a run, and those of Prefect."""
    return {**run_secrets(target), **{name: name for name in prefect_values()}}


def dispatcher_secrets(target: Target) -> Mapping[str, str]:
    """Return the secret variables of the dispatcher, which reads no document."""
    sent = ("DATABASE_URL", WEBHOOK)
    own = [name for name in target.environment.secrets if name in sent]
    return {name: name for name in [*own, *prefect_values()]}


def desk_secrets(target: Target) -> Mapping[str, str]:
    """Return the secret variables of the desk: it connects as its own database user."""
    desk = target.environment.desk
    client = {} if desk is None or desk.public_client else {DESK_CLIENT: DESK_CLIENT}
    return {"DATABASE_URL": DESK_URL, MADE: MADE, **client}


def prefect_values() -> dict[str, str]:
    """Return the secrets with which this profile calls the Prefect API, by name."""
    api = get_current_settings().api
    values = {"PREFECT_API_KEY": api.key, "PREFECT_API_AUTH_STRING": api.auth_string}
    return {name: value.get_secret_value() for name, value in values.items() if value}


def prefect_secret_variables(target: Target) -> dict[str, str]:
    """Return the job variables that keep the worker from passing Prefect's secrets itself."""
    arns = {each["name"]: each["valueFrom"] for each in references(target, run_secrets(target))}
    return {variable: arns[name] for name, variable in PREFECT_SECRETS.items() if name in arns}


def secret_id(target: Target, name: str) -> str:
    """Return the name of the secret in Secrets Manager."""
    return f"docverify/{target.environment.name}/{name}"


def references(target: Target, variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Return each variable and the ARN of its secret, in the form of ECS; raise NotYet.

    `variables` has the name of the secret for each variable.
    """
    found = []
    for variable, name in variables.items():
        secret = describe_secret(target, name)
        if secret is None or not is_usable(secret):
            raise NotYet(f"the secret {name}")
        found.append({"name": variable, "valueFrom": str(secret["ARN"])})
    return found


def read_secret(name: str) -> str:
    """Return the variable with this name, or ask for it; raise DeployError without either."""
    known = os.environ.get(name) or prefect_values().get(name)
    if known or name == MADE:
        return known or token_urlsafe(48)
    has_terminal = sys.stdin is not None and sys.stdin.isatty()
    found = getpass(f"{name} (not shown): ") if has_terminal else ""
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
        key = target.environment.kms_key
        encryption = {"KmsKeyId": key} if key else {}
        tags = to_tag_list(target.tags)
        client.create_secret(Name=secret, SecretString=stored, Tags=tags, **encryption)
        return
    if "DeletedDate" in found:
        client.restore_secret(SecretId=secret)
    client.put_secret_value(SecretId=secret, SecretString=stored)


def is_owned(target: Target, name: str) -> bool:
    """Return whether a secret exists, is not marked for removal, and is this environment's."""
    found = describe_secret(target, name)
    if found is None or "DeletedDate" in found:
        return False
    return target.owns(from_tag_list(found.get("Tags", [])))


def remove_secret(target: Target, name: str) -> bool:
    """Remove a secret, and return whether this environment owned it."""
    if not is_owned(target, name):
        return False
    target.aws("secretsmanager").delete_secret(
        SecretId=secret_id(target, name), RecoveryWindowInDays=RECOVERY_DAYS
    )
    return True
