"""The work pool: the type of machine of a run, and the credentials that start it."""

from __future__ import annotations

import json
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
from deploy.aws.steps import queues, roles
from deploy.aws.target import Target, from_tag_list, to_tag_list
from services.worker.warm_worker import POOL_TYPE, WarmWorker

POOL, WARM_POOL = "document-verification-pool", "document-verification-pool-warm"
Template = dict[str, Any]


def check(target: Target) -> Finding:
    """Check the pool, and the credentials that it starts containers with."""
    if target.environment.pool == "ecs:push" and not target.is_cloud:
        raise DeployError(
            "only Prefect Cloud has push pools: log in there (`prefect cloud login`), or set "
            'pool = "ecs" or "process"'
        )
    found = find_pool(target)
    if found is None:
        return missing(f"{name(target)} ({target.environment.pool})")
    if found.type != pool_type(target):
        raise DeployError(
            f"the pool {name(target)} is of type {found.type}, not {pool_type(target)}: "
            "delete it, or change `pool`"
        )
    properties: dict[str, object] = {
        "template": found.base_job_template == pool_template(target, found),
        "concurrency": found.concurrency_limit == queues.pool_limit(target),
        "queues": queues.have_limits(target, name(target)),
        "paused": not found.is_paused,
        "credentials": not is_owned(target, found) or has_credentials(target),
    }
    return compare(name(target), dict.fromkeys(properties, True), properties)


def apply(target: Target) -> None:
    """Create the pool and its credentials, or bring them to the same state."""
    found, limit = find_pool(target), queues.pool_limit(target)
    if is_owned(target, found) and not has_credentials(target):
        create_credentials(target)
    template = pool_template(target, found)
    if found is None:
        pool = WorkPoolCreate(
            name=name(target),
            type=pool_type(target),
            description=_description(target),
            base_job_template=template,
            concurrency_limit=limit,
        )
        target.prefect.create_work_pool(pool)
    else:
        update = WorkPoolUpdate(
            base_job_template=template, concurrency_limit=limit, is_paused=False
        )
        target.prefect.update_work_pool(name(target), update)
    queues.set_limits(target, name(target))


def destroy(target: Target) -> str:
    """Remove the pool and its credentials if this environment owns them."""
    credentials = remove_credentials(target)
    found = find_pool(target)
    if found is None:
        return name(target) if credentials else "did not exist"
    if not is_owned(target, found):
        return f"kept {name(target)}: deploy.py did not create it"
    target.prefect.delete_work_pool(name(target))
    return name(target)


def name(target: Target) -> str:
    """Return the pool's name."""
    return target.prefect_name(WARM_POOL if target.environment.is_warm else POOL)


def pool_type(target: Target) -> str:
    """Return the pool's type as Prefect knows it."""
    return POOL_TYPE if target.environment.is_warm else target.environment.pool


def find_pool(target: Target, which: str = "") -> WorkPool | None:
    """Return a pool as Prefect has it, the environment's by default; None if it does not exist."""
    try:
        return target.prefect.read_work_pool(which or name(target))
    except ObjectNotFound:
        return None


def find_former_pool(target: Target) -> str | None:
    """Return the name of the pool that another `pool` of this environment made; None if gone."""
    names = {target.prefect_name(each) for each in (POOL, WARM_POOL)} - {name(target)}
    owned = [
        each for each in names if (found := find_pool(target, each)) and is_owned(target, found)
    ]
    return next(iter(owned), None)


def is_owned(target: Target, found: WorkPool | None) -> bool:
    """Return whether deploy.py created the pool or will; another pool has its own credentials."""
    return found is None or found.description == _description(target)


def _description(target: Target) -> str:
    return f"Runs of docverify, environment {target.environment.name}. Made by deploy.py."


def pool_template(target: Target, found: WorkPool | None) -> Template:
    """Return our template; the template of someone else's pool stays as it is."""
    if found is not None and not is_owned(target, found):
        return found.base_job_template
    if target.environment.is_warm:
        return WarmWorker.get_default_base_job_template()
    if not target.environment.in_containers:
        return ProcessWorker.get_default_base_job_template()
    template = ECSWorker.get_default_base_job_template()
    # The step `task-definition` registers it; Prefect must not register its own.
    template["job_configuration"]["task_definition"] = {}
    if target.environment.pool == "ecs:push":
        set_default_credentials(target, template)
    return template


