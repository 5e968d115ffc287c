"""A fake of Fargate: it runs a task as a container with its command and variables."""

from collections.abc import Mapping
from typing import Any

import boto3
import docker

MIB = 1024 * 1024


def run_task(
    engine: docker.DockerClient, task: Mapping[str, Any], role: Mapping[str, str]
) -> tuple[int, str]:
    """Run the task of a RunTask call to its end, and return its exit code and output.

    `role` has the variables that lead to AWS, in the place of the task role.
    """
    definition = _definition(task)
    (container,) = definition["containerDefinitions"]
    (overrides,) = task["overrides"]["containerOverrides"]
    secrets = {each["name"]: _secret(each["valueFrom"]) for each in container["secrets"]}
    started = engine.containers.run(
        container["image"],
        overrides["command"],
        environment={
            **_variables(container),
            **_variables(overrides),
            **secrets,
            **role,
        },
        network_mode="host",
        mem_limit=int(definition["memory"]) * MIB,
        read_only=container["readonlyRootFilesystem"],
        cap_drop=container["linuxParameters"]["capabilities"]["drop"],
        volumes=[each["containerPath"] for each in container["mountPoints"]],
        detach=True,
    )
    try:
        return started.wait(timeout=300)["StatusCode"], started.logs().decode()
    finally:
        started.remove(force=True)


def _definition(task: Mapping[str, Any]) -> dict[str, Any]:
    answer = boto3.client("ecs").describe_task_definition(taskDefinition=task["taskDefinition"])
    return answer["taskDefinition"]


def _variables(container: Mapping[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container.get("environment", [])}


def _secret(arn: str) -> str:
    return boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
