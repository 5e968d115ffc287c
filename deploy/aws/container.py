"""Task definitions of ECS for the containers of runs and services.

Each has the same restrictions: a read-only file system with two folders that can be written, no
Linux capability, and secrets by their ARN only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.aws.comparison import find_differences
from deploy.aws.errors import NotYet
from deploy.aws.target import Target, to_tag_list

#: Prefect's worker looks for a container with this name.
CONTAINER = "prefect"
#: The only folders that a container can write to, and their volumes; the image declares both.
WRITABLE = {"scratch": "/tmp", "prefect": "/home/docverify/.prefect"}  # noqa: S108
#: Parts of a definition that ECS does not add by itself.
OPTIONAL = ("taskRoleArn", "command", "healthCheck", "portMappings", "stopTimeout")
Definition = dict[str, Any]


@dataclass(frozen=True)
class Container:
    """A container of the image: its program, resources and rights.

    Attributes:
        family: Name of the task definition.
        image: Name of the image.
        log_group: CloudWatch group of its log.
        stream: Prefix of its log streams.
        execution_role: ARN of the role that ECS starts it with.
        role: ARN of the role that its program has; empty for a program that calls no AWS service.
        cpu: CPU units.
        memory: Memory in MiB.
        secrets: Variables and the ARNs of their secrets, in the form of ECS.
        command: The command that it runs; empty for the image's own.
        variables: The variables that are not secret.
        health: Command that fails when the program hangs; empty for none.
        port: Port that a load balancer reaches; 0 for none.
        stop_seconds: Time between SIGTERM and SIGKILL; 0 for the 30 seconds of ECS.
    """

    family: str
    image: str
    log_group: str
    stream: str
    execution_role: str
    role: str
    cpu: int
    memory: int
    secrets: Sequence[Mapping[str, str]]
    command: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    health: Sequence[str] = ()
    port: int = 0
    stop_seconds: int = 0


def describe_definition(target: Target, container: Container) -> Definition:
    """Return the task definition in the form of ECS."""
    role = {"taskRoleArn": container.role} if container.role else {}
    return {
        "family": container.family,
        **role,
        "executionRoleArn": container.execution_role,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(container.cpu),
        "memory": str(container.memory),
        "runtimePlatform": {
            "cpuArchitecture": target.environment.architecture,
            "operatingSystemFamily": "LINUX",
        },
        "volumes": [{"name": volume} for volume in WRITABLE],
        "containerDefinitions": [describe_container(target, container)],
    }


def describe_container(target: Target, container: Container) -> Definition:
    """Return the container in the form of ECS."""
    health = {"command": ["CMD", *container.health], "startPeriod": 120}
    optional: Definition = {
        "command": [*container.command],
        "healthCheck": health if container.health else None,
        "portMappings": [{"containerPort": container.port}] if container.port else None,
        "stopTimeout": container.stop_seconds,
    }
    return {
        "name": CONTAINER,
        "image": container.image,
        "essential": True,
        "memory": container.memory,
        "readonlyRootFilesystem": True,
        # The first process collects the remains of readers that had to be killed.
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": folder} for volume, folder in WRITABLE.items()
        ],
        "environment": to_tag_list(container.variables, "name", "value"),
        "secrets": [dict(each) for each in container.secrets],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": container.log_group,
                "awslogs-region": target.environment.region,
                "awslogs-stream-prefix": container.stream,
            },
        },
        **{key: value for key, value in optional.items() if value},
    }


def register(target: Target, container: Container) -> str:
    """Register a new revision, and return its ARN; ECS keeps the earlier ones."""
    answer = target.aws("ecs").register_task_definition(
        **describe_definition(target, container), tags=to_tag_list(target.tags, "key", "value")
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def deregister(target: Target, family: str) -> int:
    """Deregister every revision, so that nothing can start with them, and return their number."""
    ecs = target.aws("ecs")
    pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family)
    found = [arn for page in pages for arn in page["taskDefinitionArns"]]
    revisions = [arn for arn in found if arn.rpartition("/")[2].startswith(f"{family}:")]
    for revision in revisions:
        ecs.deregister_task_definition(taskDefinition=revision)
    return len(revisions)


def read_newest(target: Target, family: str) -> Definition | None:
    """Return ECS's description of the newest active revision; None without one."""
    ecs = target.aws("ecs")
    try:
        found: Definition = ecs.describe_task_definition(taskDefinition=family)
    except ecs.exceptions.ClientException:
        return None
    definition: Definition = found["taskDefinition"]
    return definition if definition.get("status", "ACTIVE") == "ACTIVE" else None


def require_current(target: Target, container: Container) -> str:
    """Return the ARN of the newest revision; raise NotYet if it is not the wanted one."""
    found = find_current(target, container)
    if found is None:
        raise NotYet(f"the task definition {container.family}")
    return found


def find_current(target: Target, container: Container) -> str | None:
    """Return the ARN of the newest revision if it is the wanted one; None otherwise."""
    found = read_newest(target, container.family)
    if found is None or any(find_changes(describe_definition(target, container), found)):
        return None
    return str(found["taskDefinitionArn"])


def find_changes(wanted: Definition, found: Definition) -> Iterator[str]:
    """Yield where a task definition differs from the wanted one, including superfluous parts."""
    yield from find_differences(wanted, found)
    present = found.get("containerDefinitions", [])
    containers = zip(wanted["containerDefinitions"], present, strict=False)
    for one, other in [(wanted, found), *containers]:
        yield from (key for key in OPTIONAL if other.get(key) and not one.get(key))
