"""The IAM roles and policies: the files of deploy/iam/, filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from botocore.exceptions import ClientError

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import schema, secrets
from deploy.aws.target import Target, from_tag_list, to_tag_list
from docverify.page import Engine

#: Ends of the names of the roles that the script creates for some settings.
KINDS = ("task", "worker", "dispatcher", "desk", "execution", "services")
IAM = Path(__file__).parents[2] / "iam"


def check(target: Target) -> Finding:
    """Check the roles of a run, and that none can do more than the boundary allows."""
    if not target.environment.in_containers:
        return not_needed("processes have the permissions of their worker")
    wanted = wanted_roles(target)
    found = {name: find_role(target, name) for name in wanted}
    absent = [name for name, role in found.items() if role is None]
    if absent:
        return missing(", ".join(absent))
    wrong = [
        name
        for name, role in found.items()
        if role is not None and not agrees(target, name, role, wanted[name])
    ]
    if wrong:
        return differs(", ".join(wrong))
    names = [split_arn(arn)[1] for arn in (task_role(target), execution_role(target))]
    return done(", ".join(dict.fromkeys([*names, *wanted])))


def apply(target: Target) -> None:
    """Create missing roles within the boundary, and update every policy from its file."""
    require_boundary(target)
    for name, policies in wanted_roles(target).items():
        create_role(target, name, policies)


def destroy(target: Target) -> str:
    """Remove the roles that this environment owns; the boundary is the administrator's."""
    names = [f"{target.name}-{kind}" for kind in KINDS]
    removed = [name for name in names if remove_role(target, name)]
    return ", ".join(removed) or "did not exist"


def task_role(target: Target) -> str:
    """Return the ARN of the role of a run: it may read the documents."""
    return target.environment.task_role or target.arn("iam", f"role/{target.name}-task")


def execution_role(target: Target) -> str:
    """Return the ARN of the role that ECS starts a run with: pull, log, pass secrets."""
    return target.environment.execution_role or target.arn("iam", f"role/{target.name}-execution")


def services_role(target: Target) -> str:
    """Return the ARN of the role that ECS starts the services and the migrations with.

    It may pass secrets that a run does not have, so the key of a push pool may not pass it.
    """
    return target.environment.execution_role or target.arn("iam", f"role/{target.name}-services")


def worker_role(target: Target) -> str:
    """Return the ARN of the role of the warm worker: it executes runs, so it reads documents."""
    return target.environment.task_role or target.arn("iam", f"role/{target.name}-worker")


def desk_role(target: Target) -> str:
    """Return the ARN of the role of the desk: it shows documents."""
    own = target.environment.desk.role if target.environment.desk else ""
    return own or target.arn("iam", f"role/{target.name}-desk")


def dispatcher_role(target: Target) -> str:
    """Return the ARN of the role of the dispatcher; empty if it calls no AWS service.

    It has one only to log in to the database.
    """
    environment = target.environment
    if not (environment.has_dispatcher and database_policies(target)):
        return ""
    return environment.task_role or target.arn("iam", f"role/{target.name}-dispatcher")


def boundary(target: Target) -> str:
    """Return the ARN of the policy that limits every role and user that the script creates."""
    own = target.arn("iam", f"policy/{target.name}-boundary")
    return target.environment.permissions_boundary or own


