"""Services of ECS: each keeps containers of the image running, and replaces those that end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.aws import container
from deploy.aws.comparison import find_differences
from deploy.aws.container import CONTAINER, Container
from deploy.aws.errors import DeployError
from deploy.aws.plan import Finding, differs, done, missing
from deploy.aws.target import Target, from_tag_list, to_tag_list

#: A container whose program has ended is replaced; an update that does not start is rolled back.
DEPLOYMENT: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
#: Until the load balancer may find a container unhealthy: Python and its modules are loaded.
START_SECONDS = 120
#: Until the containers of a removed service have ended. Before ECS stops that of the desk, the load
#: balancer has 300 seconds to finish its requests; on Fargate, a container then has up to 120.
STOP_SECONDS = 600.0
PAUSE_SECONDS = 5.0


@dataclass(frozen=True)
class Service:
    """Containers that ECS keeps running.

    Attributes:
        name: Name of the service in the cluster.
        container: The definition of each container.
        network: Subnets, security groups and public address, in the form of ECS.
        count: Number of containers; for a scaled service, the initial number.
        is_scaled: Whether Application Auto Scaling changes their number.
        target_group: ARN of the load balancer's group to which they belong; empty for none.
    """

    name: str
    container: Container
    network: Mapping[str, Any] = field(hash=False)
    count: int = 1
    is_scaled: bool = False
    target_group: str = ""


def find_service(target: Target, name: str) -> dict[str, Any] | None:
    """Return ECS's description of an active service; None if it does not exist."""
    found = read_service(target, name)
    return found if found and found["status"] == "ACTIVE" else None


def read_service(target: Target, name: str) -> dict[str, Any] | None:
    """Return ECS's description of a service, even while it is being removed; None without it."""
    ecs = target.aws("ecs")
    try:
        answer = ecs.describe_services(cluster=target.name, services=[name], include=["TAGS"])
    except ecs.exceptions.ClusterNotFoundException:
        return None
    services: list[dict[str, Any]] = answer["services"]
    return services[0] if services else None


def check_service(target: Target, service: Service) -> Finding:
    """Compare a service and its task definition with the wanted state."""
    found = find_service(target, service.name)
    if found is None:
        return missing(service.name)
    newest = container.read_newest(target, service.container.family)
    definition = container.describe_definition(target, service.container)
    wrong = [*container.find_changes(definition, newest or {})]
    if newest and found["taskDefinition"] != newest["taskDefinitionArn"]:
        wrong.append("task definition")
    wrong += find_differences(describe_service(service), found)
    if wrong:
        return differs(f"{service.name}: {', '.join(dict.fromkeys(wrong))}")
    return done(f"{service.name}, {found['desiredCount']} container(s)")


def apply_service(target: Target, service: Service) -> None:
    """Create a service, or bring it to the wanted state."""
    ecs, found = target.aws("ecs"), find_service(target, service.name)
    definition = container.find_current(target, service.container)
    if definition is None:
        definition = container.register(target, service.container)
    wanted = describe_service(service)
    if found is None:
        ecs.create_service(
            cluster=target.name,
            serviceName=service.name,
            taskDefinition=definition,
            **{"desiredCount": service.count, **wanted},
            launchType="FARGATE",
            **start_options(service),
            propagateTags="SERVICE",
            tags=to_tag_list(target.tags, "key", "value"),
        )
        return
    if not is_owned(target, found):
        raise DeployError(
            f"the service {service.name} was not created by deploy.py: remove it, or choose "
            "another name for the environment"
        )
    ecs.update_service(
        cluster=target.name,
        service=service.name,
        taskDefinition=definition,
        **wanted,
        **start_options(service),
    )


def describe_service(service: Service) -> dict[str, Any]:
    """Return the wanted service, in the form that ECS accepts and returns."""
    wanted: dict[str, Any] = {"networkConfiguration": {"awsvpcConfiguration": {**service.network}}}
    if not service.is_scaled:
        wanted["desiredCount"] = service.count
    if service.target_group:
        wanted["loadBalancers"] = [
            {
                "targetGroupArn": service.target_group,
                "containerName": CONTAINER,
                "containerPort": service.container.port,
            }
        ]
    return wanted


def start_options(service: Service) -> dict[str, Any]:
    """Return the options for creating and changing a service that ECS does not always return."""
    grace = {"healthCheckGracePeriodSeconds": START_SECONDS} if service.target_group else {}
    return {"deploymentConfiguration": DEPLOYMENT, **grace}


def find_problem(found: Mapping[str, Any]) -> str:
    """Return why an active service does not work as described; empty if it does."""
    deployments: list[dict[str, Any]] = found["deployments"]
    newest = next((each for each in deployments if each["status"] == "PRIMARY"), {})
    if newest.get("rolloutState") == "FAILED":
        return f"the newest containers did not start: {newest.get('rolloutStateReason', '')}"
    running, wanted = int(found["runningCount"]), int(found["desiredCount"])
    return f"{running} of {wanted} containers run" if running < wanted else ""


def restart_service(target: Target, name: str) -> bool:
    """Replace the containers of a service, and return whether it exists."""
    if find_service(target, name) is None:
        return False
    target.aws("ecs").update_service(cluster=target.name, service=name, forceNewDeployment=True)
    return True


def remove_service(target: Target, name: str, stop_seconds: float = STOP_SECONDS) -> bool:
    """Remove a service of this environment, wait for its end, and return whether there was one.

    Raise DeployError if its containers have not ended after `stop_seconds`.
    """
    found = read_service(target, name)
    if found is None or found["status"] == "INACTIVE" or not is_owned(target, found):
        return False
    if found["status"] == "ACTIVE":
        target.aws("ecs").delete_service(cluster=target.name, service=name, force=True)
    deadline = time.monotonic() + stop_seconds
    while (found := read_service(target, name)) and found["status"] != "INACTIVE":
        if time.monotonic() > deadline:
            raise DeployError(f"the containers of the service {name} have not ended yet")
        time.sleep(PAUSE_SECONDS)
    return True


def is_owned(target: Target, found: Mapping[str, Any]) -> bool:
    """Return whether this environment created a service."""
    return target.owns(from_tag_list(found.get("tags", []), "key", "value"))