def set_default_credentials(target: Target, template: Template) -> None:
    """Make the pool's block the default credentials of the template, if the block exists."""
    block = find_block_id(target)
    if block is not None:
        reference = {"$ref": {"block_document_id": str(block)}}
        template["variables"]["properties"]["aws_credentials"]["default"] = reference


def user(target: Target) -> str:
    """Return the name of the IAM user of a push pool."""
    return f"{target.name}-pool"


def _block(target: Target) -> str:
    return f"{target.name}-aws-credentials"


def find_block_id(target: Target) -> UUID | None:
    """Return the id of the block with the pool's credentials; None if it does not exist."""
    try:
        document = target.prefect.read_block_document_by_name(_block(target), "aws-credentials")
    except ObjectNotFound:
        return None
    return document.id


def has_credentials(target: Target) -> bool:
    """Return whether the pool can start containers: a push pool needs a user and a block."""
    if target.environment.pool != "ecs:push":
        return True  # A worker has its own credentials.
    if not user_exists(target) or find_block_id(target) is None:
        return False
    return read_policies(target) == wanted_policies(target)


def wanted_policies(target: Target) -> dict[str, Any]:
    """Return the policies of the pool's user by name: it may start this environment's runs."""
    return {"submitter": roles.fill_policy(target, "submitter")}


def read_policies(target: Target) -> dict[str, Any]:
    """Return the policies that the pool's user has, by name."""
    iam, which = target.aws("iam"), user(target)
    return {
        policy: iam.get_user_policy(UserName=which, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_user_policies(UserName=which)["PolicyNames"]
    }


def create_credentials(target: Target) -> None:
    """Create a user for Prefect Cloud that may only start our tasks."""
    iam, which = target.aws("iam"), user(target)
    if not user_exists(target):
        limit, tags = roles.boundary(target), to_tag_list(target.tags)
        iam.create_user(UserName=which, PermissionsBoundary=limit, Tags=tags)
    wanted = wanted_policies(target)
    for policy, content in wanted.items():
        iam.put_user_policy(UserName=which, PolicyName=policy, PolicyDocument=json.dumps(content))
    for policy in read_policies(target).keys() - wanted.keys():
        iam.delete_user_policy(UserName=which, PolicyName=policy)
    if find_block_id(target) is None:
        store_access_key(target)


def store_access_key(target: Target) -> None:
    """Create a key for the pool's user, and store it in a block of the workspace."""
    remove_access_keys(target)  # of an earlier deployment that ended before it stored them
    key = target.aws("iam").create_access_key(UserName=user(target))["AccessKey"]
    AwsCredentials(
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name=target.environment.region,
    ).save(_block(target), overwrite=True)


def user_exists(target: Target) -> bool:
    """Return whether the account has the pool's user."""
    iam = target.aws("iam")
    try:
        iam.get_user(UserName=user(target))
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def owns_user(target: Target) -> bool:
    """Return whether the account has the pool's user, and this environment created it."""
    if not user_exists(target):
        return False
    tags = target.aws("iam").list_user_tags(UserName=user(target))["Tags"]
    return target.owns(from_tag_list(tags))


def remove_access_keys(target: Target) -> None:
    """Remove every access key of the pool's user."""
    iam, which = target.aws("iam"), user(target)
    for key in iam.list_access_keys(UserName=which)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=which, AccessKeyId=key["AccessKeyId"])


def remove_credentials(target: Target) -> bool:
    """Remove the pool's user and block, and return whether this environment owned a user."""
    iam, which, block = target.aws("iam"), user(target), find_block_id(target)
    if not owns_user(target):
        return False
    if block is not None:
        target.prefect.delete_block_document(block)
    remove_access_keys(target)
    for policy in iam.list_user_policies(UserName=which)["PolicyNames"]:
        iam.delete_user_policy(UserName=which, PolicyName=policy)
    iam.delete_user(UserName=which)
    return True
