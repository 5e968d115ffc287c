"""The IAM roles and policies: the files of deploy/iam/, filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list
from docverify.page import Engine

IAM = Path(__file__).parents[2] / "iam"


def check(target: Target) -> Finding:
    """Check the roles of a run, and the policy for starting runs."""
    if not target.environment.in_containers:
        return not_needed("processes have the permissions of their worker")
    names = [*wanted_roles(target), submitter_name(target)]
    absent = [name for name in wanted_roles(target) if find_role(target, name) is None]
    if read_submitter(target) is None:
        absent.append(submitter_name(target))
    if absent:
        return missing(", ".join(absent))
    wrong = [
        name
        for name, wanted in wanted_roles(target).items()
        if read_policies(target, name) != wanted
    ]
    if read_submitter(target) != fill_policy(target, "submitter"):
        wrong.append(submitter_name(target))
    return differs(", ".join(wrong)) if wrong else done(", ".join(names))


def apply(target: Target) -> None:
    """Create missing roles and policies, and make every policy equal to its file."""
    for name, policies in wanted_roles(target).items():
        create_role(target, name, policies)
    create_submitter(target)


def destroy(target: Target) -> str:
    """Remove the roles and the policy that this environment owns."""
    if not target.environment.in_containers:
        return "was not there"
    removed = [name for name in wanted_roles(target) if remove_role(target, name)]
    removed += [submitter_name(target)] if remove_submitter(target) else []
    return ", ".join(removed) or "was not there"


def task_role(target: Target) -> str:
    """Return the ARN of the role of a run: it may read the documents."""
    return target.arn("iam", f"role/{target.name}-task")


def execution_role(target: Target) -> str:
    """Return the ARN of the role that ECS starts a run with: pull, log, pass secrets."""
    return target.arn("iam", f"role/{target.name}-execution")


def submitter_name(target: Target) -> str:
    """Return the name of the policy for starting runs: for a worker, or the pool's user."""
    return f"{target.name}-submitter"


def submitter_policy(target: Target) -> str:
    """Return the ARN of the policy for starting runs."""
    return target.arn("iam", f"policy/{submitter_name(target)}")


def fill_policy(target: Target, name: str) -> dict[str, Any]:
    """Read NAME.json of deploy/iam/ and fill in this environment's names."""
    text = (IAM / f"{name}.json").read_text()
    filled: dict[str, Any] = json.loads(
        Template(text).substitute(
            account=target.account,
            bucket=target.bucket,
            environment=target.environment.name,
            name=target.name,
            partition=target.partition,
            prefix=target.environment.prefix,
            region=target.environment.region,
        )
    )
    return filled


Policies = Mapping[str, Mapping[str, Any]]


def wanted_roles(target: Target) -> dict[str, Policies]:
    """Return the policies of each role by name; `trust` is its trust policy."""
    trust = {"trust": fill_policy(target, "trust")}
    task = {"task": fill_policy(target, "task")}
    if Engine.TEXTRACT in (target.environment.engine, target.environment.second_engine):
        task["textract"] = fill_policy(target, "textract")
    return {
        f"{target.name}-task": trust | task,
        f"{target.name}-execution": trust | {"execution": fill_policy(target, "execution")},
    }


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
    """Create a role, or make its policies equal to the wanted ones."""
    iam, trust = target.aws("iam"), json.dumps(wanted["trust"])
    if find_role(target, name) is None:
        tags = to_tag_list(target.tags)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)
    found = read_policies(target, name)
    if found["trust"] != wanted["trust"]:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    for policy in wanted.keys() - {"trust"}:
        if found.get(policy) != wanted[policy]:
            text = json.dumps(wanted[policy])
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
    for policy in found.keys() - wanted.keys():
        iam.delete_role_policy(RoleName=name, PolicyName=policy)


def remove_role(target: Target, name: str) -> bool:
    """Remove a role with its policies, and return whether this environment owned it."""
    iam, role = target.aws("iam"), find_role(target, name)
    if role is None or not target.owns(from_tag_list(role.get("Tags", []))):
        return False
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)
    return True


def find_submitter(target: Target) -> dict[str, Any] | None:
    """Return IAM's description of the policy for starting runs; None if it does not exist."""
    iam = target.aws("iam")
    try:
        found: dict[str, Any] = iam.get_policy(PolicyArn=submitter_policy(target))["Policy"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def read_submitter(target: Target) -> dict[str, Any] | None:
    """Return the policy for starting runs as IAM has it; None if it does not exist."""
    policy = find_submitter(target)
    if policy is None:
        return None
    version = target.aws("iam").get_policy_version(
        PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
    )
    found: dict[str, Any] = version["PolicyVersion"]["Document"]
    return found


def create_submitter(target: Target) -> None:
    """Create the policy for starting runs, or make it equal to its file."""
    iam, wanted = target.aws("iam"), fill_policy(target, "submitter")
    found, text = read_submitter(target), json.dumps(wanted)
    if found is None:
        name, tags = submitter_name(target), to_tag_list(target.tags)
        iam.create_policy(PolicyName=name, PolicyDocument=text, Tags=tags)
    elif found != wanted:
        remove_old_versions(target)
        iam.create_policy_version(
            PolicyArn=submitter_policy(target), PolicyDocument=text, SetAsDefault=True
        )


def remove_old_versions(target: Target) -> None:
    """Remove all versions but the default one: a policy can have five."""
    iam, arn = target.aws("iam"), submitter_policy(target)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def remove_submitter(target: Target) -> bool:
    """Detach and remove the policy, and return whether this environment owned it."""
    iam, policy = target.aws("iam"), find_submitter(target)
    if policy is None or not target.owns(from_tag_list(policy.get("Tags", []))):
        return False
    holders = iam.list_entities_for_policy(PolicyArn=policy["Arn"])
    for user in holders["PolicyUsers"]:
        iam.detach_user_policy(UserName=user["UserName"], PolicyArn=policy["Arn"])
    for role in holders["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
    remove_old_versions(target)
    iam.delete_policy(PolicyArn=policy["Arn"])
    return True