def require_boundary(target: Target) -> None:
    """Create the boundary if an administrator runs the script; else raise DeployError."""
    iam = target.aws("iam")
    try:
        iam.get_policy(PolicyArn=boundary(target))
    except iam.exceptions.NoSuchEntityException:
        pass
    else:
        return
    if target.environment.permissions_boundary:
        raise DeployError(f"permissions_boundary: the account has no policy {boundary(target)}")
    content = json.dumps(fill_boundary(target))
    try:
        iam.create_policy(
            PolicyName=f"{target.name}-boundary",
            PolicyDocument=content,
            Tags=to_tag_list(target.tags),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        raise DeployError(
            f"an administrator must create the policy {target.name}-boundary first: "
            f"`python deploy/deploy.py {target.environment.name} --rights boundary` prints it"
        ) from None


def fill_policy(target: Target, name: str) -> dict[str, Any]:
    """Read NAME.json of deploy/iam/ and fill in this environment's names."""
    text = (IAM / f"{name}.json").read_text()
    filled: dict[str, Any] = json.loads(
        Template(text).substitute(
            account=target.account,
            boundary=boundary(target),
            bucket=target.bucket,
            database_secret=target.environment.database_secret,
            database_user=target.environment.database_user,
            environment=target.environment.name,
            kms_key=target.environment.kms_key,
            name=target.name,
            partition=target.partition,
            prefix=target.environment.prefix,
            region=target.environment.region,
            secret="${secret}",  # noqa: S106 (filled in later, once for each secret)
        )
    )
    return filled


def fill_execution(target: Target) -> dict[str, Any]:
    """Return the policy of the role that ECS starts a run with: it passes a run's secrets only."""
    filled = fill_policy(target, "execution")
    names = sorted(secrets.run_secrets(target))
    for statement in filled["Statement"]:
        if statement["Sid"] == "PassSecrets":
            secret = Template(statement["Resource"])
            statement["Resource"] = [secret.substitute(secret=name) for name in names]
    return filled


Policies = Mapping[str, Mapping[str, Any]]


def fill_boundary(target: Target) -> dict[str, Any]:
    """Return the boundary of this environment, with the login of the database that it names."""
    filled = fill_policy(target, "boundary")
    for policy in database_policies(target).values():
        filled["Statement"] += policy["Statement"]
    return filled


def database_policies(target: Target) -> dict[str, dict[str, Any]]:
    """Return the policies of a run that reads its database login from AWS."""
    environment = target.environment
    logins = {
        "database_secret": environment.database_secret,
        "database_user": environment.database_user,
    }
    return {name: fill_policy(target, name) for name, arn in logins.items() if arn}


def wanted_roles(target: Target) -> dict[str, Policies]:
    """Return the policies of each role by name; `trust` is its trust policy.

    A role that the environment's file names already exists, and the script does not change it.
    """
    environment, trust = target.environment, {"trust": fill_policy(target, "trust")}
    shared = {"kms": fill_policy(target, "kms")} if environment.kms_key else {}
    wanted: dict[str, Policies] = {}
    if not environment.task_role:
        task = {"task": fill_policy(target, "task")}
        if Engine.TEXTRACT in (environment.engine, environment.second_engine):
            task["textract"] = fill_policy(target, "textract")
        task |= database_policies(target)
        wanted[f"{target.name}-task"] = trust | task | shared
        if environment.is_warm:
            wanted[f"{target.name}-worker"] = trust | task | shared
    if environment.desk and not environment.desk.role:
        desk = {"desk": fill_policy(target, "desk")}
        wanted[f"{target.name}-desk"] = trust | desk | shared
    if dispatcher_role(target) and not environment.task_role:
        wanted[f"{target.name}-dispatcher"] = trust | database_policies(target) | shared
    if not environment.execution_role:
        execution = {"execution": fill_execution(target)}
        wanted[f"{target.name}-execution"] = trust | execution | shared
        if environment.has_dispatcher or schema.OWNER_VARIABLE in environment.secrets:
            services = {"services": fill_policy(target, "services")}
            wanted[f"{target.name}-services"] = trust | services | shared
    return wanted


def unwanted_roles(target: Target) -> list[str]:
    """Return the names of the roles that the script creates for other settings."""
    names = [f"{target.name}-{kind}" for kind in KINDS]
    wanted = wanted_roles(target) if target.environment.in_containers else {}
    return [name for name in names if name not in wanted]


def is_owned(target: Target, name: str) -> bool:
    """Return whether a role exists and this environment created it."""
    role = find_role(target, name)
    return role is not None and target.owns(from_tag_list(role.get("Tags", [])))


def agrees(target: Target, name: str, role: Mapping[str, Any], wanted: Policies) -> bool:
    """Return whether a role has the wanted policies and the boundary."""
    is_limited = find_boundary(role) == boundary(target)
    return is_limited and read_policies(target, name) == wanted


def find_boundary(role: Mapping[str, Any]) -> str | None:
    """Return the ARN of a role's boundary; None if it has none."""
    arn: str | None = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn


def split_arn(arn: str) -> tuple[str, str]:
    """Return what is before the name in an ARN, and the name."""
    start, _, name = arn.rpartition("/")
    return start, name


def find_role(target: Target, name: str) -> dict[str, Any] | None:
    """Return IAM's description of a role; None if it does not exist."""
    iam = target.aws("iam")
    try:
        found: dict[str, Any] = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def read_policies(target: Target, name: str) -> Policies:
    """Return the policies that a role has, by name, with `trust`."""
    iam = target.aws("iam")
    role = find_role(target, name) or {}
    policies = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    return {"trust": role.get("AssumeRolePolicyDocument", {}), **policies}


def create_role(target: Target, name: str, wanted: Policies) -> None:
    """Create a role within the boundary, or make its policies equal to the wanted ones."""
    iam, limit = target.aws("iam"), boundary(target)
    if find_role(target, name) is None:
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(wanted["trust"]),
            PermissionsBoundary=limit,
            Tags=to_tag_list(target.tags),
        )
    found = read_policies(target, name)
    if found["trust"] != wanted["trust"]:
        # Whoever may change this may become the role, so the script has no right to do it.
        raise DeployError(
            f"the role {name} trusts a principal other than ECS: find out who changed it, ask an "
            "administrator to delete the role, and run the script again"
        )
    if find_boundary(find_role(target, name) or {}) != limit:
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit)
    for policy in wanted.keys() - {"trust"}:
        if found.get(policy) != wanted[policy]:
            text = json.dumps(wanted[policy])
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
    for policy in found.keys() - wanted.keys():
        iam.delete_role_policy(RoleName=name, PolicyName=policy)


def remove_role(target: Target, name: str) -> bool:
    """Remove a role with its policies, and return whether this environment owned it."""
    iam = target.aws("iam")
    if not is_owned(target, name):
        return False
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)
    return True
