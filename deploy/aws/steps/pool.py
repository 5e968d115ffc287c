"""The work pool: which kind of machine a run gets, and who may start it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import UUID

from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker
from prefect_aws import AwsCredentials
from prefect_aws.workers.ecs_worker import ECSWorker

from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, compare, missing
from deploy.aws.steps import roles
from deploy.aws.target import Target, from_tag_list, to_tag_list

Template = dict[str, Any]

_SECRETS = {
    "title": "Secrets",
    "description": "Variables of the container that ECS takes from Secrets Manager, by ARN.",
    "type": "array",
    "items": {"type": "object", "additionalProperties": {"type": "string"}},
    "default": [],
}


def check(target: Target) -> Finding:
    """Look at the pool, and at the credentials that it starts containers with."""
    if target.environment.pool == "ecs:push" and not target.is_cloud:
        raise DeployError(
            "only Prefect Cloud has push pools: log in there (`prefect cloud login`), or choose "
            'pool = "ecs" or "process"'
        )
    found = _pool(target)
    if found is None:
        return missing(f"{name(target)} ({target.environment.pool})")
    if found.type != target.environment.pool:
        raise DeployError(
            f"the pool {name(target)} is of type {found.type}, not {target.environment.pool}: "
            "delete it, or change `pool`"
        )
    properties: dict[str, object] = {
        "template": found.base_job_template == _template(target, found),
        "concurrency": found.concurrency_limit == target.environment.concurrency,
        "paused": not found.is_paused,
        "credentials": not _is_ours(target, found) or _has_credentials(target),
    }
    return compare(name(target), dict.fromkeys(properties, True), properties)


def apply(target: Target) -> None:
    """Create the pool with what its containers need, or bring it to the same state."""
    found, limit = _pool(target), target.environment.concurrency
    if _is_ours(target, found) and not _has_credentials(target):
        _make_credentials(target)
    template = _template(target, found)
    if found is None:
        pool = WorkPoolCreate(
            name=name(target),
            type=target.environment.pool,
            description=_description(target),
            base_job_template=template,
            concurrency_limit=limit,
        )
        target.prefect.create_work_pool(pool)
        return
    update = WorkPoolUpdate(base_job_template=template, concurrency_limit=limit, is_paused=False)
    target.prefect.update_work_pool(name(target), update)


def destroy(target: Target) -> str:
    """Remove the pool and its credentials if they are ours."""
    credentials = _remove_credentials(target) if target.environment.pool == "ecs:push" else False
    found = _pool(target)
    if found is None:
        return name(target) if credentials else "was not there"
    if not _is_ours(target, found):
        return f"left {name(target)}: it was not made by this"
    target.prefect.delete_work_pool(name(target))
    return name(target)


def name(target: Target) -> str:
    """Return the pool's name."""
    return target.prefect_name("document-verification-pool")


def _pool(target: Target) -> WorkPool | None:
    try:
        return target.prefect.read_work_pool(name(target))
    except ObjectNotFound:
        return None


def _is_ours(target: Target, found: WorkPool | None) -> bool:
    """Whether we made it, or will: one that somebody else made has its own credentials."""
    return found is None or found.description == _description(target)


def _description(target: Target) -> str:
    return f"Runs of docverify, environment {target.environment.name}. Made by deploy.py."


def _template(target: Target, found: WorkPool | None) -> Template:
    """Return ours, or for a pool that somebody else made theirs with what we need added."""
    if not target.environment.in_containers:
        return ProcessWorker.get_default_base_job_template()
    if found is not None and not _is_ours(target, found):
        return _with_secrets(deepcopy(found.base_job_template))
    template = _with_secrets(ECSWorker.get_default_base_job_template())
    if target.environment.pool == "ecs:push":
        _default_to_credentials(target, template)
    return template


def _with_secrets(template: Template) -> Template:
    """Let deployments name secrets: Prefect's own template has no place for them.

    The memory is said of the container too: the same limit twice, as Fargate allows.
    """
    template["variables"]["properties"]["secrets"] = _SECRETS
    (container,) = template["job_configuration"]["task_definition"]["containerDefinitions"]
    container |= {"secrets": "{{ secrets }}", "memory": "{{ memory }}"}
    return template


def _default_to_credentials(target: Target, template: Template) -> None:
    block = _block_id(target)
    if block is not None:
        reference = {"$ref": {"block_document_id": str(block)}}
        template["variables"]["properties"]["aws_credentials"]["default"] = reference


def _user(target: Target) -> str:
    return f"{target.name}-pool"


def _block(target: Target) -> str:
    return f"{target.name}-aws-credentials"


def _block_id(target: Target) -> UUID | None:
    try:
        document = target.prefect.read_block_document_by_name(_block(target), "aws-credentials")
    except ObjectNotFound:
        return None
    return document.id


def _has_credentials(target: Target) -> bool:
    if target.environment.pool != "ecs:push":
        return True  # A worker has its own.
    iam = target.aws("iam")
    try:
        attached = iam.list_attached_user_policies(UserName=_user(target))["AttachedPolicies"]
    except iam.exceptions.NoSuchEntityException:
        return False
    policies = [policy["PolicyArn"] for policy in attached]
    return roles.submitter_policy(target) in policies and _block_id(target) is not None


def _make_credentials(target: Target) -> None:
    """Give Prefect Cloud a user that may start our tasks and nothing else."""
    iam, user = target.aws("iam"), _user(target)
    if not _user_exists(target):
        iam.create_user(UserName=user, Tags=to_tag_list(target.tags))
    iam.attach_user_policy(UserName=user, PolicyArn=roles.submitter_policy(target))
    if _block_id(target) is None:
        _remove_keys(target)  # of a run that ended before it had stored them
        key = iam.create_access_key(UserName=user)["AccessKey"]
        AwsCredentials(
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            region_name=target.environment.region,
        ).save(_block(target), overwrite=True)


def _user_exists(target: Target) -> bool:
    iam = target.aws("iam")
    try:
        iam.get_user(UserName=_user(target))
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _remove_keys(target: Target) -> None:
    iam, user = target.aws("iam"), _user(target)
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])


def _remove_credentials(target: Target) -> bool:
    iam, user, block = target.aws("iam"), _user(target), _block_id(target)
    if not _user_exists(target):
        return False
    if not target.owns(from_tag_list(iam.list_user_tags(UserName=user)["Tags"])):
        return False
    if block is not None:
        target.prefect.delete_block_document(block)
    _remove_keys(target)
    for policy in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName=user)
    return True
