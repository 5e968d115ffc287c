"""The ECS task definition of a run: image, size, roles, secrets, log and file system.

Prefect would register one itself. Registered here, whoever starts runs cannot choose what they are:
the pool's key may only start this definition, and the tables can be created before a first run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.aws.errors import NotYet
from deploy.aws.plan import Finding, differs, done, missing, not_needed
from deploy.aws.steps import image, logs, roles, secrets
from deploy.aws.target import Target, to_tag_list

#: Prefect's worker looks for a container with this name.
CONTAINER = "prefect"
#: The only folders that a run can write to, and the volumes for them; the image declares both.
WRITABLE = {"scratch": "/tmp", "prefect": "/home/docverify/.prefect"}  # noqa: S108


def check(target: Target) -> Finding:
    """Compare the newest revision with what is wanted."""
    if not target.environment.in_containers:
        return not_needed("runs are processes here")
    wanted, found = describe_definition(target), read_newest(target)
    if found is None:
        return missing(target.name)
    wrong = list(find_differences(wanted, found))
    return differs(", ".join(wrong)) if wrong else done(f"{target.name}:{found['revision']}")


def apply(target: Target) -> None:
    """Register a new revision: ECS keeps the earlier ones for runs that were started with them."""
    tags = to_tag_list(target.tags, "key", "value")
    target.aws("ecs").register_task_definition(**describe_definition(target), tags=tags)


def destroy(target: Target) -> str:
    """Deregister every revision; nothing can start a run with them afterwards."""
    ecs = target.aws("ecs")
    pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix=target.name)
    revisions = [arn for page in pages for arn in page["taskDefinitionArns"]]
    revisions = [arn for arn in revisions if arn.rpartition("/")[2].startswith(f"{target.name}:")]
    for revision in revisions:
        ecs.deregister_task_definition(taskDefinition=revision)
    return f"{len(revisions)} revisions" if revisions else "was not there"


def current(target: Target) -> str:
    """Return the ARN of the newest revision; raise NotYet if it is not the wanted one."""
    found = read_newest(target)
    if found is None or any(find_differences(describe_definition(target), found)):
        raise NotYet("the task definition")
    return str(found["taskDefinitionArn"])


def read_newest(target: Target) -> dict[str, Any] | None:
    """Return ECS's description of the newest active revision; None without one."""
    ecs = target.aws("ecs")
    try:
        found: dict[str, Any] = ecs.describe_task_definition(taskDefinition=target.name)
    except ecs.exceptions.ClientException:
        return None
    definition: dict[str, Any] = found["taskDefinition"]
    return definition if definition.get("status", "ACTIVE") == "ACTIVE" else None


def describe_definition(target: Target) -> dict[str, Any]:
    """Return the definition in the form of ECS; raise NotYet if something is missing."""
    environment = target.environment
    return {
        "family": target.name,
        "taskRoleArn": roles.task_role(target),
        "executionRoleArn": roles.execution_role(target),
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(environment.cpu),
        "memory": str(environment.memory),
        "runtimePlatform": {
            "cpuArchitecture": environment.architecture,
            "operatingSystemFamily": "LINUX",
        },
        "volumes": [{"name": volume} for volume in WRITABLE],
        "containerDefinitions": [describe_container(target)],
    }


def describe_container(target: Target) -> dict[str, Any]:
    """Return the container: nothing in it can be written but two folders, no capability is kept."""
    return {
        "name": CONTAINER,
        "image": image.reference(target),
        "essential": True,
        "memory": target.environment.memory,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": folder} for volume, folder in WRITABLE.items()
        ],
        # Also for the migrations, which no deployment starts.
        "environment": [
            {"name": name, "value": each}
            for name, each in target.environment.database_variables.items()
        ],
        "secrets": secrets.references(target),
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": logs.name(target),
                "awslogs-region": target.environment.region,
                "awslogs-stream-prefix": "run",
            },
        },
    }


def find_differences(wanted: object, found: object, path: str = "") -> Iterator[str]:
    """Yield where a description differs from the wanted one; what ECS adds is no difference."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from find_differences(value, found.get(key), f"{path}.{key}" if path else key)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for one, other in zip(wanted, found, strict=True):
            yield from find_differences(one, other, path)
    elif wanted != found:
        yield path
