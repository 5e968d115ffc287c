"""Who may do what in AWS: the policies of deploy/iam/, filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.target import Target, from_tag_list, to_tag_list

IAM = Path(__file__).parents[2] / "iam"


def check(target: Target) -> Finding:
    """Look at the roles of a run, and at the policy of what starts runs."""
    if not target.environment.in_containers:
        return not_needed("processes have the rights of their worker")
    names = [*_roles(target), submitter_name(target)]
    absent = [name for name in _roles(target) if _role(target, name) is None]
    if _submitter(target) is None:
        absent.append(submitter_name(target))
    if absent:
        return missing(", ".join(absent))
    wrong = [name for name, wanted in _roles(target).items() if _found(target, name) != wanted]
    if _submitter(target) != document(target, "submitter"):
        wrong.append(submitter_name(target))
    return differs(", ".join(wrong)) if wrong else done(", ".join(names))


def apply(target: Target) -> None:
    """Create what is not there, and make every policy say what its file says."""
    for name, policies in _roles(target).items():
        _make_role(target, name, policies)
    _make_submitter(target)


def destroy(target: Target) -> str:
    """Remove the roles and the policy that are ours."""
    if not target.environment.in_containers:
        return "was not there"
    removed = [name for name in _roles(target) if _remove_role(target, name)]
    removed += [submitter_name(target)] if _remove_submitter(target) else []
    return ", ".join(removed) or "was not there"


def task_role(target: Target) -> str:
    """Return the ARN of what a run may do: read the documents."""
    return target.arn("iam", f"role/{target.name}-task")


def execution_role(target: Target) -> str:
    """Return the ARN of what ECS may do to start a run: pull, log, pass secrets."""
    return target.arn("iam", f"role/{target.name}-execution")


def submitter_name(target: Target) -> str:
    """Return the name of the policy for what starts runs: a worker, or the pool's user."""
    return f"{target.name}-submitter"


def submitter_policy(target: Target) -> str:
    """Return its ARN."""
    return target.arn("iam", f"policy/{submitter_name(target)}")


def document(target: Target, name: str) -> dict[str, Any]:
    """Fill in a file of deploy/iam/."""
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


def _roles(target: Target) -> dict[str, Policies]:
    """Name each role, what may take it ("trust") and what it may do."""
    trust = {"trust": document(target, "trust")}
    task = {"task": document(target, "task")}
    if "textract" in (target.environment.engine, target.environment.second_engine):
        task["textract"] = document(target, "textract")
    return {
        f"{target.name}-task": trust | task,
        f"{target.name}-execution": trust | {"execution": document(target, "execution")},
    }


def _role(target: Target, name: str) -> dict[str, Any] | None:
    iam = target.aws("iam")
    try:
        found: dict[str, Any] = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def _found(target: Target, name: str) -> Policies:
    iam = target.aws("iam")
    role = _role(target, name) or {}
    policies = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    return {"trust": role.get("AssumeRolePolicyDocument", {}), **policies}


def _make_role(target: Target, name: str, wanted: Policies) -> None:
    iam, trust = target.aws("iam"), json.dumps(wanted["trust"])
    if _role(target, name) is None:
        tags = to_tag_list(target.tags)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)
    found = _found(target, name)
    if found["trust"] != wanted["trust"]:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    for policy in wanted.keys() - {"trust"}:
        if found.get(policy) != wanted[policy]:
            text = json.dumps(wanted[policy])
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
    for policy in found.keys() - wanted.keys():
        iam.delete_role_policy(RoleName=name, PolicyName=policy)


def _remove_role(target: Target, name: str) -> bool:
    iam, role = target.aws("iam"), _role(target, name)
    if role is None or not target.owns(from_tag_list(role.get("Tags", []))):
        return False
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)
    return True


def _policy(target: Target) -> dict[str, Any] | None:
    iam = target.aws("iam")
    try:
        found: dict[str, Any] = iam.get_policy(PolicyArn=submitter_policy(target))["Policy"]
    except iam.exceptions.NoSuchEntityException:
        return None
    return found


def _submitter(target: Target) -> dict[str, Any] | None:
    policy = _policy(target)
    if policy is None:
        return None
    version = target.aws("iam").get_policy_version(
        PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
    )
    found: dict[str, Any] = version["PolicyVersion"]["Document"]
    return found


def _make_submitter(target: Target) -> None:
    iam, wanted = target.aws("iam"), document(target, "submitter")
    found, text = _submitter(target), json.dumps(wanted)
    if found is None:
        name, tags = submitter_name(target), to_tag_list(target.tags)
        iam.create_policy(PolicyName=name, PolicyDocument=text, Tags=tags)
    elif found != wanted:
        _remove_old_versions(target)
        iam.create_policy_version(
            PolicyArn=submitter_policy(target), PolicyDocument=text, SetAsDefault=True
        )


def _remove_old_versions(target: Target) -> None:
    """Make room: a policy has five versions at most."""
    iam, arn = target.aws("iam"), submitter_policy(target)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def _remove_submitter(target: Target) -> bool:
    iam, policy = target.aws("iam"), _policy(target)
    if policy is None or not target.owns(from_tag_list(policy.get("Tags", []))):
        return False
    _detach(target)
    _remove_old_versions(target)
    iam.delete_policy(PolicyArn=policy["Arn"])
    return True


def _detach(target: Target) -> None:
    iam, arn = target.aws("iam"), submitter_policy(target)
    holders = iam.list_entities_for_policy(PolicyArn=arn)
    for user in holders["PolicyUsers"]:
        iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
    for role in holders["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
